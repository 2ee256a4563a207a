"""What the page of an answer says (R43), beside its template; ``{…}`` of the script's words is filled in there."""

import zoneinfo

from babel.dates import format_datetime

from bot.clock import moment
from bot.dialogue.compose import Translate
from bot.dialogue.events import Why

_ZONE = zoneinfo.ZoneInfo("Europe/Belgrade")
_LOCALE = "sq_XK"


def page_words(_: Translate) -> dict[str, str]:
    """Return what the script says, by the key under which it knows it."""
    return {
        "asking": _("One moment …"),
        "offline": _("No connection. Look at it, then try again."),
        "sent": _("A code is on its way by SMS. It is valid for {count} minutes."),
        "trouble": _(
            "Messages cannot be sent at the moment; it is not your fault. The code comes by itself once they can be, "
            "within {count} minutes."
        ),
        "codeIncomplete": _("The code has six digits."),
        "codeLeft": _("Valid for another {time}"),
        "codeMinute": _("The code is valid for one more minute."),
        "codeExpired": _("The code is no longer valid. Ask for a new one."),
        "codeTries": _("{count} tries left"),
        "codeLastTry": _("Last try"),
        "codeNew": _("Ask for a new code"),
        "codeNewIn": _("New code in {time}"),
        "sendIn": _("Send the code in {time}"),
        "accepted": _("The code is right. You can download now."),
        "download": _("Save it"),
        "downloadAgain": _("Save it again"),
        "downloading": _("{name}: downloaded {share}"),
        "retrying": _("The connection broke off. Trying again, {count} of {most} …"),
        "failed": _("The download did not succeed. Look at the connection and press the button again."),
        "saved": _("{name} is downloaded. Keep it where only you can open it."),
        "grantLeft": _("You can download for another {time}."),
        "grantMinute": _("You can download for one more minute."),
        "grantOver": _("The time to download is over. You find a new link at your request, in the chat."),
    }


def no_link(_: Translate) -> str:
    """Return what is said of an unknown, expired, replaced or used-up link: the same."""
    return _("This link no longer holds; you find a new one where you see how your request stands.")


def withheld(_: Translate, contact: str) -> str:
    """Return that an answer does not go out now; why is not told (R11)."""
    return _("The answer cannot be fetched here now. Write to the officer: {contact}").format(contact=contact)


def wrong(_: Translate) -> str:
    """Return that a code is not the right one."""
    return _("That code is not right.")


def unreadable(_: Translate) -> str:
    """Return that what was typed is no code."""
    return _("That is not a code. It has six digits.")


def dead(_: Translate) -> str:
    """Return that a code is over."""
    return _("That code no longer holds. Ask for a new one.")


def no_grant(_: Translate) -> str:
    """Return that nothing can be downloaded (any more) with what an accepted code gave."""
    return _("The time to download is over, or the answer cannot go out now. You find a new link at your request.")


def refused(_: Translate, why: Why, until: int, contact: str) -> str:
    """Return why no code goes out, the same words for everyone; past a short wait the officer is named (R14)."""
    match why:
        case Why.TOO_SOON:
            return _("A code was sent just now. A new one can be asked for shortly.")
        case Why.TOO_MANY:
            said = _("Too many codes were asked for. Try again after {time}.").format(time=stamp(until))
        case Why.LOCKED:
            said = _("After too many wrong codes no more are sent until {time}.").format(time=stamp(until))
        case _other:
            said = _("Codes cannot be sent at the moment. Try again in a little while.")
    return f"{said} {_('You can also write to the officer: {contact}').format(contact=contact)}"


def stamp(at: int) -> str:
    """Return a day and time as people in Kosovo read it: "5 mars 2026, 10:05"."""
    return str(format_datetime(moment(at).astimezone(_ZONE), "d MMMM y, HH:mm", locale=_LOCALE))
