"""Verifies the chain of the log from the console (R47): beside the loop, one at a time, with how far it is."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from aiohttp import web

from bot.app import Office
from bot.console import acting, door, pages
from bot.console.acting import Refused
from bot.console.door import Visit
from bot.console.figures.numbers import count
from bot.delivery import heads
from bot.delivery.heads import HeadsRead
from bot.services.desk import Desk, Place
from bot.services.records import audit, audit_search
from bot.services.records.audit import Act, Verdict
from bot.storage.store import Tx

_PATIENCE = 3.0  # seconds that a page waits for the end
_AGAIN = 2  # seconds, then the page that waits looks again
_BREATH = 0.002  # seconds between two portions, for whoever else wants to read


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far it is: ``checked`` of ``every`` entries; ``verdict`` once it is over, which was at ``at``."""

    checked: int = 0
    every: int = 0
    verdict: Verdict | None = None
    at: int | None = None
    failed: bool = False


class Verifying:
    """Verifies. One for the whole process, for all who wait for it."""

    def __init__(self) -> None:
        """Nothing was verified yet."""
        self.standing: Standing | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, office: Office) -> None:
        """Begin, unless it is under way."""
        if self._task is None or self._task.done():
            self.standing = Standing()
            self._task = asyncio.create_task(self._run(office))

    async def wait(self, seconds: float | None = None) -> None:
        """Wait for the end, so long at most."""
        if self._task:
            await asyncio.wait({self._task}, timeout=seconds)

    def stop(self) -> None:
        """Wait no longer; what is read is read to its end by a reader of the store."""
        if self._task:
            self._task.cancel()

    async def _run(self, office: Office) -> None:
        try:
            verdict = await verdict_now(office, self._tell)
            every = verdict.sealed
            self.standing = Standing(checked=every, every=every, verdict=verdict, at=office.clock.now())
        except Exception:
            self.standing = Standing(failed=True, at=office.clock.now())
            raise

    def _tell(self, checked: int, every: int) -> None:
        self.standing = Standing(checked=checked, every=every)


def _nobody(_checked: int, _every: int) -> None:
    return


async def verdict_now(office: Office, tell: Callable[[int, int], None] = _nobody) -> Verdict:
    """Verify the whole chain now, with the heads that were signed until now; the file's faults are among the faults.

    ``tell`` is told how many entries of how many were checked, from another thread. Raises StoreUnavailableError.
    """
    path = office.settings.heads_of(office.database)
    try:
        read = await asyncio.to_thread(heads.read, path)
    except OSError as error:
        read = HeadsRead(heads=(), faults=(f"Kokat e nënshkruara nuk lexohen: {error.strerror}.",))

    def work(tx: Tx) -> Verdict:
        every = audit_search.highest(tx)

        def told(checked: int) -> None:
            tell(checked, every)
            time.sleep(_BREATH)

        return audit.verify(tx, office.desk, read.heads, told)

    verdict = await office.store.read(work)
    return replace(verdict, faults=(*read.faults, *verdict.faults))


VERIFYING = web.AppKey("verifying", Verifying)


async def begin(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Begin to verify; that somebody did is logged."""

    def note(tx: Tx, desk: Desk, place: Place) -> bool:
        details = {"who": visit.who, "what": "verify"}
        audit.write(tx, desk, place, Act.AUDIT_VIEWED, company=None, details=details)
        return True

    acted = await acting.act(request, visit, note)
    if not isinstance(acted, Refused) and acted.result is not None:
        request.app[VERIFYING].start(visit.house.office)
    return door.see(f"{door.HOME}/audit/verify")


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show what was found, or how far it is; then the page looks again by itself."""
    verifying = request.app[VERIFYING]
    await verifying.wait(_PATIENCE)
    standing = verifying.standing
    made = pages.render(request, visit, "records/verify.html", place="audit", standing=standing, count=count)
    if standing and standing.verdict is None and not standing.failed:
        made.headers["Refresh"] = str(_AGAIN)
    return made
