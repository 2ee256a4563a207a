"""What the customer would read, as their channel shows it: rendered by the channel's code."""

import html
from collections.abc import Iterator
from dataclasses import dataclass

from bot.channels.telegram import rendering
from bot.channels.telegram.turns import CHANNEL as TELEGRAM
from bot.console.pages import say
from bot.services.office.notices import Route
from bot.services.office.rehearsing import Rehearsed
from bot.web.keys import WebHouse
from bot.web.pages.words import words as widget_words


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One way in which the text is read. ``sender`` is who stands above it in the widget; empty elsewhere.

    ``messages`` are the messages, each with its paragraphs.
    """

    where: str
    look: str  # chat, telegram, sms, letter
    sender: str
    messages: tuple[tuple[str, ...], ...]


def shown(house: WebHouse, told: Rehearsed) -> tuple[Shown, ...]:
    """Return everything that reaches the customer, the way that it takes now first."""
    return tuple(_shown(house, told))


def way(told: Rehearsed) -> str:
    """Return the way that it takes now, in a sentence."""
    match told.route:
        case Route.CHAT if told.channel == TELEGRAM:
            return say("It goes into the customer's chat on Telegram.")
        case Route.CHAT:
            return say("It goes into the chat: the customer is there now.")
        case Route.SMS:
            return say(
                "Nobody is in the chat now: an SMS without content goes to the number on file, and the customer reads "
                "the text with the request's number and a code."
            )
        case Route.ADDRESS if told.address:
            return say(
                "A person sends it to the address {address} and confirms that; then it counts as delivered."
            ).format(address=told.address)
        case _:
            return say(
                "No way to the customer is known; a person finds one and confirms it, then it counts as delivered."
            )


def _shown(house: WebHouse, told: Rehearsed) -> Iterator[Shown]:
    if told.route is Route.SMS:
        yield Shown(where=say("SMS"), look="sms", sender="", messages=((told.sms,),))
    if told.route is Route.ADDRESS:
        where = say("To the address") if told.address else say("By a person")
        yield Shown(where=where, look="letter", sender="", messages=(tuple(told.text.split("\n")),))
    if told.channel == TELEGRAM and told.route is Route.CHAT:
        sends = rendering.render(told.blocks, told.seq, house.translate, public_url=house.settings.public_url)
        # A notice is paragraphs alone: what is left of Telegram's HTML is its escaping.
        messages = tuple(tuple(html.unescape(send.text).split("\n\n")) for send in sends)
        yield Shown(where=say("Telegram"), look="telegram", sender="", messages=messages)
    elif told.blocks:
        where = say("The chat on the website") if told.route is Route.CHAT else say("In the chat, when they come back")
        paragraphs = tuple(block["text"] for block in told.blocks)
        sender = widget_words(house.translate)["dpo"]
        yield Shown(where=where, look="chat", sender=sender, messages=(paragraphs,))
    elif told.route is Route.SMS:
        where = say("Where the request stands, by its number and a code")
        yield Shown(where=where, look="chat", sender="", messages=(tuple(told.text.split("\n")),))
