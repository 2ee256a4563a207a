"""What gateways tell later of messages, and what that does to a notice that one of them brought."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import DAY, HOUR, MINUTE
from bot.crypto import Vault
from bot.delivery.sms.port import Receipt, ReceiptState
from bot.delivery.sms.receipts import ReceiptAddresses, Receipts, read_kannel
from bot.dialogue.events import CaseState
from bot.services import retention
from bot.services.outward import sms_sent
from bot.services.outward.sms_sent import Count, Sent, SentState
from tests.delivery.test_worker import refusal, state
from tests.delivery.working import House, MovedClock, sms
from tests.services.acting import FILAN
from tests.tools.desks import NOW

S, R = SentState, ReceiptState


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path)
    made.phone.tells = True
    yield made
    await made.store.close()


async def tell(house: House, kind: ReceiptState, number: int = 1, error: str = "") -> None:
    receipt = Receipt(gateway="phone", message_id=f"phone-{number}", state=kind, error=error, at=house.clock.at)
    await Receipts(house.store, house.desk, house.clock).take(receipt)


def sent(house: House) -> list[tuple[str, str, str | None]]:
    return [(row["message_id"], row["state"], row["error"]) for row in house.rows("SELECT * FROM sms_sent")]


def is_with_a_person(house: House) -> bool:
    return "notice.to_send" in [row["kind"] for row in house.rows("SELECT kind FROM events")]


async def notified(house: House) -> str:
    """Refuse somebody's request, and let a gateway take the SMS about it; returns the reference."""
    reference = await refusal(house, await house.customer())
    await house.worker.drain(30)
    assert len(house.phone.taken) == 1
    return reference


@pytest.mark.asyncio
async def test_a_notice_is_delivered_when_the_phone_has_it_and_not_before(house: House) -> None:  # R58
    reference = await notified(house)
    assert state(house, reference) == CaseState.RECEIVED
    await tell(house, R.ON_THE_WAY)
    assert state(house, reference) == CaseState.RECEIVED
    await tell(house, R.DELIVERED)
    assert state(house, reference) == CaseState.REFUSED
    assert house.rows("SELECT delivered_by FROM notices") == [{"delivered_by": "sms"}]
    assert not is_with_a_person(house)


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [R.UNDELIVERED, R.REJECTED, R.EXPIRED, R.DELETED, R.UNKNOWN])
async def test_a_notice_that_does_not_arrive_goes_to_a_person_once(house: House, kind: ReceiptState) -> None:  # R58
    reference = await notified(house)
    for _ in range(3):
        await tell(house, kind, error="034")
    assert sent(house) == [("phone-1", kind.value, "034")]
    assert [row["kind"] for row in house.rows("SELECT kind FROM events")].count("notice.to_send") == 1
    assert state(house, reference) == CaseState.RECEIVED
    await tell(house, R.DELIVERED)  # it had arrived after all
    assert state(house, reference) == CaseState.REFUSED
    await tell(house, kind)
    assert sent(house) == [("phone-1", "delivered", None)]


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [R.DELIVERED, R.UNDELIVERED])
async def test_a_receipt_may_come_before_its_message_is_kept(house: House, kind: ReceiptState) -> None:  # R58
    await tell(house, kind)
    reference = await notified(house)
    assert (state(house, reference) == CaseState.REFUSED) is (kind is R.DELIVERED)
    assert is_with_a_person(house) is (kind is not R.DELIVERED)


@pytest.mark.asyncio
async def test_a_notice_of_which_nothing_is_told_goes_to_a_person_in_time(house: House) -> None:  # R58
    await notified(house)
    for at, is_given_up in ((2 * DAY - HOUR, False), (2 * DAY, True), (3 * DAY, True)):
        house.clock.at = NOW + at
        await house.worker.house.do_chores()
        assert is_with_a_person(house) is is_given_up
    assert sent(house) == [("phone-1", "unknown", None)]


@pytest.mark.asyncio
async def test_a_notice_that_was_erased_meanwhile_is_no_hindrance(house: House) -> None:  # R45
    await notified(house)
    await house.store.transact(lambda tx: tx.run("retention.delete_notices", reference=_reference(house)))
    await tell(house, R.UNDELIVERED)
    assert sent(house) == [("phone-1", "undelivered", None)]


