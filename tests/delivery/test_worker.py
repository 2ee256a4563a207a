"""The worker: jobs are done once, in order, with what comes of them; trouble outside loses and repeats nothing."""

import asyncio
import logging
from collections.abc import Sequence

import pytest

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.delivery import pump, worker
from bot.delivery.worker import LEASE
from bot.dialogue.events import CaseState
from bot.errors import StoreUnavailableError
from bot.policy.actions import Action
from bot.services import jobs
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase
from bot.services.desk import Desk
from bot.services.identity import otp
from bot.services.identity.customers import Found
from bot.services.jobs import JobKind
from bot.services.office import notices
from bot.services.office.notice_effects import Effect
from bot.services.office.notices import NoticeKind
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.records.references import new_reference
from bot.storage.store import Tx
from tests.delivery.working import House, act, sms, until, verdict
from tests.services.acting import FILAN
from tests.tools.desks import NOW, place

pytestmark = pytest.mark.asyncio

NOBODY = "+38344000199"


# ---- codes --------------------------------------------------------------------------------------------------


async def test_a_code_goes_to_the_number_on_file(house: House) -> None:  # R12
    await house.customer()
    await house.ask("A-1001")
    assert house.phone.taken == []  # the reply comes first, the look-up after it (R11)
    await house.worker.drain(30)
    [(to, text)] = house.phone.taken
    assert to == FILAN
    assert "kërkesë privatësie" in text
    assert house.jobs() == [("directory.lookup", "done"), ("sms.send", "done")]


async def test_nobody_gets_nothing_and_the_job_looks_the_same(house: House) -> None:  # R11
    await house.ask(NOBODY)
    await house.worker.drain(30)
    assert house.phone.taken == []
    assert house.jobs() == [("directory.lookup", "done")]


async def test_the_code_is_nowhere_once_it_was_sent(house: House) -> None:  # R15
    await house.customer()
    await house.ask()
    waiting = house.rows("SELECT payload_sealed FROM jobs")
    assert all(row["payload_sealed"] for row in waiting)
    await house.worker.drain(30)
    assert [row["payload_sealed"] for row in house.rows("SELECT payload_sealed FROM jobs")] == ["", ""]
    code = next(word for word in house.phone.taken[0][1].split() if word.isdigit())
    await house.store.close()
    written = b"".join(path.read_bytes() for path in house.path.parent.iterdir())
    assert code.encode() not in written
    assert FILAN.encode() not in written


async def test_a_code_that_could_not_be_sent_in_time_is_never_sent(house: House) -> None:  # R2, R15
    await house.customer()
    house.phone.down()
    await house.ask()
    await house.worker.drain(30)
    house.phone.error = None
    house.clock.at += 5 * MINUTE
    await house.worker.drain(30)
    assert house.phone.taken == []
    [row] = house.rows("SELECT state, payload_sealed FROM jobs WHERE kind = 'sms.send'")
    assert row == {"state": "expired", "payload_sealed": ""}


async def test_a_directory_that_fails_shows_nothing_and_is_asked_again(house: House) -> None:  # R6, R50
    await house.customer()
    house.register.down()
    challenge = await house.ask()
    await house.worker.drain(30)
    [row] = house.rows("SELECT genuine, state FROM challenges WHERE id = ?", challenge)
    assert row == {"genuine": 0, "state": "open"}
    assert house.jobs() == [("directory.lookup", "ready")]
    house.register.error = None
    house.clock.at += 4 * SECOND
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1


async def test_a_directory_that_fails_too_long_expires_with_the_code(house: House) -> None:  # R2, R6
    await house.customer()
    house.register.down()
    await house.ask()
    for _ in range(10):
        await house.worker.drain(30)
        house.clock.at += MINUTE
    house.register.error = None
    await house.worker.drain(30)
    assert house.phone.taken == []
    assert house.jobs() == [("directory.lookup", "expired")]


# ---- trouble with the gateway ---------------------------------------------------------------------------------


async def test_an_sms_is_sent_by_itself_when_the_gateway_is_back(house: House) -> None:  # R50
    house.phone.down()
    await sms(house, "k")
    for _ in range(8):
        await house.worker.drain(30)
        house.clock.at += 5 * MINUTE
    assert house.phone.taken == []
    assert house.phone.tried >= 5
    house.phone.error = None
    house.clock.at += HOUR
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    assert house.jobs() == [("sms.send", "done")]


async def test_the_same_message_is_not_tried_without_a_pause(house: House) -> None:
    house.phone.down()
    await sms(house, "k")
    await house.worker.drain(30)
    await house.worker.drain(30)
    assert house.phone.tried == 1


async def test_a_message_that_never_can_be_sent_is_given_up_and_people_are_told(house: House) -> None:  # R50
    house.phone.down(temporary=False)
    job = await sms(house, "k")
    await house.worker.drain(30)
    [dead] = await house.store.read(jobs.dead)
    assert (dead.id, dead.error) == (job, "sms.away")
    kinds = [row["kind"] for row in house.rows("SELECT kind FROM events ORDER BY seq")]
    assert kinds == ["escalation.opened", "alarm.raised"]
    assert [row["kind"] for row in house.rows("SELECT kind FROM escalations")] == ["alarm"]


