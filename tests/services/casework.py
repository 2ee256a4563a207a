"""Cases for tests of the back office: filed, acted on by made-up staff, their notices brought."""

from collections.abc import Mapping

from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import conversations
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Stored, Words
from bot.services.desk import OFFICE, Place
from bot.services.office import notices
from bot.services.office.notices import Notice, Route
from bot.services.records.references import new_reference
from tests.services.acting import House
from tests.tools.desks import NOW

DPO = "zana"  # a made-up person of the company
ADDRESS = "filan@shembull.example"


def office(now: int = NOW) -> Place:
    """Where the back office acts from."""
    return Place(conversation="", channel=OFFICE, now=now)


def filed(
    house: House,
    action: Action = Action.DSAR_ACCESS,
    *,
    company: str = "alfa",
    subject: str | None = None,
    identity: Identity | None = None,
    conversation: str | None = None,
    reply_to: str = "",
    fields: Mapping[str, str] | None = None,
    words: str = "",
    flags: tuple[str, ...] = (),
) -> str:
    """File a case at NOW and return its reference; without a subject it is pending, with a reply address."""
    new = NewCase(
        company=company,
        action=action,
        identity=identity or (Identity.PROVEN if subject else Identity.PENDING),
        subject=subject,
        conversation=conversation,
        channel="terminal",
        body=Body(fields=fields or {}, words=(Words(at=NOW, text=words),) if words else ()),
        reply_to=reply_to or ("" if subject else ADDRESS),
        flags=flags,
        received_at=NOW,
    )
    reference = new_reference(house.desk.randomness)
    case_file.create(house.tx, house.desk, Place(conversation="c1", channel="terminal", now=NOW), reference, new)
    return reference


def talking(house: House, now: int = NOW, address: str = "one") -> str:
    """A conversation in which somebody is there; returns its id."""
    return conversations.take(house.tx, house.desk, now, "terminal", address).id


def bring(house: House, now: int = NOW) -> list[Route]:
    """Bring every notice as the worker does, an SMS and an address included; returns the ways."""
    routes = []
    for row in house.rows("notices"):
        if row["delivered_at"] is None:
            routes.append(notices.deliver(house.tx, house.desk, now, row["id"]))
            notices.delivered(house.tx, house.desk, now, row["id"], routes[-1])
    return routes


def case(house: House, reference: str) -> Stored:
    """The case as it is stored now."""
    return case_file.loaded(house.tx, house.desk, reference)


def state(house: House, reference: str) -> CaseState:
    """The case's state now."""
    return case(house, reference).state


def told(house: House, reference: str) -> Notice:
    """The last notice of a case."""
    return notices.of_case(house.tx, house.desk, reference)[-1]
