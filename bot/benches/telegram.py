"""Measures updates through the webhook to a stored reply, beside a bare handler of the library (``bench telegram``).

Three processes: the real ``mburoja serve`` or the bare handler (aiohttp, ``Update.de_json``, ``process_update`` with a
handler that does nothing), a client that posts presses of a button, and this one. Telegram itself is nowhere: what is
sent to it waits in the outbox. The clock stops when no update waits any more.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.app import open_office
from bot.benches.processes import Peer, line_of, listening, server, start, tell
from bot.channels.talk import choices_of
from bot.channels.telegram.turns import CHANNEL
from bot.delivery.telegram.calls import Chat
from bot.services import conversations, updates
from bot.settings import Settings

CLIENTS = (50, 500)
_BOT, _TOKEN = "ipko", "1000000001:AAbenchbenchbenchbenchbenchbenchbench"
_LOOK_EACH = 0.02  # seconds
_ENVIRONMENT = {
    "MBUROJA_TELEGRAM_TOKENS": json.dumps({_BOT: _TOKEN}),
    "MBUROJA_TELEGRAM_MODE": "webhook",
    "MBUROJA_TELEGRAM_API": "http://127.0.0.1:9",  # nobody listens there
    "MBUROJA_TELEGRAM_PER_SECOND": "1",
    "MBUROJA_TELEGRAM_WAITING": "100000",
    "MBUROJA_MESSAGES_PER_MINUTE": "1000000000",
    "MBUROJA_LOG_LEVEL": "error",
}


@dataclass(frozen=True, kw_only=True)
class _Hook:
    """Where updates are posted, and with which secret."""

    url: str
    secret: str


@dataclass(frozen=True, kw_only=True)
class _Posted:
    """What the client did: how many updates were accepted, from when to when (seconds of this process)."""

    accepted: int
    began: float
    ended: float


def bench_telegram(settings: Settings, at_a_time: Sequence[int], seconds: float) -> Iterator[str]:
    """Yield the lines of the report, for each number of chats (and connections) at a time."""
    with tempfile.TemporaryDirectory(prefix="mburoja-bench-") as folder:
        for count in at_a_time:
            bare = _bare(count, seconds)
            ours = asyncio.run(_ours(settings, Path(folder) / f"telegram-{count}.db", count, seconds))
            yield f"{count} chats"
            yield f"  bare handler of the library   {bare:8.0f} updates/s"
            yield f"  to a stored reply             {ours:8.0f} updates/s   {ours / bare:.2f} of that"


def _bare(count: int, seconds: float) -> float:
    with listening([sys.executable, "-m", "bot.benches.telegram_client", "serve-bare"], {}) as peer:
        posted = _post("press", _Hook(url=f"{peer.url}/bare", secret=""), count, seconds, {})
        return posted.accepted / (posted.ended - posted.began)


async def _ours(settings: Settings, database: Path, count: int, seconds: float) -> float:
    async with open_office(settings, database) as office:
        store, desk = office.store, office.desk
        secret = desk.vault.index("telegram-secret", _BOT)

        async def handled() -> None:
            while await store.read(updates.waiting):
                await asyncio.sleep(_LOOK_EACH)

        async def button(chat: int) -> str:
            address = Chat(bot=_BOT, id=chat).address
            found = await store.read(lambda tx: conversations.last_reply(tx, desk, CHANNEL, address))
            if found is None:
                raise LookupError("the chat was not greeted")
            return choices_of([found[0]])[-1]

        with server(settings, database, _ENVIRONMENT) as peer:
            hook = _hook(peer, secret)
            await asyncio.to_thread(_post, "start", hook, count, 0, {})
            await handled()
            buttons = {str(chat): await button(chat) for chat in range(1, count + 1)}
            posted = await asyncio.to_thread(_post, "press", hook, count, seconds, buttons)
            await handled()
            return posted.accepted / (time.perf_counter() - posted.began)


def _hook(peer: Peer, secret: str) -> _Hook:
    return _Hook(url=f"{peer.url}/telegram/{_BOT}", secret=secret)


def _post(kind: str, hook: _Hook, count: int, seconds: float, buttons: dict[str, str]) -> _Posted:
    """Let the client post updates of so many chats."""
    command = [sys.executable, "-m", "bot.benches.telegram_client", kind, hook.url, str(count), str(seconds)]
    client = start(command, json.dumps({"secret": hook.secret, "buttons": buttons}))
    try:
        line_of(client)  # it is ready
        began = time.perf_counter()
        tell(client, "begin")
        accepted = int(json.loads(line_of(client))["accepted"])
        return _Posted(accepted=accepted, began=began, ended=time.perf_counter())
    finally:
        client.communicate()
