"""Binds that come up, go down, and come up again; and what becomes of the messages meanwhile (R50)."""

import asyncio
import contextlib
import os
import socket
import ssl
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bot.delivery.sms.port import SmsError
from bot.delivery.sms.smpp import SmppGateway
from bot.delivery.sms.smpp.link import back_off
from tests.delivery.postoffice import self_made_certificate
from tests.delivery.sms.lines import CODE, TIMES, Line, line, settings
from tests.delivery.working import MovedClock, until
from tests.tools.smsc import WRONG_PASSWORD, ShortMessageCentre
from tests.tools.smsc_messages import receipt

ANOTHER = "krejt"  # password
pytestmark = pytest.mark.asyncio


async def until_health(of: Line, error: str | None, bound: int, seconds: float = 30) -> None:
    """Wait until the gateway says that so many binds are up, and why others are not."""
    async with asyncio.timeout(seconds):
        while (of.gateway.health.error, of.gateway.health.bound) != (error, bound):
            await asyncio.sleep(0.005)


async def test_as_many_binds_come_up_as_were_asked_for_and_each_carries_messages() -> None:
    async with line(binds=3) as of:
        of.centre.holds_answers = True
        sending = [asyncio.create_task(of.send(key=f"{number}")) for number in range(9)]
        await of.centre.until(lambda centre: len(centre.taken) == 9)
        of.centre.let_go()
        await asyncio.gather(*sending)
        assert Counter(each.bind for each in of.centre.taken) == {1: 3, 2: 3, 3: 3}
        health = of.gateway.health
        assert (health.bound, health.binds, health.down_since, health.error) == (3, 3, None, None)


async def test_with_one_bind_down_messages_go_by_the_other() -> None:
    async with line(binds=2, times=replace(TIMES, first_back_off=30, longest_back_off=30)) as of:
        of.centre.binds[0].writer.transport.abort()
        await until_health(of, "sms.lost", 1)
        for number in range(5):
            await of.send(key=f"{number}")
        assert len(of.centre.taken) == 5
        assert of.gateway.health.down_since is None


async def test_a_centre_that_dies_and_comes_back_is_bound_to_again() -> None:
    async with line(binds=2) as of:
        await of.send(key="before")
        await of.centre.stop()
        await until_health(of, "sms.away", 0)
        assert of.gateway.health.down_since == of.clock.now()
        assert await of.kind_of() == ("sms.away", True)
        of.clock.at += 5_000
        assert of.gateway.health.down_since == of.clock.now() - 5_000
        await of.centre.start()
        await of.until_bound(2)
        await of.send(key="after")
        assert of.gateway.health.down_since is None
        assert len(of.centre.taken) == 2
        await of.centre.stop()
        await until_health(of, "sms.away", 0)
        assert of.gateway.health.down_since == of.clock.now()


async def test_a_message_during_whose_answer_the_line_was_cut_may_come_twice_and_says_so() -> None:
    async with line() as of:
        of.centre.dies_after = 1
        assert await of.kind_of() == ("sms.unanswered", True)
        await of.until_bound(1)
        await of.send()
        assert of.centre.texts() == [CODE, CODE]
        assert len({each.reference for each in of.centre.taken}) == 1  # the operator sees that it is the same


async def test_parts_that_came_before_the_line_was_cut_join_with_those_that_come_again() -> None:
    async with line() as of:
        of.centre.dies_after = 1
        assert await of.kind_of(CODE * 2) == ("sms.unanswered", True)
        await of.until_bound(1)
        await of.send(CODE * 2)
        assert len(of.centre.taken) == 3
        assert of.centre.texts() == [CODE * 2]


async def test_a_centre_that_answers_nothing_any_more_is_left_and_found_again() -> None:
    async with line(times=replace(TIMES, enquire=0.1, answer=0.1)) as of:
        of.centre.is_deaf = True
        await until_health(of, "sms.silent", 0)
        assert of.centre.seen["0x15"] >= 1
        of.centre.is_deaf = False
        await of.until_bound(1)
        await of.bring()  # who stands still for a tenth of a second finds it silent once more


async def test_a_centre_that_only_leaves_messages_unanswered_is_left_after_a_while() -> None:  # R52
    async with line(times=replace(TIMES, late=0.2, enquire=0.05)) as of:
        of.centre.is_mute = True
        assert await of.kind_of() == ("sms.unanswered", True)
        await of.centre.until(lambda centre: centre.tried >= 2)


async def test_a_quiet_line_is_asked_whether_it_is_there_and_stays_up() -> None:
    async with line(times=replace(TIMES, enquire=0.03)) as of:
        await of.centre.until(lambda centre: centre.seen["0x15"] >= 5)
        assert of.centre.tried == 1


async def test_a_centre_that_says_goodbye_is_answered_and_bound_to_again() -> None:
    async with line(binds=2) as of:
        await of.centre.goodbye()
        await of.centre.until(lambda centre: centre.tried == 4)
        await of.until_bound(2)
        await of.centre.until(lambda centre: centre.seen["0x80000006"] == 2)
        await of.send()


