"""The demonstration's data protection officer: where the console is, and how to sign in; for this machine only."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bot.services.staff import totp


@dataclass(frozen=True, kw_only=True)
class Officer:
    """A ready account. ``now`` tells the time (ms UTC), by which the authenticator's code changes."""

    console: str
    login: str
    password: str = field(repr=False)
    secret: str = field(repr=False)
    now: Callable[[], int] = field(repr=False)

    def code(self) -> tuple[str, int]:
        """Return the code that an authenticator shows now, and for how many more ms."""
        at = self.now()
        return totp.code_at(self.secret, at), totp.STEP - at % totp.STEP
