"""Writing to a customer: the form, what they would read of it, the sending; each act's own fields stand in ``drafts``.

The preview is the act itself, undone (``rehearsing``). What is sent must be what was previewed: the form brings its
fingerprint, and where the words would be others by now, nothing is sent and the new preview is shown.
"""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from bot.console import acting, door, pages, words
from bot.console.acting import Refused
from bot.console.cases import telling
from bot.console.cases.page import found
from bot.console.door import FORM, Visit
from bot.console.forms import NOTHING, Form
from bot.console.letters import erasing, previews
from bot.console.letters.drafts import OCCASIONS, Draft, never
from bot.console.letters.fields import choices, on_grounds
from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import extended_to, local_day
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import backoffice_close, case_steps, claims, letter_words, notices, office_rules, rehearsing
from bot.services.office.case_steps import Writing
from bot.services.office.claims import Claim
from bot.services.office.rehearsing import Rehearsed
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

NEEDS = {act: Permission.WORK if act in {Writing.REPLY, Writing.ASK} else Permission.DECIDE for act in Writing}
_OWN = frozenset({"csrf", "once", "seen", "shown", "send", "preview", "back", "more", "template"})  # of no draft
# Stands for the files that are chosen after the preview: the rules ask whether there are any.
_SOME_FILE = Attachment(name="-", media_type="application/octet-stream", content=b"-")

Handler = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]


class _UndoneError(Exception):
    """Undoes a transaction once it was seen what it would do."""

    def __init__(self, told: Rehearsed) -> None:
        super().__init__()
        self.told = told


def compose(act: Writing) -> Handler:
    """Return what answers with the form of an act; ``?template=id`` puts a template into it."""

    async def handle(request: web.Request, visit: Visit) -> web.StreamResponse:
        stored = await _case(request, visit, act)
        return await _form(request, visit, Draft(act=act, stored=stored, form=NOTHING))

    return handle


def preview(act: Writing) -> Handler:
    """Return what answers with what the customer would read, or with the form again and why it cannot be sent."""

    async def handle(request: web.Request, visit: Visit) -> web.StreamResponse:
        stored = await _case(request, visit, act)
        draft = Draft(act=act, stored=stored, form=request[FORM])
        if draft.form.has("back") or draft.form.has("more"):
            return await _form(request, visit, draft)
        return await _preview(request, visit, draft, draft.form.text("seen"))

    return handle


def send(act: Writing) -> Handler:
    """Return what sends what was previewed: once, and nothing else than that."""

    async def handle(request: web.Request, visit: Visit) -> web.StreamResponse:
        stored = await _case(request, visit, act)
        form = request[FORM]
        draft = Draft(act=act, stored=stored, form=form)

        def work(tx: Tx, desk: Desk, place: Place) -> None:
            claims.at_work(tx, desk, place, visit.who, stored.reference, form.text("seen"))
            identity = draft.send(tx, desk, place, visit.who, form.files)
            if rehearsing.fingerprint(rehearsing.sent(tx, desk, stored.reference, identity)) != form.text("shown"):
                raise NotAllowedError(
                    "What the customer would read is no longer what you saw; look at it again, then send it."
                )

        acted = await acting.act(request, visit, work)
        if isinstance(acted, Refused):
            return await _preview(request, visit, draft, None, refused=acted.text)
        return door.see(f"{door.HOME}/cases/{stored.reference}?done=sent")

    return handle


async def _case(request: web.Request, visit: Visit, act: Writing) -> Stored:
    """Return the case. Raises HTTPNotFound for what can never be written in it: no refusal of marketing (R40)."""
    stored = await found(request, visit, NEEDS[act])
    if act in never(stored):
        raise web.HTTPNotFound
    return stored


async def _preview(
    request: web.Request, visit: Visit, draft: Draft, seen: str | None, refused: str = ""
) -> web.StreamResponse:
    """Return the preview; the form, with why, where a rule forbids it. ``seen`` None: as the case stands now."""
    office, reference = visit.house.office, draft.stored.reference
    place = Place(conversation="", channel=OFFICE, now=office.clock.now())
    linked = draft.releases and await office.store.read(
        lambda tx: backoffice_close.by_link(tx, office.desk, draft.stored)
    )

    def claim(tx: Tx) -> str:
        edition = str(claims.edition(tx, reference)) if seen is None else seen
        claims.at_work(tx, office.desk, place, visit.who, reference, edition)
        return edition

    def rehearse(tx: Tx) -> None:
        files = (_SOME_FILE,) if linked else ()
        raise _UndoneError(
            rehearsing.rehearse(
                tx, office.desk, place, reference, lambda: draft.send(tx, office.desk, place, visit.who, files)
            )
        )

    try:
        edition = await office.store.transact(claim)  # to look at it is to work on it
        await office.store.transact(rehearse)
    except NotAllowedError as error:
        return await _form(request, visit, draft, refused=refused or acting.refusal(error))
    except _UndoneError as undone:
        told = undone.told
    effect = telling.effect(told.effect)
    lifts = office.desk.limits.lifting_working_days if told.effect.lifts else 0
    return pages.render(
        request, visit, "letters/preview.html",
        place="queue", status=409 if refused else 200, refused=refused,
        stored=draft.stored, act=draft.act, title=telling.writing(draft.act), kind=words.kind(draft.stored.action),
        edition=edition, shown=told.fingerprint, messages=previews.shown(visit.house, told), way=previews.way(told),
        effect=effect, lifts=lifts, linked=linked, fields=_fields(draft.form),
        most=office.desk.limits.answer_bytes // 1_000_000,
    )  # fmt: skip


