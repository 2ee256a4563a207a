"""A secret is replaced: everything reads as before without the old one, broken off or not, beside others that serve."""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.clock import DAY, HOUR
from bot.crypto import KeyMissingError, Vault
from bot.errors import InputError
from bot.services import conversations
from bot.services.identity import customers
from bot.services.keys import joining, resealing, ring
from bot.services.keys.places import TABLES, Table
from bot.services.keys.ring import State
from bot.services.keys.rotating import NotReadyError
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.storage.store import Row, Tx
from tests.services.keys.ringing import NEW, NEW_ID, OLD, OLD_ID, fill, opened, process, replaced
from tests.tools import engines
from tests.tools.desks import NOW
from tests.tools.races import LONGEST

ELSE = b"a secret that nobody uses, for tests only"


def customer(number: int, *numbers: str) -> CustomerRow:
    return CustomerRow(
        row=2, company="alfa", customer_number=f"A-{number}", name="Filan Fisteku",
        numbers=numbers or (f"+38344{number:06d}",), relationship="active", line="personal", sim_changed={},
    )  # fmt: skip


async def set_up(place: Path) -> None:
    """Make the database, as a first process does."""
    async with process(place):
        pass


@pytest.mark.usefixtures("both_engines")
@pytest.mark.parametrize("prefix", [None, "k1"], ids=["with its key's id", "from before keys had ids"])
def test_everything_reads_as_before_without_the_old_secret(tmp_path: Path, prefix: str | None) -> None:
    place = tmp_path / "a.db"

    async def play() -> dict[str, list[Any]]:
        await set_up(place)
        fill(place, prefix=prefix)
        before = opened(place, OLD)
        left = await replaced(place, batch=2)
        assert not left.under_others
        return before

    before = asyncio.run(play())
    assert all(len(rows) == 3 for rows in before.values()), before
    assert opened(place, NEW) == before
    with engines.looking(place) as tables:
        texts = [row[c.name] for t in TABLES for row in tables.rows(t.name) for c in t.columns if row[c.name]]
    assert all(text.startswith(f"{NEW_ID}.") for text in texts)


