"""Posts events to webhooks as Standard Webhooks want it (R30); knows no event."""

from collections.abc import Mapping

from bot.delivery.pump import Handler
from bot.services.jobs import JobKind


def handlers() -> Mapping[JobKind, Handler]:
    """Return what posts an event."""
    return {}
