"""Who listens to which conversation, and what reaches them: replies of turns, what the company writes, the end.

A listener is told messages in the order of their numbers, without a gap: what it missed is read from the store. What
another process did (a turn, a reply of the company, a chat forgotten, a token replaced) is found by a look at the
conversations that are listened to, soon after a commit. The hub gives frames to ``Listener``s, which sockets are.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Protocol

from bot.delivery.house import where
from bot.errors import InputError, StoreUnavailableError
from bot.services import conversations
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.storage.store import Store, Tx
from bot.web.wire import codes

LOOK_EACH = 0.8  # seconds, at the latest: where no signal came
_AT_MOST_EACH, _REST_AT_MOST = 0.2, 0.6  # seconds between two looks: commits come faster than anybody reads
_REST = 5  # times what a look took: many listeners must not keep the database busy

_log = logging.getLogger(__name__)

Numbered = tuple[int, bytes]  # a message's number and its frame


class Connection(Protocol):
    """One browser's connection, also while nobody knows whose it is."""

    def end(self, code: int, last: bytes | None = None) -> None:
        """Be closed, after one more frame."""
        ...


class Listener(Connection, Protocol):
    """One that listens. ``is_speaking``: it waits for a turn of its own, whose acknowledgement comes first."""

    session: Session
    is_speaking: bool

    def tell(self, messages: Sequence[Numbered], state: bytes) -> None:
        """Take new messages of its conversation, and what is waited for now."""
        ...

    def look(self, last_seq: int) -> None:
        """Know that there are messages up to a number."""
        ...

    @property
    def idle_since(self) -> float:
        """When its person last said something (the loop's time)."""
        ...


class Hub:
    """All the listeners of this process."""

    def __init__(self, store: Store, farewell: bytes) -> None:
        """Begin with nobody; ``farewell`` is the last frame of a chat that was forgotten elsewhere."""
        self._store, self._farewell = store, farewell
        self._by_conversation: dict[str, set[Listener]] = defaultdict(set)
        self._by_session: dict[str, set[Listener]] = defaultdict(set)
        self._addresses: Counter[str] = Counter()
        self._admitted = 0
        self._open: set[Connection] = set()
        self._ended: int | None = None  # the code that everybody is closed with from now on
        self._gone: set[str] = set()  # what the last look did not find

    def admit(self, address: str, most: int, most_in_all: int) -> bool:
        """Count one more connection of a client's address, unless it has that many, or there are so many in all."""
        if self._addresses[address] >= most or self._admitted >= most_in_all:
            return False
        self._addresses[address] += 1
        self._admitted += 1
        return True

    def dismiss(self, address: str) -> None:
        """Count one less."""
        self._admitted -= 1
        self._addresses[address] -= 1
        if self._addresses[address] <= 0:
            del self._addresses[address]

    def opened(self, connection: Connection) -> None:
        """Know of a connection, whoever's it is, as long as it is there; who comes after the end is closed at once."""
        self._open.add(connection)
        if self._ended is not None:
            connection.end(self._ended)

    def closed(self, connection: Connection) -> None:
        """Forget one."""
        self._open.discard(connection)

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

    def end_forgotten(self, session: str) -> None:
        """Close a session's listeners: its chat was forgotten by another process."""
        self.end_session(session, codes.FORGOTTEN, self._farewell)

    def end_tokens(self, session: Session, code: int) -> None:
        """Close the listeners of a session that came with another token than it has now."""
        for listener in tuple(self._by_session.get(session.id, ())):
            if listener.session.token_hash != session.token_hash:
                listener.end(code)

    def end_all(self, code: int) -> None:
        """Close everybody, who has not said yet whose connection it is and who comes later too."""
        self._ended = code
        for connection in tuple(self._open):
            connection.end(code)

    def end_idle(self, before: float, code: int) -> None:
        """Close whoever has said nothing since a time (the loop's)."""
        for listeners in tuple(self._by_session.values()):
            for listener in tuple(listeners):
                if listener.idle_since < before:
                    listener.end(code)

    async def run(self, stop: asyncio.Event) -> None:
        """Tell listeners what is committed by whichever process, until ``stop``."""
        loop = asyncio.get_running_loop()
        while not stop.is_set():
            await self._store.changed(LOOK_EACH)
            begun = loop.time()
            try:
                await self.look()
            except (StoreUnavailableError, InputError) as error:
                _log.warning("listeners wait: %s", type(error).__name__)
            except Exception as error:  # one fault must not end the telling
                _log.error("listeners were not told: %s", where(error))
            took = loop.time() - begun
            await asyncio.sleep(min(_REST_AT_MOST, max(_AT_MOST_EACH, _REST * took)))

    async def look(self) -> None:
        """Tell listeners how far their conversations are; close those whose chat or token has ended elsewhere."""
        if not self._by_conversation:
            self._gone.clear()
            return
        heard = [(key, tuple(listeners)) for key, listeners in self._by_conversation.items()]
        tokens = {listener.session.token_hash for _, listeners in heard for listener in listeners}

        def read(tx: Tx) -> tuple[dict[str, int], set[str]]:
            return conversations.stand(tx, [key for key, _ in heard]), sessions.living(tx, tokens)

        standing, living = await self._store.read(read)
        for conversation, listeners in heard:
            there = self._by_conversation.get(conversation, set())
            for listener in listeners:
                if listener not in there or listener.is_speaking:
                    continue
                if listener.session.token_hash not in living and conversation in standing:
                    listener.end(codes.RENEWED)
                elif conversation in standing:
                    listener.look(standing[conversation])
                elif conversation in self._gone:  # found twice: who forgot it here has told its own words by now
                    listener.end(codes.FORGOTTEN, self._farewell)
        self._gone = {conversation for conversation, _ in heard if conversation not in standing}
