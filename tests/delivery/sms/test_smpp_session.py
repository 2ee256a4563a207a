"""A connection to a peer that does what the tests' centre never would: reads nothing, answers with nonsense."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.delivery.sms.port import Sms
from bot.delivery.sms.smpp import pdus
from bot.delivery.sms.smpp.session import Session, open_session
from bot.delivery.sms.texts import parts
from tests.delivery.sms.lines import CODE, PHONE, TIMES, settings

pytestmark = pytest.mark.asyncio
BOUND = struct.pack("!IIII", 17, 0x80000009, 0, 1) + b"\0"


@dataclass
class Peer:
    """Whoever is at the other end of the line."""

    session: Session
    end: socket.socket

    async def say(self, command: int, status: int, sequence: int, body: bytes = b"") -> None:
        frame = struct.pack("!IIII", 16 + len(body), command, status, sequence) + body
        await asyncio.get_running_loop().sock_sendall(self.end, frame)


async def _nothing(_body: bytes) -> None: ...


@contextlib.asynccontextmanager
async def bound() -> AsyncIterator[Peer]:
    """Bind to a peer that does nothing by itself afterwards."""
    loop = asyncio.get_running_loop()
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.settimeout(0)
        times = replace(TIMES, goodbye=0.2)
        opening = asyncio.create_task(open_session(settings(listening.getsockname()[1]), times, None, _nothing))
        end, _ = await loop.sock_accept(listening)
        with contextlib.closing(end):
            end.settimeout(0)
            await loop.sock_recv(end, 200)
            await loop.sock_sendall(end, BOUND)
            session = await opening
            yield Peer(session, end)
            await session.close()


def message() -> object:
    sms = Sms(to=PHONE, text=CODE, key="k")
    return pdus.submit(sms, parts(CODE, "k")[0], sender="", seconds=None, has_receipt=True, has_reference=True)


async def test_a_peer_that_reads_nothing_is_left_before_memory_runs_full() -> None:  # R52
    async with bound() as peer:
        running = asyncio.create_task(peer.session.run())
        one = message()
        answers = [peer.session.submit(one)]
        while len(answers) < 100_000 and not peer.session._writer.is_closing():
            answers.append(peer.session.submit(one))
        async with asyncio.timeout(30):
            assert await running == "sms.lost"
            assert {answer.status for answer in await asyncio.gather(*answers)} == {None}


async def test_closing_throws_away_what_nobody_reads() -> None:
    async with bound() as peer:
        transport = peer.session._writer.transport
        one = message()
        while transport.get_write_buffer_size() < 10_000:
            peer.session.submit(one)
        async with asyncio.timeout(30):
            await peer.session.close()
        assert transport.get_write_buffer_size() == 0


async def test_a_nack_is_no_yes_whatever_its_status() -> None:
    async with bound() as peer:
        running = asyncio.create_task(peer.session.run())
        answers = [peer.session.submit(message()) for _ in range(2)]
        await peer.say(0x80000000, 0, 2)
        await peer.say(0x80000000, 0x58, 3)
        async with asyncio.timeout(30):
            assert [answer.status for answer in await asyncio.gather(*answers)] == [0xFF, 0x58]
        peer.end.shutdown(socket.SHUT_RDWR)
        assert await running == "sms.lost"


@pytest.mark.parametrize("length", [0, 15, 2**31])
async def test_a_frame_that_cannot_be_ends_the_line(length: int) -> None:  # R51
    async with bound() as peer:
        running = asyncio.create_task(peer.session.run())
        await asyncio.get_running_loop().sock_sendall(peer.end, struct.pack("!IIII", length, 0x15, 0, 1))
        async with asyncio.timeout(30):
            assert await running == "sms.protocol"


async def test_answers_to_nothing_and_commands_that_nobody_knows_harm_nothing() -> None:  # R51
    async with bound() as peer:
        running = asyncio.create_task(peer.session.run())
        answer = peer.session.submit(message())
        for command in (0x80000004, 0x80000015, 0x80000103, 0x103, 0x0B):
            await peer.say(command, 0, 77, b"x\0")
        await peer.say(0x80000004, 0, 2, b"1000001\0")
        async with asyncio.timeout(30):
            assert (await answer).message_id == "1000001"
        peer.end.shutdown(socket.SHUT_RDWR)
        assert await running == "sms.lost"
