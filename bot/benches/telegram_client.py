"""The client of ``bench telegram`` in a process of its own, and the bare handler that it is compared with.

``python -m bot.benches.telegram_client start|press URL CHATS SECONDS`` reads the secret and the buttons as JSON, says
"ready", posts once it is told to begin, and prints a line of JSON.
"""

import asyncio
import itertools
import json
import sys
import time
from typing import Any

from aiohttp import ClientSession, TCPConnector, web

from bot import loop
from bot.benches.serving import serve

_WHEN = 1_760_000_000
_AWAY = 0.02  # seconds until what was refused is posted again
_PERSON = {"is_bot": False, "first_name": "Filan", "language_code": "sq"}
_OURS = {"id": 1_000_000_001, "is_bot": True, "first_name": "Mburoja", "username": "mburoja_bot"}


async def main(kind: str, url: str, chats: int, seconds: float, told: dict[str, Any]) -> None:
    """Post the updates: of each chat one after another, as Telegram does."""
    numbers = itertools.count(1 if kind == "start" else chats + 1)  # without a gap, as Telegram gives them
    headers = {"X-Telegram-Bot-Api-Secret-Token": told["secret"]}
    accepted = 0
    async with ClientSession(connector=TCPConnector(limit=0), headers=headers) as http:

        async def post(update: dict[str, Any]) -> None:
            nonlocal accepted
            body = json.dumps({"update_id": next(numbers), **update}).encode()
            while True:
                async with http.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                    if answer.status == 200:
                        accepted += 1
                        return
                await asyncio.sleep(_AWAY)

        async def begin(chat: int) -> None:
            await post(_start(chat))

        async def press(chat: int, until: float) -> None:
            update = _press(chat, told["buttons"].get(str(chat), "0123456789ab"))
            while time.perf_counter() < until:
                await post(update)

        print("ready", flush=True)
        sys.stdin.readline()
        if kind == "start":
            await asyncio.gather(*(begin(chat) for chat in range(1, chats + 1)))
        else:
            until = time.perf_counter() + seconds
            await asyncio.gather(*(press(chat, until) for chat in range(1, chats + 1)))
    print(json.dumps({"accepted": accepted}), flush=True)


def _chat(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "Filan"}


def _start(chat: int) -> dict[str, Any]:
    return {
        "message": {
            "message_id": 1, "from": {"id": chat, **_PERSON}, "chat": _chat(chat), "date": _WHEN, "text": "/start",
            "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        }
    }  # fmt: skip


def _press(chat: int, value: str) -> dict[str, Any]:
    below = {"inline_keyboard": [[{"text": "Çka ruani për mua?", "callback_data": f"l:{value}"}]]}
    return {
        "callback_query": {
            "id": f"{chat}0000", "from": {"id": chat, **_PERSON}, "chat_instance": "1", "data": f"l:{value}",
            "message": {
                "message_id": 2, "from": _OURS, "chat": _chat(chat), "date": _WHEN, "text": "Çka dëshironi?",
                "reply_markup": below,
            },
        }
    }  # fmt: skip


async def serve_bare() -> None:
    """Serve a handler of the library that does nothing, until killed."""
    from telegram import Update  # noqa: PLC0415  only this peer needs it
    from telegram.ext import ApplicationBuilder, TypeHandler  # noqa: PLC0415

    async def nothing(_update: object, _context: object) -> None:
        """The handler that does nothing."""

    application = ApplicationBuilder().token("1000000001:AAbench").updater(None).build()
    application.add_handler(TypeHandler(Update, nothing))
    # Without asking Telegram who the bot is: nobody is there.
    application._initialized = True

    async def take(request: web.Request) -> web.Response:
        await application.process_update(Update.de_json(json.loads(await request.read()), application.bot))
        return web.Response()

    app = web.Application()
    app.router.add_post("/bare", take)
    await serve(app)


def _run(arguments: list[str]) -> None:
    if arguments == ["serve-bare"]:
        work = serve_bare()
    else:
        kind, url, chats, seconds = arguments
        work = main(kind, url, int(chats), float(seconds), json.loads(sys.stdin.readline()))
    loop.run(work)


if __name__ == "__main__":
    _run(sys.argv[1:])
