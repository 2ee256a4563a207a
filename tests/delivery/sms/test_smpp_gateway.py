"""Messages handed over by SMPP: what the centre gets, what it answers, and what it tells later."""

import asyncio
import itertools
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.clock import MINUTE, SECOND
from bot.delivery.sms.port import ReceiptState, Sms, SmsError, SmsGateway, Taken
from bot.delivery.sms.smpp import statuses
from tests.delivery.sms.lines import ANOTHER, CODE, PHONE, SHORT, TIMES, five_minutes, line, settings
from tests.delivery.working import until
from tests.tools.smsc import THROTTLED
from tests.tools.smsc_messages import receipt

pytestmark = pytest.mark.asyncio


async def test_a_message_is_taken_and_the_phone_shows_it() -> None:
    async with line() as of:
        gateway: SmsGateway = of.gateway
        taken = await gateway.send(Sms(to=PHONE, text=CODE, key="k"))
        assert of.centre.texts() == [CODE]
        assert taken == Taken(gateway="prova", message_id=of.centre.taken[0].message_id, parts=1)
        assert of.late == []


async def test_the_number_goes_as_an_international_one() -> None:
    async with line() as of:
        await of.send()
        submitted = of.centre.taken[0].submitted
        assert (submitted.destination_addr, submitted.dest_addr_ton, submitted.dest_addr_npi) == (PHONE[1:], 1, 1)


@pytest.mark.parametrize("number", ["044123456", "38344123456", "+0044", "+38344-123-456", "", "+" + "3" * 16])
async def test_what_is_no_number_is_never_submitted(number: str) -> None:
    async with line() as of:
        assert await of.kind_of(to=number) == ("sms.number", False)
        assert not of.centre.taken


@pytest.mark.parametrize(
    ("senders", "company", "source"),
    [
        ({"alfa": "Alfa", "*": "Mburoja"}, "alfa", ("Alfa", 5, 0)),
        ({"alfa": "Alfa", "*": "Mburoja"}, "beta", ("Mburoja", 5, 0)),
        ({"alfa": "Alfa", "*": "Mburoja"}, None, ("Mburoja", 5, 0)),
        ({"*": "+38338123456"}, "alfa", ("38338123456", 1, 1)),
        ({"*": "50500"}, "alfa", ("50500", 3, 0)),
        ({"alfa": "Alfa"}, "beta", ("", 0, 0)),
    ],
)
async def test_the_sender_is_the_companys(
    senders: dict[str, str], company: str | None, source: tuple[str, int, int]
) -> None:
    async with line(senders=senders) as of:
        await of.send(company=company)
        submitted = of.centre.taken[0].submitted
        assert (submitted.source_addr, submitted.source_addr_ton, submitted.source_addr_npi) == source


async def test_a_long_text_comes_in_parts_that_join_and_asks_for_one_receipt() -> None:
    text = CODE * 4
    async with line() as of:
        taken = await of.send(text)
        assert taken.parts == len(of.centre.taken) == 4
        assert of.centre.texts() == [text]
        assert [each.submitted.registered_delivery for each in of.centre.taken] == [0, 0, 0, 1]
        assert taken.message_id == of.centre.taken[-1].message_id


async def test_a_part_that_is_refused_refuses_the_message_and_again_it_joins_what_came() -> None:
    async with line() as of:
        of.centre.next_statuses.extend([0, THROTTLED])
        assert await of.kind_of(CODE * 3) == ("sms.throttled", True)
        await of.send(CODE * 3)
        assert of.centre.texts() == [CODE * 3]


async def test_a_message_is_brought_no_longer_than_it_is_worth() -> None:  # R2
    async with line() as of:
        await of.send(expires_at=of.clock.now() + 5 * MINUTE + 999)
        await of.send(key="without")
        periods = [each.submitted.validity_period for each in of.centre.taken]
        assert periods == ["000000000500000R", ""]


