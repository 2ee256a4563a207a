"""Another language is noticed by its commonest words, and borrowed words in Albanian are let pass."""

import pytest

from bot.nlu.foreign import Language, foreign_language

ENGLISH = Language(
    code="en",
    words=frozenset({"what", "is", "my", "the", "delete"}),
    says="Albanian only.",
    with_contact=False,
)
SERBIAN = Language(code="sr", words=frozenset({"sta", "je", "moje", "is"}), says="Samo albanski.", with_contact=True)
NATIVE = frozenset({"te", "dhenat", "cka", "me", "e", "mia"})


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("what is my data", "en"),
        ("sta je moje", "sr"),
        ("the delete", "en"),
        ("delete", "en"),
        ("what is qwerty", "en"),
        ("delete data", None),  # one marker beside an unknown word
        ("cka me delete", None),
        ("what is te dhenat", None),
        ("what is my te", "en"),  # one word in four may look Albanian
        ("what is my te dhenat", None),
        ("what is the my delete te dhenat", None),
        ("cka e te dhenat e mia", None),
        ("abc def", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_words(message: str, code: str | None) -> None:
    found = foreign_language(message.split(), [ENGLISH, SERBIAN], NATIVE)
    assert (found.code if found else None) == code


def test_the_language_with_most_words_wins() -> None:
    found = foreign_language(["is", "je", "moje"], [ENGLISH, SERBIAN], NATIVE)
    assert found is SERBIAN


def test_of_two_alike_the_first_wins() -> None:
    assert foreign_language(["is"], [ENGLISH, SERBIAN], NATIVE) is ENGLISH
    assert foreign_language(["is"], [SERBIAN, ENGLISH], NATIVE) is SERBIAN


def test_without_languages_nothing_is_foreign() -> None:
    assert foreign_language(["what", "is"], [], NATIVE) is None
