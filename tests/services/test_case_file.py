"""The queue of requests, and how they are kept, on a real database."""

import datetime as dt

import pytest

from bot.clock import DAY
from bot.dialogue.events import (
    CaseState,
)
from bot.policy.actions import Action
from bot.services.casework import case_file, deadlines, requests
from bot.services.casework.cases import Body, Identity, NewCase
from bot.services.records import audit
from tests.services.acting import FILAN, SHOWN, House, made_up_house, proven_customer
from tests.services.asking import (
    SENSITIVE,
    acts,
    add,
    asked,
    filed,
    put,
    take_back,
)
from tests.tools.desks import NOW, place
from tests.tools.engines import undone


@pytest.fixture
def house() -> House:
    return made_up_house()


# ---- the queue ------------------------------------------------------------------------------------------------


def test_the_queue_is_ordered_by_what_is_due_first(house: House) -> None:
    late_one = filed(house, asked(None), place(NOW + 20 * DAY))
    first = filed(house, asked(None), place(NOW))
    extended = filed(house, asked(None), place(NOW))
    put(house, extended, state="extended", extended_to="2026-06-05")
    queue = requests.open_cases(house.tx, house.desk, requests.Filter())
    assert [row.reference for row in queue] == [first.reference, late_one.reference, extended.reference]
    page = requests.open_cases(house.tx, house.desk, requests.Filter(), most=1, skip=1)
    assert [row.reference for row in page] == [late_one.reference]


def test_the_queue_is_asked_for_by_company_kind_state_and_lateness(house: House) -> None:
    access = filed(house, asked(None))
    erasure = filed(house, asked(None, Action.DSAR_ERASURE, company="beta"), place(NOW + 20 * DAY))
    closed = filed(house, asked(None))
    put(house, closed, state="refused", closed_at=NOW)

    def queue(wanted: requests.Filter) -> list[str]:
        return [row.reference for row in requests.open_cases(house.tx, house.desk, wanted)]

    assert queue(requests.Filter()) == [access.reference, erasure.reference]
    assert queue(requests.Filter(company="beta")) == [erasure.reference]
    assert queue(requests.Filter(action=Action.DSAR_ACCESS)) == [access.reference]
    assert queue(requests.Filter(state=CaseState.REFUSED)) == [closed.reference]
    assert queue(requests.Filter(due_before=dt.date(2026, 4, 8))) == [access.reference]
    assert queue(requests.Filter(due_before=dt.date(2026, 4, 7))) == []


@pytest.mark.parametrize("state", ["received", "in_progress", "waiting", "extended"])
def test_nothing_late_hides_in_any_open_state(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, paused_at=NOW if state == "waiting" else None)
    last_minute = deadlines.start_of(dt.date(2026, 4, 8)) - 1
    assert requests.late(house.tx, house.desk, last_minute) == ()
    assert [row.reference for row in requests.late(house.tx, house.desk, last_minute + 1)] == [case.reference]


@pytest.mark.parametrize("state", ["answered", "partly", "refused", "withdrawn"])
def test_what_is_closed_is_not_late(house: House, state: str) -> None:
    case = filed(house, asked(None))
    put(house, case, state=state, closed_at=NOW)
    assert requests.late(house.tx, house.desk, NOW + 300 * DAY) == ()


def test_an_extended_request_is_late_after_its_extended_date_only(house: House) -> None:  # R34
    case = filed(house, asked(None))
    put(house, case, state="extended", extended_to="2026-06-05")
    assert requests.late(house.tx, house.desk, deadlines.start_of(dt.date(2026, 6, 5))) == ()
    assert len(requests.late(house.tx, house.desk, deadlines.start_of(dt.date(2026, 6, 6)))) == 1


# ---- keeping --------------------------------------------------------------------------------------------------


def test_a_letter_is_filed_with_the_day_it_came(house: House) -> None:  # R33
    new = NewCase(
        company="alfa",
        action=Action.DSAR_ACCESS,
        identity=Identity.PENDING,
        subject=None,
        conversation=None,
        channel="letter",
        body=Body(),
        reply_to="",
        flags=(),
        received_at=NOW - 10 * DAY,
    )
    row = case_file.create(house.tx, house.desk, place(channel="office"), "7K2Q-9FXA-4", new, "dpo-1")
    assert row.due.date == dt.date(2026, 3, 23)
    (entry,) = requests.time_line(house.tx, house.desk, row.reference)
    assert (entry.who, entry.at, entry.body["received_at"]) == ("dpo-1", NOW, NOW - 10 * DAY)


def test_entries_of_a_time_line_are_numbered_without_a_gap(house: House) -> None:
    case = filed(house, asked(None))
    numbers = [
        requests.note(house.tx, house.desk, NOW, case.reference, "noted", "dpo-1", {"text": "…"}) for _ in range(3)
    ]
    assert numbers == [2, 3, 4]


def test_an_act_that_is_undone_leaves_nothing(house: House) -> None:  # R48
    with undone(house.tables):
        filed(house, asked(None))
    assert [house.rows(t) for t in ("requests", "request_events", "audit", "events")] == [[], [], [], []]


def test_the_audit_of_everything_here_holds_no_words(house: House) -> None:  # R39
    subject = proven_customer(house)
    case = filed(house, asked(subject))
    filed(house, asked(subject, join=case.reference))
    add(house, case, SENSITIVE)
    take_back(house, case)
    logged = " ".join(row["body"] for row in house.rows("audit"))
    assert {act.value for act in audit.Act} >= set(acts(house))
    assert SENSITIVE not in logged
    assert SHOWN.words not in logged
    assert FILAN not in logged