@pytest.mark.parametrize("left", [-1, 0, SECOND - 1])
async def test_a_message_that_is_worth_nothing_any_more_is_not_submitted(left: int) -> None:  # R2
    async with line() as of:
        assert await of.kind_of(expires_at=of.clock.now() + left) == ("sms.expired", False)
        assert not of.centre.taken


async def test_a_message_that_dies_while_it_waits_for_its_turn_is_not_submitted() -> None:  # R2
    async with line(window=1) as of:
        expires = five_minutes(of)
        of.centre.holds_answers = True
        first = asyncio.create_task(of.send(expires_at=expires))
        await of.centre.until(lambda centre: len(centre.taken) == 1)
        waiting = asyncio.create_task(of.kind_of(key="waits", expires_at=expires))
        await until(lambda: of.gateway._pace._asked == 1)
        of.clock.at = expires
        of.centre.let_go()
        assert await waiting == ("sms.expired", False)
        await first
        assert len(of.centre.taken) == 1


@pytest.mark.parametrize(
    ("status", "kind", "temporary"),
    [
        (0x01, "sms.text", False),
        (0x08, "sms.gateway_fault", True),
        (0x0A, "sms.sender", False),
        (0x0B, "sms.number", False),
        (0x14, "sms.queue_full", True),
        (0x45, "sms.gateway_fault", True),
        (0x58, "sms.throttled", True),
        (0x62, "sms.validity", False),
        (0x66, "sms.refused", False),
        (0xC1, "sms.protocol", False),
        (0x401, "sms.vendor", True),
        (0x7FFF, "sms.gateway_fault", True),
    ],
)
async def test_what_is_refused_says_why_and_whether_to_try_again(status: int, kind: str, temporary: bool) -> None:  # noqa: FBT001
    async with line() as of:
        of.centre.next_statuses.append(status)
        assert await of.kind_of() == (kind, temporary)
        await of.send(key="next")  # the bind stands
        assert of.centre.tried == 1


async def test_every_status_of_the_standard_has_a_meaning_of_its_own_or_is_a_fault() -> None:
    for status in range(1, 0x600):
        assert statuses.meaning(status).kind.startswith("sms.")


async def test_a_number_that_the_centre_does_not_know_is_not_tried_again() -> None:
    async with line() as of:
        of.centre.no_such_numbers.add(PHONE[1:])
        assert await of.kind_of() == ("sms.number", False)
        await of.send(to=ANOTHER)


async def test_a_full_queue_is_told_and_passes() -> None:  # R52
    async with line() as of:
        of.centre.room = 0
        assert await of.kind_of() == ("sms.queue_full", True)
        of.centre.room = None
        await of.send()


@pytest.mark.parametrize("forms", [("text",), ("tlv",), ("text", "tlv")])
@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("DELIVRD", ReceiptState.DELIVERED),
        ("UNDELIV", ReceiptState.UNDELIVERED),
        ("EXPIRED", ReceiptState.EXPIRED),
    ],
)
async def test_a_receipt_is_told_and_acknowledged(stat: str, state: ReceiptState, forms: tuple[str, ...]) -> None:
    async with line() as of:
        taken = await of.send()
        assert await of.centre.tell(receipt(of.centre.taken[0], stat, forms=forms, error="069")) == 0
        (told,) = of.receipts
        assert (told.gateway, told.message_id, told.state, told.at) == (
            "prova", taken.message_id, state, of.clock.now(),
        )  # fmt: skip


async def test_receipts_that_write_the_id_the_other_way_find_the_message() -> None:
    async with line() as of:
        taken = await of.send()
        identity = format(int(of.centre.taken[0].message_id), "X")
        await of.centre.tell(receipt(of.centre.taken[0], message_id=identity, date="251122140501"))
        assert of.receipts[0].message_id == taken.message_id


