"""The outbox: work that leaves the process or waits for its time, leased and in order per key; knows no gateway.

A job is added in the transaction of the act that wants it (R48) and done at least once. Only the first
unfinished job of an ordering key may be claimed; a job that was given up or has expired stops blocking.
Payloads are sealed, and erased when the job is done or expires (R15). Times are milliseconds UTC.
"""

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.clock import HOUR, MINUTE, SECOND
from bot.crypto import KeyMissingError, SealBrokenError
from bot.services.desk import Desk
from bot.storage.store import Row, Tx

BACK_OFF = SECOND
LONGEST_BACK_OFF = HOUR
_SEQS_A_MS = 1_000
_JITTER = 16**12  # Randomness.short() gives 12 hex digits


class JobKind(enum.StrEnum):
    """What is to be done."""

    DIRECTORY_LOOKUP = "directory.lookup"
    SMS_SEND = "sms.send"
    NOTICE_DELIVER = "notice.deliver"
    TELEGRAM_CALL = "telegram.call"
    MAIL_SEND = "mail.send"
    WEBHOOK_SEND = "webhook.send"


# Twelve attempts take an hour and ten minutes. What a person waits for must outlive a gateway's bad weekend
# (R50), as webhooks do (75 h, R30); a code's SMS and its look-up expire with the code long before.
MOST_ATTEMPTS: Mapping[JobKind, int] = MappingProxyType(
    {
        JobKind.DIRECTORY_LOOKUP: 12,
        JobKind.SMS_SEND: 112,
        JobKind.NOTICE_DELIVER: 112,
        JobKind.TELEGRAM_CALL: 112,
        JobKind.MAIL_SEND: 112,
        JobKind.WEBHOOK_SEND: 10,  # R30
    }
)


