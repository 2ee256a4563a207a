"""A request that came by e-mail, in a shop, by post: typed, shown with its due date, then entered with its true day.

First comes a look at what would be entered (the due date, R33; open requests of the same person for the same), then
the entering; what changed in between is shown again.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from bot.clock import HOUR
from bot.console import acting, door, pages, words
from bot.console.acting import Refused
from bot.console.cases import telling
from bot.console.door import FORM, Visit
from bot.console.forms import Form
from bot.dialogue.requests import FIELDS
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import Due, due_on, local_day, start_of
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import backoffice_record, case_alike
from bot.services.office.backoffice import SecondProof
from bot.services.office.backoffice_record import Incoming, Way
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_NOON = 12 * HOUR
_FIRST_YEAR = 2018  # an older day is a slip of the keyboard
_MARKETING = "marketing"  # what an objection is against, where it is against advertising and nothing else (R40)


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What would come of it: the due date, whether customers are told it, and open requests that look alike."""

    due: Due
    confirmed: bool
    alike: tuple[Stored, ...]

    @property
    def mark(self) -> str:
        """What the form sends back, to tell whether this was what its sender saw."""
        return " ".join((self.due.date.isoformat(), *(case.reference for case in self.alike)))


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with the empty form."""
    return _render(request, visit, {})


async def enter(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show what would be entered, or enter it."""
    office, form = visit.house.office, request[FORM]
    typed = {name: form.text(name) for name in form.fields}
    try:
        incoming = _incoming(form, visit)
        visit.must(Permission.WORK, incoming.company)
        here = Place(conversation="", channel=OFFICE, now=office.clock.now())
        backoffice_record.must_be_whole(office.desk, here, incoming)
    except NotAllowedError as error:
        return _render(request, visit, typed, refused=acting.refusal(error), status=409)
    looked = await office.store.read(lambda tx: _look(tx, office.desk, incoming))
    if not form.has("save"):
        return _render(request, visit, typed, looked=looked)
    return await _save(request, visit, incoming, typed)


async def _save(request: web.Request, visit: Visit, incoming: Incoming, typed: Mapping[str, str]) -> web.StreamResponse:
    office, form = visit.house.office, request[FORM]

    def work(tx: Tx, desk: Desk, place: Place) -> str:
        if form.text("looked") != _look(tx, desk, incoming).mark:
            raise NotAllowedError("Look once more: the due date or the open requests are not those that you saw.")
        return backoffice_record.record(tx, desk, place, visit.who, incoming)

    acted = await acting.act(request, visit, work)
    looked = await office.store.read(lambda tx: _look(tx, office.desk, incoming))
    if isinstance(acted, Refused):
        return _render(request, visit, typed, looked=looked, refused=acted.text, status=409)
    # The same form again: what it entered the first time is among those that look alike.
    same = (case.reference for case in looked.alike if incoming.words in {said.text for said in case.body.words})
    reference = acted.result or next(same, None)
    return door.see(f"{door.HOME}/cases/{reference}?done=entered" if reference else f"{door.HOME}/queue")


def _look(tx: Tx, desk: Desk, incoming: Incoming) -> Looked:
    deadline = desk.companies[incoming.company].rights.deadline
    return Looked(
        due=due_on(start_of(incoming.on) + _NOON, deadline),
        confirmed=deadline.confirmed is not None,
        alike=case_alike.alike(
            tx, desk, incoming.company, incoming.action, incoming.customer, incoming.reply_to
        ),
    )  # fmt: skip


def _incoming(form: Form, visit: Visit) -> Incoming:
    """Return what was typed. Raises NotAllowedError for what cannot be read."""
    company = form.text("company")
    if company not in visit.companies:
        raise NotAllowedError("Choose the company to which it came.")
    try:
        action, way = Action(form.text("kind")), Way(form.text("way"))
    except ValueError:
        raise NotAllowedError("Choose what is asked for, and how it came.") from None
    checked, fields = form.text("checked"), _fields(form, action)
    try:
        on = dt.date.fromisoformat(form.text("on"))
        proof = SecondProof(checked) if checked else None
    except ValueError:
        raise NotAllowedError("Choose the day on which it came, and how you checked who it is.") from None
    if on.year < _FIRST_YEAR:
        raise NotAllowedError("The day on which it came is too long ago; look at the year.")
    return Incoming(
        company=company, action=action, way=way, on=on, words=form.text("words"), reply_to=form.text("reply_to"),
        customer=form.text("customer"), checked=proof, fields=fields,
    )  # fmt: skip


def _fields(form: Form, action: Action) -> Mapping[str, str]:
    if action is Action.DSAR_OBJECTION and form.has("against_marketing"):
        return {"against": _MARKETING}
    names = [name.rstrip("?") for name in FIELDS[action]]
    return {name: text for name in names if (text := form.text(f"field.{name}"))}


def _render(
    request: web.Request,
    visit: Visit,
    typed: Mapping[str, str],
    *,
    looked: Looked | None = None,
    refused: str = "",
    status: int = 200,
) -> web.Response:
    desk = visit.house.office.desk
    companies = [desk.companies[key] for key in visit.companies_for(Permission.WORK)]
    return pages.render(
        request, visit, "cases/enter.html",
        place="letters", status=status, refused=refused, typed=typed, looked=looked, companies=companies,
        today=local_day(visit.house.office.clock.now()), kinds=words.kinds(),
        ways=[(way.value, words.channel(way.value)) for way in Way],
        proofs=[(proof.value, words.second_proof(proof.value)) for proof in SecondProof],
        asked=[(action.value, [(name.rstrip("?"), telling.field(name.rstrip("?"))) for name in names])
               for action, names in FIELDS.items() if names],
        words=words,
    )  # fmt: skip
