"""How gateways of SMS stand, for those who tell operators and customers of it (R50); knows no gateway.

It speaks of gateways, never of one number (R11): what is told is told to everyone. Times are ms UTC.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, kw_only=True)
class Stand:
    """How gateways stand: since when each takes no messages (None: it does), by name, for operators.

    ``together``: since when customers are to be told that none does; None: they are told nothing.
    """

    gateways: tuple[tuple[str, int | None], ...] = ()
    together: int | None = None


@runtime_checkable
class JudgesItself(Protocol):
    """A gateway that knows how it is doing, whether or not messages come."""

    def stand(self) -> Stand:
        """Return how it is doing now."""
        ...
