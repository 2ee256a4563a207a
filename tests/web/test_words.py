"""Every word of the widget is Albanian, and the scripts and the table of words know the same keys."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answering import translations
from bot.web.pages.words import launcher_words, words

STATIC = Path(__file__).parents[2] / "bot/web/static"
NAMES = {"bot"}  # what is the same in every language

Table = Callable[[Callable[[str], str]], dict[str, str]]


def english(message: str) -> str:
    return message


@pytest.fixture(params=[words, launcher_words])
def table(request: pytest.FixtureRequest) -> Table:
    found: Table = request.param
    return found


def test_every_word_is_translated(table: Table) -> None:
    albanian = table(translations().gettext)
    for key, message in table(english).items():
        assert albanian[key].strip()
        assert key in NAMES or albanian[key] != message, f"{key}: {message!r} is still English"


def test_no_word_loses_or_gains_a_value(table: Table) -> None:
    albanian = table(translations().gettext)
    for key, message in table(english).items():
        assert set(re.findall(r"\{\w+\}", message)) == set(re.findall(r"\{\w+\}", albanian[key])), key


def test_keys_are_as_the_scripts_write_them(table: Table) -> None:
    assert all(re.fullmatch(r"[a-z][a-zA-Z]*", key) for key in table(english))


# Words whose diacritics are easily left out, as people type them; here they must stand in full.
BARE = re.compile(
    r"\b(eshte|dhe?nave|te dhenat|per|ne|nje|pergjigj\w*|kerkes\w*|mbrojtjen e te|sherbim\w*|cfare|vertetim\w*|perseri|"
    r"shtypni per|fshije te|zgjedhur te|ketu|mesazhet te|skede|nentor|kater|gjashte|e re te)\b",
    re.IGNORECASE,
)


def test_albanian_is_written_with_its_diacritics(table: Table) -> None:
    said = table(translations().gettext)
    assert not [text for text in said.values() if BARE.search(text)]
    whole = " ".join(said.values())
    assert "ë" in whole


def test_nobody_is_addressed_with_thou(table: Table) -> None:
    said = " ".join(table(translations().gettext).values()).lower()
    assert not re.search(r"\b(ti|ty|yt|jote|tënde|tënd|tuajt)\b", said)


def _scripts() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((STATIC / "chat").glob("*.js")))


def _asked_by_the_page() -> set[str]:
    page = (STATIC.parent / "templates/widget.html").read_text(encoding="utf-8")
    return set(re.findall(r"\bwords\.(\w+)", page))


def test_every_word_that_the_frame_asks_for_is_there() -> None:
    asked = set(re.findall(r'words\.get\(\s*"(\w+)"', _scripts()))
    for one, many in re.findall(r'words\.count\(\s*[^"()]*,\s*"(\w+)",\s*"(\w+)"', _scripts()):
        asked |= {one, many}
    assert len(asked) > 10
    assert asked | _asked_by_the_page() <= set(words(english))


def test_no_word_is_kept_that_the_frame_never_asks_for() -> None:
    named = set(re.findall(r'["\'`.](\w+)\b', _scripts())) | _asked_by_the_page()
    assert set(words(english)) <= named


def test_every_word_that_the_launcher_asks_for_is_there_and_no_other() -> None:
    loader = (STATIC / "widget.js").read_text(encoding="utf-8")
    assert set(re.findall(r"\bwords\.(\w+)", loader)) == set(launcher_words(english))
