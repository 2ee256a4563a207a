"""Caps on sending codes and locks after wrong ones, by keys that are HMACs; knows no code and no customer.

The same rules hold for keys of people who are no customers, so that neither caps nor locks tell who is one
(R11). Times are milliseconds UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.clock import DAY, HOUR
from bot.dialogue.events import CodeRefused, Why
from bot.limits import Limits
from bot.storage.store import Tx

_AT_ONCE = 256  # more transactions than ever write at a time, in all processes


class Scope(StrEnum):
    """What sendings are counted by."""

    CONTACT = "contact"  # what was typed
    NUMBER = "number"  # where the SMS goes
    COMPANY = "company"
    FOREIGN = "foreign"  # a company's SMS to other countries
    CONVERSATION = "conversation"  # who asks: one of them must not fill a company's hour


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Where a key stands after one more wrong code; ``locked_until`` is 0 without a lock.

    ``newly`` marks the very failure that locked it.
    """

    locked_until: int
    newly: bool


def asked_too_often(tx: Tx, limits: Limits, scope: Scope, key: str, now: int) -> CodeRefused | None:
    """Refuse one more code for a contact or a number: after 60 s, five in 10 min, ten a day (R8)."""
    until = max(
        _full_until(tx, scope, key, limits.sendings_day, DAY, now),
        _full_until(tx, scope, key, limits.sendings_short, limits.sendings_window, now),
    )
    if until:
        return CodeRefused(why=Why.TOO_MANY, until=until)
    soon = _full_until(tx, scope, key, 1, limits.resend_after, now)
    return CodeRefused(why=Why.TOO_SOON, until=soon) if soon else None


def company_is_busy(tx: Tx, limits: Limits, key: str, company: str, now: int) -> CodeRefused | None:
    """Refuse one more code of a company whose hour is full; everybody is told the same (R10, R11)."""
    _hold_when_nearly_full(tx, Scope.COMPANY, key, company, limits.company_hour, now)
    until = _full_until(tx, Scope.COMPANY, key, limits.company_hour, HOUR, now)
    return CodeRefused(why=Why.BUSY, until=until) if until else None


def conversation_is_full(tx: Tx, limits: Limits, key: str, now: int) -> CodeRefused | None:
    """Refuse one more code to a conversation that asked for many, whatever the numbers were (R10)."""
    until = _full_until(tx, Scope.CONVERSATION, key, limits.conversation_hour, HOUR, now)
    return CodeRefused(why=Why.TOO_MANY, until=until) if until else None


def foreign_is_full(tx: Tx, limits: Limits, key: str, company: str, now: int) -> bool:
    """Tell whether a company may send no more SMS to other countries in this hour (R10)."""
    _hold_when_nearly_full(tx, Scope.FOREIGN, key, company, limits.foreign_hour, now)
    return bool(_full_until(tx, Scope.FOREIGN, key, limits.foreign_hour, HOUR, now))


def note_sending(tx: Tx, scopes: Sequence[tuple[Scope, str]], challenge: str, now: int) -> None:
    """Count a code under each scope and key."""
    for scope, key in scopes:
        tx.run("otp.note_sending", scope=scope.value, key=key, now=now, challenge=challenge)


def hold(tx: Tx, key: str, company: str, now: int) -> int:
    """Return until when a key is locked, else 0 (R5, R6); what counts on it next sees this transaction's result."""
    (row,) = tx.all("otp.hold_failures", key=key, company=company, now=now)
    until = int(row["locked_until"] or 0)
    return until if until > now else 0


def count_failure(tx: Tx, limits: Limits, key: str, now: int) -> Failure:
    """Count a wrong code against a held key and lock it at the last that is allowed (R5)."""
    (row,) = tx.all("otp.count_failure", key=key, most=limits.failures, until=now + limits.lock, now=now)
    return Failure(locked_until=int(row["locked_until"] or 0), newly=int(row["count"]) == limits.failures)


def forget_failures(tx: Tx, key: str, now: int) -> bool:
    """Begin a key's count anew and end its lock; tell whether there was anything."""
    return tx.run("otp.forget_failures", key=key, now=now) > 0


def _hold_when_nearly_full(tx: Tx, scope: Scope, key: str, company: str, most: int, now: int) -> None:
    """Let those who count on a whole company wait for one another, but only where one too many would matter."""
    if most <= _AT_ONCE or _full_until(tx, scope, key, most - _AT_ONCE, HOUR, now):
        hold(tx, key, company, now)


def _full_until(tx: Tx, scope: Scope, key: str, most: int, window: int, now: int) -> int:
    """When a cap has room again, or 0 while it has."""
    row = tx.first("otp.nth_latest", scope=scope.value, key=key, skip=most - 1)
    until = int(row["at"]) + window if row else 0
    return until if until > now else 0
