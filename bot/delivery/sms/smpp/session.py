"""One connection to a short message centre, bound as transceiver (SMPP 3.4, 2.2.1); lost once, it is lost for good.

Nothing that goes over it is logged: there are numbers and codes in it. Waits are bounded by ``asyncio.timeout``, never
by ``wait_for``, which in Python 3.11 forgets that it was cancelled when the answer comes at the same moment.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiosmpplib.protocol import (
    BindTransceiver,
    DeliverSmResp,
    EnquireLink,
    EnquireLinkResp,
    GenericNack,
    SmppMessage,
    SubmitSm,
    Unbind,
    UnbindResp,
)
from aiosmpplib.state import SmppCommandStatus

from bot.delivery.house import where
from bot.delivery.sms.settings import SmppSettings
from bot.delivery.sms.smpp import pdus, statuses
from bot.delivery.sms.smpp.pdus import Pdu

_LAST_SEQUENCE = 0x7FFF_FFFF  # 3.2
_WAITING_RECEIPTS = 100  # past that the centre is asked to tell again later (R52)
_LONGEST_UNSENT = 256 * 1024  # bytes that the centre does not read

OnDeliver: TypeAlias = Callable[[bytes], Awaitable[None]]  # takes the body of a deliver_sm; what it raises comes again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long what may take, in seconds."""

    connect: float = 10
    answer: float = 5  # for anything that was asked
    enquire: float = 30  # without a word, then the centre is asked whether it is there
    late: float = 60  # for a message's answer, then the connection is given up
    waiting: float = 2.5  # for a turn, and for a connection
    goodbye: float = 2
    first_back_off: float = 1
    longest_back_off: float = 60


@dataclass(frozen=True)
class Answer:
    """A submit_sm's command status (None: the connection was lost before it came) and the message's id."""

    status: int | None
    message_id: str = ""


class SessionError(Exception):
    """A connection could not be made, or was lost: ``kind`` says why, with nothing secret in it."""

    def __init__(self, kind: str) -> None:
        """Take the kind ("sms.credentials")."""
        super().__init__(kind)
        self.kind = kind


