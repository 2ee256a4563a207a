"""A bad network between browser and server: slow, cutting connections, without WebSockets, or gone. Knows no frames.

It runs on a thread with a loop of its own; its settings are changed from the test while it works.
"""

import asyncio
import contextlib
import random
import threading
from dataclasses import dataclass, field
from typing import Self

HOST = "127.0.0.1"
_CHUNK = 16 * 1024
_LONGEST = 30.0  # seconds until something of ours is called stuck
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@dataclass(kw_only=True)
class Weather:
    """How bad it is now. ``delay`` is in seconds, each way; ``failing`` is the share of connections and of the
    pieces of data at which one is cut; ``silent``: connections stay, and nothing passes.
    """

    delay: float = 0.0
    failing: float = 0.0
    websockets: bool = True
    offline: bool = False
    silent: bool = False


@dataclass
class Counted:
    """What the network did to those who use it."""

    opened: int = 0
    cut: int = 0
    refused: int = 0
    requests: list[bytes] = field(default_factory=list)  # the first line of each connection's first request


class Network:
    """A forwarder from a port of its own to the server's; ``with`` starts and stops it."""

    def __init__(self, to_port: int, *, port: int = 0, seed: int = 0) -> None:
        self.weather = Weather()
        self.counted = Counted()
        self.port = port
        self._to = to_port
        self._random = random.Random(seed)  # noqa: S311  chance that can be repeated
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(_LONGEST)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_LONGEST)

    def goes(self, *, offline: bool) -> None:
        """Go away, with all connections, or come back."""
        self.weather.offline = offline
        if offline:
            self.cut_all()

    def cut_all(self) -> None:
        """Cut every connection that is open now; new ones are welcome."""
        asyncio.run_coroutine_threadsafe(self._cut_all(), self._loop).result(_LONGEST)

    async def _cut_all(self) -> None:
        for writer in [*self._open]:
            self._cut(writer)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._take, HOST, self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        await self._cut_all()
        here = asyncio.current_task()
        pending = [task for task in asyncio.all_tasks() if task is not here]
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counted.opened += 1
        self._open.add(writer)
        try:
            # Cancelled is what the end of the network does to it; nobody waits for it then.
            with contextlib.suppress(OSError, EOFError, asyncio.LimitOverrunError, asyncio.CancelledError):
                await self._forward(reader, writer)
        finally:
            self._cut(writer)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.weather.offline or self._fails():
            return
        await asyncio.sleep(self.weather.delay)
        head = await reader.readuntil(b"\r\n\r\n")
        self.counted.requests.append(head.split(b"\r\n", 1)[0])
        if not self.weather.websockets and b"upgrade: websocket" in head.lower():
            self.counted.refused += 1
            writer.write(_REFUSED)
            await writer.drain()
            return
        back_reader, back_writer = await asyncio.open_connection(HOST, self._to)
        self._open.add(back_writer)
        try:
            back_writer.write(head)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, back_writer, writer))
                both.create_task(self._pass(back_reader, writer, back_writer))
        except* OSError:
            pass
        finally:
            self._cut(back_writer)

    async def _pass(self, reader: asyncio.StreamReader, to: asyncio.StreamWriter, other: asyncio.StreamWriter) -> None:
        """Pass on what comes, each piece after the delay and in order, until either side ends or fate cuts it."""
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            while True:
                at, data = await under_way.get()
                await asyncio.sleep(max(0.0, at - loop.time()))
                while self.weather.silent:
                    await asyncio.sleep(0.02)
                if not data or self._fails():
                    return
                to.write(data)
                await to.drain()

        async def collect() -> None:
            data = b"-"
            while data:
                try:
                    data = await reader.read(_CHUNK)
                except OSError:
                    data = b""
                under_way.put_nowait((loop.time() + self.weather.delay, data))

        collecting = asyncio.create_task(collect())
        try:
            await deliver()
        finally:
            collecting.cancel()
            self._cut(to)
            self._cut(other)

    def _fails(self) -> bool:
        fails = self._random.random() < self.weather.failing
        self.counted.cut += fails
        return fails

    def _cut(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        if self.weather.failing or self.weather.offline:
            writer.transport.abort()
        else:
            writer.close()
