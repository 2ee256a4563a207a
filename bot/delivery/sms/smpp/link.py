"""One bind that is kept up: connects, waits a little longer each time it fails, and connects again."""

import asyncio
import logging
import random
import ssl
from collections.abc import Callable

from bot.delivery.house import where
from bot.delivery.sms.settings import SmppSettings
from bot.delivery.sms.smpp.session import OnDeliver, Session, SessionError, Times, open_session

_log = logging.getLogger(__name__)
_CREDENTIALS = "sms.credentials"


def back_off(failures: int, times: Times, chance: float) -> float:
    """Return how many seconds to wait after so many failures in a row; ``chance``, from 0 to 1, spreads the binds."""
    longest = min(times.longest_back_off, times.first_back_off * 2.0 ** min(failures - 1, 16))
    return longest * (0.5 + chance / 2)


class Link:
    """One bind of several. ``changed`` is called whenever it comes up or goes down."""

    def __init__(
        self, name: str, settings: SmppSettings, times: Times, on_deliver: OnDeliver, changed: Callable[[], None]
    ) -> None:
        """Take what to be called in the log, and whom to connect to; opens nothing."""
        self.name = name
        self.error: str | None = None  # why it is down, or was
        self.was_tried = self.was_up = False
        self._settings, self._times, self._on_deliver, self._changed = settings, times, on_deliver, changed
        self._session: Session | None = None
        self._is_ended = False
        self._chance = random.SystemRandom().random

    @property
    def session(self) -> Session | None:
        """The connection, while messages can be handed over."""
        return self._session if self._session is not None and self._session.is_open else None

    async def run(self, security: ssl.SSLContext | None) -> None:
        """Keep the bind up, until it is unbound or cancelled."""
        failures = 0
        while not self._is_ended:
            began = asyncio.get_running_loop().time()
            try:
                kind = await self._once(security)
            except Exception as error:  # a fault of ours: the bind is not to stay down for it
                _log.exception("%s: %s", self.name, where(error))
                kind = "sms.fault"
            lasted = asyncio.get_running_loop().time() - began
            # Whoever takes a bind and drops it at once has failed like one who does not take it.
            failures = 1 if self.was_up and lasted > self._times.longest_back_off else failures + 1
            if kind == _CREDENTIALS:
                failures = 17  # each try with the wrong password may lock the account for longer
            self.error = kind
            self.was_tried, self.was_up = True, False
            self._changed()
            if self._is_ended:
                return
            wait = back_off(failures, self._times, self._chance())
            _log.warning("%s is down: %s; again in %.1f s", self.name, kind, wait)
            await asyncio.sleep(wait)

    async def unbind(self) -> None:
        """Say goodbye, if it is up, and come up no more."""
        self._is_ended = True
        if self._session is not None:
            await self._session.unbind()

    async def _once(self, security: ssl.SSLContext | None) -> str:
        """Connect, and take what comes until the connection is lost; return why it was."""
        try:
            session = await open_session(self._settings, self._times, security, self._on_deliver)
        except SessionError as error:
            return error.kind
        self._session = session
        self.was_tried = self.was_up = True
        self.error = None
        self._changed()
        _log.info("%s is up", self.name)
        try:
            return await session.run()
        finally:
            self._session = None
            await session.close()
