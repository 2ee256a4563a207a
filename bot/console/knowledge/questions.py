"""The list of what the bot could not answer: shown with what stands closest, answered by a person, taken off."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from bot.console import acting, words
from bot.console.acting import Refused
from bot.console.door import FORM, HOME, Visit, see
from bot.console.knowledge.nearest import Near, NearAnswer, clearest, nearest
from bot.console.pages import render, say
from bot.errors import NotAllowedError
from bot.services.desk import Desk, Place
from bot.services.knowledge import questions
from bot.services.knowledge.questions import CLOSING, Asked, Order, Outcome, Question
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

PATH = f"{HOME}/questions"
PAGE = 20
_MOST_ASKERS = 8  # shown one by one
_MOST_COMPANIES = 3  # looked through for a question that names none
_AFTER = re.compile(r"(-?\d{1,15})\.(-?\d{1,15})\.([0-9A-Z-]{1,20})")

_Place = tuple[int, int, str]
_Get = Callable[[str], str | None]


@dataclass(frozen=True, kw_only=True)
class View:
    """What of the list is looked at: a company's or (empty) all, in which order, after which place."""

    company: str
    order: Order
    after: str

    def query(self, **other: str) -> str:
        """Return it for an address, with some of it otherwise."""
        whole = {"company": self.company, "order": self.order.value, "after": self.after, **other}
        return urlencode({name: value for name, value in whole.items() if value})

    def of(self, visit: Visit) -> tuple[str, ...]:
        """Return the companies whose questions are looked at. Raises what ``Visit.must`` raises."""
        if not self.company:
            return visit.companies_for(Permission.KNOWLEDGE)
        visit.must(Permission.KNOWLEDGE, self.company)
        return (self.company,)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A question on the page, and what was made of it."""

    question: Question
    companies: tuple[str, ...]  # that it may be answered for
    near: tuple[Near, ...]
    answers: tuple[NearAnswer, ...]

    @property
    def askers(self) -> Sequence[Asked]:
        """Those who are shown one by one."""
        return self.question.asked[:_MOST_ASKERS]


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show the list."""
    return await _listed(request, visit, _view(request.query.get))


async def close(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Take a question off the list, for a reason of a fixed set: what is logged must hold nothing personal (R32)."""
    form = request[FORM]
    view = _view(form.text)
    companies = visit.companies_for(Permission.KNOWLEDGE)
    until = int(form.text("until")) if form.text("until").isdecimal() else 0
    outcome = next((one for one in CLOSING if one.value == form.text("outcome")), None)
    if outcome is None:
        return await _listed(request, visit, view, refused=say("Choose why it goes off the list."))
    done = await acting.act(
        request, visit,
        lambda tx, desk, place: [
            questions.see_to(tx, desk, place, visit.who, found, until, outcome, outcome_name(outcome))
            for found in questions.find(tx, desk, companies, [form.text("id")])
            if found
        ],
    )  # fmt: skip
    if isinstance(done, Refused):
        return await _listed(request, visit, view, refused=done.text)
    return see(f"{PATH}?{view.query(done='closed')}")


async def reply(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make a request of one asking and go on to the letter to whoever asked."""
    form = request[FORM]
    view, company, identity = _view(form.text), form.text("for"), form.text("id")
    visit.must(Permission.KNOWLEDGE, company)
    visit.must(Permission.WORK, company)

    def work(tx: Tx, desk: Desk, place: Place) -> str:
        (found,) = questions.find(tx, desk, (company,), [identity])
        asked = next((one for one in found.asked if one.id == identity), None) if found else None
        if asked is None:
            raise NotAllowedError("Somebody has seen to this question already.")
        return questions.to_request(tx, desk, place, visit.who, asked, company)

    done = await acting.act(request, visit, work)
    if isinstance(done, Refused):
        return await _listed(request, visit, view, refused=done.text)
    if done.result is None:  # the same form once more
        return see(f"{PATH}?{view.query()}")
    return see(f"{HOME}/cases/{done.result}/write/reply")


def outcome_name(outcome: Outcome) -> str:
    """Return what was done about a question, in words."""
    return {
        Outcome.REPLY: say("A person replies to whoever asked"),
        Outcome.PHRASE: say("It was added to the files as a phrase"),
        Outcome.ELSEWHERE: say("It was answered in another way"),
        Outcome.NOT_OURS: say("It is not about personal data"),
        Outcome.NO_SENSE: say("Nothing can be made out of it"),
    }[outcome]


def why(near: Near) -> list[str]:
    """Return in words why the closest answers are these."""
    told = [say("The bot knew these words: {words}").format(words=", ".join(near.recognised))]
    if not near.recognised:
        told = [say("The bot knew none of its words as something that the policy speaks of")]
    told += [say("it read «{word}» as «{known}»").format(word=word, known=known) for word, known in near.mended]
    return told


async def _listed(request: web.Request, visit: Visit, view: View, refused: str = "") -> web.StreamResponse:
    office, companies = visit.house.office, view.of(visit)
    waiting = await office.store.read(lambda tx: questions.waiting(tx, office.desk, companies, view.order))
    after = _place(view.after)
    left = [q for q in waiting.questions if after is None or questions.place_of(q, view.order) > after]
    here = left[:PAGE]
    # A page takes up to some tens of milliseconds: not on the loop, where everybody's turns wait.
    shown = await asyncio.to_thread(lambda: [_shown(visit, question, companies) for question in here])
    follows = ".".join(map(str, questions.place_of(here[-1], view.order))) if len(left) > PAGE else ""
    return render(
        request, visit, "knowledge/questions.html", place="questions", status=409 if refused else 200,
        view=view, shown=shown, total=len(waiting.questions), more=waiting.more, follows=follows, refused=refused,
        companies=[visit.companies[c] for c in visit.companies_for(Permission.KNOWLEDGE)], known=visit.companies,
        replies=visit.companies_for(Permission.WORK), closing=[(one.value, outcome_name(one)) for one in CLOSING],
        why=why, channel=words.channel, most_askers=_MOST_ASKERS,
    )  # fmt: skip


def _shown(visit: Visit, question: Question, companies: Sequence[str]) -> Shown:
    own = question.last.company
    looked = (own,) if own else tuple(companies)[:_MOST_COMPANIES]
    near = tuple(near_of(visit, company, question.last.words) for company in looked)
    return Shown(question=question, companies=looked, near=near, answers=clearest(near))


def near_of(visit: Visit, company: str, text: str) -> Near:
    """Return what stands closest to a text at a company today."""
    office = visit.house.office
    edition = office.desk.edition(company, office.clock.now())
    return nearest(office.knowledge, office.desk.companies[company], edition, text)


def _view(value: _Get) -> View:
    order = value("order") or ""
    return View(
        company=value("company") or "",
        order=Order(order) if order in set(Order) else Order.OFTEN,
        after=value("after") or "",
    )


def _place(after: str) -> _Place | None:
    found = _AFTER.fullmatch(after)
    return (int(found[1]), int(found[2]), found[3]) if found else None
