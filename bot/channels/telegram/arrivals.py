"""What arrives from Telegram, as far as it matters here: who sent what where; knows no dialogue and stores nothing."""

import enum
from dataclasses import dataclass

from bot.delivery.telegram.calls import Keyboard
from bot.dialogue.events import Thing
from bot.errors import MburojaError


class UnreadableError(MburojaError):
    """An update is not what the Bot API says that updates are."""


class BusyError(MburojaError):
    """As many updates wait as may wait; nothing was kept, and it can be brought again (R52)."""


class Kind(enum.StrEnum):
    """What an update is to us."""

    TEXT = "text"  # a text, or a command that is not /start
    START = "start"  # /start, perhaps by a link
    PRESS = "press"  # a button below a message
    CONTACT = "contact"  # the person's own number, shared by the key for it: ``text`` is the number
    THING = "thing"  # something that is no text
    BLOCKED = "blocked"  # the person blocked the bot
    UNBLOCKED = "unblocked"
    ELSEWHERE = "elsewhere"  # a group or a channel: the bot leaves it
    INLINE = "inline"  # an inline query
    NOTHING = "nothing"  # needs no answer (a service message, another bot, one's own)


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One update. ``chat`` is Telegram's number of the chat (None where there is none).

    ``message``: the id of the message that came, or that the pressed button stands below. ``text``: of TEXT without a
    command's "@bot"; of START what the link carried; of CONTACT the number. ``data``, ``query`` and ``keyboard``: of a
    PRESS its data, the query's id (of an INLINE too), the buttons as they were shown. ``album``: what belongs together
    has the same.
    """

    kind: Kind
    chat: int | None = None
    message: int | None = None
    text: str = ""
    data: str = ""
    query: str = ""
    keyboard: Keyboard = ()
    thing: Thing | None = None
    album: str = ""
