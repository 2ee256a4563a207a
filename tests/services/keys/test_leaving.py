"""When the secret before may go: what waits for it is seen, and nothing of it is left behind (R3, R5, R29)."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.crypto import Vault
from bot.delivery.telegram import calls
from bot.dialogue.events import CodeRefused, CodeUnderWay, Why
from bot.services import conversations
from bot.services.keys.ring import State
from bot.services.keys.rotating import Left
from bot.services.lists import importing
from bot.storage.store import Tx
from tests.services.keys.ringing import NEW, NEW_ID, OLD, Process, process, replaced
from tests.services.keys.test_replacing import customer, set_up
from tests.tools import engines
from tests.tools.codes import House, wrong
from tests.tools.desks import NOW
from tests.tools.races import LONGEST

T = TypeVar("T")
LATER = NOW + DAY + HOUR


async def moved(own: Process) -> None:
    rotation = own.rotation()
    await rotation.change_over(NEW_ID)
    await rotation.run(lambda *_: None)


async def left(own: Process, now: int) -> Left:
    own.clock.at = now
    return await own.rotation().left()


def test_where_look_ups_went_is_forgotten_with_the_secret(tmp_path: Path) -> None:
    """Hashes by the old key would let whoever has it look for people."""
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as other, process(place, OLD, NEW, wanted=NEW) as own:
            talk = lambda tx: conversations.take(tx, other.desk, NOW, "telegram", "a")  # noqa: E731
            await other.store.transact(talk)
            await moved(own)
            await other.store.transact(talk)
            found = await own.rotation().left()
            assert await own.rotation().finish(found, patience=LONGEST)
            assert not other.desk.vault.is_changing
        with engines.looking(place) as tables:
            assert [row["state"] for row in tables.rows("keys")] == [State.GONE, State.CURRENT]
            assert not tables.count("key_moves")

    asyncio.run(play())


def test_a_lock_that_came_after_under_the_key_before_is_waited_for(tmp_path: Path) -> None:  # R5
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            asked = await own.store.transact(lambda tx: House(own.desk, tx).ask())
            assert isinstance(asked, CodeUnderWay)
            await moved(own)
            at = NOW + 4 * MINUTE  # nobody has named the contact since: it stands under the key before
            mistype = lambda tx: House(own.desk, tx).redeem(asked.challenge, wrong("000000"), now=at)  # noqa: E731
            await own.store.transact(mistype)
            with engines.looking(place) as tables:
                tables.execute("UPDATE failures SET locked_until = ? WHERE count > 0", [at + DAY])
                tables.execute("DELETE FROM challenges")
                tables.execute("DELETE FROM sendings")
                tables.execute("DELETE FROM jobs")
            found = await left(own, at + DAY - MINUTE)
            assert found.dying["failures"] == 2
            assert not await own.rotation().finish(found)

    asyncio.run(play())


def test_calls_that_wait_under_the_key_before_are_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    def order(tx: Tx, own: Process) -> None:
        calls.order(tx, own.desk, NOW, calls.Chat(bot="b", id=7), calls.Send(text="a"), key="1", notice="n")

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            await own.store.transact(lambda tx: order(tx, own))
            await moved(own)
            found = await left(own, LATER)
            assert found.dying["jobs"] == 1
            assert not found.is_clear
            with engines.looking(place) as tables:
                tables.execute("UPDATE jobs SET state = 'done'")
            assert (await left(own, LATER)).is_clear

    asyncio.run(play())


def test_a_row_that_was_written_under_the_key_before_after_all_is_moved(tmp_path: Path) -> None:
    """By a process that was stopped in the middle of a work, past every look."""
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            talk = lambda tx: conversations.take(tx, own.desk, NOW, "telegram", "a").id  # noqa: E731
            first = await own.store.transact(talk)
            await moved(own)
            with engines.looking(place) as tables:
                old = Vault(OLD).index("address", "telegram", "a")
                tables.execute("UPDATE conversations SET address_hash = ?", [old])
            await own.rotation().run(lambda *_: None)
            assert not (await own.rotation().left()).under_others
            assert await own.store.transact(talk) == first

    asyncio.run(play())


def test_a_number_that_is_damaged_in_one_file_does_not_hold_the_change_up(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        async with process(place) as own:
            rows = [customer(1, "+38344000101"), customer(2, "+38344000101")]
            await own.store.transact(lambda tx: importing.import_customers(tx, own.desk, NOW, rows))
        with engines.looking(place) as tables:
            (one, _) = tables.rows("numbers")
            tables.execute(
                "UPDATE numbers SET number_sealed = replace(number_sealed, '.', '.AAAA') WHERE subject = ?",
                [one["subject"]],
            )
        found = await replaced(place)
        assert found.texts["numbers"] == {NEW_ID: 1, "?": 1}
        assert not found.under_others

    asyncio.run(play())


class KilledError(Exception):
    """The process ended here."""


def test_killed_after_every_step_it_ends_all_the_same_and_no_lock_falls_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R5
    place = tmp_path / "a.db"

    def kill_after_one(own: Process) -> None:
        real = own.store.engine.transact

        async def once(work: Callable[[Tx], T]) -> T:
            await real(work)
            raise KilledError

        monkeypatch.setattr(own.store.engine, "transact", once)

    async def ended() -> bool:
        async with process(place, OLD, NEW, wanted=NEW) as own:
            real = own.store.engine.transact
            rotation = own.rotation(batch=2)
            kill_after_one(own)
            try:
                await rotation.change_over(NEW_ID)
                await rotation.run(lambda *_: None)
            except KilledError:
                return False
            finally:
                monkeypatch.setattr(own.store.engine, "transact", real)
                with engines.looking(place) as tables:
                    tables.execute("DELETE FROM leases")
        return True

    async def play() -> int:
        async with process(place) as own:
            await own.store.transact(lambda tx: House(own.desk, tx).lock())
            await own.store.transact(lambda tx: conversations.take(tx, own.desk, NOW, "telegram", "a"))
            await own.store.transact(
                lambda tx: importing.import_customers(tx, own.desk, NOW, [customer(1), customer(2)])
            )
        killed = 0
        while not await noted(place):
            killed += not await ended()
        async with process(place, NEW, OLD, wanted=NEW) as own:
            assert not (await own.rotation().left()).under_others
            refused = await own.store.transact(lambda tx: House(own.desk, tx).ask(now=NOW + 5 * MINUTE))
            assert isinstance(refused, CodeRefused)
            assert refused.why is Why.LOCKED
            await own.store.transact(lambda tx: conversations.take(tx, own.desk, NOW, "telegram", "a"))
        return killed

    async def noted(place: Path) -> bool:
        with engines.looking(place) as tables:
            return any(row["changed_at"] for row in tables.rows("keys"))

    assert asyncio.run(play()) > 8
    with engines.looking(place) as tables:
        assert [row["version"] for row in tables.rows("conversations")] == [2]
        assert tables.count("numbers") == tables.count("subjects") == 2
