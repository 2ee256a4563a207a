"""Tells open pages that something may have changed (server-sent events): one look a second for all that listen.

A look is some numbers (``worklist_counts.stamp``), so that it does not matter which process wrote. Where nobody
listens, nobody looks. What is told is opaque; what changed is asked for by the page itself, as whoever is signed in.
"""

import asyncio
import contextlib
import hashlib
import logging
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from bot.app import Office
from bot.console.door import COOKIE, HOME, Visit
from bot.delivery.house import where
from bot.services.office import claims, worklist_counts
from bot.services.records.references import read_reference
from bot.services.staff import staff_sessions
from bot.services.staff.roles import Permission
from bot.storage.store import Tx
from bot.web.keys import HOUSE
from bot.web.watch.health import STANDING

PATH = f"{HOME}/live"
LOOK_EACH = 1.0  # seconds
BREATH_EACH = 15.0  # seconds: a sign of life, and a look whether the session still holds
MOST = 400  # listeners of a process
MOST_OF_ONE = 12  # of one session: as many pages as somebody has open
_COME_BACK = 5_000  # ms, for the browser

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class Listener:
    """An open page. ``session`` is its id."""

    session: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """All who listen in this process, and the one who looks for them."""

    def __init__(self, office: Office, stopping: asyncio.Event) -> None:
        """Take where to look, and what is set when the server stops."""
        self.stamp = ""
        self._office, self._stopping = office, stopping
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether the server stops."""
        return self._stopping.is_set()

    @property
    def count(self) -> int:
        """How many listen."""
        return len(self._listeners)

    def has_room(self, session: str) -> bool:
        """Tell whether one more of a session may listen."""
        own = sum(1 for listener in self._listeners if listener.session == session)
        return len(self._listeners) < MOST and own < MOST_OF_ONE and not self._stopping.is_set()

    def begin(self, session: str) -> Listener:
        """Let a page listen; the first one sets the looking going."""
        listener = Listener(session=session)
        self._listeners.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="console live")
        return listener

    def end(self, listener: Listener) -> None:
        """Let it go; with the last one the looking ends."""
        self._listeners.discard(listener)

    async def close(self) -> None:
        """Wait until the looking has ended; the server is told to stop before."""
        if self._looking is not None:
            await asyncio.wait([self._looking])

    async def _look(self) -> None:
        while self._listeners and not self._stopping.is_set():
            try:
                seen = await self._office.store.read(lambda tx: stamp(tx, self._office))
            except Exception as error:  # the database is away: what changed meanwhile is told afterwards
                _log.warning("live pages wait: %s", where(error))
            else:
                if seen != self.stamp:
                    self.stamp = seen
                    self._wake()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), LOOK_EACH)
        self._wake()

    def _wake(self) -> None:
        for listener in self._listeners:
            listener.woken.set()


LIVE = web.AppKey("console_live", Live)


def prepare(app: web.Application) -> None:
    """Give an app what ``stream`` needs."""
    app[LIVE] = Live(app[HOUSE].office, app[STANDING].stopping)

    async def close(app: web.Application) -> None:
        await app[LIVE].close()

    app.on_cleanup.append(close)


def stamp(tx: Tx, office: Office) -> str:
    """Return what is another whenever the queue may be. How much happens at a company is no business of another's."""
    numbers = worklist_counts.stamp(tx, office.clock.now(), sorted(office.desk.companies))
    return hashlib.blake2s(repr(numbers).encode(), digest_size=6).hexdigest()


async def stream(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Tell what is another whenever the queue may be, or (``?reference=``) the edition of one case, while it is heard.

    It ends with the session, with the permission, and when the server stops; a browser comes back by itself.
    """
    live, office, token = request.app[LIVE], visit.house.office, request.cookies[COOKIE]
    reference = read_reference(request.query.get("reference", ""))
    if reference:
        visit.must(Permission.QUEUE, await _company(office, reference))
    if not live.has_room(visit.session.id):
        return web.Response(status=503, headers={hdrs.RETRY_AFTER: "30"})
    response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream", "X-Accel-Buffering": "no"})
    listener, told = live.begin(visit.session.id), None
    try:
        await response.prepare(request)
        await response.write(f"retry: {_COME_BACK}\n\n".encode())
        while not live.is_over:
            listener.woken.clear()
            now = await office.store.read(lambda tx: _current(tx, office, token, reference))
            if now is None:
                break
            await response.write(f"data: {now}\n\n".encode() if now != told else b":\n\n")
            told = now
            await _rest(request, listener)
    except ConnectionResetError:
        pass  # the page was left
    finally:
        live.end(listener)
    return response


def _current(tx: Tx, office: Office, token: str, reference: str | None) -> str | None:
    """Return what is to be told now; None: whoever listens may not any more."""
    found = staff_sessions.find(tx, office.desk, office.clock.now(), token)
    if found is None:
        return None
    _, account = found
    if reference is None:
        return stamp(tx, office) if account.companies_for(Permission.QUEUE, office.desk) else None
    row = tx.first("worklist.company_of", reference=reference)
    allowed = row is not None and account.may(Permission.QUEUE, row["company"], office.desk)
    return str(claims.edition(tx, reference)) if allowed else None


async def _company(office: Office, reference: str) -> str:
    row = await office.store.read(lambda tx: tx.first("worklist.company_of", reference=reference))
    if row is None:
        raise web.HTTPNotFound
    return str(row["company"])


async def _rest(request: web.Request, listener: Listener) -> None:
    """Wait for a change, or the time for a sign of life; a page that was left is not waited with."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BREATH_EACH
    while loop.time() < until and request.transport is not None and not request.transport.is_closing():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listener.woken.wait(), LOOK_EACH)
            return