async def test_a_wrong_password_is_told_and_not_tried_over_and_over() -> None:
    times = replace(TIMES, first_back_off=0.01, longest_back_off=30)
    async with line(password=ANOTHER, bound=0, times=times) as of:
        await until_health(of, "sms.credentials", 0)
        assert await of.kind_of() == ("sms.away", True)
        await asyncio.sleep(0.1)
        assert of.centre.tried == 1


async def test_a_centre_that_takes_a_bind_and_drops_it_is_not_stormed() -> None:
    centre = ShortMessageCentre()
    centre.drops_binds = True
    times = replace(TIMES, first_back_off=0.02, longest_back_off=0.15)
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with line(centre, bound=0, times=times):
        await centre.until(lambda each: each.tried == 12)
        assert loop.time() - began > 0.4  # eight of the longest, of which half is chance; of the first, less than 0.2


async def test_a_centre_that_is_away_holds_up_no_start() -> None:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as never_answers:
        gateway = SmppGateway(settings(never_answers.getsockname()[1]), MovedClock(), times=TIMES)
        async with asyncio.timeout(TIMES.answer / 2), gateway:
            assert gateway.health.down_since is not None


async def test_a_message_right_after_the_start_waits_for_the_first_bind() -> None:
    async with line(bound=0) as of:
        await of.send()
        assert of.centre.texts() == [CODE]


async def test_closing_says_goodbye_and_ends_what_is_under_way() -> None:
    async with line(binds=2) as of:
        of.centre.is_mute = True
        sending = asyncio.create_task(of.kind_of())
        await of.centre.until(lambda centre: bool(centre.taken))
        await of.gateway.close()
        assert await sending == ("sms.away", True)
        assert of.centre.seen["0x6"] == 2
        assert of.gateway.health.bound == 0


async def test_closing_does_not_wait_for_a_centre_that_is_deaf() -> None:
    async with line(times=replace(TIMES, goodbye=0.2)) as of:
        of.centre.is_deaf = True
        async with asyncio.timeout(TIMES.answer / 2):
            await of.gateway.close()


async def test_it_can_be_closed_at_any_moment_of_coming_up() -> None:
    centre = ShortMessageCentre()
    await centre.start()
    for steps in range(0, 40, 1 if os.environ.get("MBUROJA_THOROUGH") else 3):
        gateway = SmppGateway(settings(centre.port, binds=2), MovedClock(), times=TIMES)
        await gateway.start()
        for _ in range(steps):
            await asyncio.sleep(0)
        async with asyncio.timeout(30):
            await gateway.close()
        assert gateway.health.bound == 0
    await centre.stop()


async def test_receipts_that_come_faster_than_they_are_kept_are_asked_for_again() -> None:  # R52
    async with line() as of:
        await of.send()
        let = asyncio.Event()
        kept = of.gateway._on_receipt

        async def slow(told: object) -> None:
            await let.wait()
            await kept(told)  # type: ignore[arg-type]  # handed through

        of.gateway._on_receipt = slow
        told = [asyncio.create_task(of.centre.tell(receipt(of.centre.taken[0]))) for _ in range(150)]
        await until(lambda: any(each.done() for each in told))
        let.set()
        answers = await asyncio.gather(*told)
        assert set(answers) == {0, 0x14}
        assert answers.count(0) == len(of.receipts)


async def test_a_status_of_the_bind_is_told() -> None:
    centre = ShortMessageCentre()
    centre.bind_status = WRONG_PASSWORD
    async with line(centre, bound=0) as of:
        await until_health(of, "sms.credentials", 0)


async def test_waits_grow_and_are_spread() -> None:
    times = replace(TIMES, first_back_off=1, longest_back_off=60)
    assert [back_off(failures, times, 1.0) for failures in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert back_off(4, times, 0.0) == 4
    assert back_off(10_000, times, 1.0) == 60


def security(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_by_tls_messages_go_to_a_centre_whose_authority_is_known(tmp_path: Path) -> None:
    certificate = self_made_certificate(tmp_path)
    async with line(ShortMessageCentre(security(certificate)), tls=True, ca_file=certificate) as of:
        await of.send()
        assert of.centre.texts() == [CODE]


async def test_by_tls_a_centre_that_nobody_vouches_for_is_told_nothing(tmp_path: Path) -> None:
    certificate = self_made_certificate(tmp_path)
    async with line(ShortMessageCentre(security(certificate)), tls=True, bound=0) as of:
        await until_health(of, "sms.tls", 0)
        with pytest.raises(SmsError, match=r"sms\.away"):
            await of.send()
        assert of.centre.tried == 0


async def test_by_tls_the_name_must_be_the_centres(tmp_path: Path) -> None:
    certificate = self_made_certificate(tmp_path)  # for 127.0.0.1
    centre = ShortMessageCentre(security(certificate))
    async with line(centre, tls=True, ca_file=certificate, host="localhost", bound=0) as of:
        await until_health(of, "sms.tls", 0)
        assert centre.tried == 0
