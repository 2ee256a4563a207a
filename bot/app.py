"""The composition root of all that acts: opens knowledge, catalogue and store, and wires what the edges use."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bot.answering import translations
from bot.assistant import Assistant
from bot.channels.telegram import turns as telegram
from bot.channels.turn import Turns
from bot.clock import Clock, SystemClock, moment
from bot.crypto import SystemRandomness, Vault
from bot.delivery import switching
from bot.delivery.directory import LocalDirectory
from bot.delivery.house import Chore
from bot.delivery.pump import Handler
from bot.delivery.sms import SmsGateway
from bot.delivery.worker import Worker
from bot.dialogue.compose import Composer
from bot.dialogue.switches import Switches
from bot.errors import InputError, StoreUnavailableError
from bot.knowledge.compiled import Knowledge
from bot.knowledge.compiling import open_knowledge
from bot.limits import Limits
from bot.services import seals
from bot.services.desk import Desk
from bot.services.figures import tallying
from bot.services.figures.tallying import Tally
from bot.services.jobs import JobKind
from bot.services.outward import reminders, webhooks
from bot.services.outward.reminders import Mailing
from bot.services.records import audit
from bot.settings import Settings
from bot.storage.sqlite import SqliteStore


@dataclass(frozen=True, kw_only=True)
class Office:
    """What commands work with: the store, the tools of the services, the clock, and what was compiled.

    ``switches``: which answers are switched off, as the database had it just now. ``tally``: questions to be counted.
    """

    store: SqliteStore
    desk: Desk
    clock: Clock
    knowledge: Knowledge
    settings: Settings
    database: Path
    switches: Switches = field(default_factory=Switches)
    tally: Tally = field(default_factory=Tally)

    def turns(self, public_url: str | None = None) -> Turns:
        """Return what takes the turns of conversations; ``public_url`` is a server's own, where one runs here."""
        composer = Composer(translations().gettext, self.switches)
        assistant = Assistant(self.knowledge, composer, lambda: moment(self.clock.now()).date())
        return Turns(
            self.desk,
            assistant,
            self.knowledge,
            translations().gettext,
            public_url=public_url or self.settings.public_url,
            tally=self.tally,
        )

    def worker(
        self, sms: SmsGateway, more: Mapping[JobKind, Handler] = MappingProxyType({}), mailing: Mailing | None = None
    ) -> Worker:
        """Return what does the jobs of this office; ``more`` are handlers of kinds that nobody else here does.

        ``mailing``: how people are reminded by e-mail (None: they are not).
        """
        return Worker(
            self.store, self.desk, self.clock,
            sms=sms, directory=LocalDirectory(self.store, self.desk), heads_path=self.settings.heads_of(self.database),
            more=more,
            chores=(
                *((self._reminding(mailing),) if mailing else ()),
                Chore(name="webhooks", seconds=1.0, work=lambda tx, now: webhooks.fan_out(tx, self.desk, now)),
                Chore(name="codes", seconds=60.0, work=lambda tx, now: tallying.count_codes(tx, self.desk, now)),
                Chore(name="questions", seconds=60.0, work=self.tally.write, kept=self.tally.written, alone=False),
                Chore(name="audit index", seconds=60.0, work=lambda tx, _: audit.index_old(tx)),
            ),
        )  # fmt: skip

    def _reminding(self, mailing: Mailing) -> Chore:
        return Chore(name="reminders", seconds=60.0, work=lambda tx, now: reminders.remind(tx, self.desk, now, mailing))


@contextlib.asynccontextmanager
async def open_office(
    settings: Settings,
    database: Path | None = None,
    *,
    clock: Clock | None = None,
    announce: Callable[[], None] = lambda: None,
) -> AsyncIterator[Office]:
    """Open the database (``settings.database`` unless another is named) with all that works on it, then close it.

    Raises DataError when the data files are malformed, StoreUnavailableError when the database cannot be opened,
    InputError when the secret cannot be read, or is not the one that the database was sealed with.
    """
    path = database or settings.database
    knowledge = open_knowledge(settings.data, settings.cache, announce)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreUnavailableError(f"Dosja {path.parent} nuk mund të krijohet: {error.strerror}.") from None
    desk = Desk(
        vault=Vault(settings.secret_of(path)),
        randomness=SystemRandomness(),
        limits=Limits(),
        companies=knowledge.companies,
        pushes={telegram.CHANNEL: telegram.push(translations().gettext, settings.public_url)},
    )
    store = SqliteStore.open(path)
    try:
        if not await store.read(lambda tx: seals.fit(tx, desk)):
            raise InputError(
                f"Sekreti nuk është ai i bazës {path}: asgjë e saj nuk hapet. Jepni të vetin (MBUROJA_SECRET, ose "
                f"{path.name}.key pranë saj)."
            )
        switches = Switches()
        async with switching.followed(store, switches):
            yield Office(
                store=store, desk=desk, clock=clock or SystemClock(), knowledge=knowledge, settings=settings,
                database=path, switches=switches,
            )  # fmt: skip
    finally:
        await store.close()
