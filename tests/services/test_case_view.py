"""One case as its page shows it: the person, the clauses, the clock, what waits; and who looked, on record."""

import datetime as dt
import json

import pytest

from bot.clock import DAY, MINUTE
from bot.dialogue.effects import Flag
from bot.policy.actions import Action
from bot.services.casework import answer_files, case_file
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Basis, Body, Identity, NewCase
from bot.services.office import backoffice, backoffice_record, case_view, notices
from bot.services.office.backoffice import About
from bot.services.office.backoffice_record import Incoming, Way
from bot.services.office.case_steps import Step
from bot.services.office.case_view import CaseSeen
from bot.services.records.references import new_reference
from tests.services.acting import House, customer, made_up_house, proven_customer
from tests.services.casework import ADDRESS, DPO, bring, case, filed, office, talking
from tests.tools.desks import NOW, place

TODAY = dt.date(2026, 3, 5)


@pytest.fixture
def house() -> House:
    return made_up_house()


def seen(house: House, reference: str, now: int = NOW, *, decides: bool = True, advises: bool = False) -> CaseSeen:
    stored = case(house, reference)
    return case_view.see(house.tx, house.desk, now, stored, decides=decides, advises=advises)


def test_a_customer_is_shown_with_name_and_number_and_masked_telephone(house: House) -> None:  # R46, R55
    found = seen(house, filed(house, subject=customer(house.tx, house.desk)))
    assert (found.person.name, found.person.customer_number) == ("Filan Fisteku", "A-1001")
    assert found.person.numbers == ("+383 44 *** *01",)
    assert found.person.others == ()


def test_the_other_cases_of_a_customer_are_shown_and_nobody_else_s(house: House) -> None:
    subject, other = (
        customer(house.tx, house.desk),
        customer(house.tx, house.desk, number="A-1002", phone="+38344000102"),
    )
    first, second = filed(house, subject=subject), filed(house, Action.COMPLAINT, subject=subject)
    filed(house, subject=other)
    filed(house)
    assert [found.reference for found in seen(house, first).person.others] == [second]


def test_whoever_is_not_proven_has_the_cases_of_their_conversation_only(house: House) -> None:  # R53
    customer(house.tx, house.desk)
    first, second = filed(house, conversation="c7"), filed(house, Action.COMPLAINT, conversation="c7")
    filed(house, conversation="c8")
    letter = filed(house)
    filed(house)
    person = seen(house, first).person
    assert (person.known, person.name, [one.reference for one in person.others]) == (False, "", [second])
    assert seen(house, letter).person.others == ()


def test_the_days_left_are_those_of_kosovo_and_below_zero_when_late(house: House) -> None:  # R33
    reference = filed(house)
    assert seen(house, reference).left == 33  # 7 April: the 5th is a Sunday, the 6th Easter Monday
    assert (seen(house, reference, NOW + 33 * DAY).left, seen(house, reference, NOW + 33 * DAY).late) == (0, False)
    assert (seen(house, reference, NOW + 34 * DAY).left, seen(house, reference, NOW + 34 * DAY).late) == (-1, True)


def test_while_the_clock_stands_no_day_is_lost(house: House) -> None:  # R34
    reference = filed(house, Action.COMPLAINT)
    backoffice.ask(house.tx, house.desk, office(NOW + DAY), DPO, reference, "Cilin vit?", About.SCOPE)
    bring(house, NOW + DAY)
    assert {seen(house, reference, NOW + days * DAY).left for days in (1, 20, 60)} == {32}
    assert not seen(house, reference, NOW + 60 * DAY).late


def test_words_that_came_by_letter_end_the_pause_on_the_day_they_came(house: House) -> None:  # R34
    reference = filed(house, Action.COMPLAINT)
    backoffice.ask(house.tx, house.desk, office(), DPO, reference, "Cilin vit?", About.SCOPE)
    bring(house)
    now = office(NOW + 9 * DAY)
    backoffice.add_words(house.tx, house.desk, now, DPO, reference, "Vitin 2025", NOW + 2 * DAY)
    stored = case(house, reference)
    assert stored.paused_ms == 2 * DAY
    assert [(words.at, words.text) for words in stored.body.words] == [(NOW + 2 * DAY, "Vitin 2025")]
    resumed = case_file.time_line(house.tx, house.desk, reference)[-1]
    assert (resumed.kind, resumed.at, resumed.body["resumed_at"]) == ("resumed", now.now, NOW + 2 * DAY)


def test_words_are_never_said_before_the_question_nor_after_now(house: House) -> None:  # R34
    reference = filed(house, Action.COMPLAINT)
    backoffice.ask(house.tx, house.desk, office(NOW + 3 * DAY), DPO, reference, "Cilin vit?", About.SCOPE)
    bring(house, NOW + 3 * DAY)
    backoffice.add_words(house.tx, house.desk, office(NOW + 4 * DAY), DPO, reference, "Vitin 2025", NOW + DAY)
    assert case(house, reference).paused_ms == 0
    backoffice.add_words(house.tx, house.desk, office(NOW + 4 * DAY), DPO, reference, "Edhe kjo", NOW + 9 * DAY)
    assert case(house, reference).body.words[-1].at == NOW + 4 * DAY


def test_a_target_is_told_from_a_date(house: House) -> None:  # R33
    assert seen(house, filed(house)).confirmed
    assert not seen(house, filed(house, company="beta")).confirmed


