"""Sends mails by SMTP; knows no digest."""

from collections.abc import Mapping

from bot.delivery.pump import Handler
from bot.services.jobs import JobKind


def handlers() -> Mapping[JobKind, Handler]:
    """Return what sends a mail."""
    return {}
