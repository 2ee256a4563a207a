"""Events are numbered without a gap, stay open until acknowledged, and are late after a day."""

import dataclasses
import json

import pytest

from bot.clock import HOUR
from bot.crypto import SealBrokenError
from bot.dialogue.effects import ObjectStatistics
from bot.dialogue.events import ActDone
from bot.limits import Limits
from bot.services.decisions import objections
from bot.services.office import acknowledging, notices
from bot.services.office.notices import NoticeKind, Route
from bot.services.records import events, receipts
from bot.services.records.events import EventKind
from bot.services.records.receipts import EventType, Evidence
from tests.services.acting import SHOWN, House, customer, made_up_house, prove
from tests.tools.desks import LATER, NOW, place


def _publish(house: House, kind: EventKind = EventKind.CONSENT_WITHDRAWN, **more: str) -> int:
    parts = {"company": "alfa", **more}
    return events.publish(house.tx, house.desk, NOW, kind, **parts, body={"purpose": "offers", "seq": 1})


def _receipt(house: House) -> str:
    evidence = Evidence(principal="s1", event_type=EventType.WITHDRAWN, purposes=(), shown=SHOWN)
    return receipts.issue(
        house.tx, house.desk, place(), act="consent.withdrawn", company="alfa", subject="s1", evidence=evidence
    )


def _applied_at(house: House, reference: str) -> int | None:
    record = receipts.read(house.tx, house.desk, reference)
    assert record is not None
    return record.applied_at


def _acknowledge(house: House, identity: str, now: int = LATER, who: str = "dpo1") -> bool:
    return acknowledging.acknowledge(house.tx, house.desk, place(now, "", "office"), identity, who)


def test_events_are_numbered_from_one_without_a_gap() -> None:
    house = made_up_house()
    assert [_publish(house, company=company) for company in ("alfa", "beta", "alfa")] == [1, 2, 3]


def test_an_event_is_open_until_it_is_acknowledged() -> None:  # R38
    house = made_up_house()
    _publish(house)
    _publish(house)
    first, second = events.open_events(house.tx, house.desk)
    assert _acknowledge(house, first.id)
    assert [e.id for e in events.open_events(house.tx, house.desk)] == [second.id]


def test_acknowledging_again_changes_nothing() -> None:
    house = made_up_house()
    _publish(house, reference="R")
    (event,) = events.open_events(house.tx, house.desk)
    assert _acknowledge(house, event.id)
    assert not _acknowledge(house, event.id, LATER + 1, "dpo2")
    (kept,) = events.of_reference(house.tx, house.desk, "R")
    assert (kept.acknowledged_at, kept.acknowledged_by) == (LATER, "dpo1")
    assert len(house.rows("audit")) == 1


def test_what_is_not_there_is_not_acknowledged() -> None:
    house = made_up_house()
    assert not _acknowledge(house, "nothing")
    assert house.rows("audit") == []


def test_acknowledging_is_logged_with_who_did_it() -> None:  # R39
    house = made_up_house()
    _publish(house, subject="s1", reference="R")
    (event,) = events.open_events(house.tx, house.desk)
    _acknowledge(house, event.id)
    entry = json.loads(house.rows("audit")[0]["body"])
    assert (entry["act"], entry["subject"], entry["reference"]) == ("event.acknowledged", "s1", "R")
    assert entry["details"] == {"event": event.id, "kind": "consent.withdrawn", "who": "dpo1"}


def test_a_receipt_is_applied_when_all_of_it_is_acknowledged() -> None:  # R38
    house = made_up_house()
    reference = _receipt(house)
    for _ in range(3):
        _publish(house, reference=reference)
    applied = []
    for hour, event in enumerate(events.open_events(house.tx, house.desk), start=1):
        _acknowledge(house, event.id, NOW + hour * HOUR)
        applied.append(_applied_at(house, reference))
    assert applied == [None, None, NOW + 3 * HOUR]


def test_a_case_that_is_still_open_does_not_hold_up_what_was_applied() -> None:  # R38
    house = made_up_house()
    reference = _receipt(house)
    _publish(house, EventKind.STATISTICS_RESTRICTED, reference=reference)
    _publish(house, EventKind.REQUEST_FILED, reference=reference)
    restricted, filed = events.open_events(house.tx, house.desk)
    _acknowledge(house, restricted.id, LATER)
    assert _applied_at(house, reference) == LATER
    _acknowledge(house, filed.id, LATER + 1)
    assert _applied_at(house, reference) == LATER


