"""What becomes of calls that are not made: they wait for their bot, and what they bring goes another way at last (R58).

It needs nothing of Telegram's library: also a server without bots has to see to what waits for one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.clock import MINUTE
from bot.delivery.pump import DeliveryError, Finish, Handler, alarm
from bot.services.desk import Desk
from bot.services.jobs import Job, JobKind
from bot.services.office import notices
from bot.storage.store import Tx

UNMENDED = 5 * MINUTE  # until what somebody has to change is tried again: a bot, a token


def no_bot() -> DeliveryError:
    """Return what happens to a call of a bot that is not in the settings (any more), perhaps by mistake."""
    return DeliveryError("telegram.bot", temporary=True, at_least=UNMENDED)


def given_up(tx: Tx, desk: Desk, now: int, job: Job, kind: str) -> None:
    """Tell people of a call that was given up; the notice that it should bring goes another way."""
    notice, bot = job.payload.get("notice"), str(job.payload["bot"])
    if isinstance(notice, str):
        notices.not_sent(tx, desk, now, notice, notices.Route.CHAT)
    alarm(tx, desk, now, job, kind, bot if bot in desk.companies else None)


async def _wait(_job: Job) -> Finish:
    raise no_bot()


HANDLERS: Mapping[JobKind, Handler] = MappingProxyType({JobKind.TELEGRAM_CALL: _wait})  # where there is no bot at all
