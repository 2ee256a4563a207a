"""How a bot is set up with Telegram: how its updates come, and what it says of itself; knows no customer.

What Telegram has already is read first and left alone: whoever sets it at each start is soon refused for hours.
"""

import asyncio
import datetime as dt
import enum
import logging
import textwrap
from collections.abc import Callable, Mapping, Sequence

import telegram
from babel.lists import format_list
from telegram.error import BadRequest, InvalidToken, RetryAfter

from bot.channels.telegram.turns import Bot
from bot.delivery.house import where
from bot.delivery.telegram import botapi
from bot.delivery.telegram.botapi import BotApi
from bot.dialogue.compose import Translate
from bot.policy.company import Company

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0  # seconds between two tries
REFUSED_WAIT = 600.0  # seconds: a token that is refused becomes right only when somebody changes it
MOST_CONNECTIONS = 40  # at a time, over which updates are posted (the Bot API's own default)
LONGEST_DESCRIPTION, LONGEST_SHORT = 512, 120  # characters, as the Bot API counts them

_log = logging.getLogger(__name__)


class State(enum.StrEnum):
    """How far a bot is."""

    STARTING = "starting"
    READY = "ready"
    REFUSED = "refused"  # Telegram does not know its token


async def set_up(
    api: BotApi,
    bot: Bot,
    companies: Mapping[str, Company],
    _: Translate,
    *,
    webhook: str | None,
    secret: str | None,
    watch: Callable[[State], None] = lambda _state: None,
) -> None:
    """Set a bot up, again and again until it is done: Telegram may be down for long (R50).

    ``webhook`` is the address that its updates are posted to, with ``secret`` in their header; None: they are fetched.
    """
    name, wait = bot.name, FIRST_WAIT
    while True:
        try:
            await _choose_way(api.bot, webhook, secret)
            await _introduce(api.bot, bot, companies, _)
        except RetryAfter as error:
            told = error.retry_after
            wait = max(wait, told.total_seconds() if isinstance(told, dt.timedelta) else told)
            _log.warning("Telegram lets the bot %s wait to be set up", name)
        except InvalidToken:
            watch(State.REFUSED)
            wait = REFUSED_WAIT
            _log.error(
                "Telegram refuses the token of the bot %s: put a new one of @BotFather's into the settings", name
            )
        except BadRequest as error:
            wait = LONGEST_WAIT
            _log.error("Telegram refuses how the bot %s is set up; see public_url: %s", name, where(error))
        except Exception as error:  # whatever it was, it is tried again
            _log.warning("the Telegram bot %s is not set up yet: %s", name, where(error))
        else:
            watch(State.READY)
            _log.info("the Telegram bot %s is set up", name)
            return
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


def commands(_: Translate) -> list[telegram.BotCommand]:
    """Return the commands of the menu, in its order."""
    told = {
        "start": _("Begin here"),
        "pyet": _("Ask what happens with your data"),
        "pelqimet": _("See and change your consents"),
        "kerkesat": _("Your requests, and where they stand"),
        "kundershto": _("Object to a use of your data"),
        "personi": _("Speak with a person of the company"),
        "anulo": _("Leave what we have begun"),
        "ndihme": _("Help: what we can do together"),
        "privatesia": _("What I keep of you, and for how long"),
        "harro": _("Forget this conversation"),
    }
    return [telegram.BotCommand(name, description) for name, description in told.items()]


def description(names: Sequence[str], _: Translate) -> str:
    """Return what an empty chat shows: who this is, and what Telegram sees."""
    said = _(
        "I am Mburoja, a program. I answer what happens with your data at {companies}, with the clause of the privacy "
        "policy. You can see and change your consents, and file requests: a copy, a correction, an erasure.\n\n"
        "Telegram’s servers carry what you write: send no passwords and no documents. Answers with your data never "
        "come here."
    ).format(companies=_listed(names))
    return said if len(said) <= LONGEST_DESCRIPTION else textwrap.shorten(said, LONGEST_DESCRIPTION, placeholder="…")


def short_description(names: Sequence[str], _: Translate) -> str:
    """Return what the bot's profile shows."""
    said = _("Your data at {companies}: answers with the clause, your consents, your requests.").format(
        companies=_listed(names)
    )
    return textwrap.shorten(said, LONGEST_SHORT, placeholder="…")


def _listed(names: Sequence[str]) -> str:
    return format_list(names, style="standard", locale="sq_XK")


async def _choose_way(api: telegram.Bot, webhook: str | None, secret: str | None) -> None:
    """Let updates be posted, or fetched; those that wait with Telegram stay."""
    if webhook is None:
        await api.delete_webhook(drop_pending_updates=False)
        return
    # Each time: whether Telegram still has this secret is the one thing that it does not tell.
    await api.set_webhook(
        webhook, secret_token=secret, allowed_updates=botapi.KINDS, max_connections=MOST_CONNECTIONS,
        drop_pending_updates=False,
    )  # fmt: skip


async def _introduce(api: telegram.Bot, bot: Bot, companies: Mapping[str, Company], _: Translate) -> None:
    names = [company.name for company in companies.values() if bot.company in (None, company.id)]
    menu, whole, short = commands(_), description(names, _), short_description(names, _)
    if list(await api.get_my_commands()) != menu:
        await api.set_my_commands(menu)
    if (await api.get_my_description()).description != whole:
        await api.set_my_description(whole)
    if (await api.get_my_short_description()).short_description != short:
        await api.set_my_short_description(short)
    if not isinstance(await api.get_chat_menu_button(), telegram.MenuButtonCommands):
        await api.set_chat_menu_button(menu_button=telegram.MenuButtonCommands())
