"""The wire over WebSocket: one connection, its frames in and out; knows no rule of the dialogue and no table.

Frames of a connection are taken one after another; what goes out waits in a bounded queue, so that whoever reads slowly
holds up nobody but themselves.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Coroutine, Sequence
from typing import Any

from aiohttp import WSMsgType, web

from bot.delivery.house import where
from bot.errors import InputError, StoreUnavailableError
from bot.services.identity.sessions import Session
from bot.web.guard.security import client_address, require_own_origin
from bot.web.keys import HOUSE, TALKS
from bot.web.wire import codes, frames
from bot.web.wire.entering import company_of, entered, session_of
from bot.web.wire.frames import Hello
from bot.web.wire.hub import Numbered
from bot.web.wire.talks import Refused, Talks

HEARTBEAT = 30.0  # seconds between pings; who answers none is gone
TYPING_AFTER = 0.3  # seconds
_CLOSING = 5.0  # seconds that a closing handshake may take

_log = logging.getLogger(__name__)


def add_routes(app: web.Application) -> None:
    """Add the wire."""
    app.router.add_get("/ws/{company}", connect)


async def connect(request: web.Request) -> web.StreamResponse:
    """Hold one connection, until either side ends it."""
    house, talks = request.app[HOUSE], request.app[TALKS]
    require_own_origin(request)
    company = company_of(request)
    session = await session_of(request, company)
    address = client_address(request)
    if not talks.hub.admit(address, talks.limits.sockets_of_address, talks.limits.sockets):
        raise web.HTTPServiceUnavailable
    ws = web.WebSocketResponse(
        max_msg_size=frames.LARGEST + 1, heartbeat=HEARTBEAT, compress=False, autoping=True, timeout=_CLOSING
    )
    try:
        await ws.prepare(request)
        house.metrics.socket_opened()
        socket = Socket(ws, talks)
        try:
            talks.hub.opened(socket)
            await socket.hold(request, company, session)
        finally:
            if socket.is_stuck and request.transport is not None:
                request.transport.abort()  # what nobody reads would be held for ever
            socket.close_down()
            talks.hub.closed(socket)
            house.metrics.socket_closed(ws.close_code or codes.GONE)
    except ConnectionResetError:  # it was gone before it was answered
        return web.Response(status=codes.CLIENT_GONE)
    finally:
        talks.hub.dismiss(address)
    return ws


class Socket:
    """One browser's connection; a ``Listener`` of its conversation."""

    session: Session

    def __init__(self, ws: web.WebSocketResponse, talks: Talks) -> None:
        """Take a connection that is open."""
        self._ws, self._talks = ws, talks
        self._loop = asyncio.get_running_loop()
        self._conversation = ""
        self._sent = 0  # the number of the last message told
        self._reading = False  # what was missed is being read from the store
        self._again = False  # and there is more of it
        self.is_speaking = False
        self._out: deque[bytes] = deque()
        self._waiting = 0  # bytes in it
        self._tasks: set[asyncio.Task[None]] = set()
        self._sending = False
        self._code: int | None = None  # why it is to be closed
        self._heard = self._loop.time()
        self._broken = self._refused = 0

    @property
    def idle_since(self) -> float:
        """When its person last said something (the loop's time)."""
        return self._heard

    @property
    def is_stuck(self) -> bool:
        """Whether something is still being sent."""
        return self._sending

    # ---- what comes in ---------------------------------------------------------------------------------------

    async def hold(self, request: web.Request, company: str, session: Session | None) -> None:
        """Take frames until the connection ends."""
        hello = await self._first()
        if hello is None:
            return
        if session is None and hello.session is not None:
            session = await entered(request, company, hello.session)
        if session is None or self._talks.hub.of_session(session.id) >= self._talks.limits.sockets_of_session:
            self.end(codes.NO_SESSION if session is None else codes.TOO_MANY)
        else:
            self.session = session
            await self._greet(hello)
        async for message in self._ws:
            if message.type is not WSMsgType.TEXT:
                self.end(codes.BINARY)
                break
            await self._take(message.data)
            if self._code is not None:
                break
        await self._settle()

    async def _first(self) -> Hello | None:
        """Return the first frame, which must be a greeting; None where the connection is over."""
        try:
            async with asyncio.timeout(self._talks.limits.hello / 1000):
                message = await self._ws.receive()
        except TimeoutError:
            self.end(codes.BROKEN)
            await self._settle()
            return None
        if message.type is WSMsgType.TEXT:
            with contextlib.suppress(ValueError):
                frame = frames.read(message.data)
                if isinstance(frame, Hello):
                    return frame
            self._push([self._talks.refuse("bad_frame", frames.id_of(message.data))])
            self.end(codes.BROKEN)
        elif message.type is WSMsgType.BINARY:
            self.end(codes.BINARY)
        await self._settle()
        return None

    async def _greet(self, hello: Hello) -> None:
        refused = self._talks.too_many(self.session)
        if refused:
            self._refuse(refused)
            return
        self._reading = True
        try:
            opened = await self._talks.open(self.session, hello.last_seq, hello.conversation)
        except (StoreUnavailableError, InputError):
            self._push([self._talks.refuse("unavailable")])
            self.end(codes.RESTART)
            return
        conversation = opened.standing.conversation
        if conversation != self._conversation:
            if self._conversation:
                self._talks.hub.leave(self._conversation, self)
            self._conversation = conversation
            self._talks.hub.join(conversation, self)
        seq = max(opened.standing.last_seq, opened.messages[-1][0] if opened.messages else 0)
        self._push(
            [frames.welcome(seq, self._talks.name_of(conversation)), *(f for _, f in opened.messages), opened.state]
        )
        self._sent = seq
        # What was committed between the reading and the joining is read again.
        await self._catch_up()
        ticket = await self._talks.ticket_due(self.session)
        if ticket:
            self._push([ticket])

    async def _take(self, raw: str) -> None:
        self._heard = self._loop.time()
        try:
            frame = frames.read(raw)
        except ValueError:
            self._broken += 1
            self._push([self._talks.refuse("bad_frame", frames.id_of(raw))])
            if self._broken >= self._talks.limits.broken_frames:
                self.end(codes.BROKEN)
            return
        if isinstance(frame, Hello):
            await self._greet(frame)
            return
        typing = self._loop.call_later(TYPING_AFTER, self._show_typing)
        self.is_speaking = True
        try:
            done = await self._talks.speak(self.session, frame, self)
        finally:
            typing.cancel()
            self.is_speaking = False
        if isinstance(done, Refused):
            self._refuse(done)
            return
        self._refused = 0
        self._push([done.ack])
        self.tell(done.messages, done.state)
        if done.ticket:
            self._push([done.ticket])
        if done.forgotten:
            self.end(codes.FORGOTTEN, done.forgotten)

    def _refuse(self, refused: Refused) -> None:
        self._refused = self._refused + 1 if refused.too_many else 0
        self._push([refused.frame])
        # Who was never greeted has nothing to wait for.
        if self._refused >= self._talks.limits.refused_in_a_row or not self._conversation:
            self.end(codes.TOO_MANY)

    def _show_typing(self) -> None:
        if not self._talks.is_busy:  # where everybody waits, marks would make them wait longer
            self._push([frames.TYPING])

    # ---- what goes out ---------------------------------------------------------------------------------------

    def tell(self, messages: Sequence[Numbered], state: bytes) -> None:
        """Take new messages of its conversation; where some before them are missing, those are read first.

        Those that were read already came with a state that is as new as this one, or newer.
        """
        if self._reading or (messages and messages[0][0] > self._sent + 1):
            self._again = True
            self._start_reading()
            return
        new = [(seq, frame) for seq, frame in messages if seq > self._sent]
        if new or not messages:
            self._push([*(frame for _, frame in new), state])
        if new:
            self._sent = new[-1][0]

    def look(self, last_seq: int) -> None:
        """Know that there are messages up to a number."""
        if last_seq > self._sent:
            self._again = True
            self._start_reading()

    def end(self, code: int, last: bytes | None = None) -> None:
        """Be closed, after what waits was sent and one more frame."""
        if self._code is not None:
            return
        if last is not None:
            self._push([last])
        self._code = code
        self._start_sending()

    def close_down(self) -> None:
        """Leave; nothing more is sent."""
        if self._conversation:
            self._talks.hub.leave(self._conversation, self)
            self._conversation = ""
        for task in self._tasks:
            task.cancel()

    def _start_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._start(self._catch_up())

    async def _catch_up(self) -> None:
        """Read what was missed, until nothing is."""
        try:
            while True:
                self._again = False
                found = await self._talks.since(self._conversation, self._sent)
                state = await self._talks.state_of(self.session) if found else None
                self._push([*(frame for _, frame in found), *([state] if state else [])])
                if found:
                    self._sent = found[-1][0]
                if not self._again:
                    return
        except (StoreUnavailableError, InputError):
            self.end(codes.RESTART)  # it comes back and reads again
        finally:
            self._reading = False

    def _push(self, out: Sequence[bytes]) -> None:
        if self._code is not None or not out:
            return
        self._out.extend(out)
        self._waiting += sum(map(len, out))
        if self._waiting > self._talks.limits.unread:
            self._out.clear()
            self._code = codes.SLOW
        self._start_sending()

    def _start_sending(self) -> None:
        if not self._sending:
            self._sending = True
            self._start(self._send())

    async def _send(self) -> None:
        try:
            while self._out:
                frame = self._out.popleft()
                await self._ws.send_frame(frame, WSMsgType.TEXT)
                self._waiting -= len(frame)
            if self._code is not None:
                await self._ws.close(code=self._code)
        except (ConnectionError, RuntimeError):  # it is gone; what it missed is in the store
            self._out.clear()
        finally:
            self._sending = False

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # one connection's fault is its own
            _log.error("a connection failed: %s", where(error))
            self.end(codes.RESTART)

    async def _settle(self) -> None:
        """Let what waits go out, for a short time."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=_CLOSING)
