"""Asking how a thing is done is not an order to do it; the gates hold acts back in a message that asks."""

from dataclasses import replace

import pytest

from bot.nlu.gates import Gates, allowed
from bot.nlu.intents import Action, Kind
from bot.nlu.pack import Guess
from tests.tools.packs import card, pack

GATES = Gates(
    openers=frozenset({"si"}),
    doubtful=frozenset({"mund"}),
    greetings=frozenset({"tung", "hej"}),
    asking=frozenset({"only-asking"}),
    polite=frozenset({"please"}),
)
CONCEPTS = {"only-asking": ["po pyes"], "please": ["ju lutem"], "no": ["mos"]}
NATIVE = frozenset({"kopje", "krejt", "si", "mund", "ju", "mos", "po"})
ASKS = card("a/access")


def first(message: str, louder: float, gates: Gates = GATES, native: frozenset[str] = NATIVE) -> Kind:
    """Return what wins where an act speaks that much louder than a question."""
    orders = card("dsar_access", Kind.ACTION, action=Action.DSAR_ACCESS, unless=["no"])
    spoken = {"a/access": {"kopje": 0.5}, "dsar_access": {"kopje": 0.5 + louder}}
    known = pack([orders, ASKS], spoken, CONCEPTS)
    reading = known.read(message)
    return allowed(known.guesses(reading), reading, gates, native)[0].card.kind


@pytest.mark.parametrize(
    "message",
    [
        "si ta marr një kopje",
        "tung hej si ta marr një kopje",  # greetings before the question are passed over
        "kopje, veç po pyes",
        "kopje ju lutem, po pyes",
    ],
)
def test_an_act_must_be_far_louder_than_a_question_in_a_message_that_asks(message: str) -> None:
    assert first(message, louder=1.2) is Kind.ANSWER
    assert first(message, louder=1.9) is Kind.ACTION


@pytest.mark.parametrize("message", ["mund ta marr një kopje", "kopje?", "hej mund kopje"])
def test_an_act_must_be_somewhat_louder_where_a_message_may_be_asking(message: str) -> None:
    assert first(message, louder=0.2) is Kind.ANSWER
    assert first(message, louder=0.6) is Kind.ACTION


@pytest.mark.parametrize(
    "message",
    ["kopje", "ma jep një kopje si dje", "tung kopje", "mund ta marr një kopje ju lutem", "kopje ju lutem?"],
)
def test_an_order_even_a_polite_one_is_an_order(message: str) -> None:
    assert first(message, louder=0.2) is Kind.ACTION


def test_nothing_is_done_on_a_message_without_one_common_word() -> None:
    assert first("kopje", louder=1.2, native=frozenset({"krejt"})) is Kind.ANSWER
    assert first("krejt kopje", louder=1.2, native=frozenset({"krejt"})) is Kind.ACTION


def test_an_intent_is_left_out_when_the_message_rules_it_out() -> None:
    assert first("mos kopje", louder=2.0) is Kind.ANSWER


def test_where_nothing_asks_the_order_of_guesses_stays() -> None:
    closed = replace(GATES, openers=frozenset(), doubtful=frozenset())
    assert first("si kopje", louder=0.2, gates=closed) is Kind.ACTION


def test_guesses_held_back_come_again_the_best_first() -> None:
    cards = [card("act", Kind.ACTION, action=Action.COMPLAINT), card("a/one"), card("a/two")]
    known = pack(cards, {"act": {"kopje": 2.0}, "a/one": {"kopje": 1.5}, "a/two": {"kopje": 0.2}}, {})
    reading = known.read("si kopje")
    found = allowed(known.guesses(reading), reading, GATES, NATIVE)
    assert [guess.card.id for guess in found] == ["a/one", "act", "a/two"]
    assert [round(guess.margin, 1) for guess in found] == [0.5, -0.5, -0.8]


@pytest.mark.parametrize(
    ("likeliest", "share", "left"),
    [
        pytest.param("erase", 0.1, ["a/access"], id="hardly likelier than anything"),
        pytest.param("erase", 0.3, ["copy", "a/access"], id="likely by itself"),
        pytest.param("a/erase-how", 0.1, ["a/erase-how", "copy", "a/access"], id="none was the likeliest"),
    ],
)
def test_no_act_follows_in_the_place_of_one_that_is_denied(likeliest: str, share: float, left: list[str]) -> None:
    erase = card("erase", Kind.ACTION, action=Action.DSAR_ERASURE, unless_denied=["delete"])
    copy = card("copy", Kind.ACTION, action=Action.DSAR_ACCESS)
    first_card = erase if likeliest == "erase" else card(likeliest)
    shares = ((first_card, 0.6), (copy, share), (ASKS, 0.05))
    guesses = [Guess(card=one, share=each, margin=0.0) for one, each in shares]
    reading = pack([erase, copy, ASKS], {}, CONCEPTS).read("krejt po")
    found = allowed(guesses, reading, GATES, NATIVE, frozenset({"delete"}))
    assert [guess.card.id for guess in found] == left
