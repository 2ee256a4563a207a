"""Sessions of the console: opened after both factors, over after ``limits.staff_session`` (R20); knows no cookie.

A token is kept as HMAC only. Times are milliseconds UTC.
"""

import enum
from dataclasses import dataclass

from bot.clock import MINUTE
from bot.services.desk import Desk
from bot.services.staff import accounts
from bot.services.staff.accounts import Account
from bot.storage.store import Row, Tx

HALF_LIFE = 10 * MINUTE  # (d): for the second factor, and for each step of the first sign-in
_TOUCH_EACH = MINUTE


class Stage(enum.StrEnum):
    """How far somebody has come."""

    HALF = "half"  # the password was right
    CODES = "codes"  # the authenticator was set up; its recovery codes are to be kept
    IN = "in"  # the second factor too


@dataclass(frozen=True, kw_only=True)
class StaffSession:
    """One browser's session; ``device`` says which, in words."""

    id: str
    staff: str
    stage: Stage
    device: str
    created_at: int
    last_at: int


def begin(tx: Tx, desk: Desk, now: int, staff: str, stage: Stage, device: str) -> str:
    """Begin a session; returns its token (256 bits)."""
    token = desk.randomness.token() + desk.randomness.token()
    tx.run(
        "staff.begin_session",
        id=desk.randomness.token(), token_hash=_hash(desk, token), staff=staff, stage=stage.value, device=device[:80],
        now=now,
    )  # fmt: skip
    return token


def find(tx: Tx, desk: Desk, now: int, token: str, stage: Stage = Stage.IN) -> tuple[StaffSession, Account] | None:
    """Return the session of a stage that a token opens, with its account; None where it opens none any more."""
    row = tx.first("staff.session", token_hash=_hash(desk, token), stage=stage.value)
    life = desk.limits.staff_session if stage is Stage.IN else min(HALF_LIFE, desk.limits.staff_session)
    if row is None or now - row["created_at"] >= life:
        return None
    account = accounts.load(tx, desk, row["staff"])
    return (_session(row), account) if account and account.disabled_at is None else None


def wants_use(session: StaffSession, now: int) -> bool:
    """Tell whether ``use`` has anything to write."""
    return now - session.last_at >= _TOUCH_EACH


def use(tx: Tx, now: int, session: StaffSession) -> None:
    """Note that a session is in use."""
    tx.run("staff.touch_session", id=session.id, now=now)


def of_account(tx: Tx, desk: Desk, now: int, staff: str) -> tuple[StaffSession, ...]:
    """Return the sessions of an account that hold, the latest first."""
    rows = tx.all("staff.sessions_of", staff=staff, since=now - desk.limits.staff_session)
    return tuple(_session(row) for row in rows)


def end(tx: Tx, staff: str, session: str) -> bool:
    """End one session of an account; tells whether there was one."""
    return tx.run("staff.end_session", id=session, staff=staff) > 0


def is_there(tx: Tx, staff: str, session: str) -> bool:
    """Tell whether a session was not ended meanwhile."""
    return tx.first("staff.session_there", id=session, staff=staff) is not None


def end_others(tx: Tx, staff: str, session: str) -> int:
    """End every session of an account but one; returns how many."""
    return tx.run("staff.end_other_sessions", id=session, staff=staff)


def end_all(tx: Tx, staff: str) -> None:
    """End every session of an account."""
    tx.run("staff.end_sessions", staff=staff)


def csrf(desk: Desk, token: str) -> str:
    """Return what every form must send, bound to the session's token (R23)."""
    return desk.vault.sign("staff_csrf", token.encode("utf-8", "surrogatepass"))


def _hash(desk: Desk, token: str) -> str:
    return desk.vault.index("staff_session", token.encode("utf-8", "replace").decode())


def _session(row: Row) -> StaffSession:
    return StaffSession(
        id=row["id"],
        staff=row["staff"],
        stage=Stage(row["stage"]),
        device=row["device"],
        created_at=row["created_at"],
        last_at=row["last_at"],
    )
