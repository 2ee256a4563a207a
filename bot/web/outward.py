"""The worker, and what it needs to reach the company's own people and programs; composed of the server's settings."""

import contextlib
import ipaddress
from collections.abc import AsyncIterator, Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from bot.app import Office
from bot.clock import Clock
from bot.delivery import mail
from bot.delivery.directory.choosing import Directories, directories
from bot.delivery.directory.watch import DirectoryWatch
from bot.delivery.mail import Mailer, MailServer
from bot.delivery.outside import Outside
from bot.delivery.pump import Handler
from bot.delivery.sms.opening import Tools, open_gateways
from bot.delivery.sms.port import SmsGateway
from bot.delivery.sms.screen import ScreenGateway
from bot.delivery.sms.watch import SmsWatch
from bot.delivery.webhooks import Poster
from bot.delivery.worker import Worker
from bot.errors import InputError
from bot.services.jobs import JobKind
from bot.services.outward.reminders import Mailing
from bot.web.safety import unsafe_directories, unsafe_mail, unsafe_sms
from bot.web.settings import ServerSettings


class Watch(SmsWatch, DirectoryWatch, Protocol):
    """Counts what goes to gateways and directories."""


@contextlib.asynccontextmanager
async def worker(
    office: Office,
    settings: ServerSettings,
    show: Callable[[str, str], None],
    more: Mapping[JobKind, Handler] = MappingProxyType({}),
    watch: Watch | None = None,
) -> AsyncIterator[Worker]:
    """Give what does this process's share of the work, whichever command runs it, with its gateways open.

    ``show`` gets the SMS that go to a screen: a masked number and a text; ``more`` are handlers of other kinds;
    ``watch`` counts messages and look-ups.
    """
    async with (
        sms_gateway(office, settings, show, watch) as sms,
        own_directories(office, settings, watch) as directory,
        directory.looked_at(),
    ):
        yield office.worker(sms, {**more, **outward(office, settings)}, mailing(settings), directory)


@contextlib.asynccontextmanager
async def own_directories(
    office: Office, settings: ServerSettings, watch: DirectoryWatch | None = None
) -> AsyncIterator[Directories]:
    """Give where customers are looked up, as the settings say. Raises InputError where that would be unsafe."""
    if faults := list(unsafe_directories(settings, office.desk.companies)):
        raise InputError("\n".join(faults))
    async with directories(office.store, office.desk, office.clock, settings.directories, watch) as own:
        yield own


@contextlib.asynccontextmanager
async def sms_gateway(
    office: Office, settings: ServerSettings, show: Callable[[str, str], None], watch: SmsWatch | None = None
) -> AsyncIterator[SmsGateway]:
    """Give what sends messages, as the settings say. Raises InputError where that would be unsafe."""
    if settings.sms == "screen":
        yield ScreenGateway(show)
        return
    if faults := list(unsafe_sms(settings, office.desk.companies)):
        raise InputError("\n".join(faults))
    tools = Tools(store=office.store, desk=office.desk, clock=office.clock, watch=watch)
    async with open_gateways(settings.sms_gateways, tools) as gateways:
        yield gateways


def outward(office: Office, settings: ServerSettings) -> Mapping[JobKind, Handler]:
    """Return the handlers of mails and webhooks."""
    return {**mail.handlers(mailer(settings, office.clock)), **poster(office, settings).handlers()}


def poster(office: Office, settings: ServerSettings) -> Poster:
    """Return what posts to webhooks: to the outside, and into the networks that the settings allow (R30)."""
    own = [ipaddress.ip_network(network) for network in settings.webhook_networks]
    return Poster(office.store, office.desk, office.clock, Outside(own))


def mailer(settings: ServerSettings, clock: Clock) -> Mailer | None:
    """Return what hands mails over; None where no server is set. Raises InputError where that would be unsafe."""
    if not settings.smtp_host:
        return None
    if faults := list(unsafe_mail(settings)):
        raise InputError("\n".join(faults))
    server = MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        sender=settings.smtp_from,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )
    return Mailer(server, clock)


def mailing(settings: ServerSettings) -> Mailing | None:
    """Return how people are reminded; None where no mail server is set."""
    return Mailing(hour=settings.digest_hour, public_url=settings.public_url) if settings.smtp_host else None
