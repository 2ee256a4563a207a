"""What is done on the page of a case: each act is one form, one service, one transaction; no rule stands here."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from aiohttp import web

from bot.channels.turn import Turns
from bot.clock import HOUR
from bot.console import acting, door
from bot.console.acting import Refused
from bot.console.cases import page
from bot.console.door import FORM, Visit
from bot.console.forms import Form
from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.deadlines import local_day, start_of
from bot.services.desk import Desk, Place
from bot.services.identity import otp_unlocking
from bot.services.office import advising, assigning, backoffice, claims
from bot.services.office.backoffice import SecondProof
from bot.services.records import events
from bot.services.records.audit import Act
from bot.services.staff import accounts
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_NOON = 12 * HOUR  # a day that is typed has no hour; noon is in it on any day of the year


@dataclass(frozen=True, kw_only=True)
class Order:
    """What an act is given: who wants it, on which case, what was typed, and what takes turns of conversations."""

    who: str
    reference: str
    form: Form
    turns: Turns


Work = Callable[[Tx, Desk, Place, Order], None]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """An act, and the permission that it takes at the case's company."""

    needs: Permission
    work: Work


def handler(name: str, deed: Deed) -> Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]:
    """Return what answers an act's form: the case again, or the case with why not and all that was typed."""

    async def handle(request: web.Request, visit: Visit) -> web.StreamResponse:
        stored = await page.found(request, visit, deed.needs)
        order = Order(who=visit.who, reference=stored.reference, form=request[FORM], turns=visit.house.turns)
        acted = await acting.act(request, visit, lambda tx, desk, place: deed.work(tx, desk, place, order))
        if isinstance(acted, Refused):
            return await page.render(request, visit, stored, act=name, refused=acted.text, status=409)
        return door.see(f"{door.HOME}/cases/{stored.reference}?done={name}")

    return handle


def _at_work(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    claims.at_work(tx, desk, place, order.who, order.reference, order.form.text("seen"))


def _take(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    backoffice.take(tx, desk, place, order.who, order.reference)


def _hand_over(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    to = accounts.by_login(tx, desk, order.form.text("to"))
    company = case_file.loaded(tx, desk, order.reference).company
    if to is None or to.disabled_at is not None or not to.may(Permission.WORK, company, desk):
        raise NotAllowedError("Choose a colleague who works on requests of this company.")
    assigning.hand_to(tx, desk, place, order.who, order.reference, to.login)


def _give_back(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    assigning.give_back(tx, desk, place, order.who, order.reference)


def _claim(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    if order.form.has("over"):
        claims.take_over(tx, desk, place, order.reference, order.who)
    else:
        claims.claim(tx, desk, place.now, order.reference, order.who)


def _release(tx: Tx, _desk: Desk, _place: Place, order: Order) -> None:
    claims.release(tx, order.reference, order.who)


def _note(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    backoffice.note(tx, desk, place, order.who, order.reference, order.form.text("text"))


def _words(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    came_at = _came_at(place, order.form.text("on"))
    backoffice.add_words(tx, desk, place, order.who, order.reference, order.form.text("text"), came_at)


def _came_at(place: Place, typed: str) -> int | None:
    if not typed:
        return None
    try:
        on = dt.date.fromisoformat(typed)
    except ValueError:
        raise NotAllowedError("The day cannot be read; choose it from the calendar.") from None
    if on > local_day(place.now):
        raise NotAllowedError("The day on which the customer said it cannot be still to come.")
    return start_of(on) + _NOON


def _proof(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    try:
        proof = SecondProof(order.form.text("kind"))
    except ValueError:
        raise NotAllowedError("Choose how you checked who it is.") from None
    backoffice.prove(tx, desk, place, order.who, order.reference, proof)


def _hold(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _hand_chat(tx, desk, place, order, holds=True)


def _unhold(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _hand_chat(tx, desk, place, order, holds=False)


def _hand_chat(tx: Tx, desk: Desk, place: Place, order: Order, *, holds: bool) -> None:
    # The conversation is locked before the case, as its own turns do; a refusal afterwards undoes this too.
    conversation = case_file.loaded(tx, desk, order.reference).conversation
    there = conversation is not None and order.turns.hand_over(
        tx, place.now, conversation, order.reference, holds=holds
    )
    _at_work(tx, desk, place, order)
    if not there:
        raise NotAllowedError("There is no conversation with this customer any more; write to them instead.")
    stored = case_file.loaded(tx, desk, order.reference)
    backoffice.acted(tx, desk, place, order.who, stored, Act.REQUEST_NOTED, "held" if holds else "released")


def _advise(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    advising.advise(tx, desk, place, order.who, order.reference, order.form.text("text"))


def _unlock(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    stored = case_file.loaded(tx, desk, order.reference)
    if stored.subject is None or not otp_unlocking.unlock_customer(
        tx, desk, place, order.who, stored.company, stored.subject, order.reference
    ):
        raise NotAllowedError("Nothing of this customer is locked.")
    case_file.note(tx, desk, place.now, order.reference, "unlocked", order.who, {})


def _acknowledge(tx: Tx, desk: Desk, place: Place, order: Order) -> None:
    _at_work(tx, desk, place, order)
    own = {event.id for event in events.of_reference(tx, desk, order.reference)}
    chosen = order.form.texts("event")
    if not chosen or not own.issuperset(chosen):
        raise NotAllowedError("Choose what you confirm.")
    confirmed = [backoffice.acknowledge(tx, desk, place, order.who, event) for event in chosen]
    if not any(confirmed):
        raise NotAllowedError("That was confirmed already.")


DEEDS: Mapping[str, Deed] = MappingProxyType(
    {
        "take": Deed(needs=Permission.WORK, work=_take),
        "hand-over": Deed(needs=Permission.WORK, work=_hand_over),
        "give-back": Deed(needs=Permission.WORK, work=_give_back),
        "claim": Deed(needs=Permission.WORK, work=_claim),
        "release": Deed(needs=Permission.WORK, work=_release),
        "note": Deed(needs=Permission.WORK, work=_note),
        "words": Deed(needs=Permission.WORK, work=_words),
        "proof": Deed(needs=Permission.WORK, work=_proof),
        "hold": Deed(needs=Permission.WORK, work=_hold),
        "unhold": Deed(needs=Permission.WORK, work=_unhold),
        "advise": Deed(needs=Permission.ADVISE, work=_advise),
        "unlock": Deed(needs=Permission.ADVISE, work=_unlock),
        "acknowledge": Deed(needs=Permission.WORK, work=_acknowledge),
    }
)
