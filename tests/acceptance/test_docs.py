"""The documents are true: their commands run, and what they show is what the program says."""

import re
import shlex
from pathlib import Path

import pytest

from bot.nlu.intents import Action, Kind
from tests.tools import photograph, picture
from tests.tools.command import ROOT, mburoja

pytestmark = pytest.mark.usefixtures("settings")

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ \.venv/bin/mburoja (.+)$", README, flags=re.MULTILINE)


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 4


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader's /tmp is: another run of these tests has its own."""
    return tmp_path_factory.mktemp("readme")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readmes_commands_run(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    done = mburoja(*shlex.split(command.replace("/tmp/", f"{place}/")))  # noqa: S108
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.strip()


def test_the_readmes_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for document in (README, *(p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md"))):
        assert set(re.findall(r"\bmake ([a-z]+)\b", document)) <= targets | {"on"}


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda p: p.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target


def test_the_contract_names_every_kind_and_action() -> None:
    contract = (ROOT / "docs/ask.md").read_text(encoding="utf-8")
    for name in (*Kind, *Action):
        assert f"`{name.value}`" in contract


def test_the_readmes_picture_of_the_widget_is_small() -> None:
    (path,) = re.findall(r"!\[[^]]+\]\((.+?)\)", README)
    picture_file = (ROOT / path).read_bytes()
    assert picture_file.startswith(b"\x89PNG")
    assert len(picture_file) <= photograph.LARGEST


def test_the_picture_shows_what_the_program_says() -> None:
    assert (ROOT / "docs/conversation.svg").read_text(encoding="utf-8") == picture.draw(picture.conversation())
