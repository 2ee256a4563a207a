"""Telegram before several replicas: one asks for updates and one sends; webhooks may come in anywhere."""

import asyncio
import json
import statistics
import time

import pytest

from tests.acceptance.replicas.replicas import Balancer, Town
from tests.tools.botapi import RunningBotApi, RunningPerson
from tests.tools.processes import holding

pytestmark = pytest.mark.thorough

TOKEN = "1111111111:AAfakefakefakefakefakefakefakefakefake"  # noqa: S105  of a bot that never was
TAKE_OVER = 60.0  # seconds
HOLD = 20.0  # seconds for an answer of who waits for the number before, which the other replica has
SOON = HOLD / 4
HOLDER = "SELECT holder FROM leases WHERE name = 'telegram.polling.ipko'"
HANDLED = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM updates WHERE state <> 'done')"
SENT = "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE state = 'ready')"


def settings(place: Town, api: RunningBotApi, mode: str, **more: str) -> None:
    given = {"TELEGRAM_TOKENS": json.dumps({"ipko": TOKEN}), "TELEGRAM_MODE": mode, "TELEGRAM_API": api.url, **more}
    place.environment.update({f"MBUROJA_{name}": value for name, value in given.items()})


def test_a_bot_that_is_asked_for_updates_moves_to_another_replica(place: Town) -> None:  # R29
    with RunningBotApi({TOKEN: "ipko_bot"}) as api:
        settings(place, api, "polling", TELEGRAM_PER_CHAT="30")
        first = place.replicas_of("worker")[0]
        person = api.person(TOKEN)
        person.start()
        person.hears("IPKO", timeout=TAKE_OVER)
        second = place.replicas_of("worker")[0]
        before = place.query(HOLDER)
        place.until(SENT)  # what nobody knows to have been sent is sent again
        first.kill()
        person.says("kush i sheh thirrjet e mia?")
        person.hears("Siguria", timeout=TAKE_OVER)
        held = place.query(HOLDER)
        assert held not in ([], before)

        third = place.replicas_of("worker")[0]
        assert second.stop() == 0
        assert place.query(HOLDER) != held  # in good order: nobody waits for a lease
        person.says("menyja")
        person.hears(timeout=TAKE_OVER)
        said = [one.text for one in person.said]
        assert len(said) == len(set(said))
        place.until(HANDLED)
        assert third.stop() == 0


def answered(person: RunningPerson) -> float:
    """Say something, and return how long the answer takes (s)."""
    begun = time.monotonic()
    person.says("menyja")
    person.hears(lambda _: True, timeout=TAKE_OVER)
    return time.monotonic() - begun


@pytest.mark.asyncio
async def test_updates_that_are_posted_to_two_replicas_keep_their_order_and_wait_for_nothing(
    place: Town,
) -> None:  # R29
    with RunningBotApi({TOKEN: "ipko_bot"}) as api:
        settings(place, api, "webhook", TELEGRAM_PER_CHAT="30")
        place.command = holding(HOLD)
        async with Balancer(place):
            replicas = await asyncio.to_thread(place.replicas_of, "all", "web")
            people = [api.person(TOKEN) for _ in range(4)]
            for person in people:
                await asyncio.to_thread(person.start)
            for at in range(6):
                for person in people:
                    await asyncio.to_thread(person.says, f"menyja {at}")
            done = "SELECT 1 FROM updates WHERE state = 'done' HAVING COUNT(*) = 28"
            await asyncio.to_thread(place.until, done)
            await asyncio.to_thread(place.until, SENT)
            for person in people:
                await asyncio.to_thread(person.hears, None, TAKE_OVER, 1.0)
            took = [await asyncio.to_thread(answered, person) for person in people * 3]
            assert statistics.median(took) < SOON, took
            await asyncio.to_thread(place.until, HANDLED)
            assert [await asyncio.to_thread(replica.stop) for replica in replicas] == [0, 0]
    taken = place.query("SELECT conversation, message_id FROM inbox ORDER BY conversation, first_seq")
    for conversation in {row["conversation"] for row in taken}:
        numbers = [int(row["message_id"][2:]) for row in taken if row["conversation"] == conversation]
        assert len(numbers) == 10
        assert numbers == sorted(numbers)
