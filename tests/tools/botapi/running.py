"""The fake Bot API server in a thread with a loop of its own, for tests that have none: browsers, processes."""

import asyncio
import threading
from collections.abc import Mapping
from typing import Any, Self

from tests.tools.botapi.account import Account
from tests.tools.botapi.calls import Calls
from tests.tools.botapi.crowds import Channel, Group
from tests.tools.botapi.fake import FakeBotApi
from tests.tools.botapi.faults import Fault, Faults
from tests.tools.botapi.people import RunningPerson
from tests.tools.botapi.stage import LONGEST
from tests.tools.botapi.things import User
from tests.tools.botapi.updates import Mischief


class RunningBotApi:
    """FakeBotApi, running while ``with`` lasts: the same arguments; its methods block, and any thread may call."""

    def __init__(self, bots: Mapping[str, str], **more: Any) -> None:
        self._fake = FakeBotApi(bots, **more)
        self._thread = threading.Thread(target=self._run, name="fake Bot API", daemon=True)
        self._ready = threading.Event()
        self._end: asyncio.Event | None = None
        self._fault: BaseException | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(LONGEST), "the fake did not start"
        if self._fault:
            raise self._fault
        return self

    def __exit__(self, *_: object) -> None:
        self._fake.stage.run(self._ends)
        self._thread.join(LONGEST)
        assert not self._thread.is_alive(), "the fake did not end"

    def _ends(self) -> None:
        assert self._end
        self._end.set()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:
            self._fault = fault
            raise
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        async with self._fake:
            self._ready.set()
            await self._end.wait()

    # ---- as FakeBotApi ----------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The server's address."""
        return self._fake.url

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes as ``base_url``."""
        return self._fake.base_url

    @property
    def calls(self) -> Calls:
        """The record of every call."""
        return self._fake.calls

    @property
    def faults(self) -> Faults:
        """The faults that are ordered."""
        return self._fake.faults

    def down(self) -> None:
        """Refuse every connection; nothing is posted to webhooks either."""
        self._fake.stage.wait_for(self._fake.down())

    def up(self) -> None:
        """Take calls again, on the same port, and post what waits."""
        self._fake.stage.wait_for(self._fake.up())

    def bad_gateway(self) -> None:
        """Answer every call with a 502 page until ``up()``."""
        self._fake.bad_gateway()

    def settled(self, seconds: float = LONGEST) -> None:
        """Wait until every update was confirmed or accepted; fail after so many seconds."""
        self._fake.stage.wait_for(self._fake.settled(seconds), seconds + LONGEST)

    def person(self, token: str, name: str = "Filan", phone: str = "", **more: Any) -> RunningPerson:
        """Return a person in a private chat with a bot, as FakeBotApi.person does; ``hears`` blocks."""
        user: User = more.pop("user", None) or self._fake.user(name, phone, **more)
        return self._fake.stage.run(lambda: RunningPerson(self._fake.stage, self._fake.account(token), user))

    def group(self, token: str, title: str = "Grupi i fiktivëve") -> Group:
        """Return a group that a bot is not yet in."""
        return self._fake.group(token, title)

    def channel(self, token: str, title: str = "Kanali fiktiv") -> Channel:
        """Return a channel that a bot is not yet in."""
        return self._fake.channel(token, title)

    def order(
        self, fault: Fault, *, times: int = 1, method: str | None = None, chat: int | None = None,
        bot: str | None = None,
    ) -> None:  # fmt: skip
        """Let the next calls meet a fault, as FakeBotApi.order does."""
        self._fake.order(fault, times=times, method=method, chat=chat, bot=bot)

    def misbehave(self, token: str, mischief: Mischief) -> None:
        """Deliver a bot's updates like this from now on."""
        self._fake.misbehave(token, mischief)

    def sends_unreadable(self, token: str, content: dict[str, Any] | None = None) -> None:
        """Send a bot an update that no client can read."""
        self._fake.sends_unreadable(token, content)

    def account(self, token: str) -> Account:
        """Return a bot's account: look, but change nothing from another thread."""
        return self._fake.account(token)

    def user(self, name: str = "Filan", phone: str = "", *, last_name: str = "", language: str = "sq") -> User:
        """Return a new account of a fictional person, in no chat yet."""
        return self._fake.user(name, phone, last_name=last_name, language=language)
