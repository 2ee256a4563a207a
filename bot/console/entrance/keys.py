"""What the entrance works with: hashing with bounds, counts of strangers, limits of addresses; knows no page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from bot.console import door, forms
from bot.console.door import CSRF, FORM
from bot.console.forms import Form
from bot.crypto import same
from bot.services.desk import OFFICE, Desk, Place
from bot.services.staff import staff_sessions
from bot.services.staff.accounts import Account
from bot.services.staff.lockout import Strangers
from bot.services.staff.passwords import Passwords
from bot.services.staff.staff_sessions import StaffSession, Stage
from bot.storage.store import Store
from bot.web.guard.addresses import AddressLimits
from bot.web.guard.security import client_address
from bot.web.keys import HOUSE

POSTS_MINUTE, POSTS_HOUR = 20, 200  # (d) of one address; a whole office may have one
_AT_ONCE = 4  # passwords that are hashed at once: each takes 19 MiB and a processor
_AT_LEAST = 0.25  # seconds until a refusal: what was found on the way must not show in the time


class Entrance:
    """The tools of signing in: one for the whole process."""

    def __init__(self, passwords: Passwords) -> None:
        """Take what hashes."""
        self.passwords = passwords
        self.strangers = Strangers()
        self.posts = AddressLimits(per_minute=POSTS_MINUTE, per_hour=POSTS_HOUR)
        self.at_least = _AT_LEAST
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def right(self, kept: str, password: str) -> bool:
        """Tell whether a hash is that of a password, off the loop."""
        async with self._room:
            return await asyncio.to_thread(self.passwords.right, kept, password)

    async def hashed(self, password: str) -> str:
        """Return a password's hash, off the loop."""
        async with self._room:
            return await asyncio.to_thread(self.passwords.hashed, password)

    @contextlib.asynccontextmanager
    async def in_steady_time(self) -> AsyncIterator[None]:
        """Let what is inside take as long as it ever does."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.at_least
        yield
        await asyncio.sleep(max(0.0, end - loop.time()))


ENTRANCE = web.AppKey("console_entrance", Entrance)


@dataclass(frozen=True, kw_only=True)
class Half:
    """Somebody on the way in, with what their forms must bring."""

    session: StaffSession
    account: Account
    csrf: str


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a handler of the entrance needs of the house."""

    entrance: Entrance
    store: Store
    desk: Desk
    place: Place


def tools(request: web.Request) -> Tools:
    """Return the tools for a request, its time standing."""
    office = request.app[HOUSE].office
    place = Place(conversation="", channel=OFFICE, now=office.clock.now())
    return Tools(entrance=request.app[ENTRANCE], store=office.store, desk=office.desk, place=place)


def may_try(request: web.Request) -> bool:
    """Tell whether an address may send one more form of signing in, and count it if so."""
    given = tools(request)
    return given.entrance.posts.allow(client_address(request), given.place.now)


async def half_of(request: web.Request, stage: Stage = Stage.HALF) -> Half | None:
    """Return who is on the way in, or None."""
    token = request.cookies.get(door.COOKIE)
    if not token:
        return None
    given = tools(request)
    found = await given.store.read(lambda tx: staff_sessions.find(tx, given.desk, given.place.now, token, stage))
    if found is None:
        return None
    return Half(session=found[0], account=found[1], csrf=staff_sessions.csrf(given.desk, token))


async def sent(request: web.Request) -> Form:
    """Read a form of the entrance."""
    form = request[FORM] = await forms.read(request)
    return form


def must_be_of(form: Form, half: Half) -> None:
    """Go on only with a form of this half session (R23). Raises StalePage."""
    if not same(form.text(CSRF), half.csrf):
        raise door.StalePage