async def _form(request: web.Request, visit: Visit, draft: Draft, refused: str = "") -> web.StreamResponse:
    """Return the form with everything that was typed; with ``refused`` as a page that says why nothing was sent."""
    office, stored = visit.house.office, draft.stored
    desk, now = office.desk, office.clock.now()

    def read(tx: Tx) -> tuple[int, Claim | None, str, bool]:
        return (
            claims.edition(tx, stored.reference),
            claims.current(tx, now, stored.reference),
            _hindrance(tx, desk, now, stored, draft.act),
            draft.releases and backoffice_close.by_link(tx, desk, stored),
        )

    edition, claim, hindered, linked = await office.store.read(read)
    company = desk.companies[stored.company]
    ready = letter_words.ready(desk, now, stored, *OCCASIONS[draft.act])
    chosen = next((one for one in ready if one.id == request.query.get("template")), None)
    typed = _typed(draft, chosen)
    policy = desk.edition(stored.company, now)
    looks_anew = not (draft.form.has("back") or draft.form.has("more"))
    longest = _longest(desk, stored)
    return pages.render(
        request, visit, "letters/compose.html",
        place="queue", status=409 if refused else 200, refused=refused or hindered,
        stored=stored, act=draft.act, title=telling.writing(draft.act), kind=words.kind(stored.action),
        company=company, edition=edition if looks_anew else draft.form.text("seen"), today=local_day(now),
        other=claim.holder if claim and claim.holder != visit.who else "",
        ready=ready, chosen=chosen, typed=typed, choices=choices(draft), on_grounds=on_grounds(),
        with_text=not (draft.releases and draft.act is Writing.ANSWER), releases=draft.releases, linked=linked,
        erases=draft.erases, lines=erasing.lines(policy, draft.form) if draft.erases else (),
        clauses=policy.text.clauses, longest=longest.isoformat(), longest_day=pages.day(longest), due=stored.due_date,
        months=company.rights.deadline.extension_months, confirmed=company.rights.deadline.confirmed,
    )  # fmt: skip


def _typed(draft: Draft, chosen: letter_words.Ready | None) -> Mapping[str, str]:
    """Return what stands in the fields: what was typed, else what the template says and chooses."""
    typed = {name: draft.form.text(name) for name in draft.form.fields}
    if chosen and not typed:
        typed = {"text": chosen.text}
        match draft.act:
            case Writing.ASK:
                typed["about"] = chosen.choice
            case Writing.REFUSE:
                typed["ground"] = chosen.choice
            case Writing.DECIDE:
                typed["outcome"] = "rejected" if chosen.choice else "upheld"
                typed["grounds"] = chosen.choice
    return typed


def _fields(form: Form) -> Sequence[tuple[str, str]]:
    """Return what the preview passes on."""
    return [(name, text) for name in form.fields if name not in _OWN for text in form.texts(name)]


def _hindrance(tx: Tx, desk: Desk, now: int, stored: Stored, act: Writing) -> str:
    """Return why this cannot be sent now; empty where nothing is known against it."""
    fresh = case_file.loaded(tx, desk, stored.reference)
    sent = notices.of_case(tx, desk, stored.reference)
    for one in case_steps.possible(tx, desk, now, fresh, sent):
        if one.act is act:
            return acting.refusal(one.forbidden) if one.forbidden else ""
    try:
        office_rules.must_be_open(fresh, act.value)
        office_rules.must_be_undecided(tx, desk, fresh, act.value)
    except NotAllowedError as error:
        return acting.refusal(error)
    return ""


def _longest(desk: Desk, stored: Stored) -> dt.date:
    deadline = desk.companies[stored.company].rights.deadline
    return extended_to(stored.received_at, stored.paused_ms, deadline).date
