"""A notice reaches the person by the way that there is, once, and only then takes effect."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import conversations, jobs
from bot.services.desk import Desk, Letter
from bot.services.jobs import JobKind
from bot.services.office import acknowledging, notice_texts, notices
from bot.services.office.notice_effects import Effect
from bot.services.office.notices import NoticeKind, Route
from bot.services.records import events
from bot.services.records.events import EventKind, StoredEvent
from bot.storage.store import Tx
from tests.services.acting import FILAN, House, customer, made_up_house
from tests.services.casework import ADDRESS, bring, case, filed, office, state, talking, told
from tests.tools.desks import NOW

TEXT = "Për kërkesën: u krye."
REFUSED = Effect(closes=CaseState.REFUSED)


@pytest.fixture
def house() -> House:
    return made_up_house()


def send(house: House, reference: str, effect: Effect | None = None, now: int = NOW) -> str:
    kind = NoticeKind.REFUSAL if effect else NoticeKind.REPLY
    return notices.send(house.tx, house.desk, office(now), reference, kind, TEXT, effect or Effect())


def deliver(house: House, notice: str, now: int = NOW) -> Route:
    return notices.deliver(house.tx, house.desk, now, notice)


def sms(house: House, now: int = NOW) -> list[dict[str, Any]]:
    claimed = jobs.claim(house.tx, house.desk, now, [JobKind.SMS_SEND], 10, HOUR)
    return [dict(job.payload) for job in claimed]


def to_send(house: House) -> list[StoredEvent]:
    return [e for e in events.open_events(house.tx, house.desk) if e.kind is EventKind.NOTICE_TO_SEND]


def sim_changed(house: House, day: str) -> None:
    house.tables.execute("UPDATE numbers SET sim_changed_on = ?", [day])


def test_a_notice_is_sealed_and_a_job_of_its_own_brings_it(house: House) -> None:  # R48
    reference = filed(house, subject=customer(house.tx, house.desk))
    notice = send(house, reference)
    assert TEXT not in json.dumps(house.rows("notices"))
    (job,) = jobs.claim(house.tx, house.desk, NOW, [JobKind.NOTICE_DELIVER], 10, HOUR)
    assert (job.payload, job.idempotency_key, job.ordering_key) == ({"notice": notice}, notice, reference)


def test_who_is_in_the_chat_reads_it_there(house: House) -> None:  # R58
    conversation = talking(house)
    reference = filed(house, subject=customer(house.tx, house.desk), conversation=conversation)
    assert deliver(house, send(house, reference)) is Route.CHAT
    (message,) = conversations.messages(house.tx, house.desk, conversation, 0)
    assert message.sender == "dpo"
    assert message.blocks == [{"type": "paragraph", "text": TEXT}]
    assert told(house, reference).delivered_by == "chat"
    assert sms(house) == []


def test_who_left_the_chat_gets_an_sms_without_content_and_finds_the_text_there_too(house: House) -> None:  # R58
    conversation = talking(house, NOW - 2 * HOUR)
    reference = filed(house, subject=customer(house.tx, house.desk), conversation=conversation)
    notice = send(house, reference)
    assert deliver(house, notice) is Route.SMS
    (job,) = sms(house)
    assert job == {
        "to": FILAN,
        "text": f"Alfa: njoftim për kërkesën {reference}. Shkruani numrin te Mburoja.",
        "company": "alfa",
        "challenge": None,
        "notice": notice,
    }
    assert told(house, reference).delivered_at is None  # not before the gateway took it
    assert len(conversations.messages(house.tx, house.desk, conversation, 0)) == 1


@pytest.mark.parametrize("company", ["IPKO", "Paysera", "Një kompani me emër shumë të gjatë", "Ë" * 90, ""])
def test_the_sms_is_one_sms(company: str) -> None:  # R58
    text = notice_texts.sms(company, "7K2Q-9FXA-4")
    assert len(text.encode("utf-16-le")) // 2 <= 70
    assert "7K2Q-9FXA-4" in text


def test_no_sms_goes_out_in_the_week_after_a_sim_change(house: House) -> None:  # R13
    reference = filed(house, subject=customer(house.tx, house.desk))
    sim_changed(house, "2026-03-04")
    assert deliver(house, send(house, reference)) is Route.ADDRESS
    assert deliver(house, send(house, reference), NOW + 8 * DAY) is Route.SMS


def test_no_sms_goes_to_a_landline_or_a_country_that_is_not_on_the_list(house: House) -> None:  # R10
    for number, phone in (("A-1001", "+38338500100"), ("A-1002", "+491711234567")):
        reference = filed(house, subject=customer(house.tx, house.desk, number=number, phone=phone))
        assert deliver(house, send(house, reference)) is Route.ADDRESS


def test_who_has_neither_is_written_to_by_a_person(house: House) -> None:  # R53, R58
    reference = filed(house)
    notice = send(house, reference, REFUSED)
    assert deliver(house, notice) is Route.ADDRESS
    (event,) = to_send(house)
    assert event.body == {"notice_id": notice, "kind": "refusal", "address": ADDRESS, "text": TEXT}
    assert ADDRESS not in json.dumps(house.rows("events"))
    assert state(house, reference) is CaseState.RECEIVED
    acknowledging.acknowledge(house.tx, house.desk, office(NOW + HOUR), event.id, "zana")
    assert told(house, reference).delivered_by == "address"
    assert state(house, reference) is CaseState.REFUSED


def test_a_notice_is_brought_once_however_often_its_job_runs(house: House) -> None:
    conversation = talking(house, NOW - 2 * HOUR)
    reference = filed(house, subject=customer(house.tx, house.desk), conversation=conversation)
    notice = send(house, reference)
    assert [deliver(house, notice) for _ in range(3)] == [Route.SMS] * 3
    assert len(sms(house)) == 1
    assert len(conversations.messages(house.tx, house.desk, conversation, 0)) == 1


def test_a_delivery_takes_effect_once(house: House) -> None:  # R58
    reference = filed(house)
    notice = send(house, reference, REFUSED)
    deliver(house, notice)
    assert notices.delivered(house.tx, house.desk, NOW + HOUR, notice, "address")
    assert not notices.delivered(house.tx, house.desk, NOW + DAY, notice, "address")
    assert case(house, reference).closed_at == NOW + HOUR


def test_an_sms_that_was_given_up_becomes_a_letter(house: House) -> None:  # R58
    reference = filed(house, subject=customer(house.tx, house.desk))
    notice = send(house, reference)
    deliver(house, notice)
    for _ in range(2):
        assert notices.not_sent(house.tx, house.desk, NOW, notice, Route.SMS) is Route.ADDRESS
    assert [event.body["notice_id"] for event in to_send(house)] == [notice]


def test_a_letter_is_not_asked_for_what_was_delivered(house: House) -> None:  # R58
    notice = send(house, filed(house, subject=customer(house.tx, house.desk)))
    deliver(house, notice)
    notices.delivered(house.tx, house.desk, NOW, notice, "sms")
    assert notices.not_sent(house.tx, house.desk, NOW, notice, Route.SMS) is Route.SMS
    assert to_send(house) == []


def test_what_was_taken_back_meanwhile_stays_so(house: House) -> None:
    reference = filed(house)
    notice = send(house, reference, REFUSED)
    house.tx.run("requests.take_back", reference=reference, now=NOW + 1)
    notices.delivered(house.tx, house.desk, NOW + HOUR, notice, "address")
    assert state(house, reference) is CaseState.WITHDRAWN


def test_an_extension_that_arrives_after_the_first_month_extends_nothing(house: House) -> None:  # R34
    late, in_time = filed(house), filed(house, Action.DSAR_ERASURE)
    until = Effect(extends=dt.date(2026, 6, 5))
    first, second = send(house, late, until), send(house, in_time, until)
    notices.delivered(house.tx, house.desk, NOW + 32 * DAY, first, "address")
    notices.delivered(house.tx, house.desk, NOW + 30 * DAY, second, "address")
    assert (state(house, late), case(house, late).extended_to) == (CaseState.RECEIVED, None)
    assert (state(house, in_time), case(house, in_time).extended_to) == (CaseState.EXTENDED, dt.date(2026, 6, 5))


def test_every_way_is_audited_without_a_word_of_the_text(house: House) -> None:  # R39, R47
    send(house, filed(house, subject=customer(house.tx, house.desk)))
    bring(house)
    acts = [json.loads(row["body"])["act"] for row in house.rows("audit")]
    assert acts[-2:] == ["notice.sent", "notice.delivered"]
    assert "u krye" not in json.dumps(house.rows("audit"))
    assert FILAN not in json.dumps(house.rows("audit"))


def test_an_effect_that_closes_names_a_closed_state() -> None:
    with pytest.raises(ValueError, match="closes no case"):
        Effect(closes=CaseState.WAITING)


# ---- a chat that notices are brought to ---------------------------------------------------------------------


class Postbox:
    """A channel that brings letters: keeps them, and reports nothing by itself."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def __call__(self, _tx: Tx, _desk: Desk, _now: int, letter: Letter, /) -> None:
        self.letters.append(letter)


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def brought(house: House, postbox: Postbox) -> House:
    """A house whose letters are brought into the chats of Telegram."""
    return replace(house, desk=replace(house.desk, pushes={"telegram": postbox}))


