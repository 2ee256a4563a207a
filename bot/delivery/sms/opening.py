"""From settings to gateways: opened in their order, looked at, and closed; knows no job and no page."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.clock import Clock
from bot.delivery.sms.failover import CHECK_EACH, Checked, Failover
from bot.delivery.sms.http import HttpGateway
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.receipts import ReceiptAddresses, Receipts
from bot.delivery.sms.settings import HttpSettings, SmppSettings, SmsGatewaySettings
from bot.delivery.sms.smpp import SmppGateway
from bot.delivery.sms.watch import SmsWatch
from bot.services.desk import Desk
from bot.storage.store import Store


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What gateways work with."""

    store: Store
    desk: Desk
    clock: Clock
    watch: SmsWatch | None = None


@contextlib.asynccontextmanager
async def open_gateways(
    settings: Sequence[SmsGatewaySettings], tools: Tools, *, check_each: float = CHECK_EACH
) -> AsyncIterator[Failover]:
    """Open gateways, and give what chooses among them; they are looked at from time to time, and closed at the end."""
    async with contextlib.AsyncExitStack() as stack:
        gateways = {each.name: await stack.enter_async_context(open_gateway(each, tools)) for each in settings}
        failover = Failover(gateways, tools.clock, tools.watch, check_each=check_each)
        await stack.enter_async_context(failover.checking())
        yield failover


@contextlib.asynccontextmanager
async def open_gateway(settings: SmsGatewaySettings, tools: Tools) -> AsyncIterator[SmsGateway]:
    """Open one gateway. Raises OSError where a file that it needs cannot be read."""
    match settings:
        case HttpSettings():
            yield HttpGateway(settings, tools.clock, _receipts(settings, tools))
        case SmppSettings():
            receipts = Receipts(tools.store, tools.desk, tools.clock, tools.watch)
            async with SmppGateway(
                settings, tools.clock, on_receipt=receipts.take, on_late=receipts.taken_late
            ) as gateway:
                yield _Bound(gateway)


def _receipts(settings: HttpSettings, tools: Tools) -> partial[str] | None:
    """Return what tells where a message's receipt goes; None where the gateway does not reach us."""
    if settings.receipts_url is None:
        return None
    return partial(ReceiptAddresses(tools.desk.vault).of, settings.receipts_url, settings.name)


class _Bound(SmsGateway, Checked):
    """A short message centre that is well as long as one connection to it is bound."""

    def __init__(self, gateway: SmppGateway) -> None:
        self._gateway = gateway

    async def send(self, sms: Sms) -> Taken:
        """Hand over a message. Raises SmsError."""
        return await self._gateway.send(sms)

    async def check(self) -> None:
        """Return if a connection is bound. Raises SmsError."""
        health = self._gateway.health
        if not health.bound:
            raise SmsError(health.error or "sms.away", temporary=True)
