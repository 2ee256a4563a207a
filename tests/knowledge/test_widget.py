"""A company's widget.yaml is read whole, and every way in which it can be wrong is named with file, line and mend."""

from pathlib import Path

import msgspec
import pytest

from bot.knowledge.companies import read_company
from bot.knowledge.source import digest
from bot.policy.appearance import Appearance
from bot.policy.company import Company
from tests.tools.folders import change, check_folder, read_whole, write_company, write_intents

POLICIES = Path(__file__).parents[2] / "policy_texts"
NAME = "policy_texts/shembulli"
FILE = f"{NAME}/widget.yaml"
WIDGET = """\
colours:
  light: {brand: "#00539F", on_brand: "#ffffff"}
  dark: {brand: "#7ab8f5", on_brand: "#14171c"}
launcher: "Privatësia te Shembulli"
logo: logo.svg
sites: ["https://shembulli.example", "http://localhost:8080"]
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">\n<path d="M0 0h9v9z"/>\n</svg>\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = write_company(tmp_path)
    (made / "widget.yaml").write_text(WIDGET, encoding="utf-8")
    (made / "logo.svg").write_text(LOGO, encoding="utf-8")
    return made


def faults(folder: Path) -> list[str]:
    found: list[str] = []
    read_company(folder, NAME, found)
    return found


class TestReading:
    def test_looks_are_read_whole(self, folder: Path) -> None:
        assert read_whole(folder).appearance == Appearance(
            brand="#00539f",
            on_brand="#ffffff",
            brand_dark="#7ab8f5",
            on_brand_dark="#14171c",
            launcher="Privatësia te Shembulli",
            logo="logo.svg",
            drawing=LOGO,
            sites=("https://shembulli.example", "http://localhost:8080"),
        )

    def test_a_company_without_the_file_looks_neutral_and_no_site_may_show_it(self, folder: Path) -> None:
        (folder / "widget.yaml").unlink()
        (folder / "logo.svg").unlink()
        assert read_whole(folder).appearance == Appearance()

    def test_sites_may_be_left_to_the_servers_settings(self, folder: Path) -> None:
        change(folder / "widget.yaml", 'sites: ["https://shembulli.example", "http://localhost:8080"]\n', "")
        assert read_whole(folder).appearance.sites == ()

    def test_looks_survive_being_compiled(self, folder: Path) -> None:
        company = read_whole(folder)
        again = msgspec.msgpack.decode(msgspec.msgpack.encode(company), type=Company)
        assert again.appearance == company.appearance

    def test_another_drawing_is_another_compilation(self, folder: Path) -> None:
        write_intents(folder.parents[1])
        before = digest(folder.parents[1])
        change(folder / "logo.svg", "M0 0h9v9z", "M0 0h9v8z")
        assert digest(folder.parents[1]) != before


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("launcher:", "butoni:", "unknown key 'butoni'"),
        ('"Privatësia te Shembulli"', '""', "'launcher' must be a text"),
        ('"Privatësia te Shembulli"', f'"{"P" * 33}"', "the launcher has 33 characters, more than 32"),
        ("  light: {", "  drita: {", "unknown key 'drita'"),
        ('{brand: "#00539F", on', '{ngjyra: "#00539F", on', "unknown key 'ngjyra'"),
        ('"#00539F"', '"blu"', "'blu' is no colour"),
        ('"#00539F"', '"#05f"', "'#05f' is no colour"),
        ('"#ffffff"}', '"#88aacc"}', "#88aacc on #00539f has a contrast of 3.2, less than 4.5"),
        ('"#14171c"}', '"#ffffff"}', "#ffffff on #7ab8f5 has a contrast of 2.1, less than 4.5"),
        ('"#00539F", on_brand: "#ffffff"', '"#ffe600", on_brand: "#000000"', "#ffe600 on the page's #ffffff has a"),
        ('"#7ab8f5", on_brand: "#14171c"', '"#202020", on_brand: "#ffffff"', "#202020 on the page's #14171c has a"),
        ("logo: logo.svg", "logo: 3", "'logo' must be a text"),
        ("logo: logo.svg", "logo: logo.png", "'logo.png' is no SVG file of this folder"),
        ("logo: logo.svg", "logo: ../logo.svg", "'../logo.svg' is no SVG file of this folder"),
        ("logo: logo.svg", "logo: shenja.svg", f"{NAME}/shenja.svg cannot be read"),
        ('"https://shembulli.example"', '"https://*.shembulli.example"', "is no exact origin"),
        ('"https://shembulli.example"', '"https://shembulli.example/"', "is no exact origin"),
        ('"https://shembulli.example"', '"http://shembulli.example"', "is no exact origin"),
        ('"https://shembulli.example"', '"http://localhost:8080"', "'http://localhost:8080' stands twice"),
        ('["https://shembulli.example", ', "[1, ", "'sites' must be a list of texts"),
    ],
)
def test_a_planted_fault_is_found_at_its_line(folder: Path, old: str, new: str, said: str) -> None:
    line = change(folder / "widget.yaml", old, new)
    found = [fault for fault in faults(folder) if said in fault]
    assert len(found) == 1, faults(folder)
    assert found[0].startswith(f"{FILE}:{line}: ")


def test_a_scheme_that_is_missing_is_named(folder: Path) -> None:
    change(folder / "widget.yaml", '  dark: {brand: "#7ab8f5", on_brand: "#14171c"}\n', "")
    assert faults(folder) == [f'{FILE}:1: \'dark\' is missing (write dark: {{brand: "#…", on_brand: "#…"}})']


def test_colours_that_are_missing_are_named(folder: Path) -> None:
    whole = (folder / "widget.yaml").read_text(encoding="utf-8")
    (folder / "widget.yaml").write_text(whole[whole.index("launcher") :], encoding="utf-8")
    assert faults(folder) == [f"{FILE}:1: 'colours' is missing (write light and dark, each with brand and on_brand)"]


def test_a_drawing_that_does_more_than_show_is_named_with_its_own_line(folder: Path) -> None:
    line = change(folder / "logo.svg", '<path d="M0 0h9v9z"/>', "<script/>")
    assert faults(folder) == [f"{NAME}/logo.svg:{line}: <script> is no plain shape (draw it as a path, or take it out)"]


def test_a_heavy_drawing_is_refused(folder: Path) -> None:
    (folder / "logo.svg").write_text(LOGO + f"<!-- {'x' * 16 * 1024} -->", encoding="utf-8")
    (fault,) = faults(folder)
    assert "bytes, more than 16384" in fault


def test_broken_yaml_is_a_fault_and_no_traceback(folder: Path) -> None:
    (folder / "widget.yaml").write_text("colours: [\n", encoding="utf-8")
    (fault,) = faults(folder)
    assert fault.startswith(f"{FILE}:2: ")


def test_mburoja_check_tells_all_faults_at_once(folder: Path) -> None:
    write_intents(folder.parents[1])
    change(folder / "widget.yaml", '"#00539F"', '"blu"')
    change(folder / "widget.yaml", '"https://shembulli.example"', '"*"')
    change(folder / "logo.svg", "<path", '<path onload="x"')
    told = [fault.split(": ")[0] for fault in check_folder(folder.parents[1]).faults]
    assert told == [f"{FILE}:2", f"{NAME}/logo.svg:2", f"{FILE}:6"]


@pytest.mark.parametrize("company", ["ipko", "paysera"])
def test_the_real_ones_are_in_order(company: str) -> None:
    looks = read_whole(POLICIES / company).appearance
    assert looks.sites
    assert "not the company's logo" in looks.drawing


def test_the_two_companies_cannot_be_mistaken_for_one_another() -> None:
    ipko, paysera = (read_whole(POLICIES / company).appearance for company in ("ipko", "paysera"))
    assert ipko.brand != paysera.brand
    assert ipko.brand_dark != paysera.brand_dark
    assert not set(ipko.sites) & set(paysera.sites)
