"""Words become concepts, and a slip of the finger does not stand in the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.lexicon import Forms, Lexicon

CONCEPTS = {
    "how-long": ["sa gjate", "sa kohe"],
    "how-many": ["sa"],
    "long": ["gjate"],
    "delete": ["fshij", "fshirje"],
    "complain": ["ankese"],
    "object": ["ankese", "kundershtim"],
    "remove": ["me i hequr krejt"],
    "unreachable": ["me i hequr krejt sot"],
}
LEXICON = Lexicon(Forms(CONCEPTS), ["kontrata", "reklama", "adresa", "ankesat", "emri"])


def concepts(message: str) -> list[str]:
    return LEXICON.concepts(LEXICON.tokens(message))


def understood(word: str) -> str:
    (token,) = LEXICON.tokens(word)
    return token.known_as


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("kontrta", "kontrata"),
        ("kontratta", "kontrata"),
        ("kontarta", "kontrata"),
        ("kontrqta", "kontrata"),
        ("kudershtin", "kundershtim"),
        ("kantrota", "kontrata"),
        ("adrsa", "adresa"),
        ("emre", "emri"),
        ("fshirie", "fshirje"),
    ],
)
def test_a_near_miss_is_read_as_the_known_word(typed: str, meant: str) -> None:
    # One slip up to seven letters, two from eight; the length may differ by one.
    assert understood(typed) == meant


@pytest.mark.parametrize(
    "word",
    [
        "emr",  # three letters
        "bontrata",  # another first letter
        "adrss",  # two slips in a short word
        "reklqmq",  # two slips in seven letters
        "kundrshtm",  # two letters shorter
        "kontrataxy",  # two letters longer
        "kumderxhtin",  # three slips
        "adresa1",
        "9.1.2",
        "filan@shembulli.example",
        "zzzzzzzz",
    ],
)
def test_what_is_short_or_far_or_no_plain_word_stays(word: str) -> None:
    assert understood(word) == word


def test_a_known_word_is_never_mended_to_its_neighbour() -> None:
    assert understood("ankesat") == "ankesat"
    assert understood("ankese") == "ankese"


def test_the_nearest_word_wins() -> None:
    lexicon = Lexicon(Forms({}), ["perdorimi", "perdoruesi"])
    assert [t.known_as for t in lexicon.tokens("perdorumi perdoruasi")] == ["perdorimi", "perdoruesi"]


def test_a_token_keeps_the_word_as_typed_and_stems_what_was_meant() -> None:
    (token,) = LEXICON.tokens("kontrta")
    assert (token.word, token.known_as, token.stem) == ("kontrta", "kontrata", "kontrat")


@pytest.mark.parametrize(
    ("message", "named"),
    [
        ("sa gjate", ["how-long", "long"]),
        ("sa kohe", ["how-long"]),
        ("sa here", ["how-many"]),
        ("gjate", ["long"]),
        ("fshirje", ["delete"]),
        ("fshirjen", ["delete"]),
        ("fshirie", ["delete"]),
        ("kundershtimeve", ["object"]),  # too far to mend; the stem is known
        ("ankese", ["complain", "object"]),
        ("du me i hequr krejt", ["remove"]),
        ("me i hequr", []),
        ("me i hequr krejt sot", ["remove"]),  # four words are the longest form
        ("reklama", []),
        ("", []),
    ],
)
def test_a_message_names_concepts_by_word_or_stem(message: str, named: list[str]) -> None:
    assert concepts(message) == named


def test_concepts_come_in_order_of_the_message_and_once() -> None:
    assert concepts("fshij sa kohe fshij ankese") == ["delete", "how-long", "complain", "object"]


def test_a_form_of_two_concepts_names_both_and_a_form_given_twice_names_one() -> None:
    lexicon = Lexicon(Forms({"a": ["dosje", "dosja"], "b": ["dosje"]}), ())
    assert lexicon.concepts(lexicon.tokens("dosjet")) == ["a", "b"]


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_has_tokens_one_a_word(text: str) -> None:
    assert [t.word for t in LEXICON.tokens(text)] == text.split()
    assert set(concepts(text)) <= set(CONCEPTS)
