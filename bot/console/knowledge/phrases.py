"""Makes phrases of questions: where each belongs, in whose way of writing, in which words; the files get a patch.

What somebody typed may be somebody's: numbers and addresses do not go into files (R32).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from bot.console import acting
from bot.console.acting import Refused
from bot.console.door import FORM, HOME, Visit, see
from bot.console.forms import Form
from bot.console.knowledge.intents import Offered, chosen, files, offered
from bot.console.knowledge.patches import PATCHES
from bot.console.knowledge.questions import near_of
from bot.console.pages import render, say
from bot.knowledge import patching
from bot.knowledge.patching import Change, NewPhrase
from bot.nlu.fold import fold
from bot.nlu.intents import Register
from bot.services.desk import Desk, Place
from bot.services.knowledge import questions
from bot.services.knowledge.questions import Question
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

PATH = f"{HOME}/questions/phrases"
MOST = 20  # phrases of one patch
_LONGEST = 200  # characters: a phrase is what somebody says in one go


@dataclass(frozen=True, kw_only=True)
class Row:
    """One phrase as it stands in the form; ``near`` are intents to choose from, the closest first.

    ``id`` is the asking that was ticked: its fields are called by it, also when somebody asks the same again meanwhile.
    """

    id: str
    question: Question
    near: tuple[Offered, ...]
    text: str
    register: str
    into: str
    other: str
    fault: str = ""

    @property
    def intent(self) -> str:
        """The intent that was chosen: what was typed goes before what was ticked."""
        return chosen(self.other) or self.into


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show the form for the questions that were ticked."""
    ids = request.query.getall("id", [])[:MOST]
    rows = await _rows(visit, ids, None)
    return await _page(request, visit, rows)


async def make(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make the patch, unless something about a phrase is not right; then everything typed stands there again."""
    form = request[FORM]
    rows = await _rows(visit, form.texts("id")[:MOST], form)
    known = await asyncio.to_thread(_offered, visit)
    data = visit.house.office.settings.data
    paths = await asyncio.to_thread(files, data, [row.intent for row in rows])
    judged = [_judged(row, known, paths) for row in rows]
    if not judged or any(row.fault for row in judged):
        return await _page(request, visit, judged, status=409)
    try:
        changes = await asyncio.to_thread(_changes, data, judged, paths)
    except (OSError, ValueError):
        changes = ()
    if not changes:
        refused = say("The files hold these phrases already; there is nothing to change.")
        return await _page(request, visit, judged, refused=refused)

    def work(tx: Tx, desk: Desk, place: Place) -> int:
        for row in judged:
            questions.taught(tx, desk, place, visit.who, row.question, row.intent)
        return len(judged)

    done = await acting.act(request, visit, work)
    if isinstance(done, Refused):
        return await _page(request, visit, judged, refused=done.text)
    patch = request.app[PATCHES].make(
        visit.account.id, "shprehje.patch", changes,
        questions=[row.id for row in judged], until=visit.house.office.clock.now(),
    )  # fmt: skip
    return see(f"{HOME}/patches/{patch.id}")


async def _page(
    request: web.Request, visit: Visit, rows: Sequence[Row], *, refused: str = "", status: int = 200
) -> web.StreamResponse:
    known = await asyncio.to_thread(_offered, visit)
    return render(
        request, visit, "knowledge/phrases.html", place="questions", status=409 if refused else status,
        rows=rows, known=known.values(), refused=refused, registers=_registers(),
        longest=_LONGEST,
    )  # fmt: skip


async def _rows(visit: Visit, ids: Sequence[str], form: Form | None) -> list[Row]:
    office, companies = visit.house.office, visit.companies_for(Permission.KNOWLEDGE)
    found = await office.store.read(lambda tx: questions.find(tx, office.desk, companies, ids))
    known = await asyncio.to_thread(_offered, visit)
    ticked: dict[Question, str] = {}
    for identity, question in zip(ids, found, strict=True):
        if question:
            ticked.setdefault(question, identity)
    return await asyncio.to_thread(lambda: [_row(visit, one, at, known, form) for one, at in ticked.items()])


def _row(visit: Visit, question: Question, identity: str, known: Mapping[str, Offered], form: Form | None) -> Row:
    last = question.last
    companies = (last.company,) if last.company else visit.companies_for(Permission.KNOWLEDGE)
    ids = [intent for company in companies for intent in near_of(visit, company, last.words).intents]
    near = tuple(known[intent] for intent in dict.fromkeys(ids) if intent in known)
    if form is None:
        return Row(
            id=identity, question=question, near=near,
            text=patching.tidy(last.words), register=_guessed(last.words).value, into="", other="",
        )  # fmt: skip
    return Row(
        id=identity, question=question, near=near,
        text=form.text(f"text-{identity}"), register=form.text(f"register-{identity}"),
        into=form.text(f"into-{identity}"), other=form.text(f"other-{identity}"),
    )  # fmt: skip


def _judged(row: Row, known: Mapping[str, Offered], paths: Mapping[str, str]) -> Row:
    fault = ""
    if not fold(row.text):
        fault = say("Write the phrase.")
    elif len(row.text) > _LONGEST:
        fault = say("A phrase has {most} characters at most; keep what it is about.").format(most=_LONGEST)
    elif patching.is_personal(row.text):
        fault = say("Take the number or the address out: what may be somebody's does not go into the files.")
    elif row.register not in set(Register):
        fault = say("Choose how it is written.")
    elif not row.intent:
        fault = say("Choose what it asks for.")
    elif row.intent not in known or row.intent not in paths:
        fault = say("«{typed}» is not on the list; choose from what it offers.").format(typed=row.intent)
    return replace(row, fault=fault)


def _changes(data: Path, rows: Sequence[Row], paths: Mapping[str, str]) -> tuple[Change, ...]:
    changes = []
    for path in sorted({paths[row.intent] for row in rows}):
        old = (data / path).read_bytes().decode()  # its ends of lines as they are
        own = [NewPhrase(register=Register(row.register), text=row.text) for row in rows if paths[row.intent] == path]
        changes.append(Change(path=path, old=old, new=patching.with_phrases(old, own)))
    return tuple(change for change in changes if change.old != change.new)


def _offered(visit: Visit) -> dict[str, Offered]:
    office = visit.house.office
    now = office.clock.now()
    companies = visit.companies_for(Permission.KNOWLEDGE)
    return offered(office.knowledge, [(company, office.desk.edition(company, now)) for company in companies])


def _registers() -> list[tuple[str, str]]:
    return [
        (Register.STANDARD.value, say("With ë and ç, as in books")),
        (Register.PLAIN.value, say("Without ë and ç, as on a phone")),
        (Register.GHEG.value, say("Gheg")),
    ]


def _guessed(text: str) -> Register:
    return Register.STANDARD if set("ëçËÇ").intersection(text) else Register.PLAIN
