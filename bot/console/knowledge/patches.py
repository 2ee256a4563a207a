"""The patches that were made just now, each its maker's own, with what the check says of it; kept in memory only.

A patch lives as long as the server and at most ``LIFE``: it can be made again from the page it came from.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.clock import MINUTE, Clock
from bot.console.knowledge.trial import Verdict, tried
from bot.delivery.house import where
from bot.knowledge.patching import Change, diff
from bot.settings import Settings

LIFE = 60 * MINUTE
_MOST = 40  # of all people together; the oldest goes

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A patch: whose (account's id), its text, a name for its file, what it was made of; ``check`` is under way."""

    id: str
    owner: str
    name: str
    text: str
    questions: tuple[str, ...]
    until: int
    made_at: int
    check: "asyncio.Task[Verdict | None]"

    @property
    def verdict(self) -> Verdict | None:
        """What the check said; None while it goes on, and where it came to nothing."""
        return self.check.result() if self.check.done() and not self.check.cancelled() else None

    @property
    def failed(self) -> bool:
        """Whether the check itself came to nothing."""
        return self.check.done() and self.verdict is None


class Patches:
    """All of them; one check runs at a time."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Begin with none."""
        self._settings, self._clock = settings, clock
        self._one = asyncio.Semaphore(1)
        self._kept: dict[str, Patch] = {}

    def make(
        self, owner: str, name: str, changes: Sequence[Change], *, questions: Sequence[str] = (), until: int = 0
    ) -> Patch:
        """Keep a patch and begin to check it; ``questions`` (as of ``until``) are what it makes phrases of."""
        self._forget(1)
        made = Patch(
            id=secrets.token_urlsafe(16),
            owner=owner,
            name=name,
            text=diff(changes),
            questions=tuple(questions),
            until=until,
            made_at=self._clock.now(),
            check=asyncio.create_task(self._checked(changes)),
        )
        self._kept[made.id] = made
        return made

    def find(self, owner: str, identity: str) -> Patch:
        """Return one's own patch. Raises HTTPNotFound."""
        self._forget(0)
        found = self._kept.get(identity)
        if found is None or found.owner != owner:
            raise web.HTTPNotFound
        return found

    async def close(self) -> None:
        """End every check."""
        tasks = [patch.check for patch in self._kept.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _checked(self, changes: Sequence[Change]) -> Verdict | None:
        try:
            async with self._one:
                return await tried(self._settings, changes)
        except (OSError, TimeoutError, ValueError) as error:
            _log.error("a patch could not be checked: %s", where(error))
            return None

    def _forget(self, room: int) -> None:
        """Drop what is too old, and what leaves no room for so many more."""
        now, newest = self._clock.now(), list(self._kept)[-(_MOST - room) :]
        for identity, patch in list(self._kept.items()):
            if identity not in newest or now - patch.made_at >= LIFE:
                del self._kept[identity]
                patch.check.cancel()


PATCHES = web.AppKey("console_patches", Patches)


async def closing(app: web.Application) -> AsyncIterator[None]:
    """End the checks with the app."""
    yield
    await app[PATCHES].close()
