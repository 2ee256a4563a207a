"""A pack reads a message and ranks the intents that may be meant."""

import pytest

from bot.nlu.intents import Kind
from bot.nlu.pack import SHARPNESS
from tests.tools.packs import card, pack

CONCEPTS = {"how-long": ["sa gjate"]}
CARDS = [
    card("a/access"),
    card("a/erasure"),
    card("thanks", Kind.SMALLTALK, longest=2),
    card("hello", Kind.SMALLTALK, longest=1),
]
SPEAKING = {
    "a/access": {"kopje": 2.0},
    "a/erasure": {"fshij": 2.0, "kopje": 1.9},
    "thanks": {"flm": 2.5},
    "hello": {"tung": 2.5},
}
PACK = pack(CARDS, SPEAKING, CONCEPTS, {"kulla": ["kulla"]})


def ranked(message: str, most: int = 12) -> list[str]:
    return [guess.card.id for guess in PACK.guesses(PACK.read(message), most)]


def test_a_reading_keeps_the_text_and_tells_words_and_concepts() -> None:
    reading = PACK.read("Sa gjatë, kopje?")
    assert reading.text == "Sa gjatë, kopje?"
    assert reading.folded == "sa gjate kopje"
    assert [token.word for token in reading.tokens] == ["sa", "gjate", "kopje"]
    assert reading.concepts == ("how-long",)


def test_a_companys_name_says_nothing_of_what_is_asked() -> None:
    assert PACK.read("Kopje, Kulla?").folded == "kopje"
    assert PACK.read("Kulla").folded == "kulla"


def test_the_intent_for_which_the_words_speak_comes_first() -> None:
    assert ranked("kopje")[0] == "a/access"
    assert ranked("fshij")[0] == "a/erasure"
    assert ranked("flm")[0] == "thanks"


def test_only_as_many_as_asked_for_are_returned() -> None:
    assert ranked("kopje", most=1) == ["a/access"]


def test_intents_alike_keep_the_order_of_the_classes() -> None:
    assert ranked("xyz") == ["a/access", "a/erasure", "thanks", "hello"]


def test_an_intent_is_left_out_when_the_message_is_too_long_for_it() -> None:
    assert ranked("flm shume")[0] == "thanks"
    assert "thanks" not in ranked("flm shume sot")
    assert ranked("tung")[0] == "hello"
    assert "hello" not in ranked("tung tung")


def test_shares_and_margins_tell_how_near_intents_stand() -> None:
    first, second, *_ = PACK.guesses(PACK.read("kopje"))
    assert first.margin == pytest.approx(1.0, abs=0.02)
    assert second.margin == pytest.approx(0.9, abs=0.02)
    assert second.share / first.share == pytest.approx(2.718281828 ** (-0.1 * SHARPNESS), rel=0.1)


def test_a_topic_is_named_without_its_company() -> None:
    assert card("a/silent/children").topic == "silent/children"
    assert card("thanks").topic is None
