"""The record of an act holds its evidence, sealed and pseudonymous."""

import hashlib

import pytest

from bot.crypto import SealBrokenError
from bot.dialogue.effects import Shown
from bot.dialogue.events import ConsentState
from bot.services.records import receipts
from bot.services.records.receipts import EventType, Evidence, LawfulBasis, RecordedPurpose
from tests.services.acting import House, made_up_house
from tests.tools.desks import LATER, NOW, place

PURPOSE = RecordedPurpose(
    id="offers", name="Ofertat", clauses=("1",), lawful_basis=LawfulBasis.CONSENT, before=ConsentState.GIVEN
)
SHOWN = Shown(words="Ofertat për ju do të ndalen. A e konfirmoni?", clauses=("1", "2"))


def _issue(house: House, company: str = "alfa", shown: Shown = SHOWN) -> str:
    evidence = Evidence(principal="s1", event_type=EventType.WITHDRAWN, purposes=[PURPOSE], shown=shown)
    return receipts.issue(
        house.tx, house.desk, place(), act="consent.withdrawn", company=company, subject="s1", evidence=evidence
    )


def _read(house: House, reference: str) -> receipts.Record:
    record = receipts.read(house.tx, house.desk, reference)
    assert record is not None
    return record


def test_a_record_holds_the_fields_of_the_standard() -> None:  # R39
    house = made_up_house()
    reference = _issue(house)
    record = _read(house, reference)
    assert record.schema_version == "ISO/IEC TS 27560:2023"
    assert (record.record_id, record.act) == (reference, "consent.withdrawn")
    assert (record.pii_controller.name, record.pii_controller.contact) == ("Alfa", "Zyrtari: dpo@alfa.example")
    assert (record.pii_principal_id, record.entity_type) == ("s1", "pii_principal")
    assert (record.event_type, record.event_time) == ("withdrawn", NOW)
    notice = record.privacy_notice
    assert (notice.version, notice.sha256, notice.language) == ("alfa-1", "0" * 64, "sq")
    assert record.purposes == (PURPOSE,)
    assert (record.collection_method.channel, record.collection_method.conversation) == ("terminal", "c1")
    assert (record.words_shown, record.clauses_shown) == (SHOWN.words, ("1", "2"))
    assert record.applied_at is None


def test_a_record_holds_the_hash_of_the_words_shown() -> None:  # R60
    house = made_up_house()
    record = _read(house, _issue(house))
    assert record.words_sha256 == hashlib.sha256(SHOWN.words.encode()).hexdigest()
    other = _read(house, _issue(house, shown=Shown(words=SHOWN.words + " ", clauses=())))
    assert other.words_sha256 != record.words_sha256


def test_words_that_no_encoding_holds_are_kept_all_the_same() -> None:  # R51
    house = made_up_house()
    record = _read(house, _issue(house, shown=Shown(words="ë\x00😀 <b>'; --", clauses=())))
    assert record.words_shown == "ë\x00😀 <b>'; --"


def test_a_record_is_sealed_under_its_reference() -> None:  # R46
    house = made_up_house()
    one, other = _issue(house), _issue(house)
    stored = {row["reference"]: row["record_sealed"] for row in house.rows("receipts")}
    assert "Ofertat" not in stored[one]
    house.tables.update("receipts", one, {"record_sealed": stored[other]})
    with pytest.raises(SealBrokenError):
        receipts.read(house.tx, house.desk, one)


def test_receipts_name_their_own_company() -> None:  # R56
    house = made_up_house()
    references = [_issue(house, "alfa"), _issue(house, "beta")]
    assert [_read(house, r).pii_controller.id for r in references] == ["alfa", "beta"]
    assert [_read(house, r).privacy_notice.version for r in references] == ["alfa-1", "beta-1"]


def test_when_it_was_applied_is_told_apart_and_set_once() -> None:  # R38
    house = made_up_house()
    reference = _issue(house)
    assert receipts.applied(house.tx, LATER, reference)
    assert not receipts.applied(house.tx, LATER + 1, reference)
    record = _read(house, reference)
    assert (record.event_time, record.applied_at) == (NOW, LATER)


def test_there_is_no_record_under_another_reference() -> None:
    house = made_up_house()
    assert receipts.read(house.tx, house.desk, "7K2Q-9FXA-8") is None
    assert not receipts.applied(house.tx, NOW, "7K2Q-9FXA-8")
