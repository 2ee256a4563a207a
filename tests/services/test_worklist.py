"""What waits for people: nothing late hides, the days are Kosovo's, pages have no gap, filters and counts agree."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.dialogue.effects import Escalation, Flag
from bot.dialogue.events import CLOSED, CaseState
from bot.policy.actions import Action
from bot.services.casework import escalations, kept_parts
from bot.services.casework.deadlines import local_day, start_of
from bot.services.casework.kept_parts import NewPart
from bot.services.desk import Place
from bot.services.office import acknowledging, backoffice, claims, worklist, worklist_counts
from bot.services.office.worklist import Page, Span, Wanted
from bot.services.office.worklist_items import Item, Tone, What
from bot.services.records import events
from bot.services.records.events import APPLYING, EventKind
from bot.storage.sqlite import connect
from bot.storage.sqlite.migrate import migrate
from bot.storage.statements import read_statements
from tests.services.acting import House, made_up_house
from tests.services.casework import DPO, filed, office
from tests.tools.desks import NOW

DUE = dt.date(2026, 4, 7)  # of what came at NOW: 5 April is a Sunday, the Monday after it is Easter's
BOTH = ("alfa", "beta")
ALL = Wanted(companies=BOTH)
LATE = replace(ALL, span=Span.LATE)


@pytest.fixture
def house() -> House:
    return made_up_house()


def page(house: House, wanted: Wanted = ALL, now: int = NOW, most: int = 1000) -> Page:
    return worklist.page(house.tx, house.desk, now, wanted, most=most)


def items(house: House, wanted: Wanted = ALL, now: int = NOW) -> tuple[Item, ...]:
    return page(house, wanted, now).items


def names(house: House, wanted: Wanted = ALL, now: int = NOW) -> list[str]:
    return [item.reference for item in items(house, wanted, now)]


def change(house: House, reference: str, **columns: str | int | None) -> None:
    house.tables.update("requests", reference, columns)


def noon(day: dt.date) -> int:
    return start_of(day) + 12 * HOUR


def published(house: House, kind: EventKind, at: int = NOW, company: str = "alfa", reference: str = "R") -> str:
    events.publish(house.tx, house.desk, at, kind, company=company, reference=reference, body={})
    return str(house.rows("events")[-1]["id"])


def opened(house: House, kind: Escalation = Escalation.HAND_OFF, company: str | None = "alfa", at: int = NOW) -> str:
    place = Place(conversation="c1", channel="web", now=at)
    return escalations.open_escalation(house.tx, house.desk, place, kind, company, "Dua një njeri")


def kept(house: House, reference: str, due_on: dt.date, company: str = "alfa") -> None:
    part = NewPart(what="faturat", until="pesë vjet", clause="1", due_on=due_on)
    kept_parts.keep(house.tx, house.desk, company, reference, [part])


# ---- nothing late hides -------------------------------------------------------------------------------------------

LATER = noon(DUE + dt.timedelta(days=2))
STANDS: dict[str, dict[str, str | int]] = {
    "received": {},
    "in progress": {"state": "in_progress", "taken_by": "leka"},
    "waiting": {"state": "waiting", "taken_by": "leka"},
    "waiting, asked too late": {"state": "waiting", "taken_by": "leka", "paused_at": LATER},
    "extended": {"state": "extended", "due_on": "2026-01-05", "extended_to": DUE.isoformat()},
}


@pytest.mark.parametrize("columns", STANDS.values(), ids=STANDS.keys())
def test_what_is_late_is_late_in_every_open_state(house: House, columns: dict[str, str | int]) -> None:  # R33, R34
    change(house, filed(house), **columns)
    (item,) = items(house, LATE, LATER)
    assert (item.days, item.late, item.tone, item.due) == (-2, True, Tone.LATE, DUE)
    assert items(house, ALL, LATER) == (item,)
    assert worklist_counts.counts(house.tx, house.desk, LATER, BOTH).late == 1


def test_the_open_states_are_those_that_were_tried() -> None:
    tried = {columns.get("state", "received") for columns in STANDS.values()}
    assert tried == {state.value for state in CaseState if state not in CLOSED}


@pytest.mark.parametrize("state", sorted(CLOSED))
def test_what_is_closed_waits_no_more(house: House, state: CaseState) -> None:
    change(house, filed(house), state=state.value, closed_at=NOW)
    assert items(house, ALL, LATER) == ()
    assert worklist_counts.counts(house.tx, house.desk, LATER, BOTH).all == 0


def test_a_clock_that_stands_still_makes_nobody_late_and_is_not_forgotten(house: House) -> None:  # R34
    reference = filed(house)
    stopped = noon(DUE - dt.timedelta(days=5))
    change(house, reference, state="waiting", paused_at=stopped)
    (item,) = items(house, ALL, stopped + 20 * DAY)
    assert (item.days, item.late, item.paused_since, item.due, item.waits_long) == (5, False, stopped, DUE, False)
    assert names(house, LATE, stopped + 20 * DAY) == []
    assert worklist_counts.counts(house.tx, house.desk, stopped + 20 * DAY, BOTH).late == 0
    too_long = replace(ALL, span=Span.WAITING)
    assert names(house, too_long, stopped + 30 * DAY - 1) == []
    assert [item.waits_long for item in items(house, too_long, stopped + 30 * DAY)] == [True]
    assert worklist_counts.counts(house.tx, house.desk, stopped + 30 * DAY, BOTH).waiting_long == 1


# ---- days ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "days", "tone"),
    [
        ("2026-03-05T10:00", 33, Tone.FINE),
        ("2026-03-30T23:59", 8, Tone.FINE),
        ("2026-03-31T00:00", 7, Tone.NEAR),
        ("2026-04-03T12:00", 4, Tone.NEAR),
        ("2026-04-04T00:00", 3, Tone.SOON),
        ("2026-04-06T23:59", 1, Tone.SOON),
        ("2026-04-07T00:00", 0, Tone.SOON),
        ("2026-04-07T23:59", 0, Tone.SOON),
        ("2026-04-08T00:00", -1, Tone.LATE),
        ("2026-12-31T23:59", -268, Tone.LATE),
    ],
)
def test_days_left_are_whole_days_of_kosovo(house: House, local: str, days: int, tone: Tone) -> None:  # R33
    filed(house)
    day, _, hour = local.partition("T")
    now = start_of(dt.date.fromisoformat(day)) + int(hour[:2]) * HOUR + int(hour[3:]) * MINUTE
    (item,) = items(house, ALL, now)
    assert (item.days, item.tone, item.late) == (days, tone, days < 0)


def test_the_date_is_the_stored_one_and_a_target_where_the_rule_is_not_confirmed(house: House) -> None:  # R33
    change(house, filed(house), due_on="2026-04-01")
    filed(house, company="beta")
    assert [(item.due.isoformat(), item.confirmed) for item in items(house)] == [
        ("2026-04-01", True),
        ("2026-04-07", False),
    ]


def test_what_the_back_office_has_not_applied_after_a_day_is_late(house: House) -> None:  # R38
    event = published(house, EventKind.CONSENT_WITHDRAWN)
    (item,) = items(house)
    assert (item.what, item.days, item.late, item.due_at) == (What.WITHDRAWAL, 1, False, NOW + DAY)
    assert names(house, LATE, NOW + DAY - 1) == []
    (item,) = items(house, LATE, NOW + DAY)
    assert (item.days, item.late, item.event) == (0, True, event)
    assert worklist_counts.counts(house.tx, house.desk, NOW + DAY, BOTH).unapplied == 1
    acknowledging.acknowledge(house.tx, house.desk, office(), event, DPO)
    assert names(house, ALL, NOW + DAY) == []


@pytest.mark.parametrize("kind", EventKind)
def test_events_that_somebody_must_act_on_are_in_the_list_and_no_others(house: House, kind: EventKind) -> None:
    published(house, kind)
    acted_on = kind in APPLYING | {EventKind.NOTICE_TO_SEND, EventKind.ALARM_RAISED}
    assert len(items(house)) == worklist_counts.counts(house.tx, house.desk, NOW, BOTH).all == int(acted_on)


# ---- who sees what ------------------------------------------------------------------------------------------------


def test_another_companys_people_see_nothing_of_it(house: House) -> None:
    reference = filed(house)
    published(house, EventKind.CONSENT_WITHDRAWN)
    opened(house)
    kept(house, reference, local_day(NOW))
    assert len(items(house, Wanted(companies=("alfa",)))) == 4
    assert items(house, Wanted(companies=("beta",))) == ()
    assert items(house, Wanted(companies=())) == ()
    assert worklist_counts.counts(house.tx, house.desk, NOW, ("beta",)).all == 0


def test_who_named_no_company_is_everybodys(house: House) -> None:
    identity = opened(house, company=None)
    for company in BOTH:
        assert names(house, Wanted(companies=(company,))) == [identity]
        assert worklist_counts.counts(house.tx, house.desk, NOW, (company,)).all == 1


@pytest.mark.parametrize("kind", Escalation)
def test_all_but_questions_without_answer_wait_here(house: House, kind: Escalation) -> None:
    opened(house, kind)
    have_their_page = {Escalation.UNANSWERED, Escalation.ASKED_AGAIN}
    assert (
        len(items(house))
        == worklist_counts.counts(house.tx, house.desk, NOW, BOTH).all
        == int(kind not in have_their_page)
    )


def test_an_alarm_is_listed_once_as_long_as_a_person_has_it(house: House) -> None:
    identity = opened(house, Escalation.ALARM)
    alone = published(house, EventKind.ALARM_RAISED)
    published(house, EventKind.ALARM_RAISED, reference=identity)
    assert sorted(item.what for item in items(house)) == [What.ALARM, What.PERSON]
    escalations.close(house.tx, house.desk, office(), identity, DPO)
    assert [item.event for item in items(house)] == [alone], "what a person saw to waits nowhere any more"


def test_kept_parts_come_back_on_their_day(house: House) -> None:
    reference, taken_back = filed(house), filed(house)
    change(house, reference, state="partly", closed_at=NOW)
    change(house, taken_back, state="withdrawn", closed_at=NOW)
    today = local_day(NOW)
    kept(house, reference, today)
    kept(house, reference, today + dt.timedelta(days=1))
    kept(house, taken_back, today)
    assert [(item.what, item.reference, item.position, item.days) for item in items(house)] == [
        (What.KEPT, reference, 1, 0)
    ]
    assert [item.days for item in items(house, ALL, NOW + 2 * DAY)] == [-2, -1]
    kept_parts.done(house.tx, house.desk, office(), DPO, reference, 1)
    assert names(house) == []


def test_the_list_says_who_has_it_and_who_is_at_work(house: House) -> None:
    mine, free = filed(house), filed(house)
    backoffice.take(house.tx, house.desk, office(), "zana", mine)
    claims.claim(house.tx, house.desk, NOW, free, "leka")
    seen = {item.reference: (item.taken_by, item.claimed_by, item.is_new) for item in items(house)}
    assert seen == {mine: ("zana", None, False), free: (None, "leka", True)}


# ---- filters --------------------------------------------------------------------------------------------------------


def test_each_filter_asks_for_what_it_says(house: House) -> None:
    one = filed(house, flags=(Flag.SIM_CHANGED.value, Flag.FIRM.value))
    two = filed(house, Action.DSAR_ERASURE, company="beta", flags=("simxchanged",))
    change(house, two, state="waiting", taken_by="leka", channel="web", received_at=NOW - 3 * DAY)
    person, act = opened(house), published(house, EventKind.CONSENT_WITHDRAWN)
    notice = published(house, EventKind.NOTICE_TO_SEND)

    def found(**wanted: object) -> set[str]:
        return {item.event or item.reference for item in items(house, replace(ALL, **wanted))}  # type: ignore[arg-type]

    assert found() == {one, two, person, act, notice}
    assert found(companies=("beta",)) == {two}
    assert [found(what=what) for what in What] == [{one, two}, {person}, {act}, {notice}, set(), set()]
    assert found(kind=Action.DSAR_ERASURE) == {two}
    assert found(state=CaseState.WAITING) == {two}
    assert found(channel="web") == {two}
    assert found(flag=Flag.SIM_CHANGED) == {one}, "an underscore is no wildcard"
    assert found(taken_by="leka") == {two}
    assert found(taken_by="zana") == set()
    assert found(untaken=True) == {one, person, act, notice}
    assert found(untaken=True, what=What.REQUEST) == {one}
    assert found(recent=True) == {one, person, act, notice}
    assert found(taken_by="leka", kind=Action.DSAR_ACCESS) == set()


def test_since_yesterday_is_since_its_midnight_in_kosovo(house: House) -> None:
    change(house, filed(house), received_at=start_of(local_day(NOW)) - DAY)
    wanted = replace(ALL, recent=True)
    assert len(items(house, wanted)) == 1
    change(house, house.rows("requests")[0]["reference"], received_at=start_of(local_day(NOW)) - DAY - 1)
    assert items(house, wanted) == ()


# ---- pages and counts -----------------------------------------------------------------------------------------------


def crowded(seed: int) -> House:
    """Everything at once, at random times around NOW, many of them the same."""
    house, chance = made_up_house(), random.Random(seed)  # noqa: S311  for tests only
    for _ in range(30):
        reference = filed(house, company=chance.choice(BOTH))
        due = local_day(NOW) + dt.timedelta(days=chance.choice((-3, -1, 0, 1, 6, 7, 8)))
        change(house, reference, due_on=due.isoformat(), received_at=NOW - chance.choice((0, HOUR, 2 * DAY)))
        if chance.random() < 0.3:
            change(house, reference, state="waiting", paused_at=NOW - chance.choice((0, DAY, 2 * DAY, 40 * DAY)))
        if chance.random() < 0.3:
            change(house, reference, taken_by="leka")
        if chance.random() < 0.3:
            kept(house, reference, due, house.rows("requests")[-1]["company"])
    for _ in range(20):
        at = NOW - chance.choice((0, HOUR, DAY - 1, DAY, DAY + HOUR, 2 * DAY, 3 * DAY))
        if chance.random() < 0.5:
            opened(house, chance.choice(list(Escalation)), chance.choice((*BOTH, None)), at)
        else:
            published(house, chance.choice(list(EventKind)), at, chance.choice((*BOTH, "")))
    return house


@pytest.mark.parametrize("seed", range(4))
def test_pages_together_are_the_whole_list_once_in_its_order(seed: int) -> None:
    house = crowded(seed)
    for wanted in (ALL, LATE, replace(ALL, span=Span.WEEK), replace(ALL, untaken=True)):
        whole = page(house, wanted)
        keys = [item.key for item in whole.items]
        assert whole.after is None
        assert len(set(keys)) == len(keys)
        assert [item.due for item in whole.items] == sorted(item.due for item in whole.items)
        for most in (1, 7):
            found, after = list[str](), None
            while True:
                part = worklist.page(house.tx, house.desk, NOW, wanted, after, most)
                found += [item.key for item in part.items]
                after = part.after
                if after is None:
                    break
            assert found == keys


@pytest.mark.parametrize("seed", range(4, 10))
def test_each_count_is_how_many_its_filter_shows(seed: int) -> None:
    house = crowded(seed)
    for companies in (BOTH, ("alfa",), ()):
        counted = worklist_counts.counts(house.tx, house.desk, NOW, companies)
        own = Wanted(companies=companies)
        shown = {
            "late": replace(own, span=Span.LATE),
            "today": replace(own, span=Span.TODAY),
            "week": replace(own, span=Span.WEEK),
            "recent": replace(own, recent=True),
            "untaken": replace(own, untaken=True, what=What.REQUEST),
            "waiting_long": replace(own, span=Span.WAITING),
            "unapplied": replace(own, span=Span.LATE, what=What.WITHDRAWAL),
            "all": own,
        }
        assert {name: getattr(counted, name) for name in shown} == {
            name: len(items(house, wanted)) for name, wanted in shown.items()
        }


# ---- it stays quick, and it is known when it changed ---------------------------------------------------------------

INDEXED = {
    "requests": "requests_queue",
    "untaken": "requests_untaken",
    "events": "events_waiting_kind",
    "escalations": "escalations_queue",
    "kept": "kept_parts_due",
    "count_due": "requests_queue",
    "count_untaken": "requests_untaken",
    "count_received": "requests_received",
    "count_events": "events_waiting_kind",
    "count_escalations": "escalations_queue",
    "count_kept": "kept_parts_due",
    "count_paused": "requests_paused",
}


@pytest.mark.parametrize("name", INDEXED)
def test_the_list_is_read_along_its_index_on_sqlite(name: str) -> None:
    statement = read_statements().get(f"worklist.{name}")
    connection = connect(":memory:")
    migrate(connection)
    plan = connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", dict.fromkeys(statement.parameters, 1)).fetchall()
    connection.close()
    steps = [row["detail"] for row in plan]
    assert f"INDEX {INDEXED[name]} " in steps[0], steps
    assert not [step for step in steps if step.startswith("SCAN") or "TREE FOR ORDER" in step], steps


def test_its_stamp_is_another_whenever_it_may_be_another_and_only_then(house: House) -> None:
    reference, identity = filed(house), opened(house)
    kept(house, reference, local_day(NOW))
    event = published(house, EventKind.CONSENT_WITHDRAWN)
    changes: dict[str, Callable[[], object]] = {
        "a request": lambda: filed(house),
        "taken": lambda: backoffice.take(house.tx, house.desk, office(), DPO, reference),
        "applied": lambda: acknowledging.acknowledge(house.tx, house.desk, office(), event, DPO),
        "claimed": lambda: claims.claim(house.tx, house.desk, NOW, reference, DPO),
        "taken over": lambda: claims.take_over(house.tx, house.desk, office(NOW + 1), reference, "leka"),
        "given back": lambda: claims.release(house.tx, reference, "leka"),
        "closed": lambda: escalations.close(house.tx, house.desk, office(), identity, DPO),
        "erased": lambda: kept_parts.done(house.tx, house.desk, office(), DPO, reference, 1),
    }
    stamp = worklist_counts.stamp(house.tx, NOW, BOTH)
    for what, happens in changes.items():
        assert worklist_counts.stamp(house.tx, NOW, BOTH) == stamp
        happens()
        before, stamp = stamp, worklist_counts.stamp(house.tx, NOW, BOTH)
        assert stamp != before, what
    claims.claim(house.tx, house.desk, NOW, reference, DPO)
    stamp = worklist_counts.stamp(house.tx, NOW, BOTH)
    claims.claim(house.tx, house.desk, NOW + MINUTE, reference, DPO)
    assert worklist_counts.stamp(house.tx, NOW + MINUTE, BOTH) == stamp, "a sign of life is no news"
