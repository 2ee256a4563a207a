"""Several gateways: which one gets a message, how long one rests that fails, and what is said of them together."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from bot.clock import MINUTE, SECOND
from bot.delivery.circuit import Rules
from bot.delivery.outage import HOLDS, LOOKS, PEOPLE
from bot.delivery.sms.failover import Checked, Failover, RestingError
from bot.delivery.sms.health import Stand
from bot.delivery.sms.port import Sms, SmsError, SmsGateway, Taken
from tests.delivery.working import MovedClock
from tests.tools.desks import NOW

FAILURES, REST = Rules().failures, Rules().rest
SMS = Sms(to="+38344123456", text="Alfa: kodi 012345", key="k", expires_at=NOW + 5 * MINUTE)
AWAY = SmsError("sms.away", temporary=True)


class Booth(SmsGateway, Checked):
    """A gateway that does as it is told."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.looks: Exception | None = None
        self.hangs = False
        self.tried = self.took = 0

    async def send(self, sms: Sms) -> Taken:
        assert sms.key == SMS.key
        self.tried += 1
        if self.hangs:
            await asyncio.sleep(60)
        if self.error is not None:
            raise self.error
        self.took += 1
        return Taken(gateway="?", message_id=None, parts=1)

    async def check(self) -> None:
        if self.looks is not None:
            raise self.looks


class Counted:
    """What would stand in the metrics."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str]] = []
        self.up: dict[str, bool] = {}

    def sms(self, gateway: str, outcome: str) -> None:
        self.outcomes.append((gateway, str(outcome)))

    def sms_up(self, gateway: str, *, up: bool) -> None:
        self.up[gateway] = up

    def sms_receipt(self, gateway: str, state: str) -> None:
        raise AssertionError(gateway, state)


class Street:
    """Two booths, and what chooses between them."""

    def __init__(self, patience: float = 16.0) -> None:
        self.clock, self.counted = MovedClock(), Counted()
        self.first, self.second = Booth(), Booth()
        self.chooses = Failover(
            {"first": self.first, "second": self.second}, self.clock, self.counted, patience=patience
        )

    async def send(self, sms: Sms = SMS) -> SmsError | None:
        """Send a message; returns what was raised."""
        try:
            await self.chooses.send(sms)
        except SmsError as error:
            return error
        return None

    async def fail_both(self) -> None:
        self.first.error = self.second.error = AWAY
        for _ in range(FAILURES):
            assert await self.send() is AWAY

    async def fail_others(self, people: int) -> None:
        """Let so many people's messages fail, each when the gateways have rested."""
        self.first.error = self.second.error = AWAY
        for number in range(people):
            assert await self.send(replace(SMS, to=f"+3834410000{number}")) is AWAY
            self.clock.at += Rules().longest_rest

    @property
    def tried(self) -> tuple[int, int]:
        return self.first.tried, self.second.tried

    @property
    def together(self) -> int | None:
        return self.chooses.stand().together


@pytest.mark.asyncio
async def test_only_the_first_gets_a_message_while_it_takes_them() -> None:
    street = Street()
    assert [await street.send() for _ in range(3)] == [None] * 3
    assert street.tried == (3, 0)


@pytest.mark.asyncio
@pytest.mark.parametrize("error", [AWAY, SmsError("sms.route", temporary=False), RuntimeError("of its own")])
async def test_what_the_first_does_not_take_the_second_gets_at_once(error: Exception) -> None:  # R50
    street = Street()
    street.first.error = error
    assert await street.send() is None
    assert (street.first.took, street.second.took) == (0, 1)


@pytest.mark.asyncio
async def test_where_nobody_knows_whether_the_first_took_it_the_second_gets_it_too() -> None:  # R50
    street = Street(patience=0.1)
    street.first.hangs = True
    assert await street.send() is None
    assert street.second.took == 1
    assert street.counted.outcomes == [("first", "no_answer"), ("second", "taken")]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["sms.number", "sms.text", "sms.expired"])
async def test_what_is_wrong_with_the_message_is_not_tried_elsewhere(kind: str) -> None:
    street = Street()
    street.first.error = SmsError(kind, temporary=False)
    assert await street.send() is street.first.error
    assert street.tried == (1, 0)
    assert street.chooses.stand() == Stand(gateways=(("first", None), ("second", None)))


@pytest.mark.asyncio
async def test_a_message_that_is_over_is_given_to_nobody() -> None:  # R2
    street = Street()
    street.clock.at = NOW + 5 * MINUTE
    error = await street.send()
    assert error is not None
    assert (error.kind, street.tried) == ("sms.expired", (0, 0))


