"""A long story of many people and months, told the same by its seed: turns, codes, the office, housekeeping."""

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bot.answering import translations
from bot.channels.telegram import turns as telegram
from bot.clock import DAY, HOUR, MINUTE, SECOND, moment
from bot.dialogue.state import State
from bot.errors import InputError, NotAllowedError
from bot.knowledge.compiled import Knowledge
from bot.policy.actions import Action
from bot.services import retention
from bot.services.casework import case_queue, escalations
from bot.services.casework.answer_files import Attachment
from bot.services.casework.case_queue import Filter
from bot.services.casework.cases import Stored
from bot.services.desk import OFFICE, Place
from bot.services.figures import tallying
from bot.services.office import backoffice, backoffice_close, claims, notices
from bot.services.office.backoffice import About, SecondProof
from bot.services.office.backoffice_close import Decision, Outcome, Part
from bot.services.office.notice_texts import Kept
from bot.services.outward import webhooks
from bot.services.records import audit, events
from bot.storage.store import Tx
from tests.tools.alike import Held, held
from tests.tools.chatting import CODE, Person, Town
from tests.tools.engines import Scratch, looking, open_store, tables_of

NUMBERS = tuple(f"044 000 1{n:02d}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 99))
SAID = (
    "Kush i sheh thirrjet e mia?", "sa kohë i ruani të dhënat", "dua t'i heq të gjitha reklamat",
    "te ipko, krejt reklamat hiqmani", "dua një kopje të të dhënave të mia", "fshini të dhënat e mia",
    "nuk dua që të dhënat e mia të përdoren për statistika", "dua t'i shkruaj zyrtarit për mbrojtjen e të dhënave",
    "korrigjoni adresën time", "më erdhi një kod që s'e kërkova", "/pelqimet", "/kerkesat", "/fillimi", "/ndihma", "po",
    "jo", "anulo", "të gjitha", "1", "filan@shembull.example", "Ju lutem, dua përgjigje.", "asdf qwer", "/harro",
)  # fmt: skip
DPO = "zana"
_ENDS = {Action.DSAR_ACCESS: 5, Action.DSAR_ERASURE: 8}  # how a proven one often does
_ASKS_NUMBER = frozenset({State.NUMBER, State.CONTACT, State.CODE_REPORT})


class Story:
    """Tells it on the engine under test, each step in a transaction of its own; ``done`` counts what kinds of steps."""

    def __init__(self, file: Path, knowledge: Knowledge, seed: int) -> None:
        self.file, self.store, self.knowledge = file, open_store(file), knowledge
        self.chance = random.Random(seed)  # noqa: S311  for tests only
        self.done: dict[str, int] = {}

    async def begin(self) -> None:
        """Take the customers up, and have events posted somewhere."""

        def make(tx: Tx) -> Town:
            town = Town(self.knowledge, empty=Scratch(tx=tx, tables=tables_of(tx)))
            town.twice = False
            town._use(replace(town.desk, pushes={telegram.CHANNEL: telegram.push(translations().gettext, None)}))
            webhooks.add(tx, town.desk, self._office(town), DPO, "https://crm.shembull.example/ngjarje", "ipko")
            return town

        self.town = await self.store.transact(make)
        channels, companies = ("terminal", "web", telegram.CHANNEL), (None, "ipko", "paysera")
        self.people = [self.town.person(f"ipko:{n}", companies[n % 3], channels[n % 4 % 3]) for n in range(24)]
        self.speaks = self.people[0]

    def holds(self) -> Held:
        """Return what its database holds now, opened."""
        with looking(self.file) as tables:
            return held(tables, self.town.desk.vault)

    async def tell(self, turns: int) -> None:
        """Go on for some turns, with all that happens between them."""
        for number in range(1, turns + 1):
            self._pass_time()
            if self.chance.random() < 0.15:
                self.speaks = self.chance.choice(self.people)
            await self._do("turn", lambda _: self._turn(self.speaks))
            await self._do("jobs", lambda _: Town.work(self.town))
            if number % 6 == 0:
                await self._do("office", self._office_acts)
            if number % 50 == 0:
                await self._do("house", self._house)

    async def _do(self, what: str, work: Callable[[Tx], object]) -> None:
        def on(tx: Tx) -> None:
            self.town.tx, self.town.tables = tx, tables_of(tx)
            work(tx)

        with contextlib.suppress(NotAllowedError, InputError):
            await self.store.transact(on)
            self.done[what] = self.done.get(what, 0) + 1

    def _pass_time(self) -> None:
        likely = self.chance.random()
        step = self.chance.randint(1, 60) * SECOND if likely < 0.9 else self.chance.randint(1, 90) * MINUTE
        self.town.now += step if likely < 0.995 else self.chance.randint(1, 12) * DAY

    def _turn(self, person: Person) -> None:
        state, chance = State(person.told.state), self.chance.random()
        values = list(person.told.buttons.values())
        if state is State.CODE and chance < 0.8:
            right = next((found[0] for sms in reversed(self.town.sms) if (found := CODE.search(sms.text))), "000000")
            person.say(right if chance < 0.6 else f"{self.chance.randrange(1_000_000):06d}")
        elif state in _ASKS_NUMBER and chance < 0.5:
            person.say(self.chance.choice(NUMBERS))
        elif state is State.REPLY_TO and chance < 0.8:
            person.say("filan@shembull.example")
        elif state is State.CONFIRM and chance < 0.7:
            person.say("po")
        elif values and chance < 0.75:
            person.choose(self.chance.choice(values))
        else:
            person.say(self.chance.choice(SAID))

    # ---- the office -------------------------------------------------------------------------------------------

    @staticmethod
    def _office(town: Town) -> Place:
        return Place(conversation="", channel=OFFICE, now=town.now)

    def _office_acts(self, tx: Tx) -> None:
        desk, place, likely = self.town.desk, self._office(self.town), self.chance.random()
        which = self.chance.random()
        if likely < 0.15:
            for event in events.open_events(tx, desk, most=1 + int(which * 5)):
                backoffice.acknowledge(tx, desk, place, DPO, event.id)
        elif likely < 0.25:
            waiting = escalations.list_open(tx, desk)
            if waiting:
                one = waiting[int(which * len(waiting))]
                if which < 0.3:
                    escalations.to_request(tx, desk, place, one.id, Action.DSAR_ACCESS, DPO, one.company or "ipko")
                else:
                    escalations.close(tx, desk, place, one.id, DPO, "U pa.")
        else:
            cases = case_queue.open_cases(tx, desk, Filter())
            if cases:
                case, act = cases[int(which * len(cases))], self.chance.randrange(10)
                ready = case.subject is not None and act < 5
                self._act_on(tx, place, case, _ENDS.get(case.action, act) if ready else act)

    def _act_on(self, tx: Tx, place: Place, case: Stored, act: int) -> None:
        desk, reference = self.town.desk, case.reference
        match act:
            case 0:
                claims.claim(tx, desk, place.now, reference, DPO)
                backoffice.take(tx, desk, place, DPO, reference)
            case 1:
                backoffice.reply(tx, desk, place, DPO, reference, "Po e shqyrtojmë.")
            case 2:
                backoffice.ask(tx, desk, place, DPO, reference, "Për cilin vit?", About.SCOPE)
            case 3:
                backoffice.note(tx, desk, place, DPO, reference, "U fol me arkivin.")
            case 4:
                backoffice.prove(tx, desk, place, DPO, reference, SecondProof.SHOP)
            case 5:
                backoffice.prove(tx, desk, place, DPO, reference, SecondProof.SHOP)
                file = Attachment(name="kopja.csv", media_type="text/csv", content=b"kur,kush\n")
                backoffice_close.answer(tx, desk, place, DPO, reference, files=(file,))
            case 6:
                backoffice_close.refuse(tx, desk, place, DPO, reference, "Të dhëna të tilla nuk kemi.")
            case 7:
                backoffice.extend(tx, desk, place, DPO, reference, "Kërkesa është e ndërlikuar.")
            case 8:
                clause = desk.edition(case.company, place.now).text.entries[0].id
                kept = Kept(what="faturat", clause=clause, until="5 vjet", due_on=moment(place.now + 9 * DAY).date())
                part = Part(reasons="Ligji kërkon faturat.", erased=("lokacioni",), kept=(kept,))
                backoffice.prove(tx, desk, place, DPO, reference, SecondProof.SHOP)
                backoffice_close.partly(tx, desk, place, DPO, reference, part)
            case _:
                backoffice_close.decide(tx, desk, place, DPO, reference, Decision(outcome=Outcome.UPHELD))

    def _house(self, tx: Tx) -> None:
        desk, now = self.town.desk, self.town.now
        audit.seal_chain(tx, desk, now, "one")
        notices.lift_due(tx, desk, now)
        webhooks.fan_out(tx, desk, now)
        self.town.tally.write(tx, now)
        tallying.count_codes(tx, desk, now)
        retention.sweep(tx, desk, now + int(self.chance.random() < 0.2) * HOUR)
        self.town.tally.written()
