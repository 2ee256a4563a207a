"""The client of ``bench web`` in a process of its own, and the bare echo that it is compared with.

``python -m bot.benches.web_client choice|question|echo|idle URLS CONNECTIONS SECONDS QUESTIONS`` prints a line of JSON;
several servers stand apart by commas.
"""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse, TCPConnector, WSMsgType, web

from bot import loop
from bot.benches.serving import serve

_AT_ONCE = 50  # connections that are opened at a time
_STATE = '{"type":"state"'  # the last frame of a turn
_WARM = 0.5  # seconds

Ask = Callable[[ClientWebSocketResponse], Awaitable[None]]


async def main(kind: str, url: str, count: int, seconds: float, questions: list[list[str]]) -> None:
    """Open the connections and measure."""
    async with ClientSession(connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None)) as http:
        gate = asyncio.Semaphore(_AT_ONCE)
        asked = itertools.cycle(questions)
        companies = itertools.cycle(dict.fromkeys(company for _, company in questions))
        servers = itertools.cycle(url.split(","))

        async def begin() -> tuple[ClientWebSocketResponse, Ask]:
            async with gate:
                server = next(servers)
                if kind == "echo":
                    return await http.ws_connect(f"{server}/echo", compress=0), _echo
                company = next(companies)
                ws, blocks = await _connect(http, server, company)
                return ws, _chooser(blocks) if kind == "choice" else _asker(asked)

        opened = await asyncio.gather(*(begin() for _ in range(count)))
        if kind == "idle":
            print(json.dumps({"connections": len(opened)}), flush=True)
            await asyncio.sleep(3600)
        await _measure(opened, _WARM)
        print(json.dumps(await _measure(opened, seconds)), flush=True)
        await asyncio.gather(*(ws.close() for ws, _ in opened))


async def _connect(http: ClientSession, url: str, company: str) -> tuple[ClientWebSocketResponse, list[Any]]:
    """Open a session and its connection; returns the blocks of the greeting too."""
    own = {"Origin": url}
    async with http.post(f"{url}/session/{company}", json={"memory": True}, headers=own) as answer:
        answer.raise_for_status()
        token = (await answer.json())["token"]
    ws = await http.ws_connect(f"{url}/ws/{company}", compress=0, headers=own)
    await ws.send_str(json.dumps({"type": "hello", "last_seq": 0, "session": token}))
    blocks: list[Any] = []
    while True:
        message = await ws.receive()
        if message.type is not WSMsgType.TEXT:
            raise RuntimeError(f"the greeting ended: {message}")
        if message.data.startswith(_STATE):
            return ws, blocks
        blocks += json.loads(message.data).get("blocks", [])


def _chooser(blocks: list[Any]) -> Ask:
    """Return what presses the same button over and over: what you keep about me."""
    value = [item["value"] for block in blocks if block["type"] == "choices" for item in block["items"]][-1]
    numbers = itertools.count()

    async def choose(ws: ClientWebSocketResponse) -> None:
        await ws.send_str(f'{{"type":"choose","id":"c{next(numbers)}","value":"{value}"}}')
        await _turn_over(ws)

    return choose


def _asker(asked: "itertools.cycle[list[str]]") -> Ask:
    """Return what asks a question that nobody asked just before."""
    numbers = itertools.count()

    async def ask(ws: ClientWebSocketResponse) -> None:
        await ws.send_str(json.dumps({"type": "say", "id": f"q{next(numbers)}", "text": next(asked)[0]}))
        await _turn_over(ws)

    return ask


async def _turn_over(ws: ClientWebSocketResponse) -> None:
    while True:
        message = await ws.receive()
        if message.type is not WSMsgType.TEXT:
            raise RuntimeError(f"the connection ended: {message}")
        if message.data.startswith(_STATE):
            return
        if message.data.startswith('{"type":"error"'):
            raise RuntimeError(message.data)


async def _echo(ws: ClientWebSocketResponse) -> None:
    await ws.send_str('{"type":"choose","id":"c1","value":"0123456789ab"}')
    await ws.receive()


async def _measure(opened: list[tuple[ClientWebSocketResponse, Ask]], seconds: float) -> dict[str, Any]:
    """Let every connection make round trips, one after another each, for some time."""
    times: list[float] = []
    now = asyncio.get_running_loop().time
    end = now() + seconds

    async def work(ws: ClientWebSocketResponse, ask: Ask) -> None:
        while now() < end:
            begun = time.perf_counter()
            await ask(ws)
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(work(ws, ask) for ws, ask in opened))
    return {"rate": len(times) / (time.perf_counter() - begun), "times": times}


async def serve_echo() -> None:
    """Serve an echo, and nothing else, until killed."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        async for message in ws:
            await ws.send_str(message.data)
        return ws

    app = web.Application()
    app.router.add_get("/echo", echo)
    await serve(app)


def _run(arguments: list[str]) -> None:
    if arguments == ["serve-echo"]:
        work = serve_echo()
    else:
        kind, url, count, seconds, questions = arguments
        asked = json.loads(Path(questions).read_text(encoding="utf-8"))
        work = main(kind, url, int(count), float(seconds), asked)
    loop.run(work)


if __name__ == "__main__":
    _run(sys.argv[1:])
