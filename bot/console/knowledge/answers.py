"""The answers of a company: what is told, by which clauses, whether it is approved, whether it is told at all."""

import enum
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.console import acting
from bot.console.acting import Refused
from bot.console.door import FORM, HOME, Visit, see
from bot.console.pages import render, say
from bot.delivery import switching
from bot.errors import NotAllowedError
from bot.nlu.fold import fold
from bot.policy.company import Edition
from bot.services.desk import Desk, Place
from bot.services.knowledge import reviews
from bot.services.knowledge.reviews import Standing
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

PATH = f"{HOME}/answers"
PAGE = 40
_LONGEST_REASON = 200  # characters

_Get = Callable[[str], str | None]
_Act = Callable[[Tx, Desk, Place], object]


class Show(enum.StrEnum):
    """Which answers are listed."""

    ALL = "all"
    WAITING = "waiting"  # not approved as they stand
    OFF = "off"
    CHANGED = "changed"  # approved once, in other words


@dataclass(frozen=True, kw_only=True)
class View:
    """What is looked at: a company's answers, which of them, of which part, with which words, from where on."""

    company: str
    show: Show
    part: str
    words: str
    after: str

    def query(self, **other: str) -> str:
        """Return it for an address, with some of it otherwise."""
        whole = {"company": self.company, "show": self.show.value, "part": self.part, "q": self.words,
                 "after": self.after, **other}  # fmt: skip
        return urlencode({name: value for name, value in whole.items() if value})

    def holds(self, standing: Standing) -> bool:
        """Tell whether an answer is among them."""
        answer = standing.answer
        shown = {
            Show.ALL: True,
            Show.WAITING: standing.approval is None,
            Show.OFF: standing.off is not None,
            Show.CHANGED: standing.outdated,
        }
        found = not self.words or fold(self.words) in fold(f"{answer.label} {answer.says} {answer.topic}")
        return shown[self.show] and found and self.part in ("", answer.part)


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show the list."""
    return await _listed(request, visit, _view(visit, request.query.get))


async def approve(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Approve one answer as it was shown."""
    form, view = request[FORM], _posted(request, visit)
    seen = {form.text("topic"): form.text("digest")}
    return await _done(
        request, visit, view, "approved",
        lambda tx, desk, place: reviews.approve(tx, desk, place, visit.who, view.company, seen),
    )  # fmt: skip


async def approve_part(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Approve every answer of a part that is told, if all of them still read as they were shown."""
    form, view = request[FORM], _posted(request, visit)

    def work(tx: Tx, desk: Desk, place: Place) -> int:
        standings = reviews.standings(tx, desk.companies[view.company], desk.edition(view.company, place.now))
        part = [standing for standing in standings if standing.answer.part == view.part]
        if not view.part or seal(part) != form.text("digest"):
            raise NotAllowedError("This part reads otherwise by now; read it again.")
        seen = {standing.answer.topic: standing.digest for standing in part if not standing.off}
        return reviews.approve(tx, desk, place, visit.who, view.company, seen)

    return await _done(request, visit, view, "part", work)


async def take_back(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Take an approval back."""
    form, view = request[FORM], _posted(request, visit)
    return await _done(
        request, visit, view, "taken-back",
        lambda tx, desk, place: reviews.take_back(tx, desk, place, visit.who, view.company, form.text("topic")),
    )  # fmt: skip


async def switch(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Switch an answer off at once, or on again."""
    form, view = request[FORM], _posted(request, visit)
    on = form.text("to") == "on"
    topic, reason = form.text("topic"), form.text("reason")
    if len(reason) > _LONGEST_REASON:
        refused = say("Keep the reason below {most} characters.").format(most=_LONGEST_REASON)
        return await _listed(request, visit, view, refused=refused, about=topic, reason=reason)
    change = reviews.switch_on if on else reviews.switch_off
    return await _done(
        request, visit, view, "on" if on else "off",
        lambda tx, desk, place: change(tx, desk, place, visit.who, view.company, topic, reason),
        about=topic, reason=reason,
    )  # fmt: skip


def seal(standings: Sequence[Standing]) -> str:
    """Return a name for all that stands in a part, as it was seen."""
    seen = "".join(f"{standing.answer.topic}\0{standing.digest}\0{standing.off}\n" for standing in standings)
    return hashlib.sha256(seen.encode()).hexdigest()[:32]


def part_name(part: str) -> str:
    """Return what a part is called, after its file."""
    return part.replace("-", " ").capitalize()


async def _done(
    request: web.Request, visit: Visit, view: View, done: str, work: _Act, *, about: str = "", reason: str = ""
) -> web.StreamResponse:
    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return await _listed(request, visit, view, refused=acted.text, about=about, reason=reason)
    office = visit.house.office
    await switching.refresh(office.store, office.switches)  # in this process at once, in others within seconds
    return see(f"{PATH}?{view.query(done=done)}")


async def _listed(
    request: web.Request, visit: Visit, view: View, *, refused: str = "", about: str = "", reason: str = ""
) -> web.StreamResponse:
    office = visit.house.office
    company = office.desk.companies[view.company]
    edition = office.desk.edition(view.company, office.clock.now())
    every = await office.store.read(lambda tx: reviews.standings(tx, company, edition))
    found = [standing for standing in every if view.holds(standing)]
    start = next((at + 1 for at, one in enumerate(found) if one.answer.topic == view.after), 0)
    whole = [standing for standing in every if view.part and standing.answer.part == view.part]
    here = found[start:] if view.part else found[start : start + PAGE]
    return render(
        request, visit, "knowledge/answers.html", place="answers", status=409 if refused else 200,
        view=view, here=here, found=len(found), follows=here[-1].answer.topic if start + len(here) < len(found) else "",
        every=len(every), approved=sum(one.approval is not None for one in every),
        off=sum(one.off is not None for one in every), changed=sum(one.outdated for one in every),
        part_seal=seal(whole), whole=len(whole) > 0 and len(here) == len(whole),
        open_in_part=sum(one.approval is None and not one.off for one in whole),
        sections=list(dict.fromkeys(one.answer.part for one in every)), part_name=part_name, edition=edition,
        quotes=_quotes, refused=refused, about=about, reason=reason, shows=_shows(), longest=_LONGEST_REASON,
        companies=[visit.companies[c] for c in visit.companies_for(Permission.KNOWLEDGE)],
    )  # fmt: skip


def _quotes(edition: Edition, standing: Standing) -> list[tuple[str, str]]:
    passages = [edition.text.passage(clause) for clause in standing.answer.cites if clause in edition.text]
    return [(passage.label, passage.quote) for passage in passages]


def _posted(request: web.Request, visit: Visit) -> View:
    return _view(visit, request[FORM].text)


def _view(visit: Visit, value: _Get) -> View:
    """Return what is looked at. Raises what ``Visit.must`` raises."""
    company = value("company") or visit.companies_for(Permission.KNOWLEDGE)[0]
    visit.must(Permission.KNOWLEDGE, company)
    show = value("show") or ""
    return View(
        company=company,
        show=Show(show) if show in set(Show) else Show.ALL,
        part=value("part") or "",
        words=(value("q") or "")[:100],
        after=value("after") or "",
    )


def _shows() -> list[tuple[str, str]]:
    return [
        (Show.ALL.value, say("All answers")),
        (Show.WAITING.value, say("Not approved")),
        (Show.CHANGED.value, say("Approved in other words")),
        (Show.OFF.value, say("Switched off")),
    ]
