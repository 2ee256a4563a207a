"""Who listens to which conversation: everybody is told in order, or reads what was missed."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.clock import Clock
from bot.services.identity.sessions import Session
from bot.storage.sqlite import SqliteStore
from bot.web.wire.hub import Hub, Numbered
from tests.tools.desks import NOW


class _Ear:
    def __init__(self, session: str = "s", came_with: str = "t") -> None:
        self.session = Session(id=session, company="alfa", token_hash=came_with)
        self.told: list[int] = []
        self.looked: list[int] = []
        self.ended: list[int] = []
        self.idle_since = 0.0

    def tell(self, messages: Sequence[Numbered], state: bytes) -> None:
        assert state
        self.told += [seq for seq, _ in messages]

    def look(self, last_seq: int) -> None:
        self.looked.append(last_seq)

    def end(self, code: int, last: bytes | None = None) -> None:
        assert last is None or last
        self.ended.append(code)


class _Clock(Clock):
    def now(self) -> int:
        return NOW


@pytest.fixture
def hub() -> Hub:
    return Hub(SqliteStore.open(":memory:"), _Clock())


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
    assert (hub.count, hub.of_session("s")) == (0, 0)


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
    assert [hub.admit("192.0.2.1", 2) for _ in range(3)] == [True, True, False]
    assert hub.admit("192.0.2.2", 2)
    hub.dismiss("192.0.2.1")
    assert hub.admit("192.0.2.1", 2)


@pytest.mark.asyncio
async def test_what_the_company_writes_is_looked_for_while_somebody_listens() -> None:  # R58
    store = SqliteStore.open(":memory:")
    hub, ear, stop = Hub(store, _Clock()), _Ear(), asyncio.Event()
    hub.join("c", ear)
    running = asyncio.create_task(hub.run(stop))
    await store.transact(
        lambda tx: tx.run(
            "conversations.add_message", conversation="c", seq=4, sender="dpo", body_sealed="k1.", now=NOW
        )
    )
    async with asyncio.timeout(5):
        while not ear.looked:
            await asyncio.sleep(0.01)
    stop.set()
    await running
    await store.close()
    assert set(ear.looked) == {4}
