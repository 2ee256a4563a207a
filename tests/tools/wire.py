"""Speaks the widget's wire without a browser: a session over HTTP, then frames over a WebSocket, well-formed or not."""

import asyncio
import contextlib
import json
import re
import socket
import struct
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

import aiohttp

Frame = dict[str, Any]
LONGEST = 30.0  # seconds that an answer may take
_COOKIE = re.compile(r"^(__Host-[\w-]+)=([^;]*)")


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a browser presents: its session's cookie, the token for changes, and where it comes from."""

    company: str
    origin: str
    cookie: str = ""
    csrf: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request."""
        told = {"Origin": self.origin, "Cookie": self.cookie, "X-CSRF-Token": self.csrf}
        return {name: value for name, value in told.items() if value}

    def but(self, **changed: str) -> Self:
        """Return the same, changed: what a forger presents."""
        return replace(self, **changed)


class Caller:
    """Calls one server; close it by ``async with``. ``origin``: what browsers see, where that is another address."""

    def __init__(self, address: str, origin: str = "") -> None:
        self.address, self.origin = address, origin or address
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        # Cookies are presented by hand: over plain HTTP no cookie jar but a browser's takes Secure ones for loopback.
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), connector=aiohttp.TCPConnector(limit=0, force_close=True)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http
        await self._http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """What requests are made with."""
        assert self._http
        return self._http

    async def enters(self, company: str = "ipko") -> Pass:
        """Begin a session, as the chat's page does when it is opened."""
        path = f"{self.address}/session/{company}"
        async with self.http.post(path, json={}, headers={"Origin": self.origin}) as answer:
            assert answer.status == 200, await answer.text()
            found = _COOKIE.match(answer.headers["Set-Cookie"])
            assert found
            told = await answer.json()
        return Pass(company=company, origin=self.origin, cookie=f"{found[1]}={found[2]}", csrf=str(told["csrf"]))

    @asynccontextmanager
    async def line(self, shown: Pass, **options: Any) -> AsyncIterator["Line"]:
        """Open a WebSocket."""
        headers = {name: value for name, value in shown.headers.items() if name != "X-CSRF-Token"}
        async with self.http.ws_connect(
            f"{self.address}/ws/{shown.company}", headers=headers, max_msg_size=0, **options
        ) as socket:
            yield Line(socket)

    async def posts(self, shown: Pass, frame: Mapping[str, Any]) -> tuple[int, list[Frame]]:
        """Send one frame over plain HTTP; return the status and the frames that came back."""
        path = f"{self.address}/api/chat/{shown.company}"
        async with self.http.post(path, json=frame, headers=shown.headers) as answer:
            told = await answer.json(content_type=None) if answer.content_type == "application/json" else {}
            return answer.status, told.get("frames", [])


@dataclass
class Line:
    """One WebSocket, and all that came on it."""

    socket: aiohttp.ClientWebSocketResponse
    came: list[Frame] = field(default_factory=list)

    async def sends(self, frame: object) -> None:
        """Send a frame: text and bytes as they are, anything else as JSON."""
        if isinstance(frame, bytes):
            await self.socket.send_bytes(frame)
        else:
            await self.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))

    async def reads(self) -> Frame | None:
        """Return the next frame; None where the server has closed."""
        message = await self.socket.receive(LONGEST)
        if message.type is not aiohttp.WSMsgType.TEXT:
            assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
            return None
        frame: Frame = json.loads(message.data)
        self.came.append(frame)
        return frame

    async def until(self, kind: str) -> list[Frame]:
        """Return the frames up to the next one of a kind, but for typing marks: they come where a machine is slow."""
        told: list[Frame] = []
        while not told or told[-1]["type"] != kind:
            frame = await self.reads()
            assert frame is not None, (kind, told, self.socket.close_code)
            told += [frame] if frame["type"] != "typing" else []
        return told

    async def closed(self) -> int | None:
        """Read to the end; return the code with which the server closed."""
        async with asyncio.timeout(LONGEST):
            while await self.reads() is not None:
                pass
        return self.socket.close_code

    async def greets(self, last_seq: int = 0, **more: Any) -> list[Frame]:
        """Say hello and return what came, up to the state."""
        await self.sends({"type": "hello", "last_seq": last_seq, **more})
        return await self.until("state")

    async def says(self, text: str, identity: str | None = None) -> list[Frame]:
        """Say something and return what came, up to the state."""
        await self.sends({"type": "say", "id": identity or str(uuid.uuid4()), "text": text})
        return await self.until("state")


class Raw:
    """A WebSocket by hand: for what no honest client does (pieces that never end, never reading)."""

    def __init__(self, port: int, shown: Pass, *, buffer: int | None = None) -> None:
        self._socket = socket.socket()
        if buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self._socket.settimeout(LONGEST)
        self._socket.connect(("127.0.0.1", port))
        self.port = int(self._socket.getsockname()[1])
        lines = (
            f"GET /ws/{shown.company} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket",
            "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Origin: {shown.origin}", f"Cookie: {shown.cookie}", "", "",
        )  # fmt: skip
        self._socket.sendall("\r\n".join(lines).encode())
        self._file = self._socket.makefile("rb")
        assert b" 101 " in self._file.readline()
        while self._file.readline().strip():
            pass
        self.send(0x01, b'{"type":"hello","last_seq":0}')

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def send(self, opcode: int, payload: bytes, *, last: bool = True) -> None:
        """Send one piece, masked with zeros."""
        size = len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(bytes([opcode | (0x80 if last else 0)]) + length + bytes(4) + payload)

    def close_code(self) -> int | None:
        """Read until the server closes; return its code, None where it closed without one."""
        with contextlib.suppress(ConnectionError):
            while head := self._file.read(2):
                size = head[1] & 0x7F
                if size == 126:
                    size = int.from_bytes(self._file.read(2), "big")
                payload = self._file.read(size)
                if head[0] & 0x0F == 0x08:
                    return int.from_bytes(payload[:2], "big")
        return None


def break_off(port: int, path: str, shown: Pass) -> None:
    """Send half of a request, then reset the connection, as a network does that fails."""
    with socket.create_connection(("127.0.0.1", port), LONGEST) as line:
        told = {"Host": f"127.0.0.1:{port}", **shown.headers, "Content-Type": "application/json"}
        told["Expect"] = "100-continue"  # so that it is told when its handler is there
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        line.sendall(f"POST {path} HTTP/1.1\r\n{head}Content-Length: 100\r\n\r\n{{".encode())
        assert line.recv(1_000).startswith(b"HTTP/1.1 100 ")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
