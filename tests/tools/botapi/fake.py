"""The fake Bot API server in a test's own loop."""

import asyncio
import itertools
import socket
import time
from collections.abc import Mapping
from typing import Any, Self

from aiohttp import web

from tests.tools.botapi.account import Account, Rules
from tests.tools.botapi.calls import Calls
from tests.tools.botapi.crowds import Channel, Group
from tests.tools.botapi.faults import Fault, Faults
from tests.tools.botapi.people import Person
from tests.tools.botapi.rates import Limits, Rates
from tests.tools.botapi.server import Counter
from tests.tools.botapi.stage import LONGEST, Stage, on_stage
from tests.tools.botapi.things import User
from tests.tools.botapi.updates import Mischief, Updates
from tests.tools.botapi.webhooks import Postman

FIRST_UPDATE = 500_000_001


class FakeBotApi:
    """A Bot API server on 127.0.0.1, while ``async with`` lasts.

    ``bots``: username by token ("111:AAfake…"). ``mischief``: how updates are delivered. ``limits``: refuse who sends
    too much; none by default. ``back_off``: seconds until an update that a webhook did not take comes again, doubled
    each time up to ``back_off_most``; it is given ``webhook_timeout`` seconds to answer.
    """

    def __init__(
        self,
        bots: Mapping[str, str],
        *,
        port: int = 0,
        mischief: Mischief | None = None,
        limits: Limits | None = None,
        rules: Rules | None = None,
        first_update: int = FIRST_UPDATE,
        back_off: float = 0.2,
        back_off_most: float = 2.0,
        webhook_timeout: float = 10.0,
    ) -> None:
        self.stage = Stage()
        self._port = port
        self._accounts = {
            token: Account(
                token, username, updates=Updates(first=first_update, mischief=mischief or Mischief()),
                now=time.time, rules=rules or Rules(),
            )
            for token, username in bots.items()
        }  # fmt: skip
        self._postmen = {
            token: self._postman(account, back_off, back_off_most, webhook_timeout)
            for token, account in self._accounts.items()
        }
        self._counter = Counter(accounts=self._accounts, postmen=self._postmen, stage=self.stage, rates=Rates(limits))
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._held: socket.socket | None = None
        self._person_ids = itertools.count(600_000_001)
        self._group_ids = itertools.count(-4_000_001, -1)
        self._channel_ids = itertools.count(-1_001_900_000_001, -1)

    def _postman(self, account: Account, back_off: float, most: float, timeout: float) -> Postman:
        async def named(body: dict[str, Any]) -> None:
            await self._counter.named(account, body)

        postman = Postman(account.updates, named, back_off=back_off, most=most, timeout=timeout)
        account.updates.rung = postman.look
        return postman

    # ---- coming and going -------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        self.stage.enter()
        self._held = self._hold()
        self._runner = web.AppRunner(self._counter.application(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        for account in self._accounts.values():
            account.updates.end_poll("Conflict: the fake server ends")
        for postman in self._postmen.values():
            await postman.stop()
        assert self._runner
        await self._runner.cleanup()
        assert self._held
        self._held.close()
        self.stage.leave()

    def _hold(self) -> socket.socket:
        """Return a socket that only keeps the port, so that nobody else is given it while the server is down."""
        held = socket.socket()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", self._port))
        self._port = int(held.getsockname()[1])
        return held

    async def _listen(self) -> None:
        assert self._runner
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as ``base_url``."""
        return f"{self.url}/bot"

    async def down(self) -> None:
        """Refuse every connection and end those that are open; nothing is posted to webhooks either."""
        for account in self._accounts.values():
            account.updates.end_poll("Conflict: the fake server is down")
        for postman in self._postmen.values():
            await postman.stop()
        site, self._site = self._site, None
        if site:
            await site.stop()
        assert self._runner
        assert self._runner.server
        for connection in list(self._runner.server.connections):
            if connection.transport:
                connection.transport.abort()

    async def up(self) -> None:
        """Take calls again, on the same port, and post what waits."""
        self._counter.closed = False
        if not self._site:
            await self._listen()
        for token, account in self._accounts.items():
            if account.updates.webhook.url:
                await self._postmen[token].stop()
                self._postmen[token].start()

    @on_stage
    def bad_gateway(self) -> None:
        """Answer every call with a 502 page until ``up()``."""
        self._counter.closed = True

    # ---- who is there -----------------------------------------------------------------------------------------

    @on_stage
    def user(self, name: str = "Filan", phone: str = "", *, last_name: str = "", language: str = "sq") -> User:
        """Return a new account of a fictional person, in no chat yet."""
        return User(
            id=next(self._person_ids), first_name=name, last_name=last_name, phone=phone, language_code=language
        )

    def person(self, token: str, name: str = "Filan", phone: str = "", **more: Any) -> Person:
        """Return a person in a private chat with a bot: nobody is known to the bot until ``start()``.

        ``user=`` of another person puts the same one before another bot; else ``last_name=``, ``language=``.
        """
        user = more.pop("user", None) or self.user(name, phone, **more)
        return self.stage.run(lambda: Person(self.stage, self._accounts[token], user))

    @on_stage
    def group(self, token: str, title: str = "Grupi i fiktivëve") -> Group:
        """Return a group that a bot is not yet in."""
        return Group(self.stage, self._accounts[token], next(self._group_ids), title)

    @on_stage
    def channel(self, token: str, title: str = "Kanali fiktiv") -> Channel:
        """Return a channel that a bot is not yet in."""
        return Channel(self.stage, self._accounts[token], next(self._channel_ids), title)

    # ---- what happens to calls and updates --------------------------------------------------------------------

    @property
    def calls(self) -> Calls:
        """The record of every call."""
        return self._counter.calls

    @property
    def faults(self) -> Faults:
        """The faults that are ordered."""
        return self._counter.faults

    @on_stage
    def order(
        self, fault: Fault, *, times: int = 1, method: str | None = None, chat: int | None = None,
        bot: str | None = None,
    ) -> None:  # fmt: skip
        """Let the next calls meet a fault (see Faults.order): of a method, a chat's id, a bot's username, or any."""
        self.faults.order(fault, times=times, method=method, chat=chat, bot=bot)

    @on_stage
    def misbehave(self, token: str, mischief: Mischief) -> None:
        """Deliver a bot's updates like this from now on."""
        self._accounts[token].updates.misbehave(mischief)

    @on_stage
    def sends_unreadable(self, token: str, content: dict[str, Any] | None = None) -> None:
        """Send a bot an update that no client can read: one of many shapes, or ``content`` besides its number."""
        self._accounts[token].updates.add_unreadable(content)

    def account(self, token: str) -> Account:
        """Return a bot's account: its profile, its updates."""
        return self._accounts[token]

    def postman(self, token: str) -> Postman:
        """Return who posts a bot's updates to its webhook."""
        return self._postmen[token]

    async def settled(self, seconds: float = LONGEST) -> None:
        """Wait until every update was confirmed or accepted, second deliveries too; fail after so many seconds."""
        until = time.monotonic() + seconds
        while any(self._waits(token) for token in self._accounts):
            left = {account.user.username: account.updates.waiting for account in self._accounts.values()}
            assert time.monotonic() < until, f"updates not taken: {left}"
            await asyncio.sleep(0.01)

    def _waits(self, token: str) -> bool:
        return bool(self._accounts[token].updates.waiting) or self._postmen[token].busy
