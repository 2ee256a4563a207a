"""A seeded person walks through the pure dialogue, in a world that answers every effect as a service may.

The walk checks, at each step, what must hold whatever a person does: a reply, no dead end, no act without
a proof and a confirmation of exactly what was shown, no illegal row.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.dialogue import effects, events
from bot.dialogue.compose import Composer
from bot.dialogue.effects import Effect
from bot.dialogue.events import (
    Account,
    Arrived,
    Brought,
    Case,
    CaseState,
    Chose,
    Event,
    Heard,
    Left,
    Said,
    StaffSaid,
    Stale,
    Thing,
    Why,
)
from bot.dialogue.facts import Facts, House
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Block, Choices, Paragraph, Reply
from bot.dialogue.sorting import needs_hearing
from bot.dialogue.state import Form, State
from bot.dialogue.step import closing, first_step, greeting, step
from bot.knowledge.commands import read_commands
from bot.limits import Limits
from bot.nlu.commands import Commands
from bot.nlu.companies import CompanyNames
from bot.nlu.intents import Action, Kind
from tests.tools.desks import NOW, made_up_company

ACTS = (
    effects.Withdraw, effects.Grant, effects.StopMarketing, effects.ObjectStatistics, effects.LiftStatistics,
    effects.FileRequest, effects.TakeBack,
)  # fmt: skip
UNPROVEN = (effects.StopMarketing, effects.TakeBack)
MOST = 12
_TEXTS = (
    "po", "jo", "anulo", "kthehu", "menyja", "krejt", "kalo", "pa kod", "kod i ri", "numër tjetër", "për mua",
    "për dikë tjetër", "për firmën", "044 000 101", "A-1001", "123456", "12 34", "filan@shembulli.example",
    "7K2Q-9FXA-8", "Rruga e Trilluar 1, Prishtinë, Kosovë", "mbiemri im është gabim", "?", "boti", "/privatesia",
    "/harro", "ndaje bisedën", "mos e ndaj më", "pëlqimet", "kërkesat e mia", "sa gjatë i ruani të dhënat?", "x" * 300,
)  # fmt: skip
_ORDERS = ("/start", "/pyet", "/pelqimet", "/kerkesat", "/kundershto", "/personi", "/anulo", "/ndihme", "/privatesia",
           "/harro", "/nuk_eshte")  # fmt: skip
# What somebody writes who does as they are asked.
_ASKED_FOR = {
    State.NUMBER: ("044 000 101", "A-1001"),
    State.CODE: ("123456", "12-34-56"),
    State.REPLY_TO: ("filan@shembulli.example",),
    State.LEAVING: ("filan@shembulli.example", "sms", "044 000 101", "Prishtinë", "anulo"),
    State.REFERENCE: ("7K2Q-9FXA-8", "kalo"),
    State.CONTACT: ("filan@shembulli.example", "044 000 101"),
    State.CONFIRM: ("po",),
    State.FIELD: ("mbiemri im është gabim", "kalo", "krejt"),
}
_INTENTS = (
    None, "other_person", "grant_marketing", "human", "request_status", "take_back_request", "ads_after_withdrawal",
    "unrequested_code", "press", "authority", "thanks", "bot_privacy",
)  # fmt: skip


def house() -> House:
    """A house with the two made-up companies and the real commands."""
    faults: list[str] = []
    forms = read_commands(Path(__file__).parents[2] / "intents", faults)
    assert faults == []
    companies = {name: made_up_company(name, name.capitalize()) for name in ("alfa", "beta")}
    bare = made_up_company("gama", "Gama")
    companies["gama"] = replace(bare, rights=type(bare.rights)())  # a company that declared nothing
    return House(
        companies=companies,
        composer=Composer(str),
        commands=Commands(forms.forms, forms.polite),
        names=CompanyNames({name: (name,) for name in companies}),
        limits=Limits(),
        translate=str,
    )


@dataclass
class Walker:
    """One person, one conversation, one world."""

    house: House
    random: random.Random
    now: int = NOW
    turn: int = 0
    form: Form = field(default_factory=Form)
    offered: list[tuple[str, str]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    seen: Counter[State] = field(default_factory=Counter)
    rows: set[tuple[State, str]] = field(default_factory=set)
    acts: Counter[str] = field(default_factory=Counter)

    def go(self) -> list[Block]:
        """Take one turn of whatever the person does; returns what is said."""
        self.turn += 1
        idle = self.random.random() < 0.03
        self.now += 400_000 if idle else 1_000
        return self.take(self.event(), lapsed=idle and bool(self.form.proofs))

    def take(self, event: Event, *, lapsed: bool = False) -> list[Block]:
        """Take one turn of an event, with everything checked that must hold."""
        facts = Facts(house=self.house, now=self.now, turn=self.turn, lapsed=lapsed)
        form, says = greeting(self.form, event, facts)
        confirmed = form.confirmation
        was, first = form.state, event
        done = first_step(form, event, facts)
        says += done.says
        for _ in range(MOST):
            if done.effect is None:
                break
            self.check(done, was, first, confirmed.shown if confirmed else None)
            done = step(done.form, self.answer(done.effect), facts)
            says += done.says
        assert done.effect is None, f"the dialogue goes in circles in {done.form.state}"
        says = [*says, *closing(done.form, says, facts)]
        assert says, f"nothing was said in {done.form.state}"
        assert (done.form.leaving is not None) == (done.form.state is State.LEAVING)
        self.form = done.form
        self.seen[self.form.state] += 1
        self.offered = [(i.value, i.label) for b in says if isinstance(b, Choices) for i in b.items]
        return says

    def check(self, done: Step, was: State, event: Event, shown: effects.Shown | None) -> None:
        """No act without a yes to exactly what was shown, and none for a customer who was not proven."""
        effect = done.effect
        if isinstance(effect, effects.ShareConversation):  # only who asks for it shares anything
            pressed = isinstance(event, Chose) and event.value.startswith("share:")
            assert pressed or (isinstance(event, Said) and event.text == "ndaje bisedën")
            self.acts[type(effect).__name__] += 1
            return
        if not isinstance(effect, ACTS):
            return
        self.acts[type(effect).__name__] += 1
        assert was is State.CONFIRM, f"{effect} from {was}"
        assert isinstance(event, Chose | Said)
        if isinstance(event, Chose):
            assert event.value.startswith("yes:")
        assert shown is not None
        assert effect.shown == shown  # R21: exactly what was shown
        subject = getattr(effect, "subject", None)
        if subject is not None:
            assert self.form.proofs[effect.company].subject == subject
        elif not isinstance(effect, UNPROVEN):
            assert isinstance(effect, effects.FileRequest)
            assert effect.reply_to
        if isinstance(effect, effects.Grant):
            assert not self.form.proofs[effect.company].shared

    def happened(self) -> Event:
        """Return something that is no word of the person's: they come, go, send a picture, are taken over."""
        holds = self.random.random() < 0.5
        brought = Brought(thing=self.random.choice(list(Thing)), erased=self.random.random() < 0.5)
        followed = self.random.choice([None, "alfa", "beta", "nobody"])
        likely: list[Event] = [Stale(), Arrived(), Arrived(company=followed), brought, brought,
                               StaffSaid(reference="REF1", holds=holds)]  # fmt: skip
        return Left() if self.random.random() < 0.05 else self.random.choice(likely)

    def event(self) -> Event:
        """Return what the person does next."""
        dice = self.random.random()
        asked = self.form.state in _ASKED_FOR and self.random.random() < 0.6
        if dice < 0.45 and self.offered and not asked:
            onward = [offer for offer in self.offered if offer[0] not in ("cancel", "no_code", "menu", "privacy")]
            value, label = self.random.choice(onward if onward and self.random.random() < 0.7 else self.offered)
            return Chose(value=value, label=label, seq=self.turn)
        if dice < 0.49:
            odd = (
                "yes:0",
                "pick:nobody",
                "do:nothing",
                "topic:alfa/none",
                "company:none",
                "menu",
                "privacy",
                "x:y",
                "do:lift",
                "do:grant",
                "do:object",
                "do:withdraw/offers",
                "do:see_cases",
                "do:take_back/REF1",
                "share:REF1",
                "unshare:REF1",
            )
            return Chose(value=self.random.choice(odd), label="x", seq=1)
        if dice < 0.52:
            return self.happened()
        if dice < 0.53:
            return Said(text=self.random.choice(_ORDERS), heard=None)
        if dice < 0.54:  # a question, marked as one
            return Said(text="pse?", heard=self.heard("pse?"), asks=True)
        text = self.random.choice(_ASKED_FOR.get(self.form.state, _TEXTS) if dice < 0.85 else _TEXTS)
        if not needs_hearing(self.form.state, text, self.house.commands):
            return Said(text=text, heard=None)
        return Said(text=text, heard=self.heard(text))

    def heard(self, text: str, company: str | None = None) -> Heard:
        """Return what a text might be understood as."""
        about = company or self.random.choice([self.form.company, self.form.company, "alfa", "beta", "gama", None])
        kind = self.random.choice(list(Kind))
        action = self.random.choice(list(Action)) if kind is Kind.ACTION else None
        intent = None if action else self.random.choice(_INTENTS)
        blocks: tuple[Block, ...] = (Paragraph(text=text or "…"),)
        if about is None and (action or kind is Kind.ANSWER):
            asked = self.house.composer.which_company(list(self.house.companies.values()))
            return Heard(
                kind=Kind.CLARIFY, action=action, intent=intent, companies=(), about=None, score=0.5, reply=asked
            )
        reply = Reply(kind=kind, company=about, action=action, blocks=blocks)
        named = (about,) if about and self.random.random() < 0.3 else ()
        return Heard(
            kind=kind,
            action=action,
            intent=intent,
            companies=named,
            about=about,
            score=self.random.random(),
            reply=reply,
        )

    def answer(self, effect: Effect) -> Event:
        """Return one of the events that a service may give for an effect."""
        if isinstance(effect, effects.Understand):
            return Said(text=effect.text, heard=self.heard(effect.text, effect.company))
        chosen: Answer = self.random.choice(_WORLD[type(effect)])
        return chosen(self, effect)

    def account(self) -> Account:
        number = self.random.randrange(3)
        return Account(
            subject=f"s{number}", masked=f"•••{number}", shared=self.random.random() < 0.3,
            ended=self.random.random() < 0.2,
        )  # fmt: skip

    def case(self, company: str) -> Case:
        return Case(
            reference=f"REF{self.random.randrange(3)}", company=company, action=self.random.choice(list(Action)),
            state=self.random.choice(list(CaseState)), received_at=self.now, due=None,
            pending=self.random.random() < 0.3,
        )  # fmt: skip


