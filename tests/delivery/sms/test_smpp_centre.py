"""The short message centre of the tests is strict: what a real one would refuse, it refuses."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
import smpp34

from tests.tools.smsc import PASSWORD, USER, ShortMessageCentre
from tests.tools.smsc_messages import strict

pytestmark = pytest.mark.asyncio
GOOD: dict[str, Any] = {
    "source_addr": "Mburoja", "destination_addr": "38344123456", "short_message": b"Kodi 012345",
    "source_addr_ton": 5, "source_addr_npi": 0, "dest_addr_ton": 1, "dest_addr_npi": 1, "registered_delivery": 1,
    "validity_period": "000000000500000R",
}  # fmt: skip


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[tuple[ShortMessageCentre, asyncio.StreamReader, asyncio.StreamWriter]]:
    centre = ShortMessageCentre()
    await centre.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", centre.port)
    try:
        yield centre, reader, writer
    finally:
        writer.transport.abort()
        await centre.stop()


async def asked(
    line: tuple[ShortMessageCentre, asyncio.StreamReader, asyncio.StreamWriter], command: int, sequence: int,
    body: bytes = b"",
) -> tuple[int, int, int]:  # fmt: skip
    """Send a frame, and return command, status and sequence of the answer."""
    _, reader, writer = line
    writer.write(struct.pack("!IIII", 16 + len(body), command, 0, sequence) + body)
    async with asyncio.timeout(30):
        length, answered, status, number = struct.unpack("!IIII", await reader.readexactly(16))
        await reader.readexactly(length - 16)
    return answered, status, number


def bind(user: str = USER, password: str = PASSWORD) -> bytes:
    return user.encode() + b"\0" + password.encode() + b"\0\0" + b"\x34\0\0\0"


@pytest.mark.parametrize(
    ("body", "status"),
    [(bind(), 0), (bind(user="tjetri"), 0x0F), (bind(USER, "tjetra"), 0x0E)],
)
async def test_only_the_right_user_with_the_right_password_is_bound(body: bytes, status: int) -> None:
    async with connected() as line:
        assert await asked(line, 0x09, 1, body) == (0x80000009, status, 1)


async def test_nobody_sends_before_the_bind_and_nobody_binds_twice() -> None:
    async with connected() as line:
        submitted = smpp34.SubmitSm(**GOOD).encode()[16:]
        assert await asked(line, 0x04, 1, submitted) == (0x80000004, 0x04, 1)
        await asked(line, 0x09, 2, bind())
        assert await asked(line, 0x09, 3, bind()) == (0x80000009, 0x05, 3)
        assert line[0].faults == ["a message before the bind"]


async def test_unknown_commands_are_refused_and_sequences_watched() -> None:
    async with connected() as line:
        assert await asked(line, 0x0103, 7) == (0x80000000, 0x03, 7)
        assert line[0].faults == ["sequence 7 after 0", "command 0x103"]


async def test_links_are_enquired_and_unbound() -> None:
    async with connected() as line:
        await asked(line, 0x09, 1, bind())
        assert await asked(line, 0x15, 2) == (0x80000015, 0, 2)
        assert await asked(line, 0x06, 3) == (0x80000006, 0, 3)
        assert await line[1].read() == b""


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({}, 0),
        ({"destination_addr": "+38344123456"}, 0x0B),
        ({"dest_addr_ton": 0}, 0x0B),
        ({"source_addr_ton": 1}, 0x0A),
        ({"source_addr": "MburojaMburoja"}, 0x0A),
        ({"validity_period": "251122140500000+"}, 0x62),
        ({"registered_delivery": 16}, 0x07),
        ({"data_coding": 4}, 0x43),
        ({"short_message": b""}, 0x01),
        ({"short_message": b"k\xebrkes\xeb"}, 0x01),
        ({"short_message": b"a" * 161}, 0x01),
        ({"short_message": b"\0k\0", "data_coding": 8}, 0x01),
        ({"short_message": b"\0k" * 71, "data_coding": 8}, 0x01),
        ({"esm_class": 0x40, "short_message": b"no header"}, 0x43),
        ({"esm_class": 0x40, "short_message": b"\x05\0\x03\x01\x02\x03a"}, 0x43),
        ({"esm_class": 0x40, "short_message": b"\x05\0\x03\x01\x02\x02" + b"a" * 154}, 0x01),
    ],
)
async def test_messages_that_a_strict_centre_refuses_are_refused(wrong: dict[str, Any], status: int) -> None:
    assert strict(smpp34.SubmitSm(**{**GOOD, **wrong})) == status