class Session:
    """A bound connection. ``run`` reads from it as long as it lasts."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, times: Times, on_deliver: OnDeliver
    ) -> None:
        """Take a connection that is open and not yet bound; ``open_session`` makes one that is."""
        self._reader, self._writer, self._times, self._on_deliver = reader, writer, times, on_deliver
        self._sequence = 0
        self._asked: dict[int, tuple[float, asyncio.Future[Answer]]] = {}
        self._came: asyncio.Queue[Pdu] = asyncio.Queue(_WAITING_RECEIPTS)
        self._is_open = True

    @property
    def is_open(self) -> bool:
        """Whether messages can be handed over."""
        return self._is_open

    @property
    def unanswered(self) -> int:
        """How many messages have no answer yet."""
        return len(self._asked)

    async def bind(self, settings: SmppSettings) -> None:
        """Introduce ourselves. Raises SessionError."""
        asked = self._numbered(
            BindTransceiver(
                system_id=settings.user,
                password=settings.password.get_secret_value(),
                system_type=settings.system_type,
            )
        )
        self._write(asked)
        answer = await self._frame(self._times.answer)
        if answer.command != pdus.BIND_TRANSCEIVER | pdus.RESPONSE or answer.sequence != asked.sequence_num:
            raise SessionError("sms.credentials" if answer.command == pdus.GENERIC_NACK else "sms.protocol")
        if answer.status != statuses.OK:
            raise SessionError(statuses.meaning(answer.status).kind)

    def submit(self, message: SubmitSm) -> asyncio.Future[Answer]:
        """Hand over a message; its answer comes later, for certain: at the latest when the connection is lost."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if not self._is_open:
            answer.set_result(Answer(None))
            return answer
        self._numbered(message)
        self._asked[message.sequence_num] = (self._now(), answer)
        self._write(message)
        return answer

    async def run(self) -> str:
        """Take what comes until the connection is lost, and return why."""
        taking = asyncio.create_task(self._take_deliveries())
        try:
            await self._read()
        except SessionError as error:
            return error.kind
        finally:
            self._lose()
            taking.cancel()
            await asyncio.wait([taking])
        return "sms.lost"

    async def unbind(self) -> None:
        """Say goodbye, and wait a little for the answer; ``run`` then ends."""
        if not self._is_open:
            return
        self._is_open = False
        self._write(self._numbered(Unbind()))
        loop = asyncio.get_running_loop()
        until = loop.time() + self._times.goodbye
        while not self._writer.is_closing() and loop.time() < until:
            await asyncio.sleep(0.02)
        self._lose()

    async def close(self) -> None:
        """Close the connection, by force where the centre does not read what was written."""
        self._lose()
        try:
            with contextlib.suppress(OSError):  # or TimeoutError, which is one
                async with asyncio.timeout(self._times.goodbye):
                    await asyncio.shield(self._writer.wait_closed())  # else a second close would be cancelled too
        finally:
            self._writer.transport.abort()

    async def _read(self) -> None:
        """Take frames, and ask whether the centre is there where none comes. Raises SessionError."""
        was_asked = False
        while True:
            try:
                frame = await self._frame(self._times.answer if was_asked else self._times.enquire)
            except TimeoutError:
                if was_asked:
                    raise SessionError("sms.silent") from None
                self._write(self._numbered(EnquireLink()))
                was_asked = True
                continue
            was_asked = False
            self._take(frame)
            if any(self._now() - since > self._times.late for since, _ in self._asked.values()):
                raise SessionError("sms.silent")

    async def _frame(self, seconds: float) -> Pdu:
        """Return the next frame. Raises TimeoutError if none begins in time, SessionError for all else."""
        try:
            async with asyncio.timeout(seconds):
                header = await pdus.read_header(self._reader)
        except (EOFError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise SessionError("sms.lost") from None
        try:
            async with asyncio.timeout(self._times.answer):
                return await pdus.read_body(self._reader, header)
        except TimeoutError:
            raise SessionError("sms.silent") from None
        except (EOFError, OSError):
            raise SessionError("sms.lost") from None
        except ValueError:
            raise SessionError("sms.protocol") from None

    def _take(self, frame: Pdu) -> None:
        match frame.command:
            case pdus.DELIVER_SM:
                try:
                    self._came.put_nowait(frame)
                except asyncio.QueueFull:
                    self._acknowledge(frame, statuses.MESSAGE_QUEUE_FULL)
            case pdus.ENQUIRE_LINK:
                self._write(EnquireLinkResp(frame.sequence))
            case pdus.UNBIND:
                self._write(UnbindResp(frame.sequence))
                raise SessionError("sms.unbound")
            case _ if frame.command == pdus.UNBIND | pdus.RESPONSE:
                raise SessionError("sms.unbound")
            case _ if frame.command & pdus.RESPONSE:
                self._answered(frame)
            case _:
                self._write(GenericNack(frame.sequence, SmppCommandStatus.ESME_RINVCMDID))

    def _answered(self, frame: Pdu) -> None:
        """Tell who waits for it; an answer to an enquire_link, or to nothing that was asked, is heard and no more."""
        if frame.command not in {pdus.SUBMIT_SM | pdus.RESPONSE, pdus.GENERIC_NACK}:
            return
        _, answer = self._asked.pop(frame.sequence, (0.0, None))
        if answer is None or answer.done():
            return
        # A generic_nack without a status would be a message taken that has no id.
        refused = frame.command == pdus.GENERIC_NACK and frame.status == statuses.OK
        answer.set_result(Answer(0xFF if refused else frame.status, frame.text))

    async def _take_deliveries(self) -> None:
        """Hand deliver_sm over, one after another, each answered when it is kept."""
        while True:
            frame = await self._came.get()
            status = statuses.OK
            try:
                async with asyncio.timeout(self._times.answer):
                    await self._on_deliver(frame.body)
            except Exception as error:  # whatever it is, the centre tells it again
                _log.warning("a receipt could not be kept: %s", where(error))
                status = statuses.RECEIVER_TEMPORARY
            self._acknowledge(frame, status)

    def _acknowledge(self, frame: Pdu, status: int) -> None:
        self._write(DeliverSmResp(frame.sequence, SmppCommandStatus(status)))

    def _numbered(self, message: SmppMessage) -> SmppMessage:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        message.sequence_num = self._sequence
        return message

    def _write(self, message: SmppMessage) -> None:
        """Send a frame. A centre that no longer reads is as good as gone."""
        if self._writer.is_closing():
            return
        self._writer.write(message.pdu())
        if self._writer.transport.get_write_buffer_size() > _LONGEST_UNSENT:
            self._writer.transport.abort()

    def _lose(self) -> None:
        """Take no more messages, and tell everybody who waits for an answer that none comes."""
        self._is_open = False
        self._writer.close()
        asked, self._asked = self._asked, {}
        for _, answer in asked.values():
            if not answer.done():
                answer.set_result(Answer(None))

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def open_session(
    settings: SmppSettings, times: Times, security: ssl.SSLContext | None, on_deliver: OnDeliver
) -> Session:
    """Connect and bind. Raises SessionError."""
    try:
        async with asyncio.timeout(times.connect):
            reader, writer = await asyncio.open_connection(settings.host, settings.port, ssl=security)
    except ssl.SSLError:
        raise SessionError("sms.tls") from None
    except TimeoutError:
        raise SessionError("sms.silent") from None
    except (OSError, ValueError):
        raise SessionError("sms.away") from None
    session = Session(reader, writer, times, on_deliver)
    try:
        await session.bind(settings)
    except BaseException as error:
        await session.close()
        if isinstance(error, TimeoutError):
            raise SessionError("sms.silent") from None
        raise
    return session
