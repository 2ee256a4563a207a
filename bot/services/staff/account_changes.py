"""Changes of accounts, by who keeps them and by whose they are; each is logged with who did it; knows no page.

What must end at once does: sessions of an account that is disabled or begun anew, and what the former works on. Roles
are read at every request.
Times are milliseconds UTC.
"""

import datetime as dt
from collections.abc import Mapping

from bot.errors import InputError, NotAllowedError
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk, Place
from bot.services.office import claims
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.staff import accounts, lockout, recovery, staff_sessions
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Role
from bot.storage.store import Tx

LONGEST_ABSENCE = 366  # days (d)


def add(  # noqa: PLR0913, PLR0917  these are an account's columns
    tx: Tx,
    desk: Desk,
    place: Place,
    who: str,
    login: str,
    name: str,
    email: str,
    roles: Mapping[str, Role],
    password_hash: str,
) -> Account:
    """Make an account whose password is for the first sign-in only. Raises InputError."""
    made = accounts.add(tx, desk, place.now, login, name, email, roles, password_hash)
    told = ", ".join(f"{company}={role.value}" for company, role in sorted(roles.items()))
    _log(tx, desk, place, Act.STAFF_ADDED, who, made, roles=told)
    return made


def set_role(tx: Tx, desk: Desk, place: Place, who: str, account: Account, company: str, role: Role | None) -> bool:
    """Give an account a role at a company, or take it away (None); tells whether it changed. Raises InputError."""
    accounts.must_be_served(desk, [company])
    if account.roles.get(company) is role:
        return False
    if role is None:
        tx.run("staff.drop_role", staff=account.id, company=company)
    else:
        tx.run("staff.set_role", staff=account.id, company=company, role=role.value)
    _log(tx, desk, place, Act.STAFF_CHANGED, who, account, what="role", role=f"{company}={role.value if role else '-'}")
    return True


def disable(tx: Tx, desk: Desk, place: Place, who: str, account: Account) -> bool:
    """Let nobody sign in by an account, and end its sessions and claims; tells whether it was in use."""
    if not tx.run("staff.disable", id=account.id, now=place.now):
        return False
    staff_sessions.end_all(tx, account.id)
    claims.release_all(tx, account.login)
    _log(tx, desk, place, Act.STAFF_DISABLED, who, account)
    return True


def enable(tx: Tx, desk: Desk, place: Place, who: str, account: Account) -> bool:
    """Let an account be used again; tells whether it was disabled."""
    if not tx.run("staff.enable", id=account.id):
        return False
    _log(tx, desk, place, Act.STAFF_CHANGED, who, account, what="enabled")
    return True


def reset(tx: Tx, desk: Desk, place: Place, who: str, account: Account, password_hash: str) -> None:
    """Begin an account anew: a password for the first sign-in, no authenticator, no recovery codes, no sessions."""
    tx.run("staff.set_password", id=account.id, password_hash=password_hash, once=place.now)
    tx.run("staff.drop_authenticator", id=account.id)
    recovery.drop(tx, account.id)
    staff_sessions.end_all(tx, account.id)
    lockout.clear(tx, account.id)
    _log(tx, desk, place, Act.STAFF_CHANGED, who, account, what="reset")


def unlock(tx: Tx, desk: Desk, place: Place, who: str, account: Account) -> bool:
    """End an account's lock and count; tells whether there was anything."""
    if not lockout.clear(tx, account.id):
        return False
    _log(tx, desk, place, Act.STAFF_UNLOCKED, who, account, what="account")
    return True


def own_password(tx: Tx, desk: Desk, place: Place, account: Account, password_hash: str, session: str) -> bool:
    """Give an account another password of its own, and end its other sessions.

    False, and nothing is done, where the session itself was ended meanwhile: somebody began the account anew.
    """
    accounts.hold(tx, account.id)
    if not staff_sessions.is_there(tx, account.id, session):
        return False
    tx.run("staff.set_password", id=account.id, password_hash=password_hash, once=0)
    staff_sessions.end_others(tx, account.id, session)
    _log(tx, desk, place, Act.STAFF_CHANGED, account.login, account, what="password")
    return True


def own_recovery_codes(tx: Tx, desk: Desk, place: Place, account: Account) -> tuple[str, ...]:
    """Make an account's recovery codes anew; those before are dead."""
    accounts.hold(tx, account.id)  # of two who make some at once, the later one finds those of the first
    codes = recovery.make(tx, desk, account.id)
    _log(tx, desk, place, Act.STAFF_CHANGED, account.login, account, what="recovery_codes")
    return codes


def end_session(tx: Tx, desk: Desk, place: Place, account: Account, session: str) -> bool:
    """End one session of an account; tells whether there was one."""
    if not staff_sessions.end(tx, account.id, session):
        return False
    _log(tx, desk, place, Act.STAFF_SIGNED_OUT, account.login, account, sessions=1)
    return True


def end_other_sessions(tx: Tx, desk: Desk, place: Place, account: Account, session: str) -> int:
    """End every session of an account but one; returns how many."""
    ended = staff_sessions.end_others(tx, account.id, session)
    if ended:
        _log(tx, desk, place, Act.STAFF_SIGNED_OUT, account.login, account, sessions=ended)
    return ended


def stand_in(tx: Tx, desk: Desk, place: Place, who: str, account: Account, deputy: Account, until: dt.date) -> None:
    """Note who gets an account's mail up to a day, that day too. Raises NotAllowedError."""
    today = local_day(place.now)
    if deputy.id == account.id:
        raise NotAllowedError("Nobody stands in for themselves: choose somebody else.")
    if deputy.disabled_at is not None or not set(deputy.roles) & set(account.roles):
        raise NotAllowedError("Who stands in needs a role at the same company: choose somebody else.")
    if not today <= until <= today + dt.timedelta(days=LONGEST_ABSENCE):
        raise NotAllowedError("The last day away must be today or later, within a year.")
    tx.run("staff.set_deputy", id=account.id, deputy=deputy.id, away_until=until.isoformat())
    _log(tx, desk, place, Act.STAFF_CHANGED, who, account, what="deputy", deputy=deputy.login, until=until.isoformat())


def back_again(tx: Tx, desk: Desk, place: Place, who: str, account: Account) -> bool:
    """Let nobody stand in any more; tells whether somebody did."""
    if account.deputy is None:
        return False
    tx.run("staff.set_deputy", id=account.id, deputy=None, away_until=None)
    _log(tx, desk, place, Act.STAFF_CHANGED, who, account, what="deputy", deputy="-")
    return True


def named(tx: Tx, desk: Desk, login: str) -> Account:
    """Return the account of a login. Raises InputError, which names those there are."""
    found = accounts.by_login(tx, desk, login)
    if found is None:
        known = ", ".join(account.login for account in accounts.every(tx, desk)) or "asnjë"
        raise InputError(f"Llogaria «{login}» nuk është. Llogaritë janë: {known}.")
    return found


def _log(tx: Tx, desk: Desk, place: Place, act: Act, who: str, account: Account, **details: str | int) -> None:
    audit.write(tx, desk, place, act, company=None, details={**details, "staff": account.login, "who": who})
