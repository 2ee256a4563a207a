"""Each role does its own and nothing of the other's; what one leaves is done by another, in order, once."""

import asyncio
import signal
import time

import pytest

from bot.delivery import heads
from tests.acceptance.replicas.replicas import LONGEST, Replica, Town
from tests.acceptance.replicas.test_conversations import messages
from tests.tools.wire import Line

pytestmark = [pytest.mark.asyncio, pytest.mark.thorough]

WISH = "ndalni krejt reklamat te ipko"
UNDONE = "SELECT id FROM jobs WHERE state = 'ready'"
TAKE_OVER = 60.0  # seconds: the longest lease (15), a look, and a slow machine; who takes nothing over never does


async def asks_for_a_code(line: Line, phone: str) -> None:
    await line.says(WISH)
    await line.says(phone)


def done_once(place: Town) -> None:
    """Fail where a job was done, or a code written, more often than once."""
    assert place.query(UNDONE) == []
    jobs = place.query("SELECT idempotency_key, COUNT(*) AS n FROM jobs GROUP BY idempotency_key HAVING COUNT(*) > 1")
    assert jobs == []
    open_ones = place.query(
        "SELECT conversation, COUNT(*) AS n FROM challenges GROUP BY conversation HAVING COUNT(*) > 1"
    )
    assert open_ones == []
    assert place.query("SELECT id FROM jobs WHERE state NOT IN ('done')") == []


def verifies(place: Town, *heads: Replica) -> str:
    """Let the chain be verified with these replicas' heads; return what is said."""
    return place.run("audit", "verify", "--heads", *(str(each.heads) for each in heads))


async def witnessed(place: Town, *replicas: Replica) -> None:
    """Wait until everything is sealed and each replica's file has the head."""
    async with asyncio.timeout(LONGEST):
        while not all(_has_the_head(place, each) for each in replicas):
            await asyncio.sleep(0.1)


def _has_the_head(place: Town, replica: Replica) -> bool:
    ((unsealed, last),) = (row.values() for row in place.query(
        "SELECT COUNT(*) FILTER (WHERE seq IS NULL) AS unsealed, MAX(seq) AS last FROM audit"))  # fmt: skip
    head = heads.last(replica.heads)
    return unsealed == 0 and head is not None and head.seq == last


async def test_who_only_serves_leaves_what_waits_to_who_works(place: Town) -> None:
    web = place.replicas_of("web")[0]
    place.fill()
    assert "role = web" in web.said
    phone = place.someone()
    async with web.caller() as caller:
        shown = await caller.enters()
        async with caller.line(shown) as line:
            await line.greets()
            await asks_for_a_code(line, phone)
            await asyncio.sleep(3)
            assert len(place.query(UNDONE)) == 1
            assert place.query("SELECT id FROM audit WHERE seq IS NOT NULL") == []
            assert place.query("SELECT name FROM leases") == []
            assert not web.heads.exists()

            worker = place.replicas_of("worker")[0]
            assert [worker.asked(path) for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]
            assert {worker.asked(path) for path in ("/", "/widget/ipko", "/widget.js", "/console", "/api/v1")} == {404}
            place.until("SELECT id FROM jobs WHERE kind = 'sms.send' AND state = 'done'")
            assert place.sms(phone) == [place.sms(phone)[0]]
            assert "SMS" not in web.said
            told = await line.says(place.sms(phone)[0])
            assert any(item["label"].startswith("Po") for frame in messages(told) for block in frame["blocks"]
                       for item in block.get("items", []))  # fmt: skip
    await witnessed(place, web, worker)  # R47: who serves bears witness too
    assert "është i paprekur" in verifies(place, web, worker)
    assert web.stop() == worker.stop() == 0
    done_once(place)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_another_takes_over_from_a_worker_that_is_gone_or_stands_still(place: Town, how: signal.Signals) -> None:
    web, first = place.replicas_of("web", "worker")
    place.fill()
    phones = [place.someone() for _ in range(24)]
    async with web.caller() as caller:

        async def customer(phone: str) -> None:
            async with caller.line(await caller.enters()) as line:
                await line.greets()
                await asks_for_a_code(line, phone)

        await asyncio.gather(*map(customer, phones[:8]))
        place.until("SELECT id FROM jobs WHERE kind = 'sms.send' AND state = 'done'")
        second = place.replicas_of("worker")[0]
        going_on = asyncio.gather(*map(customer, phones[8:]))
        await asyncio.sleep(0.05)
        first.signals(how)  # in the middle of whatever it does
        begun = time.monotonic()
        await going_on
        while len({phone for phone in phones if place.sms(phone)}) < len(phones):
            assert time.monotonic() - begun < TAKE_OVER, place.query("SELECT kind, state, attempts FROM jobs")
            await asyncio.sleep(0.1)
        until = time.monotonic() + TAKE_OVER
        while place.query("SELECT id FROM audit WHERE seq IS NULL"):  # the sealer's lease is over by then
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
        if how is signal.SIGSTOP:
            await asyncio.sleep(max(0.0, begun + 16 - time.monotonic()))  # past every lease that it had
            first.signals(signal.SIGCONT)
            await asyncio.sleep(3)  # for what it might do a second time
            await asyncio.to_thread(first.wait)
            assert first.stop() == 0
        else:
            first.ended()
    place.until("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'ready')")
    assert web.stop() == second.stop() == 0
    done_once(place)
    assert "është i paprekur" in verifies(place, web, first, second)


async def test_three_that_seal_under_load_keep_one_chain_and_each_file_shows_a_cut(place: Town) -> None:  # R47
    replicas = place.replicas_of("all", "all", "all")
    place.fill()

    async def customer(at: int) -> None:
        async with replicas[at % 3].caller() as caller, caller.line(await caller.enters()) as line:
            await line.greets()
            await asks_for_a_code(line, place.someone())
            await asyncio.sleep(at % 5)

    await asyncio.gather(*(customer(at) for at in range(48)))
    sealers = "SELECT holder FROM leases WHERE name = 'audit.sealer'"
    place.until(sealers)
    await witnessed(place, *replicas)
    assert [replica.stop() for replica in replicas] == [0, 0, 0]
    assert "është i paprekur" in verifies(place, *replicas)
    rows = place.query("SELECT COUNT(*) AS n, MAX(seq) AS last FROM audit")[0]
    assert rows["n"] == rows["last"] >= 48
    place.change("DELETE FROM audit WHERE seq = (SELECT MAX(seq) FROM audit)")
    for replica in replicas:
        with pytest.raises(AssertionError, match="Regjistri është shkurtuar"):
            verifies(place, replica)
