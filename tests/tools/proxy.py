"""A line between a program and its server that tests can cut, hold up, or slow down; knows not what goes over it.

It listens on 127.0.0.1 and passes everything on to another place, byte for byte. A thread of its own serves it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Self

_AT_A_TIME = 65_536  # bytes
_LONGEST = 30.0  # seconds that starting and stopping may take

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Passes on what comes, unless a test says otherwise. ``target``: a Unix socket, or a port of 127.0.0.1."""

    def __init__(self, target: Path | int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0  # seconds that each piece takes longer, either way
        self.count = 0  # connections that were asked for
        self._refuses = False
        self._to_server: bytes | None = None  # what breaks the connection that brings it
        self._to_client: bytes | None = None
        self._strands = False
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._flows.set()
        self._lines: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LONGEST)
        self._loop.close()

    def cut(self) -> None:
        """Break every connection, as a network does that fails; new ones may be made."""
        self._do(self._cut())

    def drop_new(self) -> None:
        """Take no new connection, until ``restore``."""
        self._refuses = True

    def refuse(self) -> None:
        """Break every connection and take no new one, until ``restore``."""
        self.drop_new()
        self.cut()

    def hang(self) -> None:
        """Let nothing more through, either way, without breaking anything, until ``restore``."""
        self._do(self._flow(on=False))

    def restore(self) -> None:
        """Work again."""
        self._refuses, self.delay = False, 0.0
        self._do(self._flow(on=True))

    def cut_before(self, text: bytes) -> None:
        """Break the connection, once, that brings a piece with some text to the server, which does not get it."""
        self._to_server, self._strands = text, False

    def strand_before(self, text: bytes) -> None:
        """The same, but that the server does not hear that its client is gone."""
        self._to_server, self._strands = text, True

    def cut_after(self, text: bytes) -> None:
        """Break the connection, once, that brings a piece with some text from the server, which goes no further."""
        self._to_client = text

    @property
    def did_cut(self) -> bool:
        """Whether what was to break a connection has done so."""
        return self._to_server is None and self._to_client is None

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_LONGEST)

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        assert self._server
        self._server.close()
        self._flows.set()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _flow(self, *, on: bool) -> None:
        if on:
            self._flows.set()
        else:
            self._flows.clear()

    async def _cut(self) -> None:
        for line in [*self._lines]:
            line.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        back: asyncio.StreamWriter | None = None
        try:
            if not self._refuses:
                there, back = await self._reach()
                self._lines |= {writer, back}
                await self._pass((reader, writer), (there, back))
        except (OSError, asyncio.CancelledError):  # it ends anyway, and asyncio would write about it
            return
        finally:
            self._lines -= {writer, back}
            writer.transport.abort()
            if back is not None:
                back.transport.abort()

    async def _reach(self) -> Stream:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection("127.0.0.1", self.target)

    async def _pass(self, client: Stream, server: Stream) -> None:
        """Pass on what comes from either, until either is gone."""
        ways = [asyncio.create_task(self._out(client, server)), asyncio.create_task(self._in(server, client))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()

    async def _out(self, client: Stream, server: Stream) -> None:
        while piece := await self._next(client):
            if self._to_server is not None and self._to_server in piece:
                self._to_server = None
                client[1].transport.abort()
                if self._strands:
                    await server[1].wait_closed()
                return
            server[1].write(piece)

    async def _in(self, server: Stream, client: Stream) -> None:
        while piece := await self._next(server):
            if self._to_client is not None and self._to_client in piece:
                self._to_client = None
                return
            client[1].write(piece)

    async def _next(self, source: Stream) -> bytes:
        piece = b""
        with contextlib.suppress(ConnectionError):
            piece = await source[0].read(_AT_A_TIME)
        await self._flows.wait()
        if self.delay:
            await asyncio.sleep(self.delay)
        return piece
