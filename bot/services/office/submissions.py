"""What was submitted once is not done again: forms of the console, Idempotency-Keys of the API (R31); knows neither.

A submission is noted in the transaction of what it does, so that either both are there or none. Times are
milliseconds UTC.
"""

import enum
import hashlib
from dataclasses import dataclass

from bot.errors import MburojaError
from bot.services.desk import Desk
from bot.storage.store import Tx


class NotedMeanwhileError(MburojaError):
    """Another transaction noted the same key at the same time; undo, and look what came of that one."""


class Differs(enum.Enum):
    """The key was used before, for something else."""

    DIFFERS = "differs"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What came of it the first time: an HTTP status, and the answer as it was sent (empty: none was kept)."""

    status: int
    answer: str


def earlier(tx: Tx, desk: Desk, scope: str, key: str, body: bytes) -> Done | Differs | None:
    """Return what came of a submission that was taken before; None: it is new.

    ``scope`` is whose keys they are; ``body`` is everything that tells one order from another.
    """
    row = tx.first("submissions.find", scope=scope, key=key)
    if row is None:
        return None
    if row["body_hash"] != _digest(body):
        return Differs.DIFFERS
    sealed = row["answer_sealed"]
    answer = desk.vault.open("submissions", sealed, f"{scope}:{key}") if sealed else ""
    return Done(status=int(row["status"]), answer=answer)


def note(tx: Tx, desk: Desk, now: int, scope: str, key: str, body: bytes, done: Done) -> None:
    """Note what came of a submission. Raises NotedMeanwhileError."""
    sealed = desk.vault.seal("submissions", done.answer, f"{scope}:{key}") if done.answer else None
    noted = tx.run(
        "submissions.add",
        scope=scope, key=key, body_hash=_digest(body), status=done.status, answer_sealed=sealed, now=now,
    )  # fmt: skip
    if not noted:
        raise NotedMeanwhileError


def keep_answer(tx: Tx, desk: Desk, scope: str, key: str, answer: str) -> None:
    """Keep the answer of a submission that was noted in this transaction, to be given again."""
    sealed = desk.vault.seal("submissions", answer, f"{scope}:{key}")
    tx.run("submissions.keep_answer", scope=scope, key=key, answer_sealed=sealed)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
