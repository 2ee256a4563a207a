"""What an erasure left comes back when its time is over, and is recorded as erased once."""

import datetime as dt
import json

import pytest

from bot.clock import DAY as CLOCK_DAY
from bot.dialogue.effects import Shown
from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services import retention
from bot.services.casework import case_file, kept_parts, requests
from bot.services.office import backoffice, backoffice_close, case_steps
from bot.services.office.backoffice_close import Part
from bot.services.office.notice_texts import Kept
from tests.services.acting import House, customer, made_up_house
from tests.services.casework import DPO, bring, filed, office, state
from tests.tools.desks import NOW, place

DAY = dt.date(2031, 3, 5)
INVOICES = Kept(what="faturat", clause="3", until="5 vjet nga fundi i marrëdhënies", due_on=DAY)
CALLS = Kept(what="bisedat", clause="4", until="derisa të mbyllet ankesa")  # nobody knows the day
SHOWN = Shown(words="E tërheqim kërkesën?", clauses=())


@pytest.fixture
def house() -> House:
    return made_up_house()


def partly(house: House, *kept: Kept, action: Action = Action.DSAR_ERASURE) -> str:
    """An erasure that was answered in part; returns its reference."""
    reference = filed(house, action, subject=customer(house.tx, house.desk, number=f"A-{len(house.rows('requests'))}"))
    part = Part(reasons="Një pjesë duhet ruajtur", erased=("kontakti",), kept=kept)
    backoffice_close.partly(house.tx, house.desk, office(), DPO, reference, part)
    return reference


def done(house: House, reference: str, position: int = 1, now: int = NOW) -> None:
    kept_parts.done(house.tx, house.desk, office(now), DPO, reference, position)


def waiting(house: House, until: dt.date, company: str = "alfa") -> list[str]:
    """What stands in the queue on a day."""
    rows = house.tx.all(
        "worklist.kept", company=company, due="", until=until.isoformat(), reference="", position=0, most=200
    )
    return [kept_parts.of_case(house.tx, house.desk, row["reference"])[row["position"] - 1].what for row in rows]


def test_a_part_with_a_day_is_kept_with_its_clause_and_what_has_none_is_only_told(house: House) -> None:  # R35
    reference = partly(house, CALLS, INVOICES)
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert (part.position, part.company, part.what, part.clause) == (1, "alfa", "faturat", "3")
    assert (part.until, part.due_on, part.done_at) == (INVOICES.until, DAY, None)


def test_what_is_kept_of_somebody_stands_sealed(house: House) -> None:
    partly(house, INVOICES)
    assert "faturat" not in json.dumps(house.rows("kept_parts"))


def test_a_part_comes_back_on_its_day_and_not_before(house: House) -> None:
    partly(house, INVOICES)
    assert waiting(house, DAY - dt.timedelta(days=1)) == []
    assert waiting(house, DAY) == ["faturat"]
    assert waiting(house, DAY, company="beta") == []


def test_the_longest_due_comes_first(house: House) -> None:
    partly(house, Kept(what="më vonë", clause="3", until="6 vjet", due_on=DAY + dt.timedelta(days=1)))
    partly(house, Kept(what="më herët", clause="3", until="5 vjet", due_on=DAY))
    assert waiting(house, DAY + dt.timedelta(days=9)) == ["më herët", "më vonë"]


def test_a_part_is_erased_once_and_leaves_its_traces(house: House) -> None:  # R39
    reference = partly(house, INVOICES)
    bring(house)
    done(house, reference, now=NOW + 5)
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert (part.done_at, part.done_by, waiting(house, DAY)) == (NOW + 5, DPO, [])
    assert case_file.time_line(house.tx, house.desk, reference)[-1].kind == "kept_erased"
    logged = [json.loads(row["body"]) for row in house.rows("audit")]
    (entry,) = [body for body in logged if body["act"] == "kept.erased"]
    assert entry["details"] == {"who": DPO, "position": 1, "clauses": "3", "due_on": "2031-03-05"}
    assert "faturat" not in json.dumps(logged)
    assert state(house, reference) is CaseState.PARTLY  # the case stays closed
    with pytest.raises(NotAllowedError, match="no such part"):
        done(house, reference)


