"""What a terminal cannot do: things that are no text, links, a button that ends all, another carrier."""

from dataclasses import replace
from typing import Any

from bot.channels.turn import Incoming
from bot.dialogue.blocks import decode
from bot.dialogue.events import Brought, Thing
from bot.dialogue.state import State
from tests.tools.chatting import Person, Told, Town

COPY = "dua kopjen e krejt të dhënave të mia"
MAIL = "filan@shembulli.example"


def comes(person: Person, **changes: Any) -> Told:
    """Take a turn of something that ``Person`` has no word for: ``Incoming`` with these fields."""
    town = person.town
    town.taken += 1
    incoming = Incoming(
        channel=person.channel, address=person.address, id=f"message {town.taken}", company=person.company
    )
    taken = town.turns.take(town.tx, town.now, replace(incoming, **changes))
    town.work()
    person.told = Told(blocks=decode(taken.reply), state=taken.state, taken=taken)
    return person.told


def brings(person: Person, thing: Thing, *, erased: bool = False) -> Told:
    """Send something that is no text."""
    return comes(person, brought=Brought(thing=thing, erased=erased))


def pending(person: Person, company: str = "ipko") -> str:
    """File a request without a code, and return its reference."""
    for said in (f"te {company}, {COPY}", "pa kod", MAIL):
        person.say(said)
    return person.say("po").reference


def held(town: Town, person: Person) -> str:
    """Let a person of the company take the conversation for a request that is filed first."""
    reference = pending(person)
    town.turns.hand_over(town.tx, town.now, person.told.taken.conversation, reference, holds=True)
    return reference


def at(town: Town, state: State, address: str) -> Person:
    """Somebody whose conversation stands in a state."""
    person = town.person(address)
    for said in _WAYS.get(state, ()):
        person.say(said.format(nobody=f"044 000 {200 + town.taken % 700}"))  # never the same: codes are counted (R8)
    if state is State.HELD:
        held(town, person)
    elif state is State.LEAVING:
        pending(person)
        person.say("/harro")
    else:
        assert person.told.state == state, person.told.text
    return person


_WAYS = {
    State.OPEN: ("te ipko, çka janë cookies?",),
    State.COMPANY: ("sa gjatë i ruani të dhënat?",),
    State.FOR_WHOM: ("te ipko, dua kopjen e të dhënave të djalit tim",),
    State.NUMBER: (f"te ipko, {COPY}",),
    State.CODE: (f"te ipko, {COPY}", "{nobody}"),
    State.FIELD: ("te ipko, dua ta kundërshtoj një përdorim të të dhënave", "pa kod"),
    State.REPLY_TO: (f"te ipko, {COPY}", "pa kod"),
    State.CONTACT: ("te ipko, krejt reklamat hiqmani", "pa kod"),
    State.CODE_REPORT: ("më erdhi një kod që s'e kam kërkuar",),
}
