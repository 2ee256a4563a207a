"""The real server in this process, with SMS gateways in place of the screen."""

import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from bot.app import open_office
from bot.delivery.sms.settings import SmsGatewaySettings
from bot.settings import Settings
from bot.web.server import listening
from bot.web.settings import ServerSettings
from tests.tools.chatting import CODE
from tests.tools.ports import free_port
from tests.tools.sendsms import SendSms
from tests.tools.site import Browser, Site, Socket, StandingClock, settle, text_of

ASKS = "te ipko, dua kopjen e krejt të dhënave"
KNOWN, UNKNOWN = "044 000 101", "044 000 201"  # masked alike


class Asker:
    """Somebody in the widget who asks for a code."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket
        self._numbers = itertools.count()

    async def say(self, text: str) -> str:
        return text_of(await self.socket.say(f"m-{next(self._numbers)}", text))

    async def ask(self, number: str) -> str:
        """Ask for a code; returns what is told."""
        await self.say(ASKS)
        return await self.say(number)


@contextlib.asynccontextmanager
async def asker(site: Site) -> AsyncIterator[Asker]:
    """A browser of somebody's own."""
    browser: Browser
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        yield Asker(socket)


@contextlib.asynccontextmanager
async def gatewayed_site(
    settings: Settings, folder: Path, gateways: Sequence[SmsGatewaySettings], port: int | None = None
) -> AsyncIterator[Site]:
    """Serve the fictional customers of the demonstration; what a gateway took stands with the gateway."""
    clock, shown = StandingClock(), list[str]()
    server = ServerSettings(
        port=port or free_port(), sessions_per_minute=10_000, sms="gateways", sms_gateways=tuple(gateways)
    )
    async with open_office(settings, folder / "web.db", clock=clock) as office:
        await office.store.transact(lambda tx: settle(tx, office))
        async with listening(office, server, lambda _, text: shown.append(text)) as running:
            yield Site(running, clock, shown)
    assert shown == []  # nothing goes to a screen


def codes(*gateways: SendSms) -> list[str]:
    """The codes that gateways took, each in its order."""
    return [found[0] for each in gateways for taken in each.taken if (found := CODE.search(taken.text))]
