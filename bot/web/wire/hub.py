"""Who listens to which conversation, and what reaches them: replies of turns, what the company writes, the end.

A listener is told messages in the order of their numbers, without a gap: what it missed is read from the store. The hub
knows no wire: it gives frames to ``Listener``s, which sockets are.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

from bot.clock import SECOND, Clock
from bot.delivery.house import where
from bot.errors import InputError, StoreUnavailableError
from bot.services import conversations
from bot.services.identity.sessions import Session
from bot.storage.store import Store

LOOK_EACH = 1.0  # seconds, at the latest
_AT_MOST_EACH = 0.2  # seconds: commits come faster than anybody reads
_BACK = 30 * SECOND  # a message may be committed so long after the time that it carries

_log = logging.getLogger(__name__)

Numbered = tuple[int, bytes]  # a message's number and its frame


class Listener(Protocol):
    """One browser's connection."""

    session: Session

    def tell(self, messages: Sequence[Numbered], state: bytes) -> None:
        """Take new messages of its conversation, and what is waited for now."""
        ...

    def look(self, last_seq: int) -> None:
        """Know that there are messages up to a number."""
        ...

    def end(self, code: int, last: bytes | None = None) -> None:
        """Be closed, after one more frame."""
        ...

    @property
    def idle_since(self) -> float:
        """When its person last said something (the loop's time)."""
        ...


class Hub:
    """All the listeners of this process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Begin with nobody."""
        self._store, self._clock = store, clock
        self._by_conversation: dict[str, set[Listener]] = defaultdict(set)
        self._by_session: dict[str, set[Listener]] = defaultdict(set)
        self._addresses: Counter[str] = Counter()
        self._since = clock.now()

    def admit(self, address: str, most: int) -> bool:
        """Count one more connection of a client's address, unless it has that many."""
        if self._addresses[address] >= most:
            return False
        self._addresses[address] += 1
        return True

    def dismiss(self, address: str) -> None:
        """Count one less."""
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]

    @property
    def count(self) -> int:
        """How many conversations are listened to."""
        return len(self._by_conversation)

    def join(self, conversation: str, listener: Listener) -> None:
        """Let somebody listen."""
        self._by_conversation[conversation].add(listener)
        self._by_session[listener.session.id].add(listener)

    def leave(self, conversation: str, listener: Listener) -> None:
        """Let somebody go."""
        for known, key in ((self._by_conversation, conversation), (self._by_session, listener.session.id)):
            known[key].discard(listener)
            if not known[key]:
                del known[key]

    def of_session(self, session: str) -> int:
        """Return how many listen with one session."""
        return len(self._by_session.get(session, ()))

    def tell(self, conversation: str, messages: Sequence[Numbered], state: bytes, but: Listener | None = None) -> None:
        """Tell a conversation's listeners of a turn, all but the one that knows already."""
        for listener in tuple(self._by_conversation.get(conversation, ())):
            if listener is not but:
                listener.tell(messages, state)

    def end_session(self, session: str, code: int, last: bytes | None = None, but: Listener | None = None) -> None:
        """Close a session's listeners, all but the one that knows already."""
        for listener in tuple(self._by_session.get(session, ())):
            if listener is not but:
                listener.end(code, last)

    def end_tokens(self, session: Session, code: int) -> None:
        """Close the listeners of a session that came with another token than it has now."""
        for listener in tuple(self._by_session.get(session.id, ())):
            if listener.session.token_hash != session.token_hash:
                listener.end(code)

    def end_all(self, code: int) -> None:
        """Close everybody."""
        for listeners in tuple(self._by_session.values()):
            for listener in tuple(listeners):
                listener.end(code)

    def end_idle(self, before: float, code: int) -> None:
        """Close whoever has said nothing since a time (the loop's)."""
        for listeners in tuple(self._by_session.values()):
            for listener in tuple(listeners):
                if listener.idle_since < before:
                    listener.end(code)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell listeners what the company writes, as it is committed by whichever process, until ``stop``."""
        while not stop.is_set():
            await self._store.changed(LOOK_EACH)
            try:
                await self.look()
            except (StoreUnavailableError, InputError) as error:
                _log.warning("listeners wait: %s", type(error).__name__)
            except Exception as error:  # one fault must not end the telling
                _log.error("listeners were not told: %s", where(error))
            await asyncio.sleep(_AT_MOST_EACH)

    async def look(self) -> None:
        """Tell listeners what the company wrote since the last look."""
        if not self._by_conversation:
            self._since = self._clock.now()
            return
        now, since = self._clock.now(), self._since - _BACK
        written = await self._store.read(lambda tx: conversations.written_by_office(tx, since))
        self._since = now
        for conversation, last_seq in written.items():
            for listener in tuple(self._by_conversation.get(conversation, ())):
                listener.look(last_seq)