def chat(house: House, now: int = NOW) -> str:
    """A conversation in Telegram; returns its id."""
    return conversations.take(house.tx, house.desk, now, "telegram", "alfa:500100").id


def test_a_notice_is_delivered_when_the_chat_took_it_and_not_before(brought: House, postbox: Postbox) -> None:  # R58
    there = chat(brought, NOW - 30 * DAY)  # however long ago the person wrote
    reference = filed(brought, subject=customer(brought.tx, brought.desk), conversation=there)
    notice = send(brought, reference, REFUSED)
    assert [deliver(brought, notice) for _ in range(3)] == [Route.CHAT] * 3
    (letter,) = postbox.letters
    assert (letter.conversation, letter.address, letter.notice) == (there, "alfa:500100", notice)
    assert TEXT in letter.body.decode()
    assert (told(brought, reference).delivered_at, state(brought, reference)) == (None, CaseState.RECEIVED)
    assert notices.delivered(brought.tx, brought.desk, NOW + HOUR, notice, Route.CHAT)
    assert (told(brought, reference).delivered_by, state(brought, reference)) == ("chat", CaseState.REFUSED)
    assert (sms(brought), to_send(brought)) == ([], [])


def test_who_blocked_the_chat_gets_an_sms(brought: House, postbox: Postbox) -> None:  # R58
    there = chat(brought)
    reference = filed(brought, subject=customer(brought.tx, brought.desk), conversation=there)
    conversations.block(brought.tx, NOW, "telegram", "alfa:500100", brought.desk)
    notice = send(brought, reference)
    assert deliver(brought, notice) is Route.SMS
    assert postbox.letters == []
    assert [job["notice"] for job in sms(brought)] == [notice]
    assert len(conversations.messages(brought.tx, brought.desk, there, 0)) == 1  # it waits there too
    conversations.unblock(brought.tx, "telegram", "alfa:500100", brought.desk)
    assert deliver(brought, send(brought, reference)) is Route.CHAT


