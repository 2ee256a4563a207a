"""The outbox: each job once by its key, in order, under one lease at a time, and never lost."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.services import jobs
from bot.services.jobs import LONGEST_BACK_OFF, MOST_ATTEMPTS, Job, JobKind
from tests.tools.desks import NOW, made_up_desk
from tests.tools.engines import scratch

LEASE = MINUTE
KINDS = tuple(JobKind)


class Outbox:
    """An outbox in an empty database."""

    def __init__(self) -> None:
        empty = scratch()
        self.tx, self.tables = empty.tx, empty.tables
        self.desk = made_up_desk()
        self.now = NOW
        self.added = 0

    def add(
        self,
        key: str = "k",
        kind: JobKind = JobKind.SMS_SEND,
        *,
        idempotency_key: str | None = None,
        not_before: int = 0,
        expires_at: int | None = None,
    ) -> str:
        self.added += 1
        return jobs.add(
            self.tx,
            self.desk,
            self.now,
            kind,
            {"to": "+38344000101", "text": "Kodi: 123456", "challenge": None, "number": self.added},
            ordering_key=key,
            idempotency_key=idempotency_key or f"i{self.added}",
            not_before=not_before,
            expires_at=expires_at,
        )

    def claim(self, most: int = 10, kinds: tuple[JobKind, ...] = KINDS) -> list[Job]:
        return jobs.claim(self.tx, self.desk, self.now, kinds, most, LEASE)

    def one(self) -> Job:
        [job] = self.claim()
        return job

    def settle(self, job: Job) -> bool:
        return jobs.settle(self.tx, self.now, job.id, job.lease_token)

    def retry(self, job: Job, error: str = "sms.temporary") -> bool:
        return jobs.retry(self.tx, self.desk, self.now, job, error)

    def row(self, job: str) -> dict[str, Any]:
        (row,) = self.tables.query("SELECT * FROM jobs WHERE id = ?", [job])
        return row


def test_a_job_is_claimed_with_its_payload_and_done_once() -> None:
    outbox = Outbox()
    identity = outbox.add()
    job = outbox.one()
    assert job.id == identity
    assert job.payload == {"to": "+38344000101", "text": "Kodi: 123456", "challenge": None, "number": 1}
    assert outbox.claim() == []
    assert outbox.settle(job)
    assert not outbox.settle(job)
    assert outbox.claim() == []
    assert jobs.waiting(outbox.tx) == 0


def test_the_same_idempotency_key_again_changes_nothing() -> None:
    outbox = Outbox()
    first = outbox.add(idempotency_key="same")
    assert outbox.add(idempotency_key="same") == first
    assert outbox.settle(outbox.one())
    assert outbox.add(idempotency_key="same") == first
    assert outbox.claim() == []


def test_a_payload_is_sealed_while_it_waits_and_erased_when_it_is_done() -> None:  # R15
    outbox = Outbox()
    identity = outbox.add()
    waiting = outbox.row(identity)
    assert not any("123456" in str(value) or "38344000101" in str(value) for value in waiting.values())
    assert outbox.settle(outbox.one())
    assert outbox.row(identity)["payload_sealed"] == ""


def test_an_expired_job_is_not_dead_its_payload_is_gone_and_it_blocks_nobody() -> None:  # R15
    outbox = Outbox()
    code = outbox.add(expires_at=NOW + MINUTE)
    following = outbox.add()
    outbox.now += MINUTE
    assert outbox.one().id == following
    assert outbox.row(code)["state"] == "expired"
    assert outbox.row(code)["payload_sealed"] == ""
    assert jobs.dead(outbox.tx) == []


def test_a_job_that_is_being_done_is_not_expired_under_its_hands() -> None:
    outbox = Outbox()
    outbox.add(expires_at=NOW + SECOND)
    job = outbox.one()
    outbox.now += 2 * SECOND
    assert outbox.claim() == []
    assert outbox.settle(job)


def test_jobs_of_one_key_go_in_their_order_and_others_do_not_wait() -> None:
    outbox = Outbox()
    first, second, other = outbox.add("a"), outbox.add("a"), outbox.add("b")
    claimed = outbox.claim()
    assert {job.id for job in claimed} == {first, other}
    assert outbox.claim() == []
    for job in claimed:
        assert outbox.settle(job)
    assert outbox.one().id == second


def test_a_job_that_waits_for_its_time_holds_up_those_behind_it() -> None:
    outbox = Outbox()
    later = outbox.add(not_before=NOW + HOUR)
    outbox.add()
    assert outbox.claim() == []
    outbox.now += HOUR
    assert outbox.one().id == later


def test_only_the_kinds_asked_for_are_claimed() -> None:
    outbox = Outbox()
    outbox.add("a", JobKind.SMS_SEND)
    lookup = outbox.add("b", JobKind.DIRECTORY_LOOKUP)
    assert [job.id for job in outbox.claim(kinds=(JobKind.DIRECTORY_LOOKUP,))] == [lookup]


def test_the_longest_due_are_claimed_first_and_no_more_than_asked() -> None:
    outbox = Outbox()
    ids = []
    for number in range(5):
        outbox.now += 1
        ids.append(outbox.add(f"k{number}", KINDS[number % len(KINDS)]))
    assert [job.id for job in outbox.claim(most=3)] == ids[:3]
    assert [job.id for job in outbox.claim(most=3)] == ids[3:]


def test_a_job_whose_worker_is_gone_is_done_by_another() -> None:  # R49
    outbox = Outbox()
    outbox.add()
    lost = outbox.one()
    outbox.now += LEASE - 1
    assert outbox.claim() == []
    outbox.now += 1
    again = outbox.one()
    assert (again.id, again.attempts) == (lost.id, 2)
    assert not outbox.settle(lost)
    assert not outbox.retry(lost)
    assert not jobs.bury(outbox.tx, outbox.now, lost, "x")
    assert outbox.settle(again)


def test_settling_needs_the_token() -> None:
    outbox = Outbox()
    job_id = outbox.add()
    job = outbox.one()
    assert not jobs.settle(outbox.tx, NOW, job_id, "another")
    assert outbox.settle(job)


def test_the_wait_doubles_is_spread_and_ends_at_an_hour() -> None:
    outbox = Outbox()
    outbox.add()
    waits = []
    for _ in range(20):
        job = outbox.one()
        assert outbox.retry(job)
        waits.append(outbox.row(job.id)["not_before"] - outbox.now)
        outbox.now += LONGEST_BACK_OFF
    for attempt, wait in enumerate(waits, 1):
        whole = min(2**attempt * SECOND, HOUR)
        assert whole // 2 <= wait <= whole
    assert len({wait / min(2**attempt * SECOND, HOUR) for attempt, wait in enumerate(waits, 1)}) > 10


def test_a_wait_can_be_longer_than_its_attempt_asks_for() -> None:
    outbox = Outbox()
    outbox.add()
    job = outbox.one()
    assert jobs.retry(outbox.tx, outbox.desk, outbox.now, job, "x", at_least=5 * MINUTE)
    assert outbox.row(job.id)["not_before"] == outbox.now + 5 * MINUTE


def test_a_job_that_was_not_its_turn_is_given_back_and_the_attempt_does_not_count() -> None:
    outbox = Outbox()
    outbox.add()
    for _ in range(3 * MOST_ATTEMPTS[JobKind.SMS_SEND]):
        job = outbox.one()
        assert job.attempts == 1
        assert jobs.give_back(outbox.tx, job, outbox.now + 3 * SECOND, "telegram.flood")
        outbox.now += 3 * SECOND - 1
        assert outbox.claim() == []
        outbox.now += 1
    assert outbox.settle(outbox.one())


def test_what_is_behind_a_job_that_was_given_back_waits_too() -> None:
    outbox = Outbox()
    first, second, other = outbox.add("a"), outbox.add("a"), outbox.add("b")
    job = next(job for job in outbox.claim() if job.id == first)
    assert jobs.give_back(outbox.tx, job, outbox.now + HOUR, "telegram.flood")
    assert outbox.claim() == []
    outbox.now += HOUR
    assert {job.id for job in outbox.claim()} == {first, other}
    assert outbox.row(second)["attempts"] == 0


def test_a_job_that_another_has_by_now_is_not_given_back() -> None:
    outbox = Outbox()
    outbox.add()
    lost = outbox.one()
    outbox.now += LEASE
    again = outbox.one()
    assert not jobs.give_back(outbox.tx, lost, outbox.now, "telegram.flood")
    assert outbox.row(again.id)["attempts"] == 2
    assert outbox.settle(again)


def test_after_the_last_attempt_a_job_is_dead_and_people_see_it() -> None:
    outbox = Outbox()
    identity = outbox.add(kind=JobKind.DIRECTORY_LOOKUP)
    behind = outbox.add()
    for _ in range(MOST_ATTEMPTS[JobKind.DIRECTORY_LOOKUP]):
        job = outbox.one()
        assert job.id == identity
        assert outbox.retry(job, "DirectoryError")
        outbox.now += LONGEST_BACK_OFF
    [dead] = jobs.dead(outbox.tx)
    assert (dead.id, dead.kind, dead.attempts, dead.error) == (identity, "directory.lookup", 12, "DirectoryError")
    assert outbox.one().id == behind


def test_what_must_outlive_a_bad_weekend_is_tried_for_three_days() -> None:  # R50
    outbox = Outbox()
    outbox.add()
    while not jobs.dead(outbox.tx):
        for job in outbox.claim():
            assert outbox.retry(job)
        outbox.now += 10 * MINUTE
    assert outbox.now - NOW > 3 * DAY


def test_a_dead_job_can_be_revived_and_goes_on_from_the_first_attempt() -> None:
    outbox = Outbox()
    identity = outbox.add()
    assert jobs.bury(outbox.tx, outbox.now, outbox.one(), "sms.permanent")
    assert outbox.claim() == []
    assert jobs.revive(outbox.tx, outbox.now, identity)
    assert not jobs.revive(outbox.tx, outbox.now, identity)
    job = outbox.one()
    assert (job.id, job.attempts, job.payload["text"]) == (identity, 1, "Kodi: 123456")


def test_a_dead_job_whose_time_is_over_is_not_revived() -> None:
    outbox = Outbox()
    identity = outbox.add(expires_at=NOW + MINUTE)
    assert jobs.bury(outbox.tx, outbox.now, outbox.one(), "sms.permanent")
    assert not jobs.revive(outbox.tx, NOW + MINUTE, identity)


def test_a_revived_job_waits_for_one_behind_it_that_is_being_done() -> None:
    outbox = Outbox()
    first = outbox.add()
    assert jobs.bury(outbox.tx, outbox.now, outbox.one(), "x")
    outbox.add()
    running = outbox.one()
    assert jobs.revive(outbox.tx, outbox.now, first)
    assert outbox.claim() == []
    assert outbox.settle(running)
    assert outbox.one().id == first


def test_a_job_that_takes_its_worker_with_it_every_time_comes_once_more_to_be_buried() -> None:
    outbox = Outbox()
    outbox.add(kind=JobKind.DIRECTORY_LOOKUP)
    for _ in range(MOST_ATTEMPTS[JobKind.DIRECTORY_LOOKUP]):
        assert not outbox.one().is_lost
        outbox.now += LEASE
    lost = outbox.one()
    assert lost.is_lost
    assert jobs.bury(outbox.tx, outbox.now, lost, "lost")
    assert [dead.error for dead in jobs.dead(outbox.tx)] == ["lost"]


def test_a_job_that_takes_with_it_also_who_should_bury_it_is_given_up() -> None:
    outbox = Outbox()
    outbox.add(kind=JobKind.DIRECTORY_LOOKUP)
    behind = outbox.add()
    for _ in range(MOST_ATTEMPTS[JobKind.DIRECTORY_LOOKUP] + 1):
        outbox.one()
        outbox.now += LEASE
    assert outbox.one().id == behind
    assert [dead.error for dead in jobs.dead(outbox.tx)] == ["lost"]


def test_a_job_that_cannot_be_opened_does_not_stop_the_others() -> None:
    outbox = Outbox()
    broken, good = outbox.add("a"), outbox.add("b")
    sealed = outbox.desk.vault.seal("jobs", json.dumps({}), good)  # moved from its place
    outbox.tables.execute("UPDATE jobs SET payload_sealed = ? WHERE id = ?", [sealed, broken])
    assert [job.id for job in outbox.claim()] == [good]
    assert [(dead.id, dead.error) for dead in jobs.dead(outbox.tx)] == [(broken, "unreadable")]


def test_jobs_added_within_one_millisecond_keep_their_order() -> None:
    outbox = Outbox()
    ids = [outbox.add() for _ in range(50)]
    done = []
    while claimed := outbox.claim():
        for job in claimed:
            assert outbox.settle(job)
            done.append(job.id)
    assert done == ids


@dataclass
class Model:
    """What a job should be."""

    key: str
    number: int
    expires_at: int | None
    state: str = "ready"
    attempts: int = 0
    token: str | None = None
    until: int = 0
    revived: bool = False
    history: list[str] = field(default_factory=list)


class OutboxMachine(RuleBasedStateMachine):
    """Random workers, some of which are killed, on random jobs; every step is compared with the model."""

    @initialize()
    def open(self) -> None:
        self.outbox = Outbox()
        self.model: dict[str, Model] = {}
        self.held: list[Job] = []  # by workers, living or dead
        self.done: dict[str, list[int]] = {}

    def teardown(self) -> None:
        if not hasattr(self, "outbox"):
            return
        for _ in range(2000):  # nothing is lost: living workers come to the end of it
            if not jobs.waiting(self.outbox.tx):
                break
            self.tick(HOUR)
            for job in self._claimed(5):
                self._settle(job)
        assert all(job.state in {"done", "expired", "dead"} for job in self.model.values())

    @rule(
        key=st.sampled_from("abc"), life=st.sampled_from([None, SECOND, MINUTE, HOUR]), wait=st.sampled_from([0, 5_000])
    )
    def add(self, key: str, life: int | None, wait: int) -> None:
        now = self.outbox.now
        expires_at = now + life if life else None
        identity = self.outbox.add(key, not_before=now + wait, expires_at=expires_at)
        self.model[identity] = Model(key=key, number=self.outbox.added, expires_at=expires_at)

    @rule(ms=st.sampled_from([1, SECOND, LEASE - 1, LEASE, HOUR]))
    def tick(self, ms: int) -> None:
        self.outbox.now += ms

    @rule(most=st.integers(1, 4))
    def claim(self, most: int) -> None:
        self.held += self._claimed(most)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        self._settle(data.draw(st.sampled_from(self.held)))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.held))
        held = self._holds(job)
        assert self.outbox.retry(job) == held
        if held:
            model = self.model[job.id]
            model.token = None
            model.state = "dead" if model.attempts >= MOST_ATTEMPTS[job.kind] else "ready"

    @precondition(lambda self: self.held)
    @rule(data=st.data(), wait=st.sampled_from([0, SECOND, HOUR]))
    def give_back(self, data: st.DataObject, wait: int) -> None:
        job = data.draw(st.sampled_from(self.held))
        held = self._holds(job)
        assert jobs.give_back(self.outbox.tx, job, self.outbox.now + wait, "telegram.flood") == held
        if held:
            self.model[job.id].token = None
            self.model[job.id].attempts -= 1

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def bury(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(self.held))
        held = self._holds(job)
        assert jobs.bury(self.outbox.tx, self.outbox.now, job, "sms.permanent") == held
        if held:
            self.model[job.id].state, self.model[job.id].token = "dead", None

    @precondition(lambda self: any(job.state == "dead" for job in self.model.values()))
    @rule(data=st.data())
    def revive(self, data: st.DataObject) -> None:
        identity = data.draw(st.sampled_from([i for i, job in self.model.items() if job.state == "dead"]))
        model, now = self.model[identity], self.outbox.now
        possible = model.expires_at is None or model.expires_at > now
        assert jobs.revive(self.outbox.tx, now, identity) == possible
        if possible:
            model.state, model.attempts, model.revived = "ready", 0, True

    @invariant()
    def the_table_is_what_the_model_says(self) -> None:
        rows = {row["id"]: row for row in self.outbox.tables.query("SELECT * FROM jobs")}
        assert rows.keys() == self.model.keys()
        for identity, model in self.model.items():
            row = rows[identity]
            assert (row["state"], row["attempts"], row["lease_token"]) == (model.state, model.attempts, model.token)
            assert (row["payload_sealed"] == "") == (model.state in {"done", "expired"})  # R15

    @invariant()
    def no_key_has_two_live_leases(self) -> None:
        live = [job.key for job in self.model.values() if job.token and job.until > self.outbox.now]
        assert len(live) == len(set(live))

    def _claimed(self, most: int) -> list[Job]:
        now = self.outbox.now
        for model in self.model.values():
            over = model.expires_at is not None and model.expires_at <= now
            if model.state == "ready" and over and (model.token is None or model.until <= now):
                model.state, model.token = "expired", None
        claimed = self.outbox.claim(most)
        assert len(claimed) <= most
        for row in self.outbox.tables.query("SELECT id FROM jobs WHERE error = 'lost'"):
            self.model[row["id"]].state, self.model[row["id"]].token = "dead", None
        for job in claimed:
            model = self.model[job.id]
            assert model.state == "ready"
            assert model.token is None or model.until <= now
            earlier = [m for m in self.model.values() if m.key == model.key and m.number < model.number]
            assert not any(m.state == "ready" for m in earlier), "an earlier one of the key is not done"
            model.attempts, model.token, model.until = model.attempts + 1, job.lease_token, now + LEASE
        return claimed

    def _holds(self, job: Job) -> bool:
        model = self.model[job.id]
        return model.state == "ready" and model.token == job.lease_token

    def _settle(self, job: Job) -> None:
        held = self._holds(job)
        assert self.outbox.settle(job) == held
        if held:
            model = self.model[job.id]
            model.state, model.token = "done", None
            if not model.revived:
                done = self.done.setdefault(model.key, [])
                assert not done or done[-1] < model.number, "out of order"
                done.append(model.number)


TestOutbox = pytest.mark.filterwarnings("error")(OutboxMachine.TestCase)
TestOutbox.settings = settings(settings.default, stateful_step_count=40)
