"""What the worker needs to reach the company's own people and programs; composed of the server's settings."""

from collections.abc import Mapping

from bot.app import Office
from bot.delivery import mail, webhooks
from bot.delivery.pump import Handler
from bot.services.jobs import JobKind
from bot.web.settings import ServerSettings


def outward(office: Office, settings: ServerSettings) -> Mapping[JobKind, Handler]:
    """Return the handlers of mails and webhooks."""
    return {**mail.handlers(), **webhooks.handlers()}