async def test_a_receipt_that_cannot_be_kept_is_asked_for_again() -> None:  # R50
    async with line() as of:
        await of.send()
        of.fault = OSError("no room")
        assert await of.centre.tell(receipt(of.centre.taken[0])) == statuses.RECEIVER_TEMPORARY
        of.fault = None
        assert await of.centre.tell(receipt(of.centre.taken[0])) == 0
        assert len(of.receipts) == 1


@pytest.mark.parametrize("body", [b"", b"\0" * 40, b"\xff" * 80, b"\0" * 6])
async def test_a_delivery_that_cannot_be_read_is_acknowledged_and_harms_nothing(body: bytes) -> None:  # R51
    async with line() as of:
        assert await of.centre.tell(body) == 0
        await of.send()
        assert not of.receipts
        assert of.centre.tried == 1


async def test_a_throttled_answer_slows_down_and_does_not_bring_the_line_to_a_crawl() -> None:
    async with line(per_second=400) as of:
        statuses_of = itertools.chain.from_iterable([0] * 24 + [THROTTLED] for _ in range(4))
        of.centre.next_statuses.extend(statuses_of)
        loop, pace, apart = asyncio.get_running_loop(), of.gateway._pace, list[float]()

        async def send(number: int) -> None:
            try:
                await of.send(key=f"{number}")
            finally:
                apart.append(pace.apart)

        began = loop.time()
        told = await asyncio.gather(*(send(number) for number in range(100)), return_exceptions=True)
        refused = [each for each in told if isinstance(each, SmsError)]
        assert {each.kind for each in refused} == {"sms.throttled"}
        assert len(refused) == 4
        assert loop.time() - began > 0.35  # a quarter at full pace, the rest at half of it
        assert max(apart) == pytest.approx(2 / 400)  # far from the crawl that a tenth of it would be


async def test_more_than_can_go_out_in_time_is_refused_at_once_and_nothing_taken_is_lost() -> None:  # R52
    async with line(per_second=20, times=replace(TIMES, waiting=0.3)) as of:
        told = await asyncio.gather(*(of.send(key=f"{number}") for number in range(60)), return_exceptions=True)
        busy = [each for each in told if isinstance(each, SmsError)]
        assert {each.kind for each in busy} == {"sms.busy"}
        assert len(told) - len(busy) == len(of.centre.taken) == len(of.taken)


async def test_no_more_messages_are_unanswered_than_the_window_takes() -> None:
    async with line(window=3, binds=2) as of:
        of.centre.is_mute = True
        sending = [asyncio.create_task(of.kind_of(key=f"{number}")) for number in range(6)]
        await of.centre.until(lambda centre: len(centre.taken) == 6)
        of.waits(SHORT)
        told = await asyncio.gather(*(of.kind_of(key=f"past it {number}") for number in range(4)))
        assert {kind for kind, _ in told} == {"sms.busy"}
        await of.centre.stop()
        assert {kind for kind, _ in await asyncio.gather(*sending)} == {"sms.unanswered"}
        assert len(of.centre.taken) == 6


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "shume-gjate"}, {"password": ""}, {"password": "ë"}, {"user": "x" * 16}, {"user": ""},
        {"senders": {"*": "Përkrahja"}}, {"senders": {"*": "Dymbëdhjetë1"}}, {"senders": {"*": "123456789"}},
        {"binds": 0}, {"per_second": 0}, {"message_ids": "octal"}, {"ca_file": "/nowhere.pem"}, {"host": ""},
    ],
)  # fmt: skip
async def test_settings_that_smpp_has_no_place_for_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(2775, **wrong)


async def test_the_reference_is_the_same_each_time_and_can_be_left_out() -> None:
    async with line() as of:
        of.centre.next_statuses.append(THROTTLED)
        await of.kind_of()
        await of.send()
        await of.send(key="another")
        first, another = (each.reference for each in of.centre.taken)
        assert first is not None
        assert first != another
    async with line(message_reference=False) as of:
        await of.send()
        assert of.centre.taken[0].reference is None
