"""Sessions of browsers: a token opens one, a proof replaces it (R19); knows no cookie and no wording.

A token is kept as HMAC only. A session's id is the address of its conversation on the channel "web". Whoever was
proven gets a ticket, exchanges it for a fresh token, and the old token dies when the fresh one is first used: a lost
answer leaves nobody outside. Times are milliseconds UTC.
"""

from collections.abc import Collection
from dataclasses import dataclass

from bot.clock import HOUR, MINUTE
from bot.services.desk import Desk
from bot.services.listed import portions
from bot.storage.store import Tx

TICKET_LIFE = 10 * MINUTE  # a later one is given anew with the next greeting
_TOUCH_EACH = HOUR


@dataclass(frozen=True, kw_only=True)
class Session:
    """What a token opens. ``fresh``: the token was not used yet; ``renewal_due``: it must be replaced (R19)."""

    id: str
    company: str
    token_hash: str
    fresh: bool = False
    renewal_due: bool = False
    last_at: int = 0


def begin(tx: Tx, desk: Desk, now: int, company: str) -> str:
    """Begin a session with a company; returns its token (256 bits)."""
    identity = desk.randomness.token()
    tx.run("sessions.begin", id=identity, company=company, now=now)
    return _add(tx, desk, now, identity, "live")


def find(tx: Tx, desk: Desk, company: str, token: str) -> Session | None:
    """Return the session with a company that a token opens; None for any other token."""
    token_hash = _hash(desk, token)
    row = tx.first("sessions.by_token", token_hash=token_hash, company=company)
    if row is None:
        return None
    return Session(
        id=str(row["id"]),
        company=str(row["company"]),
        token_hash=token_hash,
        fresh=row["kind"] == "fresh",
        renewal_due=bool(row["renewal_due"]),
        last_at=int(row["last_at"]),
    )


def living(tx: Tx, token_hashes: Collection[str]) -> set[str]:
    """Return which of some tokens still open their session."""
    rows = (row for part in portions("t", token_hashes) for row in tx.all("sessions.living", **part))
    return {str(row["token_hash"]) for row in rows}


def wants_use(session: Session, now: int) -> bool:
    """Tell whether ``use`` has anything to write for a session."""
    return session.fresh or now - session.last_at >= _TOUCH_EACH


def use(tx: Tx, now: int, session: Session) -> None:
    """Note that a token is in use; where it is a fresh one, every other one of its session dies.

    One that was looked up before it died itself brings nobody else to an end.
    """
    tx.run("sessions.touch", id=session.id, now=now)
    if session.fresh and tx.run("sessions.make_live", token_hash=session.token_hash):
        tx.run("sessions.drop_others", session=session.id, token_hash=session.token_hash)
        tx.run("sessions.renewed", id=session.id, now=now)


def ticket(tx: Tx, desk: Desk, now: int, session: str) -> str:
    """Return a ticket for a fresh token: somebody was proven in the session."""
    tx.run("sessions.renewal_due", id=session, now=now)
    return _add(tx, desk, now, session, "ticket")


def renew(tx: Tx, desk: Desk, now: int, session: Session, given: str) -> str | None:
    """Exchange a ticket of a session for a fresh token; None where the ticket does not hold."""
    if not tx.run("sessions.spend_ticket", token_hash=_hash(desk, given), session=session.id, since=now - TICKET_LIFE):
        return None
    return _add(tx, desk, now, session.id, "fresh")


def end(tx: Tx, session: str) -> None:
    """End a session: no token opens it any more."""
    tx.run("sessions.end", id=session)
    tx.run("sessions.end_tokens", id=session)


def csrf(desk: Desk, token: str) -> str:
    """Return what a page must send with every change, bound to its token (R23)."""
    return desk.vault.sign("csrf", token.encode("utf-8", "surrogatepass"))


def _add(tx: Tx, desk: Desk, now: int, session: str, kind: str) -> str:
    token = desk.randomness.token() + desk.randomness.token()
    tx.run("sessions.add_token", token_hash=_hash(desk, token), session=session, kind=kind, now=now)
    return token


def _hash(desk: Desk, token: str) -> str:
    return desk.vault.index("session", token.encode("utf-8", "replace").decode())
