"""Clients that take turns in one process, and how fast they were; knows no report and no engine."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.app import Office
from bot.benches.asking import Question
from bot.channels.turn import Incoming, Taken, Turns
from bot.delivery.directory.local import LocalDirectory
from bot.delivery.sms import port
from bot.delivery.worker import Worker
from bot.nlu.understand import Context
from bot.services import conversations
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.storage.store import Tx

_CODES = 400  # code-verify turns of each measurement
_CODE = re.compile(r"\d{6}")
_CHANNEL = "bench"

Client = Callable[[int, int], Awaitable[None]]  # the client's number, the turn's number


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What a measurement gave: turns a second, and times of one turn in seconds."""

    rate: float
    times: Sequence[float]

    def line(self, name: str) -> str:
        """Return a line of the report."""
        ordered = sorted(self.times)
        median, high = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
        return f"{name:<28} {self.rate:8.0f}/s   p50 {median * 1e3:7.2f} ms   p99 {high * 1e3:7.2f} ms"


class Bench:
    """Clients that take turns in one process, each in a conversation of its own."""

    def __init__(self, office: Office, asked: Sequence[Question], name: str = "") -> None:
        """Take the office, and what to ask; under another ``name`` on one database other conversations are had."""
        self._office, self._asked, self._name = office, asked, name
        self._turns: Turns = office.turns()
        self._offered: dict[int, str] = {}
        self._next = 0

    async def choose(self, client: int, turn: int) -> None:
        """Press a button: what you keep about me, over and over; every press is a durable turn."""
        taken = await self._take(f"{self._name}choice-{client}", str(turn), choice=self._offered.get(client))
        if client not in self._offered:
            blocks = json.loads(taken.reply)
            items = [item for block in blocks if block["type"] == "choices" for item in block["items"]]
            self._offered[client] = items[-1]["value"]

    async def ask(self, client: int, turn: int) -> None:
        """Ask a question that nobody asked just before."""
        text, company = self._question()
        await self._take(f"{self._name}question-{company}-{client}", f"{turn}", text=text, company=company)

    async def read_back(self, client: int, turn: int) -> None:
        """Read what was said, as a page does that comes back."""
        if turn == 0:
            await self._take(f"{self._name}read-{client}", "0", text="/fillo")
        desk, address = self._office.desk, f"{self._name}read-{client}"

        def read(tx: Tx) -> None:
            conversation = conversations.find(tx, desk, _CHANNEL, address)
            if conversation is None or not conversations.messages(tx, desk, conversation, 0):
                raise RuntimeError("what was said is not there")

        await self._office.store.read(read)

    def bare_understanding(self) -> float:
        """Return seconds that understanding one question takes by itself: no conversation, no store."""
        assistant = self._turns.assistant
        context: Context | None = None
        asked = [self._question() for _ in range(min(600, len(self._asked)))]
        for text, company in asked[:50]:
            assistant.explain(text, company, context)
        begun = time.perf_counter()
        for text, company in asked:
            assistant.explain(text, company, context)
        return (time.perf_counter() - begun) / len(asked)

    async def codes(self, clients: int) -> Figures:
        """Prove who one is, with the right code, in as many conversations; only the code's turn is timed."""
        company = next(iter(self._office.desk.companies))
        count = max(_CODES, clients)
        numbers = [f"+38344{100_000 + index}" for index in range(count)]
        rows = [
            CustomerRow(
                row=index, company=company, customer_number=f"BENCH-{index:05d}", numbers=(number,),
                name=f"Filan {index}", relationship="active", line="personal", sim_changed={},
            )
            for index, number in enumerate(numbers)
        ]  # fmt: skip
        now = self._office.clock.now()
        await self._office.store.transact(lambda tx: importing.import_customers(tx, self._office.desk, now, rows))
        gateway = _Phones()
        worker = Worker(
            self._office.store, self._office.desk, self._office.clock,
            sms=gateway, directory=LocalDirectory(self._office.store, self._office.desk),
            heads_path=self._office.settings.heads_of(self._office.database),
        )  # fmt: skip
        for index, number in enumerate(numbers):
            await self._take(f"code-{index}", "1", text="/pelqimet", company=company)
            await self._take(f"code-{index}", "2", text=number, company=company)
        await worker.drain(60)
        waiting = list(enumerate(numbers))
        times: list[float] = []

        async def client() -> None:
            while waiting:
                index, number = waiting.pop()
                begun = time.perf_counter()
                taken = await self._take(f"code-{index}", "3", text=gateway.codes[number], company=company)
                times.append(time.perf_counter() - begun)
                if taken.state != "consents":
                    raise RuntimeError(f"a right code led to {taken.state}")

        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(clients)))
        return Figures(rate=len(times) / (time.perf_counter() - begun), times=times)

    async def _take(
        self, address: str, identity: str, *, text: str | None = None, choice: str | None = None,
        company: str | None = None,
    ) -> Taken:  # fmt: skip
        now = self._office.clock.now()
        incoming = Incoming(channel=_CHANNEL, address=address, id=identity, text=text, choice=choice, company=company)
        return await self._office.store.transact(lambda tx: self._turns.take(tx, now, incoming))

    def _question(self) -> Question:
        self._next += 1
        return self._asked[self._next % len(self._asked)]


class _Phones:
    """Every customer's phone: keeps the last code."""

    def __init__(self) -> None:
        self.codes: dict[str, str] = {}

    async def send(self, sms: port.Sms) -> port.Taken:
        """Take a message."""
        found = _CODE.search(sms.text)
        if found:
            self.codes[sms.to] = found[0]
        return port.Taken(gateway="bench", message_id=None, parts=1)


async def run(client: Client, clients: int, seconds: float) -> Figures:
    """Let clients take turns, one after another each, for some time."""
    times: list[float] = []
    loop = asyncio.get_running_loop()
    for number in range(clients):
        await client(number, 0)
    end = loop.time() + seconds

    async def work(number: int) -> None:
        turn = 0
        while loop.time() < end:
            turn += 1
            begun = time.perf_counter()
            await client(number, turn)
            times.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(clients)))
    return Figures(rate=len(times) / (time.perf_counter() - begun), times=times)
