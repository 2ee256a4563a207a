"""A directory that is down: it costs nothing, is left alone, and is found again."""

import asyncio

import pytest

from bot.clock import SECOND
from bot.delivery.directory.looking_up import found_by
from bot.delivery.directory.port import DirectoryError
from bot.delivery.pump import DeliveryError
from bot.services.jobs import Job, JobKind
from tests.delivery.directory.conftest import ONE, TWO, Asking
from tests.tools.directory import person, says, tells

pytestmark = pytest.mark.asyncio


async def test_a_dead_directory_costs_nothing_and_is_found_again(asking: Asking) -> None:
    asking.crm.customers = [person()]
    await asking.crm.down()
    kinds, waits = [], []
    for _ in range(7):
        try:
            await asking.find()
        except DirectoryError as error:
            kinds.append(error.kind)
            waits.append(error.wait)
    assert kinds == ["directory.unreachable"] * 5 + ["directory.rests"] * 2
    assert waits == [None] * 4 + [5 * SECOND] * 3

    await asking.crm.up()
    outcomes = await asyncio.gather(*(asking.find() for _ in range(100)), return_exceptions=True)
    assert {outcome.kind for outcome in outcomes if isinstance(outcome, DirectoryError)} == {"directory.rests"}
    assert (len(outcomes), asking.crm.asked) == (100, [])  # nobody waited for anything outside

    with pytest.raises(DirectoryError):
        await asking.find()
    asking.clock.at += 5 * SECOND
    assert len(await asking.find()) == 1


async def test_the_job_comes_back_when_asking_may_help_and_that_costs_no_attempt(asking: Asking) -> None:
    job = Job(
        id="j", kind=JobKind.DIRECTORY_LOOKUP, ordering_key="k", idempotency_key="k", attempts=1,
        lease_token="t",  # noqa: S106  of a job that nobody holds
        payload={"company": "alfa", "kind": "number", "value": ONE},
    )  # fmt: skip
    await asking.crm.down()
    waits = []
    for _ in range(6):
        with pytest.raises(DeliveryError) as raised:
            await found_by(asking.directory, job)
        assert raised.value.temporary
        waits.append(raised.value.wait)
    assert waits == [None] * 4 + [5 * SECOND] * 2


async def test_one_persons_odd_data_closes_the_directory_to_nobody_else(asking: Asking) -> None:
    asking.crm.customers = [person("A-1002", TWO)]
    asking.crm.moods = [tells({"company": "alfa", "customers": [person(name=None)]})] * 9 + [says(422)] * 3
    for _ in range(12):
        with pytest.raises(DirectoryError):
            await asking.find()
    assert len(await asking.find(TWO)) == 1


async def test_a_page_instead_of_answers_is_a_directory_that_is_down(asking: Asking) -> None:
    asking.crm.mood = tells(b"<!doctype html>", "text/html")
    for _ in range(5):
        with pytest.raises(DirectoryError, match="no_json"):
            await asking.find()
    with pytest.raises(DirectoryError, match="rests"):
        await asking.find()
