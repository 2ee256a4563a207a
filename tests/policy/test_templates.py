"""Ready words: which fit, how their blanks are filled, how a company's own take the place of the shared ones."""

import pytest

from bot.policy.actions import Action
from bot.policy.templates import Blank, Occasion, Template, blanks, fill, fits, overridden

ASK = Template(
    id="ask",
    occasion=Occasion.ASK,
    kinds=frozenset({Action.DSAR_ACCESS}),
    label="Cila periudhë",
    text="Kërkesa {reference}: cila periudhë, {contact}?",
)
VALUES = {Blank.REFERENCE: "7K2Q-9FXA-8", Blank.CONTACT: "{company}"}


def test_blanks_are_filled_in_once_and_nothing_in_what_is_filled_in() -> None:
    assert list(blanks(ASK.text)) == ["reference", "contact"]
    assert fill(ASK.text, VALUES) == "Kërkesa 7K2Q-9FXA-8: cila periudhë, {company}?"


@pytest.mark.parametrize(("text", "error"), [("{reference} {due}", KeyError), ("{anything}", ValueError)])
def test_a_blank_without_value_is_never_left_open(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        fill(text, VALUES)


def test_a_template_fits_its_act_its_kinds_and_a_case_that_has_all_its_blanks() -> None:
    assert fits(ASK, Occasion.ASK, Action.DSAR_ACCESS, VALUES)
    assert not fits(ASK, Occasion.REPLY, Action.DSAR_ACCESS, VALUES)
    assert not fits(ASK, Occasion.ASK, Action.DSAR_ERASURE, VALUES)
    assert not fits(ASK, Occasion.ASK, Action.DSAR_ACCESS, VALUES | {Blank.CONTACT: ""})


def test_a_companys_own_stands_in_place_of_the_shared_one() -> None:
    own = Template(id="ask", occasion=Occasion.ASK, kinds=frozenset(), label="E jona", text="Cila?")
    new = Template(id="new", occasion=Occasion.REPLY, kinds=frozenset(), label="E re", text="Po.")
    shared = Template(id="reply", occasion=Occasion.REPLY, kinds=frozenset(), label="Mesazh", text="Mirë.")
    assert overridden((ASK, shared), (own, new)) == (own, shared, new)
