"""A short message centre for tests, over real sockets: strict in what it takes, and in any trouble that is asked for.

Messages are read by smpp34's codec (``smsc_messages.py``); connections are its own, for smpp34's server asks no
password, says nothing of validity, and is never late, deaf or dead. What a strict centre refuses stands in ``faults``.
As a program it prints its port, then a line for each message that it took: to be stopped and killed from outside.
"""

import asyncio
import itertools
import ssl
import struct
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import smpp34

from tests.tools.ports import held_port
from tests.tools.smsc_messages import OK, WRONG_NUMBER, Message, joined, opened, strict

USER, PASSWORD = "mburoja", "prov-123"
ALREADY_BOUND, WRONG_STATE, UNKNOWN_COMMAND, NO_BIND = 0x05, 0x04, 0x03, 0x0D
WRONG_PASSWORD, WRONG_USER, QUEUE_FULL, THROTTLED = 0x0E, 0x0F, 0x14, 0x58
_NACK, _ANSWER = 0x8000_0000, 0x8000_0000
_SUBMIT, _DELIVER, _UNBIND, _BIND, _ENQUIRE = 0x04, 0x05, 0x06, 0x09, 0x15


@dataclass(eq=False)
class Bind:
    """A connection of somebody who may send, or is about to say who it is."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_bound: bool = False
    last_sequence: int = 0
    asked: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    sequence: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def write(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        if not self.writer.is_closing():
            self.writer.write(struct.pack("!IIII", 16 + len(body), command, status, sequence) + body)


class ShortMessageCentre:
    """Started with ``start``, ended with ``stop`` (nothing said to anybody) or ``goodbye`` (all are unbound first)."""

    def __init__(self, security: ssl.SSLContext | None = None) -> None:
        self.port = held_port(self)
        self.taken: list[Message] = []  # answered with OK, or taken although it never answered
        self.refused: list[int] = []  # the statuses with which messages were refused
        self.faults: list[str] = []
        self.binds: list[Bind] = []  # that are bound now
        self.tried = 0  # binds
        self.seen: Counter[str] = Counter()  # commands that came, by name
        self.next_statuses: deque[int] = deque()  # for the next messages, one each
        self.no_such_numbers: set[str] = set()
        self.bind_status = OK
        self.most_binds = 8
        self.per_second: float | None = None  # past it messages are throttled
        self.room: int | None = None  # messages, past which the queue is full
        self.late = 0.0  # seconds until a message is answered
        self.holds_answers = False  # to messages, until ``let_go``
        self.is_deaf = False  # takes everything and answers nothing
        self.is_mute = False  # answers all but messages
        self.dies_after: int | None = None  # messages: that one is taken, and the line is cut before the answer
        self.drops_binds = False  # takes a bind, then cuts the line
        self.write_id: Callable[[int], str] = str
        self._security, self._ids = security, itertools.count(1_000_001)
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[None], Bind] = {}
        self._numbers = itertools.count(1)
        self._next_free = 0.0
        self._held: list[Callable[[], None]] = []
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Listen; a second time on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._security)

    async def stop(self) -> None:
        """Die: nothing is told to anybody, and the port is closed."""
        if self._server is not None:
            self._server.close()
        self._server = None
        for task, bind in list(self._connections.items()):
            bind.writer.transport.abort()
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def let_go(self) -> None:
        """Answer the messages whose answers were held, and from now on every one."""
        self.holds_answers = False
        held, self._held = self._held, []
        for answer in held:
            answer()

    async def goodbye(self) -> None:
        """Unbind everybody, politely."""
        for bind in list(self.binds):
            bind.write(_UNBIND, 0, next(bind.sequence))

    async def until(self, true: Callable[["ShortMessageCentre"], bool], seconds: float = 30) -> None:
        """Wait until something holds; asked again whenever something came."""
        async with asyncio.timeout(seconds):
            while not true(self):
                self._changed.clear()
                await self._changed.wait()

    async def tell(self, body: bytes, bind: Bind | None = None) -> int:
        """Send a deliver_sm (one that ``receipt`` made, or any bytes), and return what it was answered with."""
        bind = bind or self.binds[0]
        sequence = next(bind.sequence)
        bind.asked[sequence] = asyncio.get_running_loop().create_future()
        bind.write(_DELIVER, 0, sequence, body)
        async with asyncio.timeout(30):
            return await bind.asked[sequence]

    def texts(self) -> list[str]:
        """Return what phones show: parts joined, a part that came twice shown once."""
        return joined(self.taken)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._server is None:  # accepted at the moment at which it died
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        bind = self._connections[task] = Bind(next(self._numbers), reader, writer)
        try:
            while True:
                header = await reader.readexactly(16)
                length, command, status, sequence = struct.unpack("!IIII", header)
                body = await reader.readexactly(length - 16)
                self._take(bind, command, status, sequence, header + body)
                self._stir()
        except (EOFError, OSError):
            pass
        finally:
            del self._connections[task]
            if bind in self.binds:
                self.binds.remove(bind)
            for answer in bind.asked.values():
                answer.cancel()
            writer.transport.abort()
            self._stir()

    def _take(self, bind: Bind, command: int, status: int, sequence: int, frame: bytes) -> None:
        self.seen[hex(command)] += 1
        if command == _DELIVER | _ANSWER:
            bind.asked.pop(sequence).set_result(status)
            return
        if command & _ANSWER:
            return
        if sequence != bind.last_sequence + 1:
            self.faults.append(f"sequence {sequence} after {bind.last_sequence}")
        bind.last_sequence = sequence
        if self.is_deaf and bind.is_bound:
            return
        match command:
            case 0x09:
                self._bind(bind, sequence, frame[16:])
            case 0x15:
                bind.write(_ENQUIRE | _ANSWER, OK, sequence)
            case 0x06:
                bind.write(_UNBIND | _ANSWER, OK, sequence)
                bind.writer.close()
            case 0x04:
                self._submit(bind, sequence, frame)
            case _:
                self.faults.append(f"command {command:#x}")
                bind.write(_NACK, UNKNOWN_COMMAND, sequence)

    def _bind(self, bind: Bind, sequence: int, body: bytes) -> None:
        self.tried += 1
        user, password, _type, rest = body.split(b"\0", 3)
        status = self.bind_status
        if bind.is_bound:
            status = ALREADY_BOUND
        elif user.decode() != USER:
            status = WRONG_USER
        elif password.decode() != PASSWORD:
            status = WRONG_PASSWORD
        elif len(self.binds) >= self.most_binds:
            status = NO_BIND
        if rest[0] != 0x34:
            self.faults.append("not SMPP 3.4")
        bind.write(_BIND | _ANSWER, status, sequence, b"prove\0" if status == OK else b"")
        if self.drops_binds:
            bind.writer.close()
        elif status == OK:
            bind.is_bound = True
            self.binds.append(bind)

    def _submit(self, bind: Bind, sequence: int, frame: bytes) -> None:
        if not bind.is_bound:
            self.faults.append("a message before the bind")
            bind.write(_SUBMIT | _ANSWER, WRONG_STATE, sequence)
            return
        submitted = smpp34.decode(frame)
        assert isinstance(submitted, smpp34.SubmitSm)
        status = strict(submitted)
        if status != OK:
            self.faults.append(f"status {status:#x}")
        status = status or self._trouble(submitted)
        message_id = self.write_id(next(self._ids))
        now = asyncio.get_running_loop().time()
        if status == OK:
            part, text = opened(submitted)
            self.taken.append(
                Message(submitted=submitted, text=text, part=part, message_id=message_id, at=now, bind=bind.number)
            )
        else:
            self.refused.append(status)
        if self.dies_after is not None and len(self.taken) >= self.dies_after:
            self.dies_after = None
            raise ConnectionAbortedError
        if self.is_mute:
            return
        body = message_id.encode() + b"\0" if status == OK else b""
        answer = partial(bind.write, _SUBMIT | _ANSWER, status, sequence, body)
        if self.holds_answers:
            self._held.append(answer)
        else:
            asyncio.get_running_loop().call_later(self.late, answer)

    def _trouble(self, submitted: smpp34.SubmitSm) -> int:
        if self.next_statuses:
            return self.next_statuses.popleft()
        if submitted.destination_addr in self.no_such_numbers:
            return WRONG_NUMBER
        if self.room is not None and len(self.taken) >= self.room:
            return QUEUE_FULL
        if self.per_second is not None:
            now = asyncio.get_running_loop().time()
            if self._next_free - now > 0.1:  # what comes in a tenth of a second may come at once
                return THROTTLED
            self._next_free = max(self._next_free, now) + 1 / self.per_second
        return OK

    def _stir(self) -> None:
        self._changed.set()


async def _program() -> None:
    centre = ShortMessageCentre()
    await centre.start()
    print(centre.port, flush=True)
    told = 0
    while True:
        await centre.until(lambda each, told=told: len(each.taken) > told, seconds=600)  # type: ignore[misc]
        for message in centre.taken[told:]:
            print(message.message_id, message.reference, flush=True)
        told = len(centre.taken)


if __name__ == "__main__":
    sys.exit(asyncio.run(_program()))