def test_who_blocked_the_chat_and_has_no_number_is_written_to(brought: House) -> None:  # R53, R58
    reference = filed(brought, conversation=chat(brought))
    conversations.block(brought.tx, NOW, "telegram", "alfa:500100", brought.desk)
    notice = send(brought, reference)
    assert deliver(brought, notice) is Route.ADDRESS
    assert [event.body["notice_id"] for event in to_send(brought)] == [notice]


def test_what_the_chat_did_not_take_goes_by_sms_and_then_by_letter(brought: House) -> None:  # R58
    reference = filed(brought, subject=customer(brought.tx, brought.desk), conversation=chat(brought))
    notice = send(brought, reference, REFUSED)
    assert deliver(brought, notice) is Route.CHAT
    assert notices.not_sent(brought.tx, brought.desk, NOW, notice, Route.CHAT) is Route.SMS
    assert [job["notice"] for job in sms(brought)] == [notice]
    assert (to_send(brought), told(brought, reference).delivered_at) == ([], None)
    for _ in range(2):
        assert notices.not_sent(brought.tx, brought.desk, NOW, notice, Route.SMS) is Route.ADDRESS
    (event,) = to_send(brought)
    acknowledging.acknowledge(brought.tx, brought.desk, office(NOW + HOUR), event.id, "zana")
    assert (told(brought, reference).delivered_by, state(brought, reference)) == ("address", CaseState.REFUSED)


def test_what_the_chat_did_not_take_goes_by_letter_where_there_is_no_number(brought: House) -> None:  # R53, R58
    notice = send(brought, filed(brought, conversation=chat(brought)))
    assert deliver(brought, notice) is Route.CHAT
    assert notices.not_sent(brought.tx, brought.desk, NOW, notice, Route.CHAT) is Route.ADDRESS
    assert len(to_send(brought)) == 1


def test_no_other_way_is_taken_once_the_chat_took_it(brought: House) -> None:  # R58
    reference = filed(brought, subject=customer(brought.tx, brought.desk), conversation=chat(brought))
    notice = send(brought, reference)
    deliver(brought, notice)
    notices.delivered(brought.tx, brought.desk, NOW, notice, Route.CHAT)
    assert notices.not_sent(brought.tx, brought.desk, NOW, notice, Route.CHAT) is Route.CHAT
    assert (sms(brought), to_send(brought)) == ([], [])


def test_who_was_forgotten_in_the_chat_is_reached_another_way(brought: House, postbox: Postbox) -> None:  # R58
    there = chat(brought)
    reference = filed(brought, subject=customer(brought.tx, brought.desk), conversation=there)
    conversations.forget(brought.tx, there)
    assert deliver(brought, send(brought, reference)) is Route.SMS
    assert postbox.letters == []