Answer = Callable[[Walker, "effects.Effect"], Event]


def _company(effect: object) -> str:
    return str(getattr(effect, "company", None) or "alfa")


def _under_way(walker: Walker, _effect: object) -> Event:
    return events.CodeUnderWay(
        challenge=f"c{walker.turn}", contact="+383 44 *** *01", expires_at=walker.now + 300_000,
        resend_at=walker.now + 60_000,
    )  # fmt: skip


def _refused(*reasons: Why) -> Answer:
    return lambda walker, _effect: events.CodeRefused(why=walker.random.choice(reasons), until=walker.now + 1)


def _accepted(walker: Walker, effect: object) -> Event:
    accounts = tuple({a.subject: a for a in (walker.account() for _ in range(walker.random.randint(1, 3)))}.values())
    return events.CodeAccepted(company=_company(effect), number_hash="n", accounts=accounts)


def _proven(walker: Walker, effect: object) -> Event:
    assert isinstance(effect, effects.UseAccount)
    account = walker.account()
    proven = events.AccountProven(
        company=effect.company,
        subject=effect.subject,
        masked=account.masked,
        shared=account.shared,
        ended=account.ended,
    )
    # What the world has proven is what acts are held against.
    known = Account(subject=proven.subject, masked=proven.masked, shared=proven.shared, ended=proven.ended)
    walker.form = replace(walker.form, proofs={**walker.form.proofs, effect.company: known})
    return proven


