"""The files of an answer: attached where they belong, sealed, read part by part, erased in time."""

import pytest

from bot.clock import DAY
from bot.dialogue.events import CaseState, Fetching
from bot.errors import NotAllowedError
from bot.limits import Limits
from bot.policy.actions import Action
from bot.services import retention
from bot.services.casework import answer_files, answer_links
from bot.services.casework.answer_files import PART, Attachment
from bot.services.office import backoffice, backoffice_close
from bot.services.office.backoffice import SecondProof
from bot.services.office.backoffice_close import Part
from tests.services.acting import House, customer, made_up_house, prove
from tests.services.answering import COPY, LIST, answered, linked
from tests.services.asking import acts
from tests.services.casework import DPO, bring, case, filed, office, state, told
from tests.tools.desks import NOW, place


@pytest.fixture
def house() -> House:
    return made_up_house()


def answer(house: House, reference: str, *files: Attachment) -> str:
    return backoffice_close.answer(house.tx, house.desk, office(), DPO, reference, files=files)


def proven_case(house: House, action: Action = Action.DSAR_ACCESS, subject: str | None = None) -> str:
    reference = filed(house, action, subject=subject or customer(house.tx, house.desk))
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    return reference


def content(house: House, reference: str, position: int) -> bytes:
    file = answer_files.kept(house.tx, house.desk, reference)[position - 1]
    parts = [answer_files.part(house.tx, house.desk, reference, position, n + 1) or b"" for n in range(file.parts)]
    return b"".join(parts)


# ---- attached -----------------------------------------------------------------------------------------------


def test_files_come_back_as_they_were_attached(house: House) -> None:  # R43
    reference = answered(house, COPY, LIST)
    kept = answer_files.kept(house.tx, house.desk, reference)

    assert [(f.name, f.media_type, f.size) for f in kept] == [
        (COPY.name, "application/pdf", len(COPY.content)),
        (LIST.name, "text/csv", len(LIST.content)),
    ]
    assert kept[1].parts == len(LIST.content) // PART + 1
    assert [content(house, reference, n) for n in (1, 2)] == [COPY.content, LIST.content]


def test_nothing_of_a_file_can_be_read_in_the_database_or_the_audit(house: House) -> None:  # R32, R43, R46
    answered(house, COPY)
    tables = ("answer_files", "answer_parts", "audit", "notices", "events", "request_events", "jobs")
    stored = str([house.rows(table) for table in tables])

    assert "answer.attached" in acts(house)
    for secret in ("Filan Fisteku", COPY.name, "%PDF-1.7"):
        assert secret not in stored


def test_a_part_cannot_be_moved_to_another_case(house: House) -> None:
    subject = customer(house.tx, house.desk)
    mine, other = (answered(house, COPY, subject=subject) for _ in range(2))
    house.tables.execute("DELETE FROM answer_parts WHERE reference = ?", [other])
    house.tables.execute("UPDATE answer_parts SET reference = ?", [other])
    assert answer_files.part(house.tx, house.desk, mine, 1, 1) is None
    with pytest.raises(Exception, match="nuk hapet"):
        answer_files.part(house.tx, house.desk, other, 1, 1)


def test_who_gets_codes_is_answered_by_a_file_and_by_nothing_less(house: House) -> None:  # R43
    reference = proven_case(house)
    with pytest.raises(NotAllowedError, match="--file"):
        answer(house, reference)
    with pytest.raises(NotAllowedError, match="--file"):
        backoffice_close.partly(house.tx, house.desk, office(), DPO, reference, Part(reasons="Të tjerëve"))
    assert house.rows("notices") == house.rows("answer_files") == []
    answer(house, reference, COPY)
    assert "lidhje" in told(house, reference).text


def test_an_answer_in_part_has_its_files_too(house: House) -> None:  # R35, R43
    reference = proven_case(house, Action.DSAR_PORTABILITY)
    part = Part(reasons="Pjesa tjetër u përket të tjerëve")
    backoffice_close.partly(house.tx, house.desk, office(), DPO, reference, part, files=(COPY,))
    bring(house)
    assert state(house, reference) is CaseState.PARTLY
    assert content(house, reference, 1) == COPY.content


