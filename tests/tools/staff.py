"""Accounts that can sign in at a running console, and their authenticators."""

from dataclasses import dataclass, field

from bot.clock import SECOND
from bot.console.entrance.keys import ENTRANCE
from bot.services.staff import demo_account, totp
from bot.services.staff.accounts import Account
from bot.services.staff.passwords import Passwords
from bot.services.staff.roles import Role
from bot.storage.store import Tx
from bot.web.guard.addresses import AddressLimits
from tests.tools.console import Caller, Page
from tests.tools.factors import CHEAP, PASSWORD, SECRET
from tests.tools.site import Site


def make_cheap(site: Site) -> None:
    """Let hashing cost nothing, and let nobody wait; addresses are not counted."""
    entrance = site.app[ENTRANCE]
    entrance.passwords, entrance.at_least = Passwords(CHEAP), 0.0
    entrance.posts = AddressLimits(per_minute=10_000, per_hour=10_000)


async def ready(site: Site, login: str, **roles: Role) -> Account:
    """Make an account that can sign in by ``PASSWORD`` and ``SECRET``."""
    office, hashed = site.office, Passwords(CHEAP).hashed(PASSWORD)

    def make(tx: Tx) -> Account:
        return demo_account.ready(
            tx, office.desk, office.clock.now(), login, login.capitalize(), roles or {"ipko": Role.DPO}, hashed, SECRET
        )

    return await office.store.transact(make)


@dataclass
class Phone:
    """An authenticator. ``code`` is the next one that was not shown yet; the clock is moved where it must be."""

    site: Site
    secret: str = SECRET
    _shown: int = field(default=-1)

    def code(self) -> str:
        while self.site.clock.at // totp.STEP <= self._shown:
            self.site.clock.at += 30 * SECOND
        self._shown = self.site.clock.at // totp.STEP
        return totp.code_at(self.secret, self.site.clock.at)


async def sign_in(who: Caller, login: str, password: str = PASSWORD, onward: str = "") -> Page:
    """Send login and password."""
    page = await who.get(f"/console/sign-in?next={onward}" if onward else "/console/sign-in")
    return await who.send(page, "/console/sign-in", login=login, password=password)