@pytest.mark.parametrize("position", [0, 2, 99])
def test_a_part_that_is_not_there_is_not_erased(house: House, position: int) -> None:
    reference = partly(house, INVOICES)
    with pytest.raises(NotAllowedError, match="no such part"):
        done(house, reference, position)
    with pytest.raises(NotAllowedError, match="no such part"):
        kept_parts.done(house.tx, house.desk, office(), DPO, "7K2Q-9FXA-8", 1)


def test_a_day_that_is_over_is_no_day_to_come_back_on(house: House) -> None:
    for day in (dt.date(2026, 3, 5), dt.date(2020, 1, 1)):
        with pytest.raises(NotAllowedError, match="a day after today"):
            partly(house, Kept(what="faturat", clause="3", until="5 vjet", due_on=day))
    assert house.rows("kept_parts") == []


def test_what_is_kept_of_another_kind_of_request_does_not_come_back(house: House) -> None:
    reference = partly(house, INVOICES, action=Action.DSAR_RESTRICTION)
    assert kept_parts.of_case(house.tx, house.desk, reference) == ()


def test_a_request_that_was_taken_back_leaves_nothing_to_erase(house: House) -> None:
    reference = partly(house, INVOICES)
    requests.end(house.tx, house.desk, place(), case_file.loaded(house.tx, house.desk, reference), SHOWN)
    assert waiting(house, DAY) == []


def closed(house: House, *kept: Kept) -> str:
    """An erasure that was answered in part, and told."""
    reference = partly(house, *kept)
    bring(house)
    return reference


def erased(house: House, now: int) -> None:
    while retention.sweep(house.tx, house.desk, now):
        pass


def test_a_part_that_waits_outlives_its_cases_file_and_goes_with_its_erasure(house: House) -> None:  # R45
    reference = closed(house, INVOICES)
    years = NOW + 731 * CLOCK_DAY
    erased(house, years)
    assert case_file.loaded(house.tx, house.desk, reference).erased_at == years
    assert waiting(house, DAY) == ["faturat"]
    done(house, reference, now=years + 1)
    assert waiting(house, DAY) == []
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert (part.what, part.until, part.done_at, part.clause) == ("", "", years + 1, "3")
    assert [entry.body.get("text") for entry in case_file.time_line(house.tx, house.desk, reference)][-1] is None


def test_a_part_that_was_erased_goes_with_its_cases_file(house: House) -> None:  # R45
    reference = closed(house, INVOICES)
    done(house, reference)
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert part.what == "faturat"  # as long as the file
    erased(house, NOW + 731 * CLOCK_DAY)
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert (part.what, part.done_by) == ("", DPO)


def test_what_nobody_has_to_erase_goes_with_its_cases_file(house: House) -> None:  # R45
    reference = partly(house, INVOICES)
    requests.end(house.tx, house.desk, place(), case_file.loaded(house.tx, house.desk, reference), SHOWN)
    erased(house, NOW + 731 * CLOCK_DAY)
    (part,) = kept_parts.of_case(house.tx, house.desk, reference)
    assert part.what == ""


def test_nothing_is_written_to_a_file_that_was_erased(house: House) -> None:  # R45
    reference = closed(house, INVOICES)
    erased(house, NOW + 731 * CLOCK_DAY)
    later = office(NOW + 732 * CLOCK_DAY)
    with pytest.raises(NotAllowedError, match="R45"):
        backoffice.add_words(house.tx, house.desk, later, DPO, reference, "Edhe një fjalë e klientit")
    with pytest.raises(NotAllowedError, match="R45"):
        backoffice.note(house.tx, house.desk, later, DPO, reference, "Një shënim")
    with pytest.raises(NotAllowedError, match="R45"):
        backoffice.reply(house.tx, house.desk, later, DPO, reference, "Një përgjigje")
    assert not any(row["body_sealed"] for row in house.rows("requests"))
    stored = case_file.loaded(house.tx, house.desk, reference)
    assert case_steps.possible(house.tx, house.desk, later.now, stored, ()) == ()