@pytest.mark.parametrize("relationship", ["none", "ended", "shared"])
def test_a_file_that_nobody_could_fetch_is_not_taken(house: House, relationship: str) -> None:  # R43, R53, R55
    subject = None
    if relationship != "none":
        ended = "ended" if relationship == "ended" else "active"
        subject = customer(house.tx, house.desk, relationship=ended)
    if relationship == "shared":
        other = customer(house.tx, house.desk, number="A-1002")
        house.tables.execute("UPDATE subjects SET name_sealed = NULL WHERE id = ?", [other])
    reference = filed(house, subject=subject)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)

    with pytest.raises(NotAllowedError, match="nobody could fetch"):
        answer(house, reference, COPY)
    answer(house, reference)
    assert told(house, reference).text.endswith("Do t’ju vijë në adresën që na dhatë.")


def test_only_access_and_portability_have_files(house: House) -> None:  # R43
    reference = filed(house, Action.DSAR_RECTIFICATION, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="only answers to access"):
        backoffice_close.answer(house.tx, house.desk, office(), DPO, reference, "U korrigjua", files=(COPY,))
    assert house.rows("answer_files") == []


def test_no_file_is_taken_before_the_second_proof_or_after_a_sim_change(house: House) -> None:  # R13, R17
    reference = filed(house, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="R17"):
        answer(house, reference, COPY)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    house.tables.execute("UPDATE numbers SET sim_changed_on = '2026-03-04'")
    with pytest.raises(NotAllowedError, match="R13"):
        answer(house, reference, COPY)
    assert house.rows("answer_files") == []


def test_the_files_of_an_answer_have_a_size_that_they_may_not_pass() -> None:  # R43
    house = made_up_house(Limits(answer_bytes=2_000_000))
    reference = proven_case(house)
    half = Attachment(name="a.zip", media_type="application/zip", content=b"x" * 1_000_000)
    with pytest.raises(NotAllowedError, match="2 MB"):
        answer(house, reference, half, half, COPY)
    with pytest.raises(NotAllowedError, match="empty"):
        answer(house, reference, Attachment(name="bosh.pdf", media_type="application/pdf", content=b""))
    with pytest.raises(NotAllowedError, match="20 files"):
        answer(house, reference, *(COPY for _ in range(21)))
    answer(house, reference, half, half)


# ---- erased -------------------------------------------------------------------------------------------------


def fetching(house: House, reference: str) -> Fetching:
    return answer_links.fetching(house.tx, house.desk, place(), case(house, reference))


def test_files_are_erased_thirty_days_after_they_were_made_available(house: House) -> None:  # R45
    reference = answered(house, COPY, LIST)
    retention.sweep(house.tx, house.desk, NOW + 30 * DAY - 1)
    assert fetching(house, reference) is Fetching.READY
    assert retention.sweep(house.tx, house.desk, NOW + 30 * DAY)["answers"] == 1

    assert house.rows("answer_parts") == []
    assert {row["name_sealed"] for row in house.rows("answer_files")} == {""}
    assert fetching(house, reference) is Fetching.OVER
    assert "answers" not in retention.sweep(house.tx, house.desk, NOW + 31 * DAY)


def test_files_of_an_answer_that_is_still_on_its_way_are_kept(house: House) -> None:  # R45, R58
    reference = proven_case(house)
    answer(house, reference, COPY)
    retention.sweep(house.tx, house.desk, NOW + 60 * DAY)
    assert content(house, reference, 1) == COPY.content


def test_files_of_a_request_that_was_taken_back_are_erased_at_once(house: House) -> None:  # R45
    reference = proven_case(house)
    answer(house, reference, COPY)
    house.tables.update("requests", reference, {"state": "withdrawn", "closed_at": NOW})
    assert retention.sweep(house.tx, house.desk, NOW)["answers"] == 1
    assert house.rows("answer_parts") == []


def test_with_the_case_file_nothing_is_left_of_them() -> None:  # R45
    house = made_up_house(Limits(case_file=10 * DAY, answer_kept=10 * DAY))
    reference = answered(house, COPY)
    linked(house, reference)
    retention.sweep(house.tx, house.desk, NOW + 10 * DAY)
    assert house.rows("answer_files") == house.rows("answer_parts") == house.rows("answer_links") == []


def test_an_answer_that_was_not_told_yet_cannot_be_fetched(house: House) -> None:  # R58
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject)
    reference = proven_case(house, subject=subject)
    answer(house, reference, COPY)
    assert fetching(house, reference) is Fetching.NONE
    bring(house)
    assert fetching(house, reference) is Fetching.READY
