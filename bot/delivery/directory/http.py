"""A company's own directory over HTTP (docs/directory.md): asked, checked, taken up into our tables; fails closed.

What is found stands in our own tables afterwards, so everything else here goes on as with a list that was imported.
A directory that fails is left alone for a while (``circuit.py``), and what customers are told of it stands in
``outage.py``. Nothing personal is logged.
"""

import asyncio
import logging
from dataclasses import dataclass

import msgspec

from bot.clock import SECOND, Clock
from bot.delivery.circuit import Circuit, Refused, Rules, State
from bot.delivery.directory.answers import Asked, read_answer
from bot.delivery.directory.calling import Caller
from bot.delivery.directory.port import Directory, DirectoryError
from bot.delivery.directory.remembering import Memory
from bot.delivery.directory.settings import DirectorySettings
from bot.delivery.directory.watch import DirectoryWatch, NoWatch, Outcome
from bot.delivery.outage import Outage
from bot.delivery.saying import Saying
from bot.errors import StoreUnavailableError
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.contacts import ContactKind, fold_customer
from bot.services.identity.customers import Found
from bot.services.lists import taking_up
from bot.services.lists.taking_up import Named
from bot.services.outward import directory_health
from bot.services.outward.directory_health import TELL_EACH
from bot.storage.store import Store, Tx

LONGEST = 15.0  # seconds for a look-up with all its tries: below a job's patience of 20
HEALTH = "/v1/health"
BY_NUMBER = "/v1/lookups/by-number"
BY_CUSTOMER = "/v1/lookups/by-customer-number"
RULES = Rules(failures=5)
NOBODYS = "+38340000000"  # whom the contract gives to nobody: no mobile of Kosovo begins with 40
# The directory is there; only this one answer is worth nothing.
_ANSWERED = frozenset(
    {
        "directory.form", "directory.other_company", "directory.other_customer", "directory.contradicts",
        "directory.refused",
    }
)  # fmt: skip

_HEALTH = msgspec.json.Decoder(dict[str, object])

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """Who is named, and which number that was asked for (None: a customer without one)."""

    named: tuple[Named, ...]
    number: str | None


