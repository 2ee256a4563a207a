"""Signing in: the password, then the second factor, each try counted before it is compared (R27); knows no page.

::

    password ──▶ half session ──▶ code of the authenticator, or a recovery code ──▶ session
                      │
                      └─ first time ─▶ own password ─▶ authenticator ─▶ recovery codes ─▶ session

Each arrow gives a new token (R19). A password is checked between two transactions, for that takes its time:
``attempt``, the check, then
``password_right`` or ``password_wrong``. Expected outcomes are results. Times are milliseconds UTC.
"""

import enum
from dataclasses import dataclass

from bot.clock import DAY
from bot.services.desk import Desk, Place
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.staff import accounts, lockout, recovery, staff_sessions, totp
from bot.services.staff.lockout import Counted, Locked
from bot.services.staff.staff_sessions import StaffSession, Stage
from bot.services.staff.totp import NoStep
from bot.storage.store import Row, Tx

ONE_TIME_LIVES = 7 * DAY
"""From when it was given (ms): what lies in somebody's drawer for longer lets nobody in."""


class Step(enum.Enum):
    """What comes next."""

    PASSWORD = "password"  # the one-time password is to be replaced  # noqa: S105  no password
    AUTHENTICATOR = "authenticator"  # it is to be set up
    CODES = "codes"  # the recovery codes are to be kept
    SECOND = "second"  # the second factor
    IN = "in"


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """A password that is to be checked against a hash (PHC string)."""

    staff: str
    login: str
    kept: str
    counted: Counted


@dataclass(frozen=True, kw_only=True)
class Stranger:
    """The login is nobody's, or of an account that is disabled: check against a hash that no password has."""

    login: str


@dataclass(frozen=True, kw_only=True)
class Forward:
    """It was right: the browser gets a new token."""

    token: str
    step: Step


@dataclass(frozen=True, kw_only=True)
class Wrong:
    """It was not right. ``replayed``: the code was, but it was taken before; ``late``: the one-time password was."""

    replayed: bool = False
    late: bool = False


@dataclass(frozen=True, kw_only=True)
class Gone:
    """The half session is over, or was used up."""


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """The authenticator is set up; ``codes`` are readable only now."""

    token: str
    codes: tuple[str, ...]


def attempt(tx: Tx, desk: Desk, now: int, login: str) -> Attempt | Stranger | Locked:
    """Count a try at a login, and return what its password is to be checked against."""
    account = accounts.by_login(tx, desk, login)
    if account is None or account.disabled_at is not None:
        return Stranger(login=login)
    counted = lockout.count(tx, now, account.id)
    if isinstance(counted, Locked):
        return counted
    return Attempt(staff=account.id, login=account.login, kept=_row(tx, account.id)["password_hash"], counted=counted)


def stranger_key(desk: Desk, stranger: Stranger) -> str:
    """Return the key under which tries at a login that is nobody's are counted."""
    return desk.vault.index("staff_login", stranger.login.strip().lower().encode("utf-8", "replace").decode())


def stranger_refused(tx: Tx, desk: Desk, place: Place) -> None:
    """Log a try at a login that is nobody's, without what was typed (R32)."""
    _audit(tx, desk, place, Act.STAFF_REFUSED, None, what="login")


def password_right(
    tx: Tx, desk: Desk, place: Place, tried: Attempt, renewed: str | None, device: str
) -> Forward | Wrong | Locked:
    """Begin a half session, unless the password was changed while it was checked.

    ``renewed`` is its hash at the cost of today, where the one that is kept was made at another.
    """
    still = tx.run("staff.renew_hash", id=tried.staff, kept=tried.kept, renewed=renewed or tried.kept)
    account = accounts.loaded(tx, desk, tried.staff)  # held by now: nobody begins it anew before this session is there
    if not still or account.disabled_at is not None:
        return password_wrong(tx, desk, place, tried)
    lockout.forgive(tx, tried.staff, tried.counted)
    given = _row(tx, account.id)["password_once"]  # 0: it is their own; 1: given before the time was noted
    if given > 1 and place.now - given >= ONE_TIME_LIVES:
        _audit(tx, desk, place, Act.STAFF_REFUSED, account.login, what="late")
        return Wrong(late=True)
    if not account.enrolled:
        offer_authenticator(tx, desk, tried.staff)
    token = staff_sessions.begin(tx, desk, place.now, tried.staff, Stage.HALF, device)
    return Forward(token=token, step=step_of(tx, tried.staff))


