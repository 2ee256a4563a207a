"""How fast one bot sends: so many calls a second, and few messages in a row into one chat; pure, reads no clock.

Times are seconds of any clock that never goes back. Telegram names thirty messages a second for a bot and one a second
for a chat, short bursts apart (core.telegram.org/bots/faq); who goes past it is refused for a while.
"""

from dataclasses import dataclass

_FEW = 64  # chats that are remembered without a look at who is at rest


@dataclass(frozen=True, kw_only=True)
class Turn:
    """When to go on: ``wait`` seconds from now. ``given``: then the call may be made; else one asks again."""

    wait: float
    given: bool


class Pace:
    """The calls of one bot: each gets its turn in the order in which they ask."""

    def __init__(self, per_second: float, per_chat: float, burst: int, longest: float) -> None:
        """Take the calls a second, the messages a second into one chat and how many of them a rest saves up.

        ``longest``: seconds that a turn may lie ahead; who would wait longer is told when to come again, each at
        another time.
        """
        self._each, self._saved = 1 / per_second, (max(1, per_second // 5) - 1) / per_second
        self._chat_each, self._chat_saved = 1 / per_chat, (burst - 1) / per_chat
        self._longest = longest
        # When all that was made or promised would be over at a steady pace (GCRA, ITU-T I.371).
        self._over = self._again = float("-inf")
        self._chats: dict[int, float] = {}
        self._most = _FEW

    def turn(self, now: float, chat: int | None = None) -> Turn:
        """Give a turn to a call, or tell when to ask again; ``chat``: it is a message into it."""
        at = max(now, self._over - self._saved)
        if at - now > self._longest:
            self._again = max(self._again, now + self._longest) + self._each
            return Turn(wait=self._again - now, given=False)
        over = self._chats.get(chat, at) if chat is not None else at
        if over - self._chat_saved > at:
            return Turn(wait=over - self._chat_saved - now, given=False)
        self._over = max(self._over, at) + self._each
        if chat is not None:
            self._forget(now)
            self._chats[chat] = max(over, at) + self._chat_each
        return Turn(wait=at - now, given=True)

    def room(self, now: float) -> int:
        """Return for how many calls there is a turn not too far ahead."""
        at = max(now, self._over - self._saved)
        return max(0, int((now + self._longest - at) / self._each) + (1 if at <= now else 0))

    @property
    def remembered(self) -> int:
        """How many chats are remembered."""
        return len(self._chats)

    def _forget(self, now: float) -> None:
        """Forget chats at rest: they are as if nothing had been sent into them."""
        if len(self._chats) >= self._most:
            self._chats = {chat: over for chat, over in self._chats.items() if over > now}
            self._most = max(_FEW, 2 * len(self._chats))
