"""Who listens to which conversation: everybody is told in order, or reads what was missed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from bot.services import conversations
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.storage.sqlite import SqliteStore
from bot.storage.store import Tx
from bot.web.wire import codes
from bot.web.wire.hub import LOOK_EACH, Hub, Numbered
from tests.tools.desks import NOW, made_up_desk


class _Ear:
    def __init__(self, session: str = "s", came_with: str = "t") -> None:
        self.session = Session(id=session, company="alfa", token_hash=came_with)
        self.told: list[int] = []
        self.looked: list[int] = []
        self.ended: list[int] = []
        self.idle_since = 0.0
        self.is_speaking = False

    def tell(self, messages: Sequence[Numbered], state: bytes) -> None:
        assert state
        self.told += [seq for seq, _ in messages]

    def look(self, last_seq: int) -> None:
        self.looked.append(last_seq)

    def end(self, code: int, last: bytes | None = None) -> None:
        assert last is None or last
        self.ended.append(code)


@pytest.fixture
def hub() -> Hub:
    return Hub(SqliteStore.open(":memory:"), b"{}")


def test_a_turn_is_told_to_all_of_its_conversation_but_its_own(hub: Hub) -> None:
    mine, other, stranger = _Ear(), _Ear(), _Ear("x")
    hub.join("c", mine)
    hub.join("c", other)
    hub.join("d", stranger)
    hub.tell("c", [(1, b"{}")], b"{}", but=mine)
    assert (mine.told, other.told, stranger.told) == ([], [1], [])


def test_who_left_is_told_nothing_and_leaves_nothing_behind(hub: Hub) -> None:
    ear = _Ear()
    hub.join("c", ear)
    hub.leave("c", ear)
    hub.leave("c", ear)
    hub.tell("c", [(1, b"{}")], b"{}")
    assert ear.told == []
    assert not hub._by_conversation
    assert not hub._by_session


def test_a_renewed_session_ends_what_came_with_older_tokens(hub: Hub) -> None:  # R19
    old, new = _Ear(came_with="old"), _Ear(came_with="new")
    hub.join("c", old)
    hub.join("c", new)
    hub.end_tokens(new.session, 4001)
    assert (old.ended, new.ended) == ([4001], [])


def test_only_the_idle_are_ended(hub: Hub) -> None:  # R24
    idle, awake = _Ear(), _Ear()
    awake.idle_since = 10.0
    hub.join("c", idle)
    hub.join("c", awake)
    hub.end_idle(10.0, 4009)
    assert (idle.ended, awake.ended) == ([4009], [])


def test_an_address_gets_so_many_connections_at_a_time(hub: Hub) -> None:
    assert [hub.admit("192.0.2.1", 2, 9) for _ in range(3)] == [True, True, False]
    assert hub.admit("192.0.2.2", 2, 9)
    hub.dismiss("192.0.2.1")
    assert hub.admit("192.0.2.1", 2, 9)


def test_there_are_so_many_connections_in_all(hub: Hub) -> None:
    assert [hub.admit(f"192.0.2.{number}", 9, 2) for number in range(3)] == [True, True, False]
    hub.dismiss("192.0.2.0")
    assert hub.admit("192.0.2.3", 9, 2)


def test_at_the_end_everybody_is_closed_who_listens_to_nothing_yet_and_who_comes_later_too(hub: Hub) -> None:
    gone, early, late = _Ear(), _Ear(), _Ear()
    for ear in (gone, early):
        hub.opened(ear)
    hub.closed(gone)
    hub.end_all(codes.RESTART)
    hub.opened(late)
    assert (gone.ended, early.ended, late.ended) == ([], [codes.RESTART], [codes.RESTART])


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A conversation in the store, whose browser listens here; who acts on the store is another process."""

    store: SqliteStore
    hub: Hub
    id: str
    session: Session
    ear: _Ear

    async def says(self, seq: int) -> None:
        """Let another process commit a turn."""

        def turn(tx: Tx) -> None:
            held = conversations.lock(tx, DESK, self.id)
            assert held
            conversations.add(tx, DESK, NOW, self.id, seq, "bot", b"[]")
            conversations.keep(tx, DESK, NOW, held, last_seq=seq, state="open", form=b"{}", company=None, proven=False)

        await self.store.transact(turn)

    async def looks_until(self, holds: Callable[[], bool]) -> int:
        """Let the hub run until something holds; return after how many of its looks."""
        stop, looks, look = asyncio.Event(), 0, self.hub.look

        async def counted() -> None:
            nonlocal looks
            looks += 1
            await look()
            if holds():
                stop.set()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(self.hub, "look", counted)
            async with asyncio.timeout(LONGEST):
                await self.hub.run(stop)
        return looks