async def test_what_fails_again_and_again_ends_before_people(house: House) -> None:  # R50
    house.phone.down()
    await sms(house, "k")
    while not await house.store.read(jobs.dead):
        await house.worker.drain(30)
        house.clock.at += HOUR
    assert house.clock.at - NOW > 3 * DAY
    assert [row["kind"] for row in house.rows("SELECT kind FROM escalations")] == ["alarm"]


async def test_a_gateway_that_never_answers_is_given_up_on_for_now(house: House) -> None:  # R50
    house.phone.waits = asyncio.Event()
    await sms(house, "k")
    assert await house.another(patience=0.02).run_once() == 1
    [row] = house.rows("SELECT state, error, lease_token FROM jobs")
    assert row == {"state": "ready", "error": "TimeoutError", "lease_token": None}


async def test_whatever_a_gateway_raises_the_others_go_on(house: House) -> None:
    house.phone.error = RuntimeError("a bug")
    await sms(house, "k")
    await house.worker.drain(30)
    house.phone.error = None
    await sms(house, "other")
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    assert [row["error"] for row in house.rows("SELECT error FROM jobs WHERE state = 'ready'")] == ["RuntimeError"]


# ---- order, leases, crashes -----------------------------------------------------------------------------------


async def test_messages_of_one_key_go_in_order_others_at_the_same_time(house: House) -> None:
    for number in range(6):
        await sms(house, "a", f"{number}")
    for number in range(5):
        await sms(house, f"b{number}", "x")
    await house.worker.drain(30)
    assert [text for _, text in house.phone.taken if text != "x"] == list("012345")
    assert house.phone.most_at_once == 6


async def test_no_more_run_at_once_than_allowed(house: House) -> None:
    for number in range(10):
        await sms(house, f"k{number}")
    worker = house.another(at_once=3)
    assert await worker.run_once() == 3
    await worker.drain(30)
    assert len(house.phone.taken) == 10
    assert house.phone.most_at_once == 3


async def test_two_workers_share_the_work_without_doing_any_twice(house: House) -> None:
    for number in range(30):
        await sms(house, f"k{number}", f"{number}")
    await asyncio.gather(house.worker.drain(30), house.another().drain(30))
    assert sorted(int(text) for _, text in house.phone.taken) == list(range(30))


async def test_a_job_of_a_killed_worker_is_done_by_the_next(house: House) -> None:  # R49
    await sms(house, "k")
    claimed = await house.store.transact(
        lambda tx: jobs.claim(tx, house.desk, house.clock.at, tuple(JobKind), 5, LEASE)
    )
    assert len(claimed) == 1  # and its worker is gone
    await house.worker.drain(30)
    assert house.phone.taken == []
    house.clock.at += LEASE
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1


async def test_what_comes_of_a_job_is_written_by_the_one_who_has_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R49
    monkeypatch.setattr(pump, "RENEW_EACH", 600)
    await house.customer()
    await house.ask()
    slow = house.another()

    async def another_does_it() -> None:
        house.clock.at += LEASE  # the lease is over while the directory still looks
        assert await house.worker.run_once() == 1

    house.register.meanwhile = another_does_it
    await slow.run_once()
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    assert house.jobs() == [("directory.lookup", "done"), ("sms.send", "done")]


async def test_drain_ends_in_time_and_what_is_under_way_goes_on(house: House) -> None:
    house.phone.waits = asyncio.Event()
    await sms(house, "k")
    await house.worker.drain(0.05)
    assert house.phone.taken == []
    house.phone.waits.set()
    await house.worker.close()
    assert len(house.phone.taken) == 1
    assert house.jobs() == [("sms.send", "done")]


