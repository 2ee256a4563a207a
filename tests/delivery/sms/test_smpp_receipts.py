"""Receipts as operators write them, and which message they speak of."""

import pytest
import smpp34
from hypothesis import example, given
from hypothesis import strategies as st

from bot.delivery.sms.port import ReceiptState
from bot.delivery.sms.smpp.ids import Ids, Writing
from bot.delivery.sms.smpp.receipts import Told, read
from tests.tools.smsc_messages import ERROR, ID, STATE

TO, SENDER = "38344123456", "Mburoja"
STATES = {
    "DELIVRD": (2, ReceiptState.DELIVERED),
    "EXPIRED": (3, ReceiptState.EXPIRED),
    "DELETED": (4, ReceiptState.DELETED),
    "UNDELIV": (5, ReceiptState.UNDELIVERED),
    "UNKNOWN": (7, ReceiptState.UNKNOWN),
    "REJECTD": (8, ReceiptState.REJECTED),
    "ENROUTE": (1, ReceiptState.ON_THE_WAY),
    "ACCEPTD": (6, ReceiptState.ON_THE_WAY),
}


def body(text: str = "", *tlvs: smpp34.Tlv, esm_class: int = 0x04) -> bytes:
    pdu = smpp34.DeliverSm(TO, SENDER, text.encode("latin-1"), esm_class=esm_class, tlvs=list(tlvs))
    return pdu.encode()[16:]


def told(text: str = "", *tlvs: smpp34.Tlv) -> Told:
    found = read(body(text, *tlvs))
    assert found is not None
    return found


def identity(value: str) -> smpp34.Tlv:
    return smpp34.Tlv(ID, value.encode() + b"\0")


@pytest.mark.parametrize("stat", STATES)
def test_each_state_is_read_from_the_text(stat: str) -> None:
    found = told(f"id:7f3a sub:001 dlvrd:001 submit date:2511221405 done date:2511221406 stat:{stat} err:000 text:Kodi")
    assert (found.message_id, found.state, found.error) == ("7f3a", STATES[stat][1], "")


@pytest.mark.parametrize("stat", STATES)
def test_each_state_is_read_from_the_optional_parameters(stat: str) -> None:
    number, state = STATES[stat]
    found = told("", identity("7f3a"), smpp34.Tlv(STATE, bytes((number,))))
    assert (found.message_id, found.state) == ("7f3a", state)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("id:1 stat:UNDELIV err:69", "69"),
        ("id:1 stat:UNDELIV err:0A1", "0A1"),
        ("id:1 stat:UNDELIV err:", ""),
        ("ID:1 SUB:001 STAT:undeliv ERR:001 TEXT:", "001"),
        ("id: 1 sub:1 submit date:251122140501 done date:20251122 stat:UNDELIVERABLE err:1", "1"),
        ("id:1 stat:UNDELIV err:kodi+38344123456!", ""),
    ],
)
def test_texts_that_no_standard_describes_are_read(text: str, error: str) -> None:
    found = told(text)
    assert (found.message_id, found.state, found.error) == ("1", ReceiptState.UNDELIVERED, error)


def test_the_parameters_go_before_the_text() -> None:
    state = smpp34.Tlv(STATE, b"\x05")
    code = smpp34.Tlv(ERROR, b"\x03\x01\xf4")
    found = told("id:1 stat:DELIVRD", identity("2"), state, code)
    assert (found.message_id, found.state, found.error) == ("2", ReceiptState.UNDELIVERED, "500")


def test_what_a_customer_wrote_is_not_taken_for_a_state() -> None:
    assert told("id:1 stat:DELIVRD err:000 text:stat:UNDELIV err:7 id:9").state is ReceiptState.DELIVERED
    assert told("id:1 text:stat:DELIVRD").state is ReceiptState.UNKNOWN


def test_a_message_somebody_sent_us_is_no_receipt() -> None:
    assert read(body("id:1 stat:DELIVRD", esm_class=0)) is None


def test_a_receipt_that_names_no_message_is_none() -> None:
    assert read(body("stat:DELIVRD")) is None
    assert read(body("")) is None


@given(st.binary(max_size=200))
@example(b"\0" * 6)
@example(body("id:1 stat:DELIVRD") + b"\x04")
@example(body("", identity("1"))[:-3])
def test_any_bytes_are_read_or_refused(given_bytes: bytes) -> None:  # R51
    try:
        read(given_bytes)
    except ValueError:
        return


@given(st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")[:200]))
def test_any_text_of_a_receipt_is_read_or_is_none(text: bytes) -> None:  # R51
    pdu = smpp34.DeliverSm(TO, SENDER, text, esm_class=0x04)
    read(pdu.encode()[16:])


def of(message_id: str, to: str = TO, state: ReceiptState = ReceiptState.DELIVERED) -> Told:
    return Told(message_id=message_id, state=state, error="", addresses=(to, SENDER))


@pytest.mark.parametrize(
    ("writing", "answered", "receipted"),
    [
        ("auto", "1000001", "1000001"),
        ("auto", "1000001", "F4241"),
        ("auto", "1000001", "000f4241"),
        ("auto", "0F4241", "1000001"),
        ("auto", "0001000001", "1000001"),
        ("auto", "9fC0-x", "9fC0-x"),
        ("same", "00AB", "ab"),
        ("hex", "1000001", "f4241"),
        ("decimal", "f4241", "1000001"),
    ],
)
def test_a_receipt_finds_its_message_however_the_id_is_written(writing: Writing, answered: str, receipted: str) -> None:
    ids = Ids(writing)
    taken = ids.took(answered, TO)
    assert ids.of(of(receipted)) == taken


def test_without_being_told_another_phones_message_is_not_believed() -> None:
    ids = Ids("auto")
    ids.took("336", "38345000001")  # "150" read as hexadecimal
    assert ids.of(of("150")) == "150"


def test_the_phone_may_be_written_without_its_countrys_code() -> None:
    ids = Ids("auto")
    taken = ids.took("1000001", TO)
    assert ids.of(of("f4241", to="044123456")) == taken


def test_ids_that_are_no_numbers_keep_their_case() -> None:
    ids = Ids("auto")
    assert ids.took("aBc-1", TO) != ids.took("AbC-1", TO)


def test_only_so_many_ids_are_kept() -> None:  # R52
    ids = Ids("auto", kept=3)
    for number in range(1000, 1010):
        ids.took(str(number), TO)
    assert ids.of(of(format(1009, "x"))) == "1009"
    assert ids.of(of(format(1000, "x"))) == format(1000, "x")
