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
from bot.crypto import Key, SystemRandomness, Vault
from bot.delivery import switching
from bot.delivery.directory.local import LocalDirectory
from bot.delivery.directory.port import Directory
from bot.delivery.house import Chore, House
from bot.delivery.pump import Handler
from bot.delivery.sms.port import SmsGateway
from bot.delivery.worker import Worker
from bot.dialogue.compose import Composer
from bot.dialogue.switches import Switches
from bot.dialogue.trouble import Trouble
from bot.errors import InputError
from bot.knowledge.compiled import Knowledge
from bot.knowledge.compiling import open_knowledge
from bot.limits import Limits
from bot.services.desk import Desk
from bot.services.figures import tallying
from bot.services.figures.tallying import Tally
from bot.services.jobs import JobKind
from bot.services.keys import joining
from bot.services.outward import directory_health, reminders, sms_health, webhooks
from bot.services.outward.reminders import Mailing
from bot.services.records import audit
from bot.settings import Database, Settings
from bot.storage.opening import open_store
from bot.storage.store import Store, Tx


@dataclass(frozen=True, kw_only=True)
class Office:
    """What commands work with: the store, the tools of the services, the clock, and what was compiled.

    ``switches``: which answers are switched off, as the database had it just now, ``trouble``: whether codes
    cannot be sent. ``tally``: questions to be counted.
    """

    store: Store
    desk: Desk
    clock: Clock
    knowledge: Knowledge
    settings: Settings
    database: Database
    switches: Switches = field(default_factory=Switches)
    trouble: Trouble = field(default_factory=Trouble)
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
            trouble=self.trouble,
        )

    def worker(
        self,
        sms: SmsGateway,
        more: Mapping[JobKind, Handler] = MappingProxyType({}),
        mailing: Mailing | None = None,
        directory: Directory | None = None,
    ) -> Worker:
        """Return what does the jobs of this office; ``more`` are handlers of kinds that nobody else here does.

        ``mailing``: how people are reminded by e-mail (None: they are not). ``directory``: where customers are looked
        up (None: in the list that was imported).
        """
        return Worker(
            self.store, self.desk, self.clock,
            sms=sms, directory=directory or LocalDirectory(self.store, self.desk),
            heads_path=self.settings.heads_of(self.database), more=more,
            chores=(
                *((self._reminding(mailing),) if mailing else ()),
                Chore(name="webhooks", seconds=1.0, work=lambda tx, now: webhooks.fan_out(tx, self.desk, now)),
                Chore(name="codes", seconds=60.0, work=lambda tx, now: tallying.count_codes(tx, self.desk, now)),
                self._counting(),
                Chore(name="audit index", seconds=60.0, work=lambda tx, _: audit.index_old(tx)),
            ),
        )  # fmt: skip

    def own_house(self) -> House:
        """Return what a process that does no jobs looks after by itself (``House.run_own``)."""
        path = self.settings.heads_of(self.database)
        return House(self.store, self.desk, self.clock, path, (self._counting(),))

    def _counting(self) -> Chore:
        """Return what writes the questions down that were asked in this process."""
        return Chore(name="questions", seconds=60.0, work=self.tally.write, kept=self.tally.written, alone=False)

    def _reminding(self, mailing: Mailing) -> Chore:
        return Chore(name="reminders", seconds=60.0, work=lambda tx, now: reminders.remind(tx, self.desk, now, mailing))


@contextlib.asynccontextmanager
async def open_office(
    settings: Settings,
    database: Database | None = None,
    *,
    clock: Clock | None = None,
    announce: Callable[[], None] = lambda: None,
) -> AsyncIterator[Office]:
    """Open the database (``settings.database`` unless another is named) with all that works on it, then close it.

    Raises DataError when the data files are malformed, StoreUnavailableError when the database cannot be opened,
    InputError when the secret cannot be read, or is not the one that the database was sealed with.
    """
    place = database or settings.database
    knowledge = open_knowledge(settings.data, settings.cache, announce)
    secrets = settings.secrets_of(place)
    desk = Desk(
        vault=Vault(secrets.secret, secrets.others),
        randomness=SystemRandomness(),
        limits=Limits(),
        companies=knowledge.companies,
        pushes={telegram.CHANNEL: telegram.push(translations().gettext, settings.public_url)},
    )
    told = clock or SystemClock()
    engine = open_store(place)
    try:
        if settings.heads is None:  # where the operator names a place, a folder that is missing there is a fault to see
            settings.heads_of(place).parent.mkdir(parents=True, exist_ok=True)
        wanted, holder = Key(secrets.wanted).id, desk.randomness.token()
        async with joining.joined(engine, desk.vault, told, wanted, holder) as store:
            if store is None:
                raise InputError(
                    f"Sekreti nuk është ai i bazës {place}: asgjë e saj nuk hapet. Jepni të vetin te MBUROJA_SECRET"
                    f"{f' (ose {place.name}.key pranë saj)' if isinstance(place, Path) else ''}."
                )
            switches, trouble = Switches(), Trouble()

            def look(tx: Tx) -> None:
                now = told.now()
                gone = sms_health.failing_since(tx, now) is not None
                trouble.set(holds=gone, companies=directory_health.failing(tx, now))

            async with switching.followed(store, switches, look):
                yield Office(
                    store=store, desk=desk, clock=told, knowledge=knowledge, settings=settings,
                    database=place, switches=switches, trouble=trouble,
                )  # fmt: skip
    finally:
        await engine.close()