# How long the next attempt waits, where it is not doubled: ten attempts over 75 hours, as Standard Webhooks says (R30).
SCHEDULES: Mapping[JobKind, tuple[int, ...]] = MappingProxyType(
    {
        JobKind.WEBHOOK_SEND: (
            5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
        )
    }
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Job:
    """A claimed job. ``attempts`` counts this one too; ``lease_token`` is needed to end it."""

    id: str
    kind: JobKind
    ordering_key: str
    idempotency_key: str
    payload: Mapping[str, str | int | None]
    attempts: int
    lease_token: str
    expires_at: int | None = None

    @property
    def last_attempt(self) -> bool:
        """Whether a failure now is the last one."""
        return self.attempts >= MOST_ATTEMPTS[self.kind]

    @property
    def is_lost(self) -> bool:
        """Whether every attempt ended with its worker: it is not tried again, only buried, and people are told."""
        return self.attempts > MOST_ATTEMPTS[self.kind]


@dataclass(frozen=True, kw_only=True)
class DeadJob:
    """A job that was given up; ``error`` is the kind of its last failure, nothing personal."""

    id: str
    kind: str
    attempts: int
    error: str
    created_at: int
    died_at: int


def add(  # noqa: PLR0913  these are a job's parts
    tx: Tx,
    desk: Desk,
    now: int,
    kind: JobKind,
    payload: Mapping[str, str | int | None],
    *,
    ordering_key: str,
    idempotency_key: str,
    not_before: int = 0,
    expires_at: int | None = None,
) -> str:
    """Add a job and return its id; the same idempotency key again changes nothing and returns the first one's."""
    identity = desk.randomness.token()
    text = json.dumps(dict(payload), ensure_ascii=False, sort_keys=True)
    added = tx.first(
        "jobs.add",
        id=identity,
        # From the time and the key's own last job: a shared counter would make transactions wait for one another.
        seq=now * _SEQS_A_MS,
        kind=kind.value,
        ordering_key=ordering_key,
        idempotency_key=idempotency_key,
        payload=desk.vault.seal("jobs", text, identity),
        not_before=max(not_before, now),
        expires_at=expires_at,
        now=now,
    )
    if added is not None:
        return identity
    earlier = tx.first("jobs.by_idempotency_key", idempotency_key=idempotency_key)
    if earlier is None:
        raise RuntimeError("a job was neither added nor there before")
    return str(earlier["id"])


def claim(tx: Tx, desk: Desk, now: int, kinds: Iterable[JobKind], most: int, lease_ms: int) -> list[Job]:
    """Lease up to ``most`` jobs that are due, the longest due first, never two of one ordering key.

    (On PostgreSQL two processes may lease one each of a key where the earlier is added or revived in the moment in
    which the later is leased. Neither is done twice, and they had no order: what is said in one conversation, or of
    one case, is added one after the other.)

    A job whose worker went away is claimed again when its lease is over. Jobs past their time expire here. One whose
    every attempt ended with its worker comes once more, to be buried (``Job.is_lost``); where even that ended with the
    worker, it is given up here.
    """
    tx.run("jobs.expire", now=now)
    ready: list[Row] = []
    for kind in kinds:
        for row in tx.all("jobs.ready", kind=kind.value, now=now, most=most):
            if int(row["attempts"]) > MOST_ATTEMPTS[kind]:
                tx.run("jobs.bury_lost", id=row["id"], error="lost", now=now)
            else:
                ready.append(row)
    ready.sort(key=lambda row: (row["not_before"], row["seq"]))
    jobs = []
    for row in ready[:most]:
        token = desk.randomness.token()
        leased = tx.first("jobs.lease", id=row["id"], token=token, now=now, until=now + lease_ms)
        if leased is None:
            continue
        try:
            jobs.append(_job(desk, leased, token))
        except KeyMissingError:  # another process may have its key; the attempt was none
            tx.run("jobs.give_back", id=row["id"], token=token, not_before=now + MINUTE, error="key_missing")
        except SealBrokenError:  # one that cannot be read never blocks the rest
            tx.run("jobs.bury", id=row["id"], token=token, error="unreadable", now=now)
    return jobs


def settle(tx: Tx, now: int, job: str, lease_token: str) -> bool:
    """End a job (its id) that was done and erase its payload (R15); false when the lease was lost meanwhile."""
    return tx.run("jobs.settle", id=job, token=lease_token, now=now) > 0


def renew(tx: Tx, held: Iterable[Job], until: int) -> None:
    """Let the leases of jobs under way go on; one that was lost meanwhile stays lost."""
    for job in held:
        tx.run("jobs.renew", id=job.id, token=job.lease_token, until=until)


def retry(tx: Tx, desk: Desk, now: int, job: Job, error_kind: str, *, at_least: int = 0) -> bool:
    """Give a job back to be tried later; after the last attempt it is buried. False when the lease was lost.

    The wait doubles with each attempt up to an hour, and is ``at_least`` ms; its second half is random, so that a
    gateway that comes back is not met by everything at once. A kind that has a schedule waits as that says.
    """
    if job.last_attempt:
        return bury(tx, now, job, error_kind)
    not_before = now + max(_back_off(desk, job), at_least)
    return tx.run("jobs.postpone", id=job.id, token=job.lease_token, not_before=not_before, error=error_kind) > 0


def give_back(tx: Tx, job: Job, until: int, error_kind: str) -> bool:
    """Give a job back until a time (ms): it was not its turn, and the attempt does not count.

    False when the lease was lost.
    """
    return tx.run("jobs.give_back", id=job.id, token=job.lease_token, not_before=until, error=error_kind) > 0


def bury(tx: Tx, now: int, job: Job, error_kind: str) -> bool:
    """Give a job up, for people to see; its payload stays, sealed. False when the lease was lost."""
    return tx.run("jobs.bury", id=job.id, token=job.lease_token, error=error_kind, now=now) > 0


def dead(tx: Tx) -> list[DeadJob]:
    """Return the jobs that were given up, the oldest first."""
    return [
        DeadJob(
            id=row["id"],
            kind=row["kind"],
            attempts=row["attempts"],
            error=row["error"] or "",
            created_at=row["created_at"],
            died_at=row["settled_at"],
        )
        for row in tx.all("jobs.dead")
    ]


def revive(tx: Tx, now: int, job: str) -> bool:
    """Let a job (its id) that was given up be tried again from the first attempt.

    False when there is none such, or its time (that of a code, say) is over.
    """
    return tx.run("jobs.revive", id=job, now=now) > 0


def waiting(tx: Tx) -> int:
    """Return how many jobs are not done yet, those whose time has not come included."""
    row = tx.first("jobs.waiting")
    return int(row["jobs"]) if row else 0


def given_up(tx: Tx) -> int:
    """Return how many jobs were given up and wait for people."""
    row = tx.first("jobs.given_up")
    return int(row["jobs"]) if row else 0


def _job(desk: Desk, row: Row, token: str) -> Job:
    return Job(
        id=row["id"],
        kind=JobKind(row["kind"]),
        ordering_key=row["ordering_key"],
        idempotency_key=row["idempotency_key"],
        payload=json.loads(desk.vault.open("jobs", row["payload_sealed"], row["id"])),
        attempts=row["attempts"],
        lease_token=token,
        expires_at=row["expires_at"],
    )


def _back_off(desk: Desk, job: Job) -> int:
    if job.kind in SCHEDULES:
        return SCHEDULES[job.kind][job.attempts - 1]
    half = min(BACK_OFF << job.attempts, LONGEST_BACK_OFF) // 2
    return half + half * int(desk.randomness.short(), 16) // _JITTER
