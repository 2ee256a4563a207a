"""An account that is ready to sign in, with a password and an authenticator that are known: for trying out only."""

from collections.abc import Mapping

from bot.services.desk import Desk
from bot.services.staff import accounts, signing_in
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Role
from bot.storage.store import Tx


def ready(  # noqa: PLR0913, PLR0917  these are an account's columns
    tx: Tx,
    desk: Desk,
    now: int,
    login: str,
    name: str,
    roles: Mapping[str, Role],
    password_hash: str,
    totp_secret: str,
) -> Account:
    """Return the account of a login, enrolled with this password and this secret; made where there is none yet."""
    account = accounts.by_login(tx, desk, login)
    if account is None:
        account = accounts.add(tx, desk, now, login, name, f"{login}@shembull.example", roles, password_hash)
    tx.run("staff.set_password", id=account.id, password_hash=password_hash, once=0)
    tx.run("staff.drop_authenticator", id=account.id)
    tx.run("staff.offer_authenticator", id=account.id, sealed=signing_in.sealed_secret(desk, account.id, totp_secret))
    tx.run("staff.confirm_authenticator", id=account.id, now=now, step=0)
    return accounts.loaded(tx, desk, account.id)
