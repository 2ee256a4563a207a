"""What a message denies can never be done because of it."""

import pytest

from bot.nlu.fold import fold
from bot.nlu.lexicon import Forms, Lexicon
from bot.nlu.negation import Negation

NEGATION = Negation(
    forbidding=frozenset({"mos"}),
    denying=frozenset({"nuk"}),
    wanting=frozenset({"du", "dua", "kerkoj", "kam", "thene"}),
    passed=frozenset({"po", "me", "te", "i", "mi", "ma"}),
)
LEXICON = Lexicon(Forms({"delete": ["fshini", "fshi", "fshirje"], "freeze": ["ngrini"], "send": ["dergoni"]}), ())


def denied(message: str) -> frozenset[str]:
    return NEGATION.denied(LEXICON.tokens(fold(message)), LEXICON)


@pytest.mark.parametrize(
    "message",
    [
        "mos fshini", "mos i fshini", "Mos m'i fshini!", "s'po du me i fshi",
        "nuk dua t'i fshini", "nuk kërkoj fshirje",
        "sdu me i fshi", "nuk kam thënë t'i fshini", "skam thënë me i fshi",
    ],
)  # fmt: skip
def test_what_must_not_be_done_is_denied(message: str) -> None:
    assert denied(message) == {"delete"}


@pytest.mark.parametrize(
    "message",
    ["fshini", "i fshini të dhënat", "nuk fshini ju asgjë", "mos", "nuk dua", "po mos", "sdu", "kam thënë t'i fshini"],
)
def test_what_is_asked_for_or_only_told_is_not(message: str) -> None:
    assert denied(message) == frozenset()


def test_what_is_affirmed_elsewhere_is_not_denied() -> None:
    assert denied("mos i fshini krejt, veç historinë fshini") == frozenset()


def test_only_the_denied_act_is_denied() -> None:
    assert denied("mos i fshini, vetëm ngrini") == {"delete"}


def test_the_denial_does_not_reach_far() -> None:
    assert denied("mos te i po me ma i fshini") == frozenset()
