"""The wheel carries all that an answer needs: a machine without this folder can use it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tools.command import ROOT


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    (wheel,) = out.glob("mburoja-*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("folder", ["intents", "policy_texts"])
def test_every_data_file_is_shipped(names: set[str], folder: str) -> None:
    files = [p for p in (ROOT / folder).rglob("*") if p.is_file()]
    assert [str(p) for p in files if f"bot/_data/{p.relative_to(ROOT).as_posix()}" not in names] == []


def test_the_compiled_catalogue_is_shipped(names: set[str]) -> None:
    assert "bot/locale/sq/LC_MESSAGES/messages.mo" in names


def test_every_page_script_and_style_is_shipped(names: set[str]) -> None:
    files = [path for kind in ("html", "js", "css", "svg") for path in (ROOT / "bot").rglob(f"*.{kind}")]
    assert len(files) > 20
    assert [str(path) for path in files if path.relative_to(ROOT).as_posix() not in names] == []


def test_no_test_is_shipped(names: set[str]) -> None:
    assert not any(Path(name).parts[0] == "tests" for name in names)