def _reference(house: House) -> str:
    return str(house.rows("SELECT reference FROM notices")[0]["reference"])


@pytest.mark.asyncio
async def test_what_is_kept_of_a_message_names_nobody_and_is_erased_in_time(house: House) -> None:  # R45, R46
    await sms(house, "k", idempotency_key="job-1")
    await house.worker.drain(30)
    await tell(house, R.DELIVERED, 9)  # of a message that is not ours
    kept = str(house.rows("SELECT * FROM sms_sent"))
    assert "Tekst" not in kept
    assert FILAN[4:] not in kept
    for at, left in ((DAY - MINUTE, 2), (DAY, 1), (30 * DAY - MINUTE, 1), (30 * DAY, 0)):
        house.clock.at = NOW + at
        await house.store.transact(lambda tx: retention.sweep(tx, house.desk, house.clock.at))
        assert len(sent(house)) == left


@pytest.mark.asyncio
async def test_messages_are_counted_by_what_became_of_them(house: House) -> None:
    for number in range(3):
        await sms(house, f"k{number}")
    await house.worker.drain(30)
    await tell(house, R.DELIVERED, 1)
    await tell(house, R.DELIVERED, 2)
    found = await house.store.read(lambda tx: sms_sent.counts(tx, NOW - 1))
    assert found == [
        Count(gateway="phone", state=S.DELIVERED, messages=2), Count(gateway="phone", state=S.TAKEN, messages=1),
    ]  # fmt: skip
    assert await house.store.read(lambda tx: sms_sent.counts(tx, NOW)) == []


@pytest.mark.asyncio
async def test_a_message_that_was_sent_twice_after_a_crash_is_kept_once(house: House) -> None:
    twice = Sent(gateway="phone", message_id="m", job="j", company="alfa")
    for _ in range(2):
        await house.store.transact(lambda tx: sms_sent.taken(tx, house.desk, NOW, twice))
    assert sent(house) == [("m", "taken", None)]


@pytest.mark.parametrize(
    ("kind", "answer", "expected", "error"),
    [
        ("1", "", R.DELIVERED, ""),
        ("2", "id:1 sub:001 dlvrd:000 stat:UNDELIV err:034 text:", R.UNDELIVERED, "034"),
        ("2", "id:1 stat:EXPIRED err:0b text:", R.EXPIRED, "0b"),
        ("2", "stat:REJECTD", R.REJECTED, ""),
        ("2", "stat:DELETED", R.DELETED, ""),
        ("2", "NACK/whatever", R.UNDELIVERED, ""),
        ("8", "ACK/", R.ON_THE_WAY, ""),
        ("4", "", R.ON_THE_WAY, ""),
        ("16", "NACK/11/Invalid Destination Address", R.REJECTED, ""),
    ],
)
def test_kannels_words_are_ours(kind: str, answer: str, expected: ReceiptState, error: str) -> None:
    receipt = read_kannel("http", "m", kind, answer, MovedClock())
    assert receipt == Receipt(gateway="http", message_id="m", state=expected, error=error, at=NOW)


@pytest.mark.parametrize("kind", ["", "0", "%d", "99", "1 "])
def test_what_means_nothing_to_us_is_no_receipt(kind: str) -> None:
    assert read_kannel("http", "m", kind, "", MovedClock()) is None


def test_an_address_holds_for_one_message_of_one_gateway_and_one_secret() -> None:
    addresses = ReceiptAddresses(Vault(b"s" * 32))
    url = addresses.of("http://127.0.0.1:8321/", "kannel", "m1")
    assert url.startswith("http://127.0.0.1:8321/sms/receipt?gateway=kannel&id=m1&signed=")
    assert url.endswith("&state=%d&answer=%A")
    signature = url.partition("signed=")[2].partition("&")[0]
    assert addresses.fits("kannel", "m1", signature)
    assert not addresses.fits("kannel", "m2", signature)
    assert not addresses.fits("other", "m1", signature)
    assert not addresses.fits("kannel", "m1", "")
    assert not ReceiptAddresses(Vault(b"t" * 32)).fits("kannel", "m1", signature)
