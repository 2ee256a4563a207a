"""docs/dialogue.md and its picture say what the table of the dialogue says."""

import re
from collections.abc import Mapping

import pytest

from bot.dialogue.inputs import Input
from bot.dialogue.state import State
from bot.dialogue.transitions import TABLE, Rule
from tests.tools import diagram
from tests.tools.command import ROOT

DOCUMENT = (ROOT / "docs/dialogue.md").read_text(encoding="utf-8")


def test_the_picture_is_drawn_from_the_table_of_today() -> None:
    drawn = diagram.draw(diagram.read_table())
    assert diagram.DIAGRAM.read_text(encoding="utf-8") == drawn, "run: python -m tests.tools.diagram"


def test_the_list_of_states_says_what_the_code_says() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", DOCUMENT, flags=re.MULTILINE))
    assert listed == {state.value: meaning for state, meaning in diagram.meanings().items()}
    assert set(listed) == {state.value for state in State}


def test_every_row_is_in_the_picture_or_stays_where_it_is() -> None:
    drawn = diagram.read_table()
    anywhere = {name for inputs in drawn.anywhere.values() for name in inputs}
    for (state, happened), rule in TABLE.items():
        if state is State.HELD:
            assert happened.value in drawn.released or rule.to == {state}
        elif rule.to - {state} and happened.value not in anywhere:
            goes_on = happened.value in drawn.goes_on.get(state, ())
            missing = [
                target for target in rule.to - {state} if happened.value not in drawn.edges.get((state, target), ())
            ]
            assert goes_on or not missing, (state, happened, missing)


def changed(*rows: tuple[State, Input, set[State]]) -> Mapping[tuple[State, Input], Rule]:
    """The table with rows that lead elsewhere."""
    return {**TABLE, **{(s, h): Rule(do=TABLE[s, h].do, to=frozenset(to)) for s, h, to in rows}}


def test_a_row_that_leads_elsewhere_changes_the_picture() -> None:
    other = changed((State.CONTACT, Input.TEXT, {State.CONTACT, State.OPEN}))
    assert diagram.draw(diagram.read_table(other)) != diagram.draw(diagram.read_table())


def test_a_row_for_which_there_is_no_line_is_an_error() -> None:
    other = changed((State.FIELD, Input.TEXT, {State.KIND}))
    with pytest.raises(LookupError, match="no line goes from field to kind"):
        diagram.draw(diagram.read_table(other))
