"""What the worker needs to reach the company's own people and programs; composed of the server's settings."""

import ipaddress
from collections.abc import Mapping

from bot.app import Office
from bot.clock import Clock
from bot.delivery import mail
from bot.delivery.mail import Mailer, MailServer
from bot.delivery.outside import Outside
from bot.delivery.pump import Handler
from bot.delivery.webhooks import Poster
from bot.errors import InputError
from bot.services.jobs import JobKind
from bot.services.outward.reminders import Mailing
from bot.web.safety import unsafe_mail
from bot.web.settings import ServerSettings


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
