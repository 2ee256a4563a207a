"""Accounts: kept with their roles, found by id or login; knows no password and no page.

Name and e-mail are sealed; the login stands in the audit as who acted. Times are milliseconds UTC.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bot.errors import InputError
from bot.services.desk import Desk
from bot.services.one_by_one import one_by_one
from bot.services.staff.roles import Permission, Role, may
from bot.storage.store import Row, Tx

_LOGIN = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A person of one or several companies. ``enrolled``: their authenticator was confirmed.

    ``deputy`` is the id of the account that stands in up to the day ``away_until``.
    """

    id: str
    login: str
    name: str
    email: str
    roles: Mapping[str, Role]
    enrolled: bool
    deputy: str | None
    away_until: dt.date | None
    created_at: int
    disabled_at: int | None

    def may(self, permission: Permission, company: str, desk: Desk) -> bool:
        """Tell whether the account has a permission at a company that is served."""
        role, served = self.roles.get(company), desk.companies.get(company)
        return role is not None and served is not None and may(role, permission, served.decides)

    def companies_for(self, permission: Permission, desk: Desk) -> tuple[str, ...]:
        """Return the companies at which the account has a permission, in the order of their ids."""
        return tuple(company for company in sorted(self.roles) if self.may(permission, company, desk))


def add(  # noqa: PLR0913, PLR0917  these are an account's columns
    tx: Tx, desk: Desk, now: int, login: str, name: str, email: str, roles: Mapping[str, Role], password_hash: str
) -> Account:
    """Make an account with a password that must be changed at the first sign-in. Raises InputError.

    ``password_hash`` is a PHC string (``passwords``): it is computed before, for it takes its time.
    """
    if not _LOGIN.fullmatch(login):
        raise InputError(f"Emri i hyrjes «{login}» duhet të ketë 2–40 shenja: a–z, 0–9, pikë, vijë.")
    if not roles:
        raise InputError("Llogarisë i duhet së paku një rol, p.sh. ipko=dpo.")
    must_be_served(desk, roles)
    one_by_one(tx, now, "logins")
    if by_login(tx, desk, login):
        raise InputError(f"Llogaria «{login}» është tashmë.")
    identity = desk.randomness.token()
    tx.run(
        "staff.add",
        id=identity,
        login=login,
        name_sealed=desk.vault.seal("staff", name, f"{identity}:name"),
        email_sealed=desk.vault.seal("staff", email, f"{identity}:email") if email else None,
        password_hash=password_hash,
        now=now,
    )
    for company, role in roles.items():
        tx.run("staff.set_role", staff=identity, company=company, role=role.value)
    return loaded(tx, desk, identity)


def must_be_served(desk: Desk, companies: Iterable[str]) -> None:
    """Go on only where every company is served. Raises InputError."""
    if strangers := sorted(company for company in companies if company not in desk.companies):
        raise InputError(f"{', '.join(strangers)} nuk njihet. Kompanitë janë: {', '.join(sorted(desk.companies))}.")


def load(tx: Tx, desk: Desk, identity: str) -> Account | None:
    """Return an account by its id, or None."""
    row = tx.first("staff.load", id=identity)
    return _account(tx, desk, row) if row else None


def loaded(tx: Tx, desk: Desk, identity: str) -> Account:
    """Return an account that is known to be there. Raises KeyError."""
    account = load(tx, desk, identity)
    if account is None:
        raise KeyError(identity)
    return account


def hold(tx: Tx, identity: str) -> None:
    """Hold an account until the transaction ends, changing nothing. Raises KeyError where there is none.

    Whoever begins a session holds it first: who disables an account or begins it anew ends every session that there is,
    and must come before that one, or after it.
    """
    if not tx.run("staff.hold", id=identity):
        raise KeyError(identity)


def by_login(tx: Tx, desk: Desk, login: str) -> Account | None:
    """Return an account by its login, or None."""
    row = tx.first("staff.by_login", login=login.strip().lower())
    return _account(tx, desk, row) if row else None


def every(tx: Tx, desk: Desk) -> tuple[Account, ...]:
    """Return all accounts, disabled ones too, by login."""
    return tuple(_account(tx, desk, row) for row in tx.all("staff.every"))


def of_company(tx: Tx, desk: Desk, company: str) -> tuple[Account, ...]:
    """Return the accounts with a role at a company that are not disabled, by login."""
    return tuple(a for a in every(tx, desk) if company in a.roles and a.disabled_at is None)


def _account(tx: Tx, desk: Desk, row: Row) -> Account:
    identity = str(row["id"])
    name, email = row["name_sealed"], row["email_sealed"]  # retention leaves nothing where a sealed text stood
    return Account(
        id=identity,
        login=row["login"],
        name=desk.vault.open("staff", name, f"{identity}:name") if name else "",
        email=desk.vault.open("staff", email, f"{identity}:email") if email else "",
        roles={r["company"]: Role(r["role"]) for r in tx.all("staff.roles", staff=identity)},
        enrolled=row["totp_confirmed_at"] is not None,
        deputy=row["deputy"],
        away_until=dt.date.fromisoformat(row["away_until"]) if row["away_until"] else None,
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
    )
