"""The moment in which a key becomes the current one: who joins, who lags, and what is under way just then."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.crypto import Key, Standing, Vault
from bot.errors import InputError, StoreUnavailableError
from bot.services.identity import customers
from bot.services.keys import joining, ring
from bot.services.keys.joining import Member
from bot.services.keys.ring import Known
from bot.services.keys.rotating import LaggingError, NotReadyError
from bot.services.keys.settling import settle
from bot.services.lists import importing
from bot.storage.store import Store, Tx
from tests.services.keys.ringing import NEW, NEW_ID, OLD, OLD_ID, process
from tests.services.keys.test_replacing import customer, nothing, set_up
from tests.tools import engines
from tests.tools.desks import NOW
from tests.tools.races import LONGEST, comes_to_wait, uncommitted

T = TypeVar("T")
ELSE = b"a secret that nobody uses, for tests only"


@pytest.mark.usefixtures("both_engines")
def test_who_joins_at_the_last_moment_without_the_new_secret_holds_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own, contextlib.AsyncExitStack() as stack:
            engine = own.store.engine
            real = engine.transact

            async def late(work: Callable[[Tx], T]) -> T:
                monkeypatch.setattr(engine, "transact", real)
                await stack.enter_async_context(process(place))
                return await real(work)

            monkeypatch.setattr(engine, "transact", late)
            with pytest.raises(NotReadyError):
                await own.rotation().change_over(NEW_ID)
        with engines.looking(place) as tables:
            assert [row["id"] for row in tables.rows("keys")] == [OLD_ID]
            assert not tables.count("leases")

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_who_joins_while_it_is_changed_looks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.db"
    real = ring.standing

    def meanwhile(*given: Any) -> Standing:
        monkeypatch.setattr(ring, "standing", real)
        found = real(*given)
        with engines.looking(place) as tables:  # somebody else changes over
            tables.execute("UPDATE keys SET state = 'leaving'")
            tables.insert("keys", {"id": NEW_ID, "state": "current", "since": NOW, "case_file_key": ""})
        return found

    async def play() -> None:
        await set_up(place)
        monkeypatch.setattr(ring, "standing", meanwhile)
        with pytest.raises(InputError, match=NEW_ID):
            async with process(place):
                pass
        with engines.looking(place) as tables:
            assert not tables.count("key_holders")

    asyncio.run(play())


async def joins(place: Path, secret: bytes = OLD) -> None:
    async with process(place, secret):
        pass


@pytest.mark.usefixtures("both_engines")
def test_who_joins_while_the_change_is_being_committed_waits_and_sees_it(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            rotation = own.rotation()
            async with uncommitted(own.store.engine, lambda tx: rotation._enter(tx, NEW_ID)) as entering:
                coming = asyncio.create_task(joins(place))
                await comes_to_wait(place, coming)
            with pytest.raises(InputError, match=NEW_ID):
                await coming
            await entering

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_who_is_just_being_noted_is_seen_or_sees_the_change(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own, process(place, OLD, NEW, wanted=NEW) as other:
            engine, stands = other.store.engine, Standing(current=OLD_ID)
            known = await engine.read(ring.every)
            async with uncommitted(engine, lambda tx: ring.hold(tx, "h", stands, known, NOW)) as noting:
                changing = asyncio.create_task(own.rotation().change_over(NEW_ID))
                await comes_to_wait(place, changing)
            try:
                await changing
            except NotReadyError:
                assert await noting
            else:  # it came first, and who was to be noted is told
                assert not await noting

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
@pytest.mark.parametrize("secret", [OLD, ELSE], ids=["the same", "another"])
def test_of_two_that_come_first_at_once_one_notes_the_first_key(tmp_path: Path, secret: bytes) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        store = engines.open_store(place)
        async with uncommitted(store, lambda tx: ring.found(tx, Vault(OLD), NOW)) as noting:
            coming = asyncio.create_task(joins(place, secret))
            await comes_to_wait(place, coming)
        await coming
        assert await noting
        await store.close()
        with engines.looking(place) as tables:
            assert [row["id"] for row in tables.rows("keys")] == [Key(secret).id]
            assert not tables.count("leases")

    asyncio.run(play())


def test_two_that_come_first_at_once_with_one_secret_both_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with contextlib.AsyncExitStack() as stack:
            every = ring.every

            def nothing_yet(_tx: Tx) -> tuple[Known, ...]:
                monkeypatch.setattr(ring, "every", every)
                return ()

            await stack.enter_async_context(process(place))
            monkeypatch.setattr(ring, "every", nothing_yet)  # it looked a moment before
            await stack.enter_async_context(process(place))

    asyncio.run(play())


def test_a_first_secret_is_not_pushed_out_by_another_while_it_is_used(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place) as own:
            with pytest.raises(LookupError):
                async with process(place, ELSE):
                    pass
            await own.store.transact(nothing)

    asyncio.run(play())


def test_begun_again_it_waits_for_who_has_not_changed_over_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        monkeypatch.setattr(joining, "LOOK_EACH", 3600.0)  # it looks when it is told to
        async with process(place, OLD, NEW, wanted=NEW) as slow, process(place, OLD, NEW, wanted=NEW) as own:
            rotation = own.rotation()
            await own.store.engine.transact(lambda tx: rotation._enter(tx, NEW_ID))  # and it was killed
            assert await own.store.look()
            with pytest.raises(LaggingError):
                await own.rotation().change_over(NEW_ID, patience=0.05)
            assert slow.desk.vault.standing.current == OLD_ID
            changing = asyncio.create_task(own.rotation().change_over(NEW_ID))
            assert await slow.store.look()
            await changing
            assert slow.desk.vault.standing.current == NEW_ID

    asyncio.run(play())


def test_a_process_that_lags_keeps_the_old_secret_needed(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        async with process(place, OLD, NEW, wanted=NEW) as own:
            rotation = own.rotation()
            await rotation.change_over(NEW_ID)
            await rotation.run(lambda *_: None)
            with engines.looking(place) as tables:
                tables.insert("key_holders", {"holder": "h", "current": OLD_ID, "other": NEW_ID, "until": NOW + 60_000})
            left = await rotation.left()
            assert left.lagging == 1
            assert not await rotation.finish(left)

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_what_a_work_compares_is_of_one_key_even_if_another_becomes_current_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            vault = own.desk.vault

            def meanwhile(tx: Tx, digest: str) -> None:
                vault.standing = Standing(current=NEW_ID, other=OLD_ID, elder=True)
                settle(tx, digest)

            monkeypatch.setattr(importing, "settle", meanwhile)
            await own.store.transact(lambda tx: importing.import_customers(tx, own.desk, NOW, [customer(101)]))
            monkeypatch.setattr(importing, "settle", settle)
            (found,) = await own.store.read(lambda tx: customers.find(tx, own.desk, "alfa", "customer", "A-101"))
            assert found.number == "+38344000101"
            again = await own.store.transact(lambda tx: importing.import_customers(tx, own.desk, NOW, [customer(101)]))
            assert (again.added, again.changed, again.same) == (0, 0, 1)

    asyncio.run(play())


class Waiting(Store):
    """A store whose works take as long as the test says."""

    waiting = 0

    def __init__(self) -> None:
        self.go_on = asyncio.Event()

    async def transact(self, work: Callable[[Tx], T]) -> T:  # noqa: ARG002  the port names it
        await self.go_on.wait()
        raise StoreUnavailableError

    async def read(self, work: Callable[[Tx], T]) -> T:  # noqa: ARG002
        raise StoreUnavailableError

    async def changed(self, timeout: float) -> bool:  # noqa: ARG002
        raise StoreUnavailableError

    async def close(self) -> None:
        """There is nothing to be closed."""


def test_what_was_begun_under_the_key_before_is_waited_for() -> None:
    async def play() -> None:
        vault, store = Vault(OLD, [NEW]), Waiting()
        vault.standing = Standing(current=OLD_ID, other=NEW_ID)
        member = Member(store, vault)
        under_way = asyncio.create_task(member.transact(nothing))
        await asyncio.sleep(0)
        over = asyncio.create_task(member.all_ended())
        await asyncio.sleep(0.01)
        assert not over.done()
        store.go_on.set()
        await over
        with pytest.raises(StoreUnavailableError):
            await under_way
        await member.all_ended()

    asyncio.run(play())


def test_a_ring_that_cannot_be_read_stops_the_process_and_not_its_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"
    monkeypatch.setattr(joining, "RENEW_EACH", 0.05)

    async def works(store: Member) -> bool:
        try:
            await store.transact(nothing)
        except StoreUnavailableError:
            return False
        return True

    async def becomes(store: Member, *, working: bool) -> None:
        async with asyncio.timeout(LONGEST):
            while await works(store) != working:
                await asyncio.sleep(0.02)

    async def play() -> None:
        async with process(place) as own:
            with engines.looking(place) as tables:
                tables.execute("UPDATE keys SET kept_sealed = 'damaged'")
                await becomes(own.store, working=False)
                tables.execute("UPDATE keys SET kept_sealed = NULL")
                await becomes(own.store, working=True)

    asyncio.run(play())