class HttpDirectory(Directory):
    """The directory of one company. To be closed."""

    def __init__(
        self, company: str, settings: DirectorySettings, store: Store, desk: Desk, clock: Clock,
        watch: DirectoryWatch | None = None,
    ) -> None:  # fmt: skip
        """Take where it is, what it is taken up with, and who counts. Raises what ``Caller`` raises."""
        self._company, self._store, self._desk, self._clock = company, store, desk, clock
        self._caller = Caller(settings, desk.randomness)
        self._memory = Memory(desk, clock.now, int(settings.remembers * SECOND))
        self._circuit, self._outage = Circuit(rules=RULES), Outage()
        self._name = desk.randomness.token()
        self._saying = Saying(store)
        self._said: tuple[int | None, int] | None = None  # since when it fails, and when that was said
        self._watch = watch or NoWatch()
        self._watch.directory_up(company, up=True)

    async def close(self) -> None:
        """Close its connections, and take back what was said of it."""
        await self._caller.close()
        await self._saying.take_back(lambda tx: directory_health.leave(tx, self._name))

    @property
    def failing_since(self) -> int | None:
        """Since when the directory has not answered (ms UTC), as customers are told; None while it does."""
        return self._outage.since(self._clock.now())

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact, from memory where somebody was found a moment ago.

        Raises DirectoryError, StoreUnavailableError.
        """
        self._own(company)
        if self._memory.knows(company, kind, value):
            return await self._store.read(lambda tx: customers.find(tx, self._desk, company, kind, value))
        return await self.find_anew(company, kind, value)

    async def find_anew(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        """Return who has a contact, asking whatever was found before. Raises as ``find`` does."""
        self._own(company)
        self._memory.forget(company, kind, value)
        answer = await self._guarded(kind, value)
        if not answer.named:
            return ()
        now = self._clock.now()

        def take_up(tx: Tx) -> tuple[Found, ...]:
            taking_up.take_up(tx, self._desk, now, company, answer.number, answer.named)
            return customers.find(tx, self._desk, company, kind, value)

        found = await self._store.transact(take_up)
        self._memory.keep(company, kind, value)
        return found

    async def try_out(self) -> None:
        """Ask how it is, and who has a number that is nobody's. Raises DirectoryError."""
        try:
            async with asyncio.timeout(LONGEST):
                await self._ask_how_it_is()
                if await self._named("number", NOBODYS):
                    raise DirectoryError("directory.nobodys")
        except TimeoutError:
            raise DirectoryError("directory.slow") from None

    async def look(self) -> None:
        """Ask how it is, for nobody in particular (R11), and tell every process what was found (R50)."""
        try:
            async with asyncio.timeout(LONGEST):
                await self._ask_how_it_is()
        except (DirectoryError, TimeoutError) as error:
            kind = error.kind if isinstance(error, DirectoryError) else "directory.slow"
            now = self._clock.now()
            self._outage = self._outage.look_failed(now)
            self._note(self._circuit.look_failed(now), kind)
        else:
            self._outage = self._outage.looked_well()
            self._note(self._circuit.looked_well())
        await self._say()

    async def _ask_how_it_is(self) -> None:
        body = await self._caller.get(HEALTH)
        try:
            told = _HEALTH.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise DirectoryError("directory.no_json") from None
        if told.get("status") != "ok":
            raise DirectoryError("directory.failing")

    def _own(self, company: str) -> None:
        if company != self._company:
            raise ValueError("another company's directory was asked")

    async def _guarded(self, kind: str, value: str) -> _Answer:
        """Look up, unless the directory is being left alone; what comes of it tells whether it is."""
        self._circuit, admitted = self._circuit.asked(self._clock.now())
        if isinstance(admitted, Refused):
            self._watch.directory(self._company, Outcome.PASSED_OVER)
            raise DirectoryError("directory.rests", wait=max(admitted.wait, SECOND))
        try:
            answer = await self._in_time(kind, value)
        except DirectoryError as error:
            if error.kind in _ANSWERED:
                await self._answered(admitted.turn, Outcome.UNUSABLE)
                raise
            raise await self._failed(admitted.turn, error, hash((kind, value))) from None  # salted for each process
        await self._answered(admitted.turn, Outcome.FOUND if answer.named else Outcome.NOBODY)
        return answer

    async def _in_time(self, kind: str, value: str) -> _Answer:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._look_up(kind, value)
        except TimeoutError:
            raise DirectoryError("directory.slow") from None

    async def _look_up(self, kind: str, value: str) -> _Answer:
        """Ask. For a customer number, also who else has the number that the code goes to: it may be shared (R55)."""
        if kind == ContactKind.NUMBER:
            return _Answer(named=await self._named("number", value), number=value)
        named = await self._named("customer", fold_customer(value))
        if not named or not named[0].customer.numbers:
            return _Answer(named=named, number=None)
        number = self._number_for_code(named[0])
        sharing = await self._named("number", number)
        own = next((each for each in sharing if _is_same(each, named[0])), None)
        if own is None or self._number_for_code(own) != number:
            raise DirectoryError("directory.contradicts")  # changed between the two questions, perhaps
        return _Answer(named=sharing, number=number)

    async def _named(self, kind: str, value: str) -> tuple[Named, ...]:
        path, field = (BY_NUMBER, "number") if kind == "number" else (BY_CUSTOMER, "customer_number")
        body = await self._caller.post(path, msgspec.json.encode({"company": self._company, field: value}))
        purposes = {purpose.id for purpose in self._desk.companies[self._company].rights.purposes}
        today = local_day(self._clock.now())
        return read_answer(body, Asked(company=self._company, kind=kind, value=value, today=today, purposes=purposes))

    def _number_for_code(self, named: Named) -> str:
        return customers.number_for_code(named.customer.numbers, self._desk, self._company) or ""

    async def _answered(self, turn: int, outcome: Outcome) -> None:
        self._watch.directory(self._company, outcome)
        self._outage = self._outage.succeeded()
        self._note(self._circuit.succeeded(turn))
        await self._say()

    async def _failed(self, turn: int, error: DirectoryError, whose: int) -> DirectoryError:
        """Note a failure; returns the error with how long there is no use in asking."""
        self._watch.directory(self._company, Outcome.FAILED)
        now = self._clock.now()
        self._outage = self._outage.failed(now, whose)
        self._note(self._circuit.failed(turn, now), error.kind)
        await self._say()
        if self._circuit.state is not State.OPEN:
            return error
        return DirectoryError(error.kind, wait=max(error.wait or 0, self._circuit.until - now, SECOND))

    def _note(self, circuit: Circuit, kind: str = "") -> None:
        before, self._circuit = self._circuit, circuit
        self._watch.directory_up(self._company, up=circuit.since is None)
        if circuit.since is not None and before.since is None:
            _log.warning("the directory of %s does not answer: %s", self._company, kind)
        elif circuit.since is None and before.since is not None:
            _log.warning("the directory of %s answers again", self._company)

    async def _say(self) -> None:
        """Tell every process, as it changes, so that turns tell everybody of trouble, or nobody (R11, R50)."""
        now = self._clock.now()
        since = self._outage.since(now)
        if self._said is not None and self._said[0] == since and now - self._said[1] < TELL_EACH:
            return
        try:
            await self._saying.say(lambda tx: directory_health.say(tx, now, self._name, self._company, since))
        except StoreUnavailableError:
            _log.debug("how the directory is doing was not told: the database is unavailable")
        else:
            self._said = (since, now)


def _is_same(one: Named, other: Named) -> bool:
    return fold_customer(one.customer.customer_number) == fold_customer(other.customer.customer_number)