def test_having_seen_the_case_is_not_having_applied_it() -> None:  # R38
    house = made_up_house()
    reference = _receipt(house)
    _publish(house, EventKind.REQUEST_FILED, reference=reference)
    (filed,) = events.open_events(house.tx, house.desk)
    _acknowledge(house, filed.id)
    assert _applied_at(house, reference) is None


def test_a_notice_that_was_sent_by_hand_is_delivered_with_its_acknowledgement() -> None:  # R58
    house = made_up_house()
    subject = customer(house.tx, house.desk, phone="+49 1512 0000000")
    prove(house.tx, house.desk, subject, phone="+49 1512 0000000")
    effect = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=SHOWN)
    done = objections.object_statistics(house.tx, house.desk, place(), effect)
    assert isinstance(done, ActDone)
    office = place(LATER, "", "office")
    notice = notices.send(house.tx, house.desk, office, done.reference, NoticeKind.REPLY, "Po e shqyrtojmë.")
    assert notices.deliver(house.tx, house.desk, LATER, notice) is Route.ADDRESS
    by_hand = [e for e in events.open_events(house.tx, house.desk) if e.kind is EventKind.NOTICE_TO_SEND]
    assert [row["delivered_at"] for row in house.rows("notices")] == [None]
    assert [_acknowledge(house, event.id, LATER + HOUR) for event in by_hand] == [True]
    assert [(row["delivered_at"], row["delivered_by"]) for row in house.rows("notices")] == [(LATER + HOUR, "address")]


def test_an_event_is_late_after_a_day() -> None:  # R38
    house = made_up_house()
    _publish(house)
    day = Limits().unacknowledged
    assert day == 24 * HOUR
    assert events.late(house.tx, house.desk, NOW + day - 1) == []
    (late,) = events.late(house.tx, house.desk, NOW + day)
    _acknowledge(house, late.id, NOW + day)
    assert events.late(house.tx, house.desk, NOW + day) == []


def test_a_company_sees_its_own_events_only() -> None:  # R56
    house = made_up_house()
    _publish(house, company="alfa")
    _publish(house, company="beta")
    assert [e.company for e in events.open_events(house.tx, house.desk, "beta")] == ["beta"]
    assert [e.company for e in events.late(house.tx, house.desk, NOW + 48 * HOUR, "alfa")] == ["alfa"]
    assert len(events.open_events(house.tx, house.desk)) == 2


def test_open_events_come_oldest_first_and_no_more_than_asked_for() -> None:
    house = made_up_house()
    for _ in range(5):
        _publish(house)
    assert [e.seq for e in events.open_events(house.tx, house.desk, most=3)] == [1, 2, 3]


def test_a_message_has_its_version_and_all_parts() -> None:
    house = made_up_house()
    _publish(house, subject="s1", reference="7K2Q-9FXA-8")
    (stored,) = events.open_events(house.tx, house.desk)
    assert events.message(stored) == {
        "version": 1,
        "id": stored.id,
        "seq": 1,
        "type": "consent.withdrawn",
        "time": "2026-03-05T09:00:00.000Z",
        "company": "alfa",
        "subject": "s1",
        "reference": "7K2Q-9FXA-8",
        "data": {"purpose": "offers", "seq": 1},
    }
    later = dataclasses.replace(stored, at=NOW + 7)
    assert events.message(later)["time"] == "2026-03-05T09:00:00.007Z"


def test_the_body_is_sealed_in_its_place() -> None:  # R46
    house = made_up_house()
    _publish(house)
    _publish(house)
    one, other = house.rows("events")
    assert "offers" not in one["body_sealed"]
    house.tables.update("events", one["seq"], {"body_sealed": other["body_sealed"]})
    with pytest.raises(SealBrokenError):
        events.open_events(house.tx, house.desk)


def test_the_catalogue_is_the_one_that_the_back_office_knows() -> None:
    assert sorted(EventKind) == [
        "alarm.raised",
        "consent.granted",
        "consent.withdrawn",
        "escalation.opened",
        "marketing.stopped",
        "notice.to_send",
        "request.changed",
        "request.filed",
        "request.joined",
        "request.taken_back",
        "statistics.lifted",
        "statistics.restricted",
    ]