@pytest.mark.asyncio
async def test_what_every_gateway_refuses_for_good_is_refused_for_good_and_what_one_might_take_is_not() -> None:
    street = Street()
    street.first.error = street.second.error = SmsError("sms.route", temporary=False)
    error = await street.send()
    assert error is not None
    assert not error.temporary
    street.second.error = AWAY
    assert await street.send() is AWAY


@pytest.mark.asyncio
async def test_one_that_fails_again_and_again_rests_and_is_then_probed_by_one_message() -> None:  # R50
    street = Street()
    street.first.error = AWAY
    for _ in range(FAILURES + 3):
        assert await street.send() is None
    assert street.first.tried == FAILURES
    assert street.counted.up == {"first": False, "second": True}
    street.clock.at += REST
    street.first.error = None
    street.first.hangs = True
    probing = asyncio.create_task(street.send())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await street.send() is None  # not a second probe
    assert street.first.tried == FAILURES + 1
    probing.cancel()
    await asyncio.gather(probing, return_exceptions=True)
    street.first.hangs = False  # the one that was broken off said nothing: the next may probe
    assert await street.send() is None
    assert street.first.took == 1
    assert street.counted.up == {"first": True, "second": True}


@pytest.mark.asyncio
async def test_where_all_rest_nobody_is_tried_and_it_is_said_for_how_long() -> None:  # R50
    street = Street()
    await street.fail_both()
    street.clock.at += SECOND
    error = await street.send()
    assert isinstance(error, RestingError)
    assert (error.temporary, error.wait) == (True, REST - SECOND)
    assert street.tried == (FAILURES, FAILURES)


@pytest.mark.asyncio
async def test_our_own_pace_is_no_fault_of_the_gateway() -> None:
    street = Street()
    street.first.error = SmsError("sms.busy", temporary=True)
    for _ in range(5):
        assert await street.send() is None
    assert street.chooses.stand().gateways == (("first", None), ("second", None))


@pytest.mark.asyncio
async def test_all_together_fail_only_while_no_look_at_any_is_good() -> None:  # R11
    street = Street()
    street.first.looks = AWAY
    for _ in range(LOOKS):
        await street.chooses.check()
    assert street.together is None
    street.clock.at += SECOND
    street.second.looks = AWAY
    for _ in range(LOOKS):
        await street.chooses.check()
    assert street.together == NOW + SECOND
    street.second.looks = None
    await street.chooses.check()
    assert street.together is None


@pytest.mark.asyncio
async def test_trouble_is_seen_and_seen_to_be_over_although_nobody_sends_anything() -> None:  # R11, R50
    street = Street()
    street.first.looks = street.second.looks = AWAY
    for _ in range(LOOKS):
        assert street.together is None
        await street.chooses.check()
    assert street.together == NOW
    street.first.looks = None
    await street.chooses.check()
    assert street.together is None
    assert street.tried == (0, 0)


@pytest.mark.asyncio
async def test_whether_one_persons_message_went_out_is_told_to_nobody() -> None:  # R11
    """Who asks for a code for a number sees the same afterwards, whether it is on file or not."""
    street = Street()
    street.first.error = street.second.error = AWAY  # a fault that no look shows
    for _ in range(20):
        await street.send()
        street.clock.at += 10 * SECOND
        assert street.together is None
    street.first.looks = street.second.looks = AWAY  # one that looks show
    for _ in range(LOOKS):
        await street.chooses.check()
    assert street.together is not None
    street.first.error = street.second.error = None
    street.clock.at += Rules().longest_rest
    assert await street.send() is None  # mine goes out
    assert street.together is not None


@pytest.mark.asyncio
async def test_what_several_people_meet_is_told_though_looks_are_good_and_for_no_longer_than_a_while() -> None:  # R50
    street = Street()
    await street.fail_others(PEOPLE)
    await street.chooses.check()
    assert street.together is not None
    street.clock.at += HOLDS
    assert street.together is None


@pytest.mark.asyncio
async def test_a_look_does_not_make_well_what_takes_no_messages() -> None:
    street = Street()
    await street.fail_both()
    await street.chooses.check()
    assert street.counted.up == {"first": False, "second": False}


@pytest.mark.asyncio
async def test_it_looks_by_itself() -> None:
    street = Street()
    street.first.looks = street.second.looks = RuntimeError("of its own")
    failover = Failover({"first": street.first, "second": street.second}, street.clock, check_each=0.01)
    async with failover.checking(), asyncio.timeout(30):
        while failover.stand().together is None:
            await asyncio.sleep(0.005)


@pytest.mark.asyncio
async def test_a_message_that_is_broken_off_is_given_to_nobody_else() -> None:
    street = Street()
    street.first.hangs = True
    sending = asyncio.create_task(street.send())
    await asyncio.sleep(0.01)
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending
    assert street.tried == (1, 0)