def password_wrong(tx: Tx, desk: Desk, place: Place, tried: Attempt) -> Wrong | Locked:
    """Log that a password was wrong; it was counted before."""
    return _failed(tx, desk, place, tried.login, "password", tried.counted)


def own_password_right(tx: Tx, tried: Attempt) -> None:
    """Take back from the count that somebody who is signed in typed the password of their account."""
    lockout.forgive(tx, tried.staff, tried.counted)


def second_factor(tx: Tx, desk: Desk, place: Place, half: StaffSession, typed: str) -> Forward | Wrong | Locked | Gone:
    """Try a code of the authenticator; one that was taken before is refused and counted (R27)."""
    counted = lockout.count(tx, place.now, half.staff)
    if isinstance(counted, Locked):
        return counted
    if not staff_sessions.is_there(tx, half.staff, half.id) or step_of(tx, half.staff) is not Step.SECOND:
        lockout.forgive(tx, half.staff, counted)
        return Gone()
    taken = _take_code(tx, desk, place.now, half.staff, typed)
    if taken is not None:
        login = accounts.loaded(tx, desk, half.staff).login
        return _failed(tx, desk, place, login, f"code_{taken.value}", counted, replayed=taken is NoStep.REPLAYED)
    return _let_in(tx, desk, place, half, "code")


def recovery_code(tx: Tx, desk: Desk, place: Place, half: StaffSession, typed: str) -> Forward | Wrong | Locked | Gone:
    """Try a recovery code; it is used up."""
    counted = lockout.count(tx, place.now, half.staff)
    if isinstance(counted, Locked):
        return counted
    if not staff_sessions.is_there(tx, half.staff, half.id) or step_of(tx, half.staff) is not Step.SECOND:
        lockout.forgive(tx, half.staff, counted)
        return Gone()
    login = accounts.loaded(tx, desk, half.staff).login
    if not recovery.use(tx, desk, place.now, half.staff, typed):
        return _failed(tx, desk, place, login, "recovery_code", counted)
    _audit(tx, desk, place, Act.STAFF_RECOVERED, login, left=recovery.left(tx, half.staff))
    return _let_in(tx, desk, place, half, "recovery_code")


def own_code(tx: Tx, desk: Desk, place: Place, staff: str, typed: str) -> Wrong | Locked | None:
    """Try a code of somebody who is signed in, before something that needs it; None: it was right."""
    counted = lockout.count(tx, place.now, staff)
    if isinstance(counted, Locked):
        return counted
    taken = _take_code(tx, desk, place.now, staff, typed)
    if taken is not None:
        login = accounts.loaded(tx, desk, staff).login
        return _failed(tx, desk, place, login, f"code_{taken.value}", counted, replayed=taken is NoStep.REPLAYED)
    lockout.forgive(tx, staff, counted)
    return None


def first_password(tx: Tx, desk: Desk, place: Place, half: StaffSession, password_hash: str) -> Forward | Gone:
    """Replace the one-time password by somebody's own."""
    accounts.hold(tx, half.staff)
    if not _ends(tx, half, Step.PASSWORD):
        return Gone()
    tx.run("staff.set_password", id=half.staff, password_hash=password_hash, once=0)
    _audit(tx, desk, place, Act.STAFF_CHANGED, accounts.loaded(tx, desk, half.staff).login, what="password")
    token = staff_sessions.begin(tx, desk, place.now, half.staff, Stage.HALF, half.device)
    return Forward(token=token, step=step_of(tx, half.staff))


def offer_authenticator(tx: Tx, desk: Desk, staff: str) -> None:
    """Make a new secret, to be confirmed by a code."""
    tx.run("staff.offer_authenticator", id=staff, sealed=sealed_secret(desk, staff, totp.new_secret(desk.randomness)))


def offered_secret(tx: Tx, desk: Desk, staff: str) -> str | None:
    """Return the secret that is to be confirmed; None where it was."""
    row = _row(tx, staff)
    return None if row["totp_confirmed_at"] is not None else _secret(desk, row)


