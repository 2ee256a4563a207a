"""Answers in other words, and what was decided of them, as patches for the files; changes no file itself."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from aiohttp import web

from bot.console.door import FORM, HOME, Visit, see
from bot.console.knowledge.answers import PATH
from bot.console.knowledge.patches import PATCHES
from bot.console.pages import render, say
from bot.knowledge import patching
from bot.knowledge.patching import Change
from bot.policy.answers import Answer, Approval
from bot.services.knowledge import reviews
from bot.services.knowledge.reviews import Standing
from bot.services.staff.roles import Permission

_LONGEST = 2_000  # characters


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show an answer's words to be edited."""
    answer = _answer(visit, request.query.get("company", ""), request.query.get("topic", ""))
    return _form(request, visit, answer, label=answer.label, says=answer.says)


async def edit(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make a patch of the words as they were edited; the approval goes with the old ones."""
    form = request[FORM]
    answer = _answer(visit, form.text("company"), form.text("topic"))
    label, says = form.text("label"), form.text("says")
    if not label or not says:
        return _form(request, visit, answer, label=label, says=says, fault=say("Write the answer and its short title."))
    if len(label) + len(says) > _LONGEST:
        fault = say("An answer has {most} characters at most.").format(most=_LONGEST)
        return _form(request, visit, answer, label=label, says=says, fault=fault)
    data = visit.house.office.settings.data
    try:
        change = await asyncio.to_thread(_edited, data, answer, label, says)
    except (OSError, ValueError):
        fault = say("The file of this answer cannot be read; tell whoever looks after the files.")
        return _form(request, visit, answer, label=label, says=says, fault=fault)
    if change.old == change.new:
        return _form(request, visit, answer, label=label, says=says, fault=say("Nothing was changed."))
    patch = request.app[PATCHES].make(visit.account.id, "pergjigja.patch", [change])
    return see(f"{HOME}/patches/{patch.id}")


async def export(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make a patch of all that was decided at a company and that its files do not say yet."""
    office, name = visit.house.office, request[FORM].text("company")
    visit.must(Permission.KNOWLEDGE, name)
    company, edition = office.desk.companies[name], office.desk.edition(name, office.clock.now())
    standings = await office.store.read(lambda tx: reviews.standings(tx, company, edition))
    try:
        changes = await asyncio.to_thread(_decided, office.settings.data, name, standings)
    except (OSError, ValueError):
        return see(f"{PATH}?company={name}&done=unread")
    if not changes:
        return see(f"{PATH}?company={name}&done=nothing")
    patch = request.app[PATCHES].make(visit.account.id, f"miratimet-{name}.patch", changes)
    return see(f"{HOME}/patches/{patch.id}")


def _form(
    request: web.Request, visit: Visit, answer: Answer, *, label: str, says: str, fault: str = ""
) -> web.StreamResponse:
    office = visit.house.office
    text = office.desk.edition(answer.company, office.clock.now()).text
    quotes = [(text.passage(clause).label, text.passage(clause).quote) for clause in answer.cites if clause in text]
    return render(
        request, visit, "knowledge/edit.html", place="answers", status=409 if fault else 200,
        answer=answer, label=label, says=says, fault=fault, quotes=quotes, longest=_LONGEST,
        company=visit.companies[answer.company],
    )  # fmt: skip


def _answer(visit: Visit, company: str, topic: str) -> Answer:
    visit.must(Permission.KNOWLEDGE, company)
    office = visit.house.office
    answer = office.desk.edition(company, office.clock.now()).answers.get(topic)
    if answer is None:
        raise web.HTTPNotFound
    return answer


def _edited(data: Path, answer: Answer, label: str, says: str) -> Change:
    path = _file(answer)
    old = _read(data, path)
    return Change(path=path, old=old, new=patching.with_answer(old, answer.topic, label=label, says=says))


def _decided(data: Path, company: str, standings: Sequence[Standing]) -> list[Change]:
    approvals, off = reviews.for_the_files(standings)
    by_file: dict[str, dict[str, Approval | None]] = {}
    for standing in standings:
        if standing.answer.topic in approvals:
            topic = standing.answer.topic
            by_file.setdefault(_file(standing.answer), {})[topic] = approvals[topic]
    changes = [_approved(data, path, given) for path, given in by_file.items()]
    path = f"policy_texts/{company}/company.yaml"
    old = _read(data, path)
    changes.append(Change(path=path, old=old, new=patching.with_switched_off(old, off)))
    return [change for change in changes if change.old != change.new]


def _approved(data: Path, path: str, given: Mapping[str, Approval | None]) -> Change:
    old = _read(data, path)
    return Change(path=path, old=old, new=patching.with_approvals(old, given))


def _file(answer: Answer) -> str:
    return answer.place.rpartition(":")[0]


def _read(data: Path, path: str) -> str:
    return (data / path).read_bytes().decode()  # its ends of lines as they are