def test_the_clauses_that_apply_are_quoted_with_their_version(house: House) -> None:  # R39, R44
    (quoted,) = seen(house, filed(house, Action.DSAR_ACCESS)).clauses
    assert (quoted.clause, quoted.policy) == ("5", "alfa-1")
    assert "të nënshkruara" in quoted.quote
    assert [one.clause for one in seen(house, filed(house, Action.WITHDRAW_MARKETING)).clauses] == ["1", "2"]
    assert [one.clause for one in seen(house, filed(house, Action.OBJECT_STATISTICS)).clauses] == ["4"]


@pytest.mark.parametrize(("policy", "words"), [("alfa-1", "me pëlqimin tuaj"), ("alfa-0", "")])
def test_what_was_shown_is_quoted_as_it_stood_then(house: House, policy: str, words: str) -> None:  # R39
    basis = Basis(words="A e konfirmoni?", clauses=("1",), sha256="a" * 64, policy=policy, policy_sha256="b" * 64)
    new = NewCase(
        company="alfa", action=Action.COMPLAINT, identity=Identity.PENDING, subject=None, conversation=None,
        channel="web", body=Body(basis=basis), reply_to=ADDRESS, flags=(Flag.IDENTITY_PENDING.value,), received_at=NOW,
    )  # fmt: skip
    reference = new_reference(house.desk.randomness)
    case_file.create(house.tx, house.desk, place(), reference, new)
    (quoted,) = seen(house, reference).shown
    assert bool(quoted.quote) is bool(words)
    assert words in quoted.quote


def test_a_held_conversation_is_told_and_a_forgotten_one_is_not_there(house: House) -> None:
    conversation = talking(house)
    reference = filed(house, conversation=conversation)
    chat = seen(house, reference).chat
    assert chat is not None
    assert (chat.channel, chat.held, chat.blocked) == ("terminal", False, False)
    house.tx.run("conversations.forget", id=conversation)
    assert seen(house, reference).chat is None


def test_what_waits_to_be_sent_by_hand_comes_first(house: House) -> None:  # R58
    reference = filed(house, Action.COMPLAINT)
    backoffice.reply(house.tx, house.desk, office(), DPO, reference, "Po e shqyrtojmë.")
    assert seen(house, reference).step is Step.TAKE
    notices.deliver(house.tx, house.desk, NOW, seen(house, reference).sent[0].id)
    assert seen(house, reference).step is Step.SEND_BY_HAND


def test_a_restriction_and_the_objection_behind_it_are_shown(house: House) -> None:  # R41
    customer(house.tx, house.desk, number="A1001")
    incoming = Incoming(
        company="alfa", action=Action.OBJECT_STATISTICS, way=Way.SHOP, on=TODAY,
        words="Ndalni statistikat.", customer="A-1001", checked=backoffice.SecondProof.SHOP,
    )  # fmt: skip
    reference = backoffice_record.record(house.tx, house.desk, office(), DPO, incoming)
    found = seen(house, reference)
    assert (found.person.restricted, found.person.restricted_by) == (True, reference)
    assert found.step is Step.APPLY
    (act,) = found.person.acts
    assert (act.act, act.purposes, act.applied_at) == ("statistics.objected", ("Statistika",), None)
    (event,) = [one for one in found.open_events if one.kind == "statistics.restricted"]
    backoffice.acknowledge(house.tx, house.desk, office(NOW + MINUTE), DPO, event.id)
    assert seen(house, reference).person.acts[0].applied_at == NOW + MINUTE  # R38: u zbatua


def test_what_a_letter_stopped_at_once_stands_with_it(house: House) -> None:  # R38, R54
    incoming = Incoming(
        company="alfa", action=Action.WITHDRAW_MARKETING, way=Way.EMAIL, on=TODAY,
        words="Ndalni reklamat.", reply_to=ADDRESS,
    )  # fmt: skip
    reference = backoffice_record.record(house.tx, house.desk, office(), DPO, incoming)
    assert [act.act for act in seen(house, reference).person.acts] == ["marketing.stopped"]


def test_the_files_of_an_answer_are_shown_by_name(house: House) -> None:  # R43
    reference = filed(house, subject=proven_customer(house))
    file = Attachment(name="kopja.pdf", media_type="application/pdf", content=b"1234")
    answer_files.attach(house.tx, house.desk, office(), DPO, case(house, reference), [file])
    delivery = seen(house, reference).delivery
    assert [one.name for one in delivery.files] == ["kopja.pdf"]
    assert (delivery.erased, delivery.expires_at) == (False, None)


def test_a_case_that_was_erased_shows_no_person(house: House) -> None:  # R45
    subject = customer(house.tx, house.desk)
    reference = filed(house, subject=subject)
    house.tables.execute("UPDATE requests SET erased_at = 1, state = 'answered', closed_at = 1")
    found = seen(house, reference)
    assert (found.person.known, found.person.name, found.step) == (False, "", Step.NOTHING)


def looks(house: House) -> list[str]:
    bodies = [json.loads(row["body"]) for row in house.rows("audit")]
    return [body["details"]["who"] for body in bodies if body["act"] == "case.viewed"]


def test_whoever_looks_is_logged_once_in_ten_minutes(house: House) -> None:  # R39
    first, second = filed(house), filed(house)
    for at, who, reference in (
        (NOW, "zana", first), (NOW + 9 * MINUTE, "zana", first), (NOW, "arta", first), (NOW, "zana", second),
        (NOW + 10 * MINUTE, "zana", first),
    ):  # fmt: skip
        case_view.note_look(house.tx, house.desk, office(at), who, "alfa", reference)
    assert looks(house) == ["zana", "arta", "zana", "zana"]
    assert case_view.looked_lately(house.tx, NOW + 19 * MINUTE, "zana", first)
    assert not case_view.looked_lately(house.tx, NOW + 19 * MINUTE, "arta", first)
