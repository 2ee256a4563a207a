"""docs/embedding.md is true: its snippets are tried against the server, its tables against the code."""

import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from bot.knowledge.widget import read_widget
from bot.settings import Settings
from bot.web.pages.words import words
from bot.web.settings import read_server_settings
from tests.tools.command import ROOT
from tests.tools.demonstration import Demonstration
from tests.tools.fetching import fetch

DOCUMENT = (ROOT / "docs/embedding.md").read_text(encoding="utf-8")
SERVER = "https://mburoja.example"
STATIC = ROOT / "bot/web/static"


def snippet(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    return str(found)


def rows(section: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    text = DOCUMENT.split(f"\n## {section}\n")[1].split("\n## ")[0]
    table = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


class Scripts(HTMLParser):
    """The attributes of every script of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script":
            self.found.append(dict(attrs))


@pytest.fixture(scope="module")
def demo(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    del settings  # which say where the compiled knowledge is
    database = tmp_path_factory.mktemp("embedding") / "demo.db"
    with Demonstration("--db", str(database), "--port", "0", "--shops-port", "0") as under_way:
        yield under_way


def test_the_one_line_names_what_the_server_serves(demo: Demonstration) -> None:
    (script,) = Scripts(snippet("html")).found
    assert script["type"] == "module"
    assert script["src"]
    assert script["src"].startswith(f"{SERVER}/")

    told = fetch(demo.server + script["src"].removeprefix(SERVER))
    assert told.headers.get_content_type() == "text/javascript"
    assert told.headers["Access-Control-Allow-Origin"] == "*"  # a module is fetched with CORS
    assert told.headers["ETag"]


def test_the_shops_of_the_demonstration_have_that_very_line(demo: Demonstration) -> None:
    line = snippet("html").strip().replace(SERVER, demo.server)
    assert line in fetch(f"{demo.shops}/ipko").text


def test_the_content_security_policy_is_all_that_the_shops_allow_the_server(demo: Demonstration) -> None:  # R25
    _, written = snippet("http").strip().split(": ", 1)
    documented = {part.strip().replace(SERVER, demo.server) for part in written.split(";")}
    shop = fetch(f"{demo.shops}/ipko").headers["Content-Security-Policy"]
    allowed = {part.strip().replace("'self' ", "") for part in shop.split(";") if demo.server in part}

    assert documented == allowed


def test_the_list_of_sites_is_read_as_it_stands(tmp_path: Path) -> None:
    config = tmp_path / "mburoja.toml"
    config.write_text(snippet("toml"), encoding="utf-8")

    assert dict(read_server_settings(config).sites) == {
        company: tuple(sites) for company, sites in tomllib.loads(snippet("toml"))["sites"].items()
    }


def test_the_looks_are_taken_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "widget.yaml").write_text(snippet("yaml"), encoding="utf-8")
    (tmp_path / "logo.svg").write_bytes((ROOT / "policy_texts/ipko/logo.svg").read_bytes())
    faults: list[str] = []
    looks = read_widget(tmp_path, "ipko", faults)

    assert faults == []
    assert list(looks.sites) == yaml.safe_load(snippet("yaml"))["sites"]


def test_what_is_said_of_the_cookie_holds(demo: Demonstration) -> None:  # R22
    told = fetch(f"{demo.server}/session/ipko", {}, origin=demo.server).headers["Set-Cookie"]
    name, *attributes = (part.strip() for part in told.split(";"))

    assert f"`{name.partition('=')[0].replace('ipko', '{company}')}`" in DOCUMENT
    for attribute in attributes:
        assert attribute == "Path=/" or f"`{attribute}`" in DOCUMENT


def test_the_page_sets_no_cookie_before_the_chat_is_opened(demo: Demonstration) -> None:  # R22
    for address in (f"{demo.server}/widget.js?company=ipko", f"{demo.server}/widget/ipko", f"{demo.shops}/ipko"):
        assert "Set-Cookie" not in fetch(address).headers


def test_nothing_is_stored_by_any_script() -> None:
    for script in STATIC.rglob("*.js"):
        assert not re.search(r"(local|session)Storage\s*[.\[]|indexedDB\s*[.\[]", script.read_text(encoding="utf-8"))


def test_the_words_between_page_and_frame_are_those_of_the_code() -> None:
    documented = {(who, kind.strip("`")) for kind, who, _ in rows("What crosses between page and frame")}
    loader, frame = ((STATIC / name).read_text(encoding="utf-8") for name in ("widget.js", "chat/frame.js"))
    sent = {("page", kind) for kind in re.findall(r'\btell\("(\w+)"\)', loader)}
    sent |= {("frame", kind) for kind in re.findall(r'mburoja: 1, type: "(\w+)"[ ,}]', frame.split("export class")[1])}

    assert documented == sent


def test_what_is_quoted_from_the_chat_is_said_in_it() -> None:
    said = set(words(lambda message: message).values())
    quoted = re.findall("“(.+?)”", " ".join(DOCUMENT.split()))
    assert len(quoted) >= 3
    assert set(quoted) <= said


def test_the_files_weigh_what_is_said(demo: Demonstration) -> None:
    loader = fetch(f"{demo.server}/widget.js?company=ipko", packed=True)
    page = fetch(f"{demo.server}/widget/ipko")
    parts = set(re.findall(r'(?:href|src)="(/(?:static|logo)/[^"]+)"', page.text))
    whole = sum(fetch(demo.server + part, packed=True).size for part in parts)

    assert loader.size <= 3 * 1024
    assert whole <= 45 * 1024


def test_the_other_addresses_that_it_names_answer(demo: Demonstration) -> None:
    for path in ("/widget/ipko", "/case", "/policy/ipko"):
        assert f"`{path}`" in DOCUMENT or f"{SERVER}{path}" in DOCUMENT
        assert fetch(demo.server + path).text
