"""The DPO's advice stands on record; who sees to a case changes hands on record too."""

import json

import pytest

from bot.clock import MINUTE
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Entry
from bot.services.office import advising, assigning, backoffice, backoffice_close, claims
from bot.services.records import events
from tests.services.acting import House, made_up_house
from tests.services.casework import DPO, bring, case, filed, office, state
from tests.tools.desks import NOW


@pytest.fixture
def house() -> House:
    return made_up_house()


def last(house: House, reference: str) -> Entry:
    return case_file.time_line(house.tx, house.desk, reference)[-1]


def logged(house: House) -> dict[str, object]:
    body: dict[str, object] = json.loads(house.rows("audit")[-1]["body"])
    return body


def test_an_advice_leaves_its_words_on_the_time_line_and_none_in_the_log(house: House) -> None:  # R39
    reference = filed(house, Action.COMPLAINT)
    advising.advise(house.tx, house.desk, office(), DPO, reference, " Mendoj se duhet pranuar. ")
    entry = last(house, reference)
    assert (entry.kind, entry.who, entry.body["text"]) == ("advised", DPO, "Mendoj se duhet pranuar.")
    assert (logged(house)["act"], logged(house)["details"]) == ("case.advised", {"who": DPO, "act": "advised"})
    assert events.open_events(house.tx, house.desk)[-1].body["act"] == "advised"


def test_an_advice_tells_the_customer_nothing_and_takes_the_case_for_nobody(house: House) -> None:
    reference = filed(house, Action.COMPLAINT)
    advising.advise(house.tx, house.desk, office(), DPO, reference, "Mendoj se duhet pranuar.")
    assert house.rows("notices") == []
    assert case(house, reference).taken_by is None


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_advice_has_words(house: House, text: str) -> None:
    with pytest.raises(NotAllowedError):
        advising.advise(house.tx, house.desk, office(), DPO, filed(house), text)


def test_there_is_no_advice_on_what_is_closed(house: House) -> None:
    reference = filed(house, Action.COMPLAINT)
    backoffice_close.answer(house.tx, house.desk, office(), DPO, reference, "U rregullua.")
    bring(house)
    with pytest.raises(NotAllowedError):
        advising.advise(house.tx, house.desk, office(), DPO, reference, "Tepër vonë.")


def test_a_case_is_handed_to_a_colleague_and_both_names_stand(house: House) -> None:  # R39
    reference = filed(house, Action.COMPLAINT)
    backoffice.take(house.tx, house.desk, office(), DPO, reference)
    claims.claim(house.tx, house.desk, NOW, reference, DPO)
    assigning.hand_to(house.tx, house.desk, office(), DPO, reference, "arta")
    assert case(house, reference).taken_by == "arta"
    entry = last(house, reference)
    assert (entry.kind, entry.who, entry.body["from"], entry.body["to"]) == ("handed_over", DPO, DPO, "arta")
    assert claims.current(house.tx, NOW, reference) is None
    with pytest.raises(NotAllowedError, match="arta"):
        assigning.hand_to(house.tx, house.desk, office(), DPO, reference, "arta")


def test_taking_over_for_oneself_keeps_the_claim(house: House) -> None:
    reference = filed(house, Action.COMPLAINT)
    backoffice.take(house.tx, house.desk, office(), "arta", reference)
    claims.claim(house.tx, house.desk, NOW, reference, DPO)
    assigning.hand_to(house.tx, house.desk, office(), DPO, reference, DPO)
    assert case(house, reference).taken_by == DPO
    assert claims.current(house.tx, NOW + MINUTE, reference) is not None


def test_a_case_that_is_given_back_is_nobody_s_and_keeps_its_state(house: House) -> None:
    reference = filed(house, Action.COMPLAINT)
    with pytest.raises(NotAllowedError, match="Nobody"):
        assigning.give_back(house.tx, house.desk, office(), DPO, reference)
    backoffice.take(house.tx, house.desk, office(), DPO, reference)
    assigning.give_back(house.tx, house.desk, office(), DPO, reference)
    assert (case(house, reference).taken_by, state(house, reference)) == (None, "in_progress")
    assert (last(house, reference).kind, last(house, reference).body["from"]) == ("given_back", DPO)