DESK = made_up_desk()
LONGEST = 30.0  # seconds for anything


@pytest_asyncio.fixture
async def chat() -> AsyncIterator[Chat]:
    store = SqliteStore.open(":memory:")
    hub = Hub(store, b"{}")

    def begin(tx: Tx) -> tuple[str, Session]:
        session = sessions.find(tx, DESK, "alfa", sessions.begin(tx, DESK, NOW, "alfa"))
        assert session
        return conversations.take(tx, DESK, NOW, "web", session.id).id, session

    identity, session = await store.transact(begin)
    ear = _Ear(session.id, session.token_hash)
    hub.join(identity, ear)
    yield Chat(store=store, hub=hub, id=identity, session=session, ear=ear)
    await store.close()


@pytest.mark.asyncio
async def test_what_another_process_says_is_found_soon(chat: Chat) -> None:  # R58
    await chat.says(2)
    assert await chat.looks_until(lambda: 2 in chat.ear.looked) == 1
    assert LOOK_EACH < 1
    assert chat.ear.ended == []


@pytest.mark.asyncio
async def test_who_waits_for_a_turn_of_their_own_is_told_of_it_by_nobody_else(chat: Chat) -> None:
    await chat.says(2)
    chat.ear.is_speaking = True
    await chat.hub.look()
    assert chat.ear.looked == []


def _forget(tx: Tx, conversation: str) -> None:
    conversations.forget(tx, conversation)


def _forget_but_what_is_referred_to(tx: Tx, conversation: str) -> None:
    tx.run("conversations.forget", id=conversation)


@pytest.mark.asyncio
@pytest.mark.parametrize("forget", [_forget, _forget_but_what_is_referred_to])
async def test_a_chat_that_was_forgotten_elsewhere_is_closed(
    chat: Chat, forget: Callable[[Tx, str], None]
) -> None:  # R45
    await chat.store.transact(lambda tx: forget(tx, chat.id))
    await chat.hub.look()
    assert chat.ear.ended == []  # who forgot it tells why, in the same process
    assert await chat.looks_until(lambda: bool(chat.ear.ended)) == 1
    assert set(chat.ear.ended) == {codes.FORGOTTEN}


@pytest.mark.asyncio
async def test_a_token_that_was_replaced_elsewhere_holds_nothing_open(chat: Chat) -> None:  # R19
    def replace(tx: Tx) -> None:
        ticket = sessions.ticket(tx, DESK, NOW, chat.session.id)
        fresh = sessions.find(tx, DESK, "alfa", sessions.renew(tx, DESK, NOW, chat.session, ticket) or "")
        assert fresh
        sessions.use(tx, NOW, fresh)

    await chat.store.transact(replace)
    assert await chat.looks_until(lambda: bool(chat.ear.ended)) == 1
    assert set(chat.ear.ended) == {codes.RENEWED}


@pytest.mark.asyncio
async def test_who_left_during_a_look_is_told_nothing_of_it(chat: Chat) -> None:
    looking = asyncio.create_task(chat.hub.look())
    await asyncio.sleep(0)
    chat.hub.leave(chat.id, chat.ear)
    await looking
    assert chat.ear.looked == []


@pytest.mark.asyncio
async def test_of_many_conversations_each_is_found(chat: Chat) -> None:
    def begin(tx: Tx, at: int) -> str:
        return conversations.take(tx, DESK, NOW, "web", f"s{at}").id

    ears = {await chat.store.transact(partial(begin, at=at)): _Ear("s", chat.session.token_hash) for at in range(120)}
    for identity, ear in ears.items():
        chat.hub.join(identity, ear)
    await chat.hub.look()
    assert [ear.looked for ear in ears.values()] == [[0]] * 120