def confirm_authenticator(tx: Tx, desk: Desk, place: Place, half: StaffSession, typed: str) -> Enrolled | Wrong | Gone:
    """Set the authenticator up by its first code, and make the recovery codes; a wrong one guards nothing yet."""
    accounts.hold(tx, half.staff)  # nobody is offered another secret before this one is confirmed
    row = _row(tx, half.staff)
    secret = _secret(desk, row)
    if secret is None or step_of(tx, half.staff) is not Step.AUTHENTICATOR:
        return Gone()
    step = totp.step_of(secret, typed, place.now, row["totp_step"])
    if isinstance(step, NoStep):
        return Wrong()
    if not _ends(tx, half, Step.AUTHENTICATOR) or not tx.run(
        "staff.confirm_authenticator", id=half.staff, now=place.now, step=step
    ):
        return Gone()
    codes = recovery.make(tx, desk, half.staff)
    _audit(tx, desk, place, Act.STAFF_ENROLLED, accounts.loaded(tx, desk, half.staff).login)
    token = staff_sessions.begin(tx, desk, place.now, half.staff, Stage.CODES, half.device)
    return Enrolled(token=token, codes=codes)


def codes_kept(tx: Tx, desk: Desk, place: Place, session: StaffSession) -> Forward | Gone:
    """Let in who has kept the recovery codes."""
    accounts.hold(tx, session.staff)
    if not staff_sessions.is_there(tx, session.staff, session.id):
        return Gone()
    return _let_in(tx, desk, place, session, "first")


def sign_out(tx: Tx, desk: Desk, place: Place, session: StaffSession, login: str) -> None:
    """End a session at the wish of whose it is."""
    if staff_sessions.end(tx, session.staff, session.id):
        _audit(tx, desk, place, Act.STAFF_SIGNED_OUT, login)


def step_of(tx: Tx, staff: str) -> Step:
    """Return what a half session of an account waits for."""
    row = _row(tx, staff)
    if row["password_once"]:
        return Step.PASSWORD
    return Step.SECOND if row["totp_confirmed_at"] is not None else Step.AUTHENTICATOR


def kept_password(tx: Tx, staff: str) -> str:
    """Return the hash of an account's password."""
    return str(_row(tx, staff)["password_hash"])


def sealed_secret(desk: Desk, staff: str, secret: str) -> str:
    """Return an authenticator's secret as it is kept."""
    return desk.vault.seal("staff_totp", secret, staff)


def _secret(desk: Desk, row: Row) -> str | None:
    sealed = row["totp_sealed"]
    return desk.vault.open("staff_totp", sealed, row["id"]) if sealed else None


def _take_code(tx: Tx, desk: Desk, now: int, staff: str, typed: str) -> NoStep | None:
    """Take a code's time step; None: it was right."""
    row = _row(tx, staff)
    secret = _secret(desk, row)
    if secret is None or row["totp_confirmed_at"] is None:
        return NoStep.WRONG
    step = totp.step_of(secret, typed, now, row["totp_step"])
    if isinstance(step, NoStep):
        return step
    return None if tx.run("staff.take_step", id=staff, step=step) else NoStep.REPLAYED


def _let_in(tx: Tx, desk: Desk, place: Place, before: StaffSession, by: str) -> Forward:
    lockout.clear(tx, before.staff)
    staff_sessions.end(tx, before.staff, before.id)
    token = staff_sessions.begin(tx, desk, place.now, before.staff, Stage.IN, before.device)
    _audit(tx, desk, place, Act.STAFF_SIGNED_IN, accounts.loaded(tx, desk, before.staff).login, by=by)
    return Forward(token=token, step=Step.IN)


def _failed(
    tx: Tx, desk: Desk, place: Place, login: str, what: str, counted: Counted, *, replayed: bool = False
) -> Wrong | Locked:
    _audit(tx, desk, place, Act.STAFF_REFUSED, login, what=what, failures=counted.failures)
    if counted.locked_until is None:
        return Wrong(replayed=replayed)
    minutes = (counted.locked_until - place.now) // 60_000
    _audit(tx, desk, place, Act.STAFF_LOCKED, login, minutes=minutes)
    return Locked(until=counted.locked_until)


def _ends(tx: Tx, half: StaffSession, step: Step) -> bool:
    """End a half session that waits for a step; tells whether it did."""
    return step_of(tx, half.staff) is step and staff_sessions.end(tx, half.staff, half.id)


def _row(tx: Tx, staff: str) -> Row:
    row = tx.first("staff.load", id=staff)
    if row is None:
        raise KeyError(staff)
    return row


def _audit(tx: Tx, desk: Desk, place: Place, act: Act, login: str | None, **details: str | int) -> None:
    told = {**details, "who": login} if login is not None else details
    audit.write(tx, desk, place, act, company=None, details=told)
