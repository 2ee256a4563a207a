"""The page of one case: found, allowed, looked at on record, rendered; knows no act."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from bot.console import acting, door, due, pages, words
from bot.console.cases import telling, transcript
from bot.console.door import FORM, Visit
from bot.console.pages import say
from bot.policy.company import Decides
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.desk import OFFICE, Place
from bot.services.office import case_view
from bot.services.office.backoffice import SecondProof
from bot.services.office.case_steps import Step, Writing
from bot.services.office.case_view import CaseSeen
from bot.services.records.events import APPLYING, EventKind
from bot.services.records.references import read_reference
from bot.services.staff import accounts
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_BY_A_PERSON = APPLYING | {EventKind.NOTICE_TO_SEND}


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with the page of a case."""
    return await render(request, visit, await found(request, visit, Permission.QUEUE))


async def found(request: web.Request, visit: Visit, permission: Permission) -> Stored:
    """Return the case of an address. Raises HTTPNotFound, also where it is another company's; HTTPForbidden."""
    office = visit.house.office
    reference = read_reference(request.match_info["reference"])
    stored = await office.store.read(lambda tx: case_file.load(tx, office.desk, reference)) if reference else None
    if stored is None:
        raise web.HTTPNotFound
    visit.must(permission, stored.company)
    return stored


async def render(
    request: web.Request, visit: Visit, stored: Stored, *, act: str = "", refused: str = "", status: int = 200
) -> web.StreamResponse:
    """Return the page; with ``refused`` the act that was, and everything that was typed for it."""
    office, company = visit.house.office, stored.company
    now = office.clock.now()
    await look(visit, now, company, stored.reference)
    decides = visit.may(Permission.DECIDE, company)
    advises = visit.may(Permission.ADVISE, company) and office.desk.companies[company].decides is Decides.CONTROLLER

    def read(tx: Tx) -> tuple[CaseSeen, tuple[Account, ...]]:
        fresh = case_file.loaded(tx, office.desk, stored.reference)
        seen = case_view.see(tx, office.desk, now, fresh, decides=decides, advises=advises)
        return seen, accounts.of_company(tx, office.desk, company)

    seen, staff = await office.store.read(read)
    colleagues = [one for one in staff if one.may(Permission.WORK, company, office.desk)]
    form = request[FORM]
    typed = {name: form.text(name) for name in form.fields} if act else {}
    writings = _writings(visit, seen)
    return pages.render(
        request, visit, "cases/case.html",
        place="queue", status=status, told=telling.done(request.query.get("done", "")),
        refused=refused, act=act, typed=typed,
        case=seen, stored=seen.stored, now=now, today=local_day(now), colleagues=colleagues,
        works=visit.may(Permission.WORK, company), decides=decides, advises=advises,
        unlocks=visit.may(Permission.ADVISE, company), exports=visit.may(Permission.AUDIT, company),
        controller=office.desk.companies[company].decides is Decides.CONTROLLER,
        due=due_words(seen), writings=writings, proofs=_proofs(),
        clause_names=_clause_names(visit, seen, now),
        by_hand=[event for event in seen.open_events if event.kind in _BY_A_PERSON],
        for_systems=[event for event in seen.open_events if event.kind not in _BY_A_PERSON],
        entries=[telling.entry(entry) for entry in seen.entries], lines=transcript.lines(seen.messages),
        step_at=_step_at(seen, writings), telling=telling, words=words, came=due.came,
    )  # fmt: skip


async def look(visit: Visit, now: int, company: str | None, reference: str) -> None:
    """Put on record that somebody looks at a case or an escalation, unless that was done a short time ago."""
    office = visit.house.office
    if await office.store.read(lambda tx: case_view.looked_lately(tx, now, visit.who, reference)):
        return
    place = Place(conversation="", channel=OFFICE, now=now)
    await office.store.transact(
        lambda tx: case_view.note_look(tx, office.desk, place, visit.who, company, reference)
    )  # fmt: skip


def due_words(seen: CaseSeen) -> tuple[str, str]:
    """Return how much time is left in words, and the tone of its mark."""
    if not seen.stored.is_open:
        return say("This case is closed"), "quiet"
    if seen.stored.paused_at is not None:
        return say("the clock stands, {count} days left").format(count=seen.left), "quiet"
    tone = "late" if seen.left <= 0 else "soon" if seen.left <= _SOON else "fine"
    return due.words(seen.left, late=seen.late), tone


_SOON = 7  # days: from here on the reminders go out


def _writings(visit: Visit, seen: CaseSeen) -> Sequence[Mapping[str, str]]:
    """Return what whoever looks may write, each with its address, or with why it is not possible now."""
    address = f"{door.HOME}/cases/{seen.stored.reference}/write"
    return [
        {
            "act": one.act.value,
            "says": telling.writing(one.act),
            "href": "" if one.forbidden else f"{address}/{one.act.value}",
            "why": acting.refusal(one.forbidden) if one.forbidden else "",
        }
        for one in seen.possible
        if visit.may(one.needs, seen.stored.company)
    ]


def _clause_names(visit: Visit, seen: CaseSeen, now: int) -> Mapping[str, str]:
    """Return what the clauses of kept parts are called; one that the policy of today has no more is left out."""
    text = visit.house.office.desk.edition(seen.stored.company, now).text
    labels = {part.clause: text.passage(part.clause).label for part in seen.kept if part.clause in text}
    return {
        clause: say("clause {clause}").format(clause=label) if label[:1].isdigit() else label
        for clause, label in labels.items()
    }


def _proofs() -> Sequence[tuple[str, str]]:
    return [(proof.value, words.second_proof(proof.value)) for proof in SecondProof]


def _step_at(seen: CaseSeen, writings: Sequence[Mapping[str, str]]) -> str:
    """Return where on the page, or in the composer, the next step is done; empty where there is only waiting."""
    if seen.step in _HERE:
        return _HERE[seen.step]
    act = _WRITTEN.get(seen.step)
    return next((one["href"] or "#write" for one in writings if act and one["act"] == act.value), "")


_HERE = {
    Step.SEND_BY_HAND: "#events",
    Step.APPLY: "#events",
    Step.ACT_LATE: "#write",
    Step.TAKE: "#take",
    Step.PROVE: "#proof",
    Step.ADVISE: "#advise",
}
_WRITTEN = {
    Step.READ: Writing.REPLY,
    Step.END_MARKETING: Writing.ANSWER,
    Step.DECIDE: Writing.DECIDE,
    Step.ANSWER_WITH_FILES: Writing.ANSWER,
    Step.ANSWER_TO_ADDRESS: Writing.ANSWER,
    Step.ANSWER: Writing.ANSWER,
}
