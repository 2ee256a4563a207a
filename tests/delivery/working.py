"""A worker over a database file, a clock that is moved, and gateways that fail when they are told to."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from bot.delivery import heads
from bot.delivery.directory.local import LocalDirectory
from bot.delivery.directory.port import Directory, DirectoryError
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from bot.delivery.worker import Worker
from bot.dialogue.effects import OpenChallenge
from bot.dialogue.events import CodeUnderWay
from bot.services import jobs
from bot.services.desk import Desk
from bot.services.identity import otp
from bot.services.identity.customers import Found
from bot.services.jobs import JobKind
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Store
from tests.services.acting import FILAN, customer
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import looking, open_store


class MovedClock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


class Phone(SmsGateway):
    """A gateway that keeps what it was given, or raises what it was told to raise."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.tried = 0
        self.error: Exception | None = None
        self.waits: asyncio.Event | None = None
        self.tells = False  # later, what became of a message
        self.most_at_once = self._at_once = 0

    def down(self, *, temporary: bool = True) -> None:
        self.error = SmsError("sms.away", temporary=temporary)

    async def send(self, sms: Sms) -> Taken:
        self.tried += 1
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await asyncio.sleep(0)
            if self.waits is not None:
                await self.waits.wait()
            if self.error is not None:
                raise self.error
            self.taken.append((sms.to, sms.text))
            message_id = f"phone-{len(self.taken)}" if self.tells else None
            return Taken(gateway="phone", message_id=message_id, parts=1)
        finally:
            self._at_once -= 1


class Register(Directory):
    """The local directory, which can be made to fail."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self._real = LocalDirectory(store, desk)
        self.error: Exception | None = None
        self.meanwhile: Callable[[], Awaitable[None]] | None = None  # what happens during the next look-up

    def down(self) -> None:
        self.error = DirectoryError("the register is away")

    async def find(self, company: str, kind: str, value: str) -> tuple[Found, ...]:
        if self.error is not None:
            raise self.error
        found = await self._real.find(company, kind, value)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        return found


class House:
    """Everything that a worker works with, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "mburoja.db"
        self.heads = folder / "mburoja.db.heads"
        self.store = open_store(self.path)
        self.desk = made_up_desk()
        self.clock = MovedClock()
        self.phone = Phone()
        self.register = Register(self.store, self.desk)
        self.worker = self.another()

    def another(self, *, at_once: int = 16, patience: float = 30.0) -> Worker:
        """Another worker on the same database, as of another process."""
        return Worker(
            self.store,
            self.desk,
            self.clock,
            sms=self.phone,
            directory=self.register,
            heads_path=self.heads,
            at_once=at_once,
            patience=patience,
        )

    async def customer(self, phone: str = FILAN, number: str = "A1001") -> str:
        """Put a customer on file; returns the subject."""
        return await self.store.transact(lambda tx: customer(tx, self.desk, phone=phone, number=number))

    async def ask(self, typed: str = FILAN, conversation: str = "c1") -> str:
        """Ask for a code; returns the challenge."""
        effect = OpenChallenge(company="alfa", typed=typed)
        at = place(self.clock.at, conversation)
        under_way = await self.store.transact(lambda tx: otp.open_challenge(tx, self.desk, at, effect))
        assert isinstance(under_way, CodeUnderWay), under_way
        return under_way.challenge

    def rows(self, sql: str, *values: str) -> list[dict[str, Any]]:
        """Look into the database."""
        with looking(self.path) as tables:
            return tables.query(sql, values)

    def jobs(self) -> list[tuple[str, str]]:
        """Kind and state of every job, in the order in which they came; many of one moment have the same ``seq``."""
        return [(row["kind"], row["state"]) for row in self.rows("SELECT kind, state FROM jobs ORDER BY rowid")]

    def acts(self) -> list[str]:
        """What was logged, in order."""
        return [json.loads(row["body"])["act"] for row in self.rows("SELECT body FROM audit ORDER BY at, id")]


async def sms(house: House, key: str, text: str = "Tekst", idempotency_key: str | None = None, **more: str) -> str:
    """Add an SMS."""
    payload: dict[str, str | int | None] = {"to": FILAN, "text": text, "company": "alfa", "challenge": None, **more}
    return await house.store.transact(
        lambda tx: jobs.add(
            tx,
            house.desk,
            house.clock.at,
            JobKind.SMS_SEND,
            payload,
            ordering_key=key,
            idempotency_key=idempotency_key or f"{key}:{text}",
        )
    )


async def act(house: House, count: int = 1) -> None:
    """Log acts."""
    for _ in range(count):
        await house.store.transact(
            lambda tx: audit.write(tx, house.desk, place(house.clock.at), Act.REQUEST_TAKEN, company="alfa")
        )


async def verdict(house: House) -> audit.Verdict:
    """Verify the log against the heads' file."""
    read = heads.read(house.heads)
    assert read.faults == ()
    return await house.store.read(lambda tx: audit.verify(tx, house.desk, read.heads))


async def until(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something to be so."""
    end = asyncio.get_running_loop().time() + seconds
    while not is_so():
        assert asyncio.get_running_loop().time() < end, "it did not come"
        await asyncio.sleep(0.01)
