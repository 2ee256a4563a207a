"""The phones of the fictional customers: keeps what was sent to them and tells who watches; sends nothing anywhere."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.clock import Clock

KEPT = 50  # messages


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A message as it stands on a phone.

    ``number`` grows with each message, also over a restart: it is the time (ms UTC), made unique. ``to`` is masked
    (R46); ``owners`` are the fictional customers whose phone it is.
    """

    number: int
    to: str
    owners: tuple[str, ...]
    text: str


class Phones:
    """The last messages, and those who wait for the next one. All of it belongs to one event loop."""

    def __init__(self, owners: Mapping[str, Sequence[str]], clock: Clock) -> None:
        """Take the customers' names by masked number."""
        self._owners = {to: tuple(names) for to, names in owners.items()}
        self._clock = clock
        self._kept: deque[Sms] = deque(maxlen=KEPT)
        self._next = asyncio.Event()
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing more will come."""
        return self._closed

    def show(self, to: str, text: str) -> None:
        """Take a message for a masked number, as ``ScreenGateway`` hands it over."""
        last = self._kept[-1].number if self._kept else 0
        number = max(self._clock.now(), last + 1)
        self._kept.append(Sms(number=number, to=to, owners=self._owners.get(to, ()), text=text))
        self._wake()

    def after(self, number: int) -> list[Sms]:
        """Return the kept messages with a greater number, the oldest first."""
        return [sms for sms in self._kept if sms.number > number]

    async def wait(self, number: int, seconds: float) -> None:
        """Return when there is something after ``number``, when all is closed, or when the time is over."""
        if self._closed or self.after(number):
            return
        try:
            await asyncio.wait_for(self._next.wait(), seconds)
        except TimeoutError:
            return

    def close(self) -> None:
        """Let everyone who waits go."""
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        self._next.set()
        self._next = asyncio.Event()