@pytest.mark.usefixtures("both_engines")
def test_the_same_people_are_found_and_none_twice(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    def talk(tx: Tx, desk: Any) -> str:
        return conversations.take(tx, desk, NOW, "telegram", "chat-1").id

    def found(tx: Tx, desk: Any) -> list[Any]:
        found = customers.find(tx, desk, "alfa", "number", "+38344000101")
        by_customer = customers.find(tx, desk, "alfa", "customer", "A-101")
        return [conversations.find(tx, desk, "telegram", "chat-1"), [f.subject for f in (*found, *by_customer)]]

    async def play() -> tuple[list[Any], list[Any]]:
        async with process(place) as own:
            await own.store.transact(lambda tx: talk(tx, own.desk))
            await own.store.transact(lambda tx: importing.import_customers(tx, own.desk, NOW, [customer(101)]))
            before = await own.store.read(lambda tx: found(tx, own.desk))
        await replaced(place)
        await forget_old(place)
        async with process(place, NEW) as own:
            after = await own.store.read(lambda tx: found(tx, own.desk))
            assert await own.store.transact(lambda tx: talk(tx, own.desk)) == before[0]
            report = await own.store.transact(lambda tx: importing.import_customers(tx, own.desk, NOW, [customer(101)]))
            assert (report.added, report.changed, report.same) == (0, 0, 1)
        return before, after

    before, after = asyncio.run(play())
    assert before == after
    assert before[1] and before[0]


def nothing(_tx: Tx) -> None:
    """A work that does nothing."""


def counted(place: Path) -> None:
    """Leave something that is only counted for a day, and that nobody can seal anew."""
    with engines.looking(place) as tables:
        tables.insert("sendings", {"scope": "contact", "key_hash": "0" * 64, "at": NOW - HOUR, "challenge": "c"})


async def forget_old(place: Path) -> None:
    """Note that the old secret may go, a day later."""
    with engines.looking(place) as tables:
        tables.execute("DELETE FROM sendings")
    async with process(place, OLD, NEW, wanted=NEW, now=NOW + DAY + HOUR) as own:
        left = await own.rotation().left()
        assert await own.rotation().finish(left), left


def test_nothing_is_changed_as_long_as_a_process_does_not_know_the_new_secret(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place) as stranger:
            fill(place)
            with pytest.raises(NotReadyError):
                await replaced(place)
            assert stranger.desk.vault.standing.current == OLD_ID
        assert (await replaced(place)).current.id == NEW_ID

    asyncio.run(play())


def test_a_process_that_joins_with_the_old_secret_only_is_turned_away(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        fill(place)
        counted(place)
        await replaced(place)
        with pytest.raises(InputError, match=NEW_ID):
            async with process(place, OLD):
                pass
        with pytest.raises(InputError, match=OLD_ID):  # counts may stand under it for a day
            async with process(place, NEW):
                pass

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_a_secret_that_is_not_the_databases_is_refused_and_nothing_is_noted(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        store = engines.open_store(place)
        await store.close()
        fill(place)
        with pytest.raises(LookupError):
            async with process(place, ELSE):
                pass
        with engines.looking(place) as tables:
            assert not tables.count("keys")

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_the_secret_of_a_database_in_which_nothing_is_sealed_may_be_another_each_time(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        async with process(place, NEW) as own:
            assert own.desk.vault.standing.current == NEW_ID
        fill(place, NEW, rows=1)
        with pytest.raises(LookupError):
            async with process(place, OLD):
                pass

    asyncio.run(play())


def test_the_first_key_of_an_old_database_is_the_one_that_opens_it(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await engines.open_store(place).close()
        fill(place, prefix="k1")
        async with process(place, NEW, OLD) as own:
            assert own.desk.vault.standing.current == OLD_ID
            assert own.desk.vault.standing.other == NEW_ID

    asyncio.run(play())


def test_a_process_that_others_left_behind_says_not_now_and_damages_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"
    monkeypatch.setattr(joining, "RENEW_EACH", 0.2)
    monkeypatch.setattr(ring, "hold", lambda *_: True)  # it was not heard of for long

    async def play() -> None:
        async with process(place) as stranger:
            await replaced(place)
            with pytest.raises(KeyMissingError):
                async with asyncio.timeout(LONGEST):
                    while True:  # it goes on until it looks
                        await stranger.store.read(nothing)
                        await asyncio.sleep(0.05)

    asyncio.run(play())


def test_a_process_that_was_stopped_for_long_looks_before_it_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        async with process(place) as own:
            real = time.monotonic
            monkeypatch.setattr(time, "monotonic", lambda: real() + 100)
            with pytest.raises(KeyMissingError):
                await own.store.transact(nothing)

    asyncio.run(play())


def test_a_second_change_waits_for_the_first(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        counted(place)
        await replaced(place)
        async with process(place, NEW, OLD, ELSE, wanted=ELSE) as own:
            with pytest.raises(InputError, match="nuk ka mbaruar"):
                await own.rotation().change_over("kffffffffff")
        await forget_old(place)
        async with process(place, NEW, OLD, wanted=OLD) as own:
            assert not own.desk.vault.is_changing  # nobody goes back by mistake
            with pytest.raises(InputError, match="më parë"):
                await own.rotation().change_over(OLD_ID)

    asyncio.run(play())


def test_what_is_damaged_stays_and_is_counted(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        fill(place)
        with engines.looking(place) as tables:
            tables.execute("UPDATE messages SET body_sealed = body_sealed || 'AAAA' WHERE seq = 1")
        left = await replaced(place)
        assert left.texts["messages"] == {NEW_ID: 2, "?": 1}
        assert not left.under_others

    asyncio.run(play())


def test_the_second_of_two_at_once_is_sent_away(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> None:
        await set_up(place)
        fill(place)
        async with process(place, OLD, NEW, wanted=NEW) as own, process(place, OLD, NEW, wanted=NEW) as other:
            await own.rotation().change_over(NEW_ID)
            with pytest.raises(InputError, match="Një tjetër"):
                await other.rotation().run(lambda *_: None)

    asyncio.run(play())


@pytest.mark.usefixtures("both_engines")
def test_sealing_anew_overwrites_nothing_that_was_changed_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a.db"
    real, done = resealing.fresh, list[str]()

    def meanwhile(vault: Vault, table: Table, rows: Sequence[Row]) -> tuple[list[resealing.Fresh], int]:
        made = real(vault, table, rows)
        if table.name == "notices" and not done:  # they are read, and not written yet
            done.append(table.name)
            with engines.looking(place) as tables:
                tables.execute("UPDATE notices SET body_sealed = '' WHERE id = 'id-001'")
        return made

    async def play() -> None:
        await set_up(place)
        fill(place)
        monkeypatch.setattr(resealing, "fresh", meanwhile)
        await replaced(place)
        with engines.looking(place) as tables:
            assert [row["body_sealed"] for row in tables.rows("notices", "id = 'id-001'")] == [""]

    asyncio.run(play())


def test_the_keys_are_told_apart_by_how_they_stand(tmp_path: Path) -> None:
    place = tmp_path / "a.db"

    async def play() -> list[tuple[str, State]]:
        await set_up(place)
        left = await replaced(place)
        return [(key.id, key.state) for key in left.known]

    assert asyncio.run(play()) == [(OLD_ID, State.LEAVING), (NEW_ID, State.CURRENT)]