def _missing(_walker: Walker, effect: object) -> Event:
    return events.ProofMissing(company=_company(effect))


def _consents(walker: Walker, effect: object) -> Event:
    purposes = walker.house.companies[_company(effect)].rights.purposes
    read = tuple(
        events.Consent(purpose=p.id, state=walker.random.choice(list(events.ConsentState)), since=None)
        for p in purposes
    )
    return events.ConsentsRead(consents=read, statistics_restricted=walker.random.random() < 0.5)


def _done(walker: Walker, effect: object) -> Event:
    already = walker.random.random() < 0.3
    return events.ActDone(reference="REF", company=_company(effect), at=walker.now, already=already)


def _act_refused(*reasons: Why) -> Answer:
    return lambda walker, _effect: events.ActRefused(why=walker.random.choice(reasons))


def _cases(walker: Walker, effect: object) -> Event:
    count = walker.random.randrange(4)
    return events.CasesRead(cases=tuple(walker.case(_company(effect)) for _ in range(count)))


def _located(walker: Walker, _effect: object) -> Event:
    company = walker.random.choice(["alfa", "beta", None])
    own = walker.case(company) if company and walker.random.random() < 0.5 else None
    receipt = None
    if company and not own and walker.random.random() < 0.5:
        receipt = events.Recorded(
            reference="REF1", company=company, act="consent.withdrawn", at=walker.now, applied_at=None
        )
    return events.CaseLocated(reference="REF1", company=company, own=own, receipt=receipt)