async def test_a_database_that_is_away_stops_nothing_for_good(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R50
    await sms(house, "k")

    async def away(_work: object) -> object:
        raise StoreUnavailableError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(house.store, "transact", away)
        assert await house.worker.run_once() == 0
        await house.worker.drain(30)
        await house.worker.house.keep()
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1


# ---- an act, its audit entry and its outbox row ----------------------------------------------------------------


async def test_an_act_its_entry_and_its_job_commit_together_or_not_at_all(house: House) -> None:  # R48
    def broken(tx: Tx) -> None:
        audit.write(tx, house.desk, place(), Act.CODE_REQUESTED, company="alfa")
        jobs.add(tx, house.desk, NOW, JobKind.SMS_SEND, {"to": FILAN}, ordering_key="k", idempotency_key="i")
        raise RuntimeError("on the way to the commit")

    with pytest.raises(RuntimeError, match="on the way"):
        await house.store.transact(broken)
    assert house.rows("SELECT * FROM audit") == house.rows("SELECT * FROM jobs") == []


async def test_what_a_job_brings_and_its_end_commit_together(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R48
    await house.customer()
    await house.ask()
    real = otp.resolve

    def broken(tx: Tx, desk: Desk, now: int, challenge: str, code: str, found: Sequence[Found]) -> None:
        real(tx, desk, now, challenge, code, found)
        raise RuntimeError("on the way to the commit")

    with monkeypatch.context() as patch:
        patch.setattr(otp, "resolve", broken)
        await house.worker.drain(30)
    assert house.jobs() == [("directory.lookup", "ready")]
    assert house.rows("SELECT genuine FROM challenges") == [{"genuine": 0}]
    house.clock.at += 4 * SECOND
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1


# ---- notices --------------------------------------------------------------------------------------------------


async def refusal(house: House, subject: str) -> str:
    """File a customer's request and refuse it; the refusal takes effect when it is delivered."""

    def work(tx: Tx) -> str:
        reference = new_reference(house.desk.randomness)
        new = NewCase(
            company="alfa",
            action=Action.DSAR_ACCESS,
            identity=Identity.PROVEN,
            subject=subject,
            conversation=None,
            channel="web",
            body=Body(),
            reply_to="",
            flags=(),
            received_at=house.clock.at,
        )
        case_file.create(tx, house.desk, place(house.clock.at), reference, new)
        effect = Effect(closes=CaseState.REFUSED)
        notices.send(tx, house.desk, place(house.clock.at), reference, NoticeKind.REFUSAL, "Nuk mundemi.", effect)
        return reference

    return await house.store.transact(work)


def state(house: House, reference: str) -> str:
    [row] = house.rows("SELECT state FROM requests WHERE reference = ?", reference)
    return str(row["state"])


async def test_a_notice_by_sms_takes_effect_when_a_gateway_that_tells_no_more_took_it(house: House) -> None:  # R58
    reference = await refusal(house, await house.customer())
    house.phone.down()
    await house.worker.drain(30)
    assert state(house, reference) == CaseState.RECEIVED
    house.phone.error = None
    house.clock.at += 4 * SECOND
    await house.worker.drain(30)
    [(to, text)] = house.phone.taken
    assert to == FILAN
    assert reference in text
    assert "Nuk mundemi" not in text
    assert state(house, reference) == CaseState.REFUSED
    assert house.rows("SELECT delivered_by FROM notices") == [{"delivered_by": "sms"}]


async def test_a_notice_whose_sms_cannot_be_sent_goes_to_a_person(house: House) -> None:  # R58
    reference = await refusal(house, await house.customer())
    house.phone.down(temporary=False)
    await house.worker.drain(30)
    assert "notice.to_send" in [row["kind"] for row in house.rows("SELECT kind FROM events")]
    assert state(house, reference) == CaseState.RECEIVED


# ---- running on --------------------------------------------------------------------------------------------


async def test_it_runs_until_it_is_stopped_and_leaves_nothing_undone(house: House) -> None:
    await house.customer()
    stop = asyncio.Event()
    running = asyncio.create_task(house.worker.run(stop))
    await house.ask()
    await until(lambda: len(house.phone.taken) == 1)
    await act(house)
    stop.set()
    await asyncio.wait_for(running, 30)
    found = await verdict(house)
    assert (found.unsealed, found.faults) == (0, ())
    assert house.rows("SELECT * FROM leases WHERE name IN ('audit.sealer', 'housekeeper')") == []


async def test_a_fault_beside_the_messages_is_told_and_what_failed_begins_anew(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "ANEW_AFTER", 0.01)
    tell, faults = house.worker.sending.tell, [RuntimeError(FILAN)] * 2
    again = asyncio.Event()

    async def faulty() -> None:
        if faults:
            raise faults.pop()
        again.set()
        await tell()

    monkeypatch.setattr(house.worker.sending, "tell", faulty)
    stop = asyncio.Event()
    running = asyncio.create_task(house.worker.run(stop))
    await asyncio.wait_for(again.wait(), 30)
    stop.set()
    await asyncio.wait_for(running, 30)
    assert caplog.text.count("begins anew: RuntimeError at") == 2
    assert FILAN not in caplog.text


async def test_it_takes_up_what_another_process_added(house: House) -> None:
    stop = asyncio.Event()
    other = type(house)(house.path.parent)
    running = asyncio.create_task(house.worker.run(stop))
    try:
        await sms(other, "k")
        await until(lambda: len(house.phone.taken) == 1)
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)
        await other.store.close()


async def test_nothing_personal_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    await house.customer()
    subject_number = FILAN.removeprefix("+")
    await house.ask()
    house.phone.error = RuntimeError(f"{FILAN} Filan Fisteku 123456")
    await house.worker.drain(30)
    house.phone.down(temporary=False)
    house.clock.at += 4 * SECOND
    await house.worker.drain(30)
    house.phone.error = None
    await sms(house, "k")
    await house.worker.drain(30)
    written = caplog.text
    assert "sms.send" in written
    assert house.phone.tried == 3
    for personal in (subject_number, "Filan", "123456", "A-1001", "Tekst", "kodi"):
        assert personal not in written
