"""How often a bot may send: once a second to a chat, thirty a second to all, twenty a minute to a group.

The figures are those of Telegram's FAQ for bots; what the real server allows beyond them is not told.
"""

import math
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Messages a second, and how many may come at once after a rest."""

    chat_rate: float = 1.0
    chat_burst: int = 3
    group_rate: float = 20 / 60
    group_burst: int = 20
    all_rate: float = 30.0
    all_burst: int = 30


@dataclass
class Rates:
    """Counts what was sent; without limits nothing is refused."""

    limits: Limits | None
    _buckets: dict[tuple[str, int], tuple[float, float]] = field(default_factory=dict)  # tokens, seconds

    def spend(self, bot: str, chat: int, now: float) -> int:
        """Count a message; return 0, or the seconds until it may be sent: then it does not count."""
        if not self.limits:
            return 0
        rate, burst = (
            (self.limits.chat_rate, self.limits.chat_burst)
            if chat > 0
            else (self.limits.group_rate, self.limits.group_burst)
        )
        own, shared = (bot, chat), (bot, 0)
        waits = [
            self._wait(own, rate, burst, now),
            self._wait(shared, self.limits.all_rate, self.limits.all_burst, now),
        ]
        if any(waits):
            return max(1, math.ceil(max(waits)))
        for key in (own, shared):
            tokens, at = self._buckets[key]
            self._buckets[key] = (tokens - 1, at)
        return 0

    def _wait(self, key: tuple[str, int], rate: float, burst: int, now: float) -> float:
        tokens, at = self._buckets.get(key, (float(burst), now))
        tokens = min(float(burst), tokens + (now - at) * rate)
        self._buckets[key] = (tokens, now)
        return 0.0 if tokens >= 1 else (1 - tokens) / rate