def _open_cases(walker: Walker, _effect: object) -> Event:
    references = tuple(f"REF{number}" for number in range(walker.random.randrange(3)))
    return events.OpenCasesFound(references=references, sms=bool(references) and walker.random.random() < 0.5,
                                 known=bool(references) and walker.random.random() < 0.5)  # fmt: skip


def _redirected(_walker: Walker, effect: object) -> Event:
    assert isinstance(effect, effects.Redirect)
    assert effect.references
    return events.Redirected(references=effect.references)


def _escalated(_walker: Walker, effect: object) -> Event:
    assert isinstance(effect, effects.Escalate)
    unasked = effect.kind in (effects.Escalation.UNANSWERED, effects.Escalation.ASKED_AGAIN)
    return events.Noted() if unasked else events.Escalated(reference="REF")


_ACT: list[Answer] = [_done, _done, _missing]
_WORLD: dict[type, list[Answer]] = {
    effects.OpenChallenge: [_under_way, _under_way, _refused(*Why)],
    effects.RedeemCode: [
        _accepted,
        _accepted,
        lambda w, _e: events.CodeWrong(left=w.random.randrange(5), counted=w.random.random() < 0.7),
        lambda _w, _e: events.CodeDead(why=Why.TOO_MANY),
        _refused(Why.LOCKED),
    ],
    effects.UseAccount: [_proven, _proven, _proven, _missing],
    effects.EndProofs: [lambda _w, _e: events.Noted()],
    effects.ReportCode: [lambda _w, _e: events.Escalated(reference="REF")],
    effects.ReadConsents: [_consents, _consents, _missing],
    effects.Withdraw: _ACT,
    effects.Grant: _ACT,
    effects.ObjectStatistics: _ACT,
    effects.LiftStatistics: _ACT,
    effects.StopMarketing: [_done, _act_refused(Why.UNREADABLE, Why.TOO_MANY)],
    effects.FindSame: [
        lambda w, e: events.SameFound(case=w.case(_company(e))),
        lambda _w, _e: events.NothingSame(),
    ],
    effects.FileRequest: [
        lambda w, e: events.Filed(case=w.case(_company(e)), joined=w.random.random() < 0.3),
        _missing,
        _act_refused(Why.TOO_MANY),
    ],
    effects.ReadCases: [_cases, _cases, _missing],
    effects.LocateCase: [_located, lambda _w, _e: events.ReferenceWrong()],
    effects.TakeBack: [
        lambda w, e: events.TakenBack(case=w.case(_company(e))),
        _missing,
        _act_refused(Why.UNREADABLE, Why.LOCKED),
    ],
    effects.FindOpenCases: [_open_cases],
    effects.Redirect: [_redirected],
    effects.AddToCase: [lambda _w, _e: events.Noted(), _missing],
    effects.Escalate: [_escalated],
    effects.ShareConversation: [
        lambda w, _e: events.ConversationShared(reference="REF1", already=w.random.random() < 0.3),
        lambda _w, _e: events.NothingToShare(),
    ],
    effects.UnshareConversation: [
        lambda _w, _e: events.ConversationUnshared(references=("REF1", "REF2")),
        lambda _w, _e: events.NothingToShare(),
    ],
}
