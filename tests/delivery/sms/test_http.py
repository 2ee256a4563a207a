"""The gateway over HTTP: what it asks of a `sendsms`, what it makes of the answers, what nobody ever reads of it."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import MINUTE, SECOND
from bot.delivery.sms.http import HttpGateway
from bot.delivery.sms.port import Sms, SmsError
from tests.delivery.working import MovedClock
from tests.tools.desks import NOW
from tests.tools.sendsms import PASSWORD, SendSms, sendsms

WRONG = "gabim"
TO, TEXT = "+38344123456", "Alfa: kodi 012345 për kërkesë privatësie."
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def far() -> AsyncIterator[SendSms]:
    async with sendsms() as gateway:
        yield gateway


def an_sms(text: str = TEXT, key: str = "k", **more: object) -> Sms:
    told = {"to": TO, "text": text, "key": key, "company": "alfa", "expires_at": NOW + 5 * MINUTE} | more
    return Sms(**told)  # type: ignore[arg-type]  # of the fields' own types


def near(far: SendSms, seconds: float = 30.0, **more: object) -> HttpGateway:
    return HttpGateway(far.settings(**more), MovedClock(), seconds=seconds)


@pytest.mark.parametrize("method", ["post", "get"])
async def test_a_text_arrives_as_it_was_written_with_its_time_and_its_sender(far: SendSms, method: str) -> None:  # R2
    gateway = near(far, method=method, senders={"alfa": "Alfa Tel", "*": "Mburoja"})
    taken = await gateway.send(an_sms())
    assert (taken.gateway, taken.message_id, taken.parts) == ("http", None, 1)
    await gateway.send(an_sms("only ASCII & 100% of it? a+b=c", "other", company="beta", expires_at=None))
    first, second = far.taken
    assert (first.sender, first.to, first.text, first.ucs2, first.minutes) == ("Alfa Tel", TO, TEXT, True, 5)
    assert (second.sender, second.text, second.ucs2, second.minutes) == (
        "Mburoja", "only ASCII & 100% of it? a+b=c", False, None,
    )  # fmt: skip


async def test_a_message_ends_with_its_code_and_what_is_over_is_not_sent(far: SendSms) -> None:  # R2
    gateway = near(far)
    for left, minutes in ((4 * MINUTE + 59 * SECOND, 4), (20 * SECOND, 1)):
        await gateway.send(an_sms(key=str(left), expires_at=NOW + left))
        assert far.taken[-1].minutes == minutes
    with pytest.raises(SmsError, match=r"sms\.expired"):
        await gateway.send(an_sms(expires_at=NOW))
    assert len(far.taken) == 2


async def test_by_post_neither_password_nor_number_nor_text_stands_in_an_address(far: SendSms) -> None:  # R32
    await near(far).send(an_sms())
    assert far.targets == ["/cgi-bin/sendsms"]


@pytest.mark.parametrize(
    ("mood", "kind", "temporary"),
    [
        ("away", "sms.away", True),
        ("throttled", "sms.throttled", True),
        ("broken", "sms.gateway_fault", True),
        ("not there", "sms.gateway_fault", True),
        ("moved", "sms.gateway_fault", True),
        ("a page", "sms.gateway_fault", True),
        ("refused", "sms.refused", False),
        ("no route", "sms.route", False),
        ("close", "sms.unanswered", True),
        ("hang", "sms.unanswered", True),
    ],
)
async def test_an_answer_says_whether_it_is_tried_again(
    far: SendSms, mood: str, kind: str, *, temporary: bool, caplog: pytest.LogCaptureFixture
) -> None:  # R50
    caplog.set_level(logging.DEBUG)
    far.mood = mood
    with pytest.raises(SmsError) as raised:
        await near(far, 0.15 if mood == "hang" else 30, method="get").send(an_sms())
    assert (raised.value.kind, raised.value.temporary) == (kind, temporary)
    told = f"{raised.value!r} {raised.value.__cause__!r} {caplog.text}"
    assert not any(secret in told for secret in (PASSWORD, "012345", "44123456", "38344")), told  # R32
    assert raised.value.__context__ is None or raised.value.__suppress_context__  # whose words name the address


async def test_queued_is_taken(far: SendSms) -> None:
    far.mood = "queued"
    await near(far).send(an_sms())
    assert len(far.taken) == 1


async def test_a_wrong_password_is_the_operators_to_mend(far: SendSms) -> None:
    with pytest.raises(SmsError) as raised:
        await near(far, password=WRONG).send(an_sms())
    assert (raised.value.kind, raised.value.temporary) == ("sms.credentials", True)


async def test_a_gateway_that_is_not_there_is_away_at_once(far: SendSms) -> None:
    await far.kill()
    with pytest.raises(SmsError) as raised:
        await near(far).send(an_sms())
    assert (raised.value.kind, raised.value.temporary) == ("sms.away", True)


async def test_it_is_looked_at_without_a_message(far: SendSms) -> None:  # R11
    gateway = near(far)
    await gateway.check()
    assert (far.checked, far.taken) == (1, [])
    for mood in ("away", "hang", "a page", "not there"):
        far.mood = mood
        with pytest.raises(SmsError):
            await near(far, 0.15 if mood == "hang" else 30).check()
    far.mood = "well"
    with pytest.raises(SmsError, match=r"sms\.credentials"):
        await near(far, password=WRONG).check()
    await far.kill()
    with pytest.raises(SmsError, match=r"sms\.away"):
        await gateway.check()


async def test_who_would_wait_too_long_for_the_pace_is_told_at_once(far: SendSms) -> None:  # R52
    gateway = near(far, per_second=0.02)
    await gateway.send(an_sms())
    await gateway.send(an_sms(key="one that may come later"))  # a loop that was held up is made up for, once
    waiting = asyncio.create_task(gateway.send(an_sms(key="waits")))
    await asyncio.sleep(0.01)
    with pytest.raises(SmsError, match=r"sms\.busy"):
        await gateway.send(an_sms(key="too much"))
    assert not waiting.done()
    waiting.cancel()
    assert len(far.taken) == 2
