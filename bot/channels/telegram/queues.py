"""Updates that wait to be handled: those of a chat one at a time, the lowest number first; chats in turn. Pure."""

import heapq
from collections import deque
from dataclasses import dataclass, field


@dataclass(kw_only=True, eq=False, slots=True)
class Kept:
    """An update that was kept. ``chat``: its private chat, if known; ``at``: since when it waits (seconds)."""

    bot: str
    id: int
    chat: int | None
    raw: bytes
    at: float
    ended: bool = False
    too_fast: bool = False  # more came of its chat than is read

    def __lt__(self, other: "Kept") -> bool:
        """Tell which is first."""
        return self.id < other.id

    @property
    def chat_name(self) -> str | None:
        """Its chat as the store takes it."""
        return None if self.chat is None else str(self.chat)

    @property
    def place(self) -> tuple[str, int | None, int]:
        """What order is kept within: a chat; what has none stands alone."""
        return (self.bot, self.chat, 0 if self.chat else self.id)


@dataclass(kw_only=True, eq=False, slots=True)
class _Chat:
    waiting: list[Kept] = field(default_factory=list)  # a heap
    told: bool = False


class Queues:
    """The chats in which something waits. Of each at most one update is out at a time."""

    def __init__(self) -> None:
        """Begin empty."""
        self._chats: dict[tuple[str, int | None, int], _Chat] = {}
        self._ready: deque[_Chat] = deque()  # whose first one may be taken out

    @property
    def ready(self) -> int:
        """How many can be taken out."""
        return len(self._ready)

    def add(self, kept: Kept) -> None:
        """Let an update wait."""
        chat = self._chats.get(kept.place)
        if chat is None:
            chat = self._chats[kept.place] = _Chat()
            self._ready.append(chat)
        heapq.heappush(chat.waiting, kept)

    def claim(self, kept: Kept) -> bool:
        """Take an update out without its waiting, where nothing of its chat waits or is out."""
        if kept.place in self._chats:
            return False
        self._chats[kept.place] = _Chat()
        return True

    def take(self) -> Kept | None:
        """Take out the first update of the chat that waits longest."""
        return heapq.heappop(self._ready.popleft().waiting) if self._ready else None

    def end(self, kept: Kept) -> None:
        """Note that one that was out is handled: the next of its chat may be taken."""
        kept.ended = True
        chat = self._chats[kept.place]
        if chat.waiting:
            self._ready.append(chat)
        else:
            del self._chats[kept.place]

    def put_back(self, kept: Kept) -> None:
        """Let one that was out wait again; an earlier one of its chat may have come meanwhile."""
        chat = self._chats[kept.place]
        heapq.heappush(chat.waiting, kept)
        self._ready.append(chat)

    def tell_once(self, kept: Kept) -> bool:
        """Tell whether a chat is to be told that it waits: once, until nothing of it waits any more."""
        chat = self._chats.get(kept.place)
        if kept.ended or kept.chat is None or chat is None or chat.told:
            return False
        chat.told = True
        return True
