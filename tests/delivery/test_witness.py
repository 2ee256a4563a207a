"""Every process writes the chain's heads into its own file, whoever seals; a cut shows in each (R47)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import HOUR
from bot.delivery import heads, house
from bot.delivery.house import Chore
from bot.delivery.house import House as Keeping
from bot.delivery.witness import Witness
from bot.services.records import audit
from bot.storage.store import Tx
from tests.delivery.working import House, MovedClock, act, until
from tests.tools.engines import looking
from tests.tools.twice import Rehearsal

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    yield made
    await made.store.close()


def witness(opened: House, path: Path) -> Witness:
    return Witness(opened.store, opened.desk, opened.clock, path)


def numbers(path: Path) -> list[int]:
    return [head.seq for head in heads.read(path).heads]


async def test_who_does_not_seal_writes_down_what_another_sealed(opened: House, tmp_path: Path) -> None:  # R47
    own = tmp_path / "own.heads"
    other = witness(opened, own)
    assert await other.look() is None
    for _ in range(2):
        await act(opened, 3)
        await opened.worker.house.seal()
        await other.look()
        await other.look()
    assert numbers(own) == [3, 6]
    read = heads.read(own).heads
    verdict = await opened.store.read(lambda tx: audit.verify(tx, opened.desk, read))
    assert (verdict.heads, verdict.faults) == (2, ())


async def test_what_one_process_wrote_another_of_the_same_file_does_not_write_again(
    opened: House, tmp_path: Path
) -> None:
    one, other = (witness(opened, tmp_path / "shared.heads") for _ in range(2))
    await act(opened, 3)
    await opened.worker.house.seal()
    await one.look()
    await other.look()
    assert numbers(tmp_path / "shared.heads") == [3]


async def test_a_head_that_we_did_not_sign_hides_nothing(opened: House, tmp_path: Path) -> None:  # R47
    own = tmp_path / "own.heads"
    await act(opened, 3)
    head = await opened.worker.house.seal()
    assert head
    heads.append(own, replace(head, seq=10**9))
    await witness(opened, own).look()
    assert numbers(own) == [10**9, 3]


async def test_a_chain_that_was_cut_is_told_while_it_runs(
    opened: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:  # R47
    own = tmp_path / "own.heads"
    other = witness(opened, own)
    await act(opened, 3)
    await opened.worker.house.seal()
    await other.look()
    with looking(tmp_path / "mburoja.db") as tables:
        assert tables.execute("UPDATE audit SET seq = NULL WHERE seq = 3") == 1
    with caplog.at_level(logging.ERROR):
        await other.look()
        await other.look()
    assert [record.getMessage() for record in caplog.records] == [
        "the audit ends before what was signed here: see mburoja audit verify"
    ]


async def test_who_only_serves_does_what_is_its_own_and_nothing_of_the_house(
    opened: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # R47
    monkeypatch.setattr(house, "SEAL_EACH", 0.01)
    done: list[str] = []

    def chore(name: str, *, alone: bool) -> Chore:
        def work(tx: Tx, _now: int) -> int:
            done.extend([] if isinstance(tx, Rehearsal) else [name])
            return 0

        return Chore(name=name, seconds=60, work=work, alone=alone)

    own, stop = tmp_path / "own.heads", asyncio.Event()
    chores = (chore("its own", alone=False), chore("of all", alone=True))
    keeping = Keeping(opened.store, opened.desk, opened.clock, own, chores)
    running = asyncio.create_task(keeping.run_own(stop))
    await until(lambda: bool(done))
    await act(opened, 3)
    await asyncio.sleep(0.1)
    assert await opened.store.read(audit.has_unsealed)
    await opened.worker.house.seal()
    stop.set()
    await running
    assert done == ["its own", "its own"]  # at the beginning, and what came last
    assert numbers(own) == [3]


async def test_a_head_that_another_writes_while_one_looks_is_no_cut(
    opened: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # R47
    shared = tmp_path / "shared.heads"
    one, other = (witness(opened, shared) for _ in range(2))
    await act(opened, 3)
    await opened.worker.house.seal()
    loop, last = asyncio.get_running_loop(), heads.last

    async def go_on() -> None:
        monkeypatch.undo()
        await act(opened, 3)
        await opened.worker.house.seal()
        await other.look()

    def meanwhile(path: Path) -> audit.Head | None:
        asyncio.run_coroutine_threadsafe(go_on(), loop).result(30)
        return last(path)

    monkeypatch.setattr(heads, "last", meanwhile)
    with caplog.at_level(logging.WARNING):
        await one.look()
    assert caplog.messages == []
    assert numbers(shared) == [6]


async def test_houses_whose_clocks_differ_keep_one_chain(opened: House, tmp_path: Path) -> None:  # R47
    early, late = MovedClock(), MovedClock()
    late.at += HOUR
    files = [tmp_path / "early.heads", tmp_path / "late.heads"]
    keeping = [
        Keeping(opened.store, opened.desk, clock, path) for clock, path in zip((early, late), files, strict=True)
    ]
    for _ in range(5):
        await act(opened, 4)
        await asyncio.gather(*(each.seal() for each in keeping))
    await asyncio.gather(*(each.seal() for each in keeping))
    read = [head for path in files for head in heads.read(path).heads]
    verdict = await opened.store.read(lambda tx: audit.verify(tx, opened.desk, read))
    assert (verdict.sealed, verdict.unsealed, verdict.faults) == (20, 0, ())
    assert [numbers(path)[-1] for path in files] == [20, 20]
