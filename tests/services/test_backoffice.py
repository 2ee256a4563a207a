"""What the office may do on a case before it is decided, and what no rule lets it do."""

import datetime as dt
import json
from collections.abc import Callable

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.office import backoffice, backoffice_close, backoffice_view, notices
from bot.services.office.backoffice import About, SecondProof
from bot.services.office.backoffice_close import Decision, Outcome, Part
from bot.services.office.notice_effects import Effect
from bot.services.office.notice_texts import Kept
from bot.services.office.notices import NoticeKind
from bot.services.records import events
from bot.services.records.events import EventKind
from tests.services.acting import FILAN, House, customer, made_up_house
from tests.services.casework import DPO, bring, case, filed, office, state, told
from tests.tools.desks import NOW

MONTH_OVER = NOW + 32 * DAY


@pytest.fixture
def house() -> House:
    return made_up_house()


def ask(house: House, reference: str, about: About, now: int = NOW, text: str = "Cilin vit e keni fjalën?") -> str:
    return backoffice.ask(house.tx, house.desk, office(now), DPO, reference, text, about)


def extend(house: House, reference: str, now: int = NOW, until: dt.date | None = None) -> str:
    return backoffice.extend(house.tx, house.desk, office(now), DPO, reference, "Janë shumë dokumente", until)


def resume(house: House, reference: str, now: int) -> None:
    case_file.resume(house.tx, house.desk, office(now), case(house, reference))


# ---- the matrix: state × act --------------------------------------------------------------------------------

Act = Callable[[House, str], object]

ACTS: dict[str, Act] = {
    "take": lambda h, r: backoffice.take(h.tx, h.desk, office(), DPO, r),
    "hand over": lambda h, r: backoffice.hand_over(h.tx, h.desk, office(), DPO, r),
    "reply": lambda h, r: backoffice.reply(h.tx, h.desk, office(), DPO, r, "Po e shqyrtojmë."),
    "ask": lambda h, r: ask(h, r, About.SCOPE),
    "extend": extend,
    "proof": lambda h, r: backoffice.prove(h.tx, h.desk, office(), DPO, r, SecondProof.SHOP),
    "warn": lambda h, r: backoffice.warn_of_fee(h.tx, h.desk, office(), DPO, r, "5 €", "E përsëritur"),
    "words": lambda h, r: backoffice.add_words(h.tx, h.desk, office(), DPO, r, "Vitin 2025"),
    "note": lambda h, r: backoffice.note(h.tx, h.desk, office(), DPO, r, "U fol me arkivin"),
    "answer": lambda h, r: backoffice_close.answer(h.tx, h.desk, office(), DPO, r, "U korrigjua."),
    "partly": lambda h, r: backoffice_close.partly(h.tx, h.desk, office(), DPO, r, Part(reasons="S'ka prova")),
    "refuse": lambda h, r: backoffice_close.refuse(h.tx, h.desk, office(), DPO, r, "S'ka prova"),
    "decide": lambda h, r: backoffice_close.decide(h.tx, h.desk, office(), DPO, r, Decision(outcome=Outcome.UPHELD)),
}


def _in(house: House, wanted: str) -> str:
    """A correction, in a state that was reached by the services themselves."""
    reference = filed(house, Action.DSAR_RECTIFICATION, subject=customer(house.tx, house.desk))
    if wanted == "received":
        return reference
    backoffice.take(house.tx, house.desk, office(), DPO, reference)
    if wanted == "withdrawn":
        house.tx.run("requests.take_back", reference=reference, now=NOW)
    reaches = {"waiting": "ask", "extended": "extend", "closing": "refuse"}
    reaches |= {"answered": "answer", "partly": "partly", "refused": "refuse"}
    if wanted in reaches:
        ACTS[reaches[wanted]](house, reference)
    if wanted != "closing":
        bring(house)
    return reference


_OPEN = ["take", "hand over", "reply", "ask", "extend", "proof", "warn", "words", "note", "answer", "partly", "refuse"]
_LEFT = ["reply", "words", "note"]
MATRIX = {
    "received": _OPEN,
    "in_progress": _OPEN,
    "waiting": [act for act in _OPEN if act != "ask"],
    "extended": [act for act in _OPEN if act != "extend"],
    "closing": ["take", "hand over", "proof", *_LEFT],  # its refusal is on its way
    "answered": _LEFT,
    "partly": _LEFT,
    "refused": _LEFT,
    "withdrawn": _LEFT,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("wanted", MATRIX)
def test_in_each_state_only_these_acts_are_possible(house: House, wanted: str, act: str) -> None:
    reference = _in(house, wanted)
    before = [house.rows(table) for table in ("requests", "notices", "request_events", "events", "audit")]
    if act in MATRIX[wanted]:
        ACTS[act](house, reference)
        return
    with pytest.raises(NotAllowedError):
        ACTS[act](house, reference)
    assert [house.rows(t) for t in ("requests", "notices", "request_events", "events", "audit")] == before


def test_each_state_is_reached(house: House) -> None:
    for wanted in set(MATRIX) - {"closing"}:
        house = made_up_house()
        assert state(house, _in(house, wanted)) == wanted


def test_an_unknown_reference_is_told(house: House) -> None:
    with pytest.raises(NotAllowedError, match="There is no request"):
        backoffice.note(house.tx, house.desk, office(), DPO, "7K2Q-9FXA-4", "Diçka")


# ---- who sees to it -----------------------------------------------------------------------------------------


def test_a_case_is_one_persons_until_it_is_handed_over(house: House) -> None:
    reference = filed(house)
    backoffice.take(house.tx, house.desk, office(), "zana", reference)
    backoffice.take(house.tx, house.desk, office(), "zana", reference)
    with pytest.raises(NotAllowedError, match="zana sees to request"):
        backoffice.take(house.tx, house.desk, office(), "agron", reference)
    backoffice.hand_over(house.tx, house.desk, office(), "agron", reference)
    assert (case(house, reference).taken_by, state(house, reference)) == ("agron", CaseState.IN_PROGRESS)
    entry = case_file.time_line(house.tx, house.desk, reference)[-1]
    assert (entry.kind, entry.who, entry.body["from"]) == ("taken", "agron", "zana")


def test_who_acts_on_a_case_that_nobody_has_takes_it(house: House) -> None:
    reference = filed(house)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    assert (case(house, reference).taken_by, state(house, reference)) == (DPO, CaseState.IN_PROGRESS)


def test_every_act_leaves_who_did_it_in_audit_time_line_and_event(house: House) -> None:  # R39
    reference = filed(house)
    backoffice.take(house.tx, house.desk, office(), DPO, reference)
    body = json.loads(house.rows("audit")[-1]["body"])
    assert (body["act"], body["details"]["who"], body["channel"]) == ("request.taken", DPO, "office")
    assert case_file.time_line(house.tx, house.desk, reference)[-1].who == DPO
    event = events.open_events(house.tx, house.desk)[-1]
    assert event.kind is EventKind.REQUEST_CHANGED
    assert event.body == {"act": "taken", "state": "in_progress", "who": DPO}


def test_words_stand_on_the_time_line_and_never_in_audit_or_event(house: House) -> None:  # R32, R39
    reference = filed(house)
    backoffice.note(house.tx, house.desk, office(), DPO, reference, "Thirrur në shtëpi")
    assert case_file.time_line(house.tx, house.desk, reference)[-1].body["text"] == "Thirrur në shtëpi"
    assert "shtëpi" not in json.dumps(house.rows("audit"), ensure_ascii=False)
    assert "shtëpi" not in json.dumps(events.open_events(house.tx, house.desk)[-1].body, ensure_ascii=False)


# ---- questions and the clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(("about", "pauses"), [(About.IDENTITY, True), (About.SCOPE, True), (About.OTHER, False)])
def test_only_identity_and_scope_stop_the_clock_and_from_the_delivery_on(
    house: House,
    about: About,
    pauses: bool,  # noqa: FBT001  a table of cases
) -> None:  # R34
    reference = filed(house)
    ask(house, reference, about)
    assert (state(house, reference), case(house, reference).paused_at) == (CaseState.WAITING, None)
    bring(house, NOW + HOUR)
    assert case(house, reference).paused_at == (NOW + HOUR if pauses else None)
    assert ("nuk llogaritet në afat" in told(house, reference).text) is pauses


def test_both_stamps_of_a_pause_are_kept_and_move_the_date(house: House) -> None:  # R33, R34
    reference = filed(house)
    assert case(house, reference).due_date == dt.date(2026, 4, 7)  # 5 April is a Sunday, the 6th Easter Monday
    ask(house, reference, About.SCOPE)
    bring(house, NOW + HOUR)
    resume(house, reference, NOW + HOUR + 10 * DAY)
    body = case_file.time_line(house.tx, house.desk, reference)[-1].body
    assert (body["paused_at"], body["resumed_at"]) == (NOW + HOUR, NOW + HOUR + 10 * DAY)
    assert case(house, reference).due_date == dt.date(2026, 4, 15)
    assert state(house, reference) is CaseState.IN_PROGRESS


def test_an_answer_that_came_by_another_way_ends_the_wait(house: House) -> None:  # R34
    reference = filed(house)
    ask(house, reference, About.SCOPE)
    bring(house)
    backoffice.add_words(house.tx, house.desk, office(NOW + 10 * DAY), DPO, reference, "Vitin 2025")
    assert (state(house, reference), case(house, reference).due_date) == (CaseState.IN_PROGRESS, dt.date(2026, 4, 15))
    assert [words.text for words in case(house, reference).body.words] == ["Vitin 2025"]


def test_the_clock_can_no_longer_stop_when_the_month_is_over(house: House) -> None:  # R34
    reference = filed(house)
    with pytest.raises(NotAllowedError, match=r"R34: the clock may stop only inside the first month"):
        ask(house, reference, About.SCOPE, MONTH_OVER)
    ask(house, reference, About.OTHER, MONTH_OVER)
    bring(house, MONTH_OVER)
    assert case(house, reference).paused_at is None


@pytest.mark.parametrize(
    "text",
    ["Na dërgoni një kopje të letërnjoftimit", "Fotografoni pasaportën, ju lutem", "Na duhet karta e identitetit."],
)
def test_a_proven_customer_is_never_asked_for_an_identity_document(house: House, text: str) -> None:  # R37
    reference = filed(house, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="R37"):
        ask(house, reference, About.IDENTITY, text=text)
    with pytest.raises(NotAllowedError, match="R37"):
        backoffice.reply(house.tx, house.desk, office(), DPO, reference, text)
    assert house.rows("notices") == []


# ---- extending ----------------------------------------------------------------------------------------------


def test_an_extension_is_in_force_when_it_was_told_and_not_before(house: House) -> None:  # R34, R58
    reference = filed(house)
    extend(house, reference)
    assert (state(house, reference), case(house, reference).extended_to) == (CaseState.IN_PROGRESS, None)
    bring(house, NOW + DAY)
    assert (state(house, reference), case(house, reference).extended_to) == (CaseState.EXTENDED, dt.date(2026, 6, 5))


def test_an_extension_tells_its_reasons_and_the_new_date(house: House) -> None:  # R34
    reference = filed(house)
    extend(house, reference)
    assert told(house, reference).text == (
        f"Për kërkesën {reference} na duhet më shumë kohë. Arsyeja: Janë shumë dokumente. "
        "Përgjigjen do ta merrni deri më 5 qershor 2026."
    )


def test_no_date_is_told_before_the_rule_is_confirmed_unless_a_person_names_it(house: House) -> None:  # R33, R44
    first, second = filed(house, company="beta"), filed(house, company="beta")
    extend(house, first)
    assert "brenda afatit ligjor të zgjatur" in told(house, first).text
    assert "2026" not in told(house, first).text
    extend(house, second, until=dt.date(2026, 5, 4))
    assert "deri më 4 maj 2026" in told(house, second).text


def test_a_case_is_extended_once(house: House) -> None:  # R34
    reference = filed(house)
    extend(house, reference)
    for _ in range(2):  # while the notice is on its way, and when it has arrived
        with pytest.raises(NotAllowedError, match="possible once"):
            extend(house, reference)
        bring(house)


def test_an_extension_comes_inside_the_first_month(house: House) -> None:  # R34
    reference = filed(house)
    with pytest.raises(NotAllowedError, match="only inside the first month"):
        extend(house, reference, MONTH_OVER)


def test_a_pause_lengthens_the_first_month(house: House) -> None:  # R34
    reference = filed(house)
    ask(house, reference, About.SCOPE)
    bring(house)
    extend(house, reference, MONTH_OVER)


@pytest.mark.parametrize("until", [dt.date(2026, 4, 7), dt.date(2026, 6, 6), dt.date(2020, 1, 1)])
def test_an_extension_ends_between_the_first_date_and_two_months_on(house: House, until: dt.date) -> None:  # R34
    reference = filed(house)
    with pytest.raises(NotAllowedError, match="by 2 months at most"):
        extend(house, reference, until=until)


@pytest.mark.parametrize("blank", ["", "   "])
def test_an_extension_needs_reasons(house: House, blank: str) -> None:  # R34
    with pytest.raises(NotAllowedError, match=r"reasons \(R34\)"):
        backoffice.extend(house.tx, house.desk, office(), DPO, filed(house), blank)


# ---- proofs -------------------------------------------------------------------------------------------------


def test_of_a_second_proof_only_its_way_is_kept(house: House) -> None:  # R17, R37
    reference = filed(house)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)
    assert case(house, reference).second_proof == "shop"
    assert case_file.time_line(house.tx, house.desk, reference)[-1].body == {"text": "", "checked": "shop"}


def test_a_call_back_proves_nothing_after_a_sim_change(house: House) -> None:  # R13
    reference = filed(house, subject=customer(house.tx, house.desk))
    house.tables.execute("UPDATE numbers SET sim_changed_on = '2026-03-04'")
    with pytest.raises(NotAllowedError, match="R13"):
        backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.CALL_BACK)
    backoffice.prove(house.tx, house.desk, office(), DPO, reference, SecondProof.SHOP)


# ---- fees ---------------------------------------------------------------------------------------------------


def _fee(house: House, reference: str) -> str:
    return backoffice.decide_fee(house.tx, house.desk, office(), DPO, reference, "5 €", "E dyta këtë vit")


def test_a_fee_is_decided_only_after_a_warning_was_delivered(house: House) -> None:  # R36
    reference = filed(house)
    with pytest.raises(NotAllowedError, match="R36: a request is free"):
        _fee(house, reference)
    backoffice.warn_of_fee(house.tx, house.desk, office(), DPO, reference, "5 €", "E dyta këtë vit")
    assert "Kërkesat janë falas." in told(house, reference).text
    with pytest.raises(NotAllowedError, match="R36"):
        _fee(house, reference)
    bring(house)
    _fee(house, reference)
    assert "5 €" in told(house, reference).text
    assert "gjykatës" in told(house, reference).text
    assert json.loads(house.rows("audit")[-1]["body"])["details"]["decision"] == "fee"


def test_stopping_marketing_costs_nothing(house: House) -> None:  # R36, R40
    reference = filed(house, Action.WITHDRAW_MARKETING)
    with pytest.raises(NotAllowedError, match="R40"):
        backoffice.warn_of_fee(house.tx, house.desk, office(), DPO, reference, "5 €", "Arsye")


# ---- texts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [f"Numri juaj {FILAN}", "Numri 044 000 101 u hoq", "Klienti A-1001 u fshi."])
def test_a_notice_carries_no_number_of_the_customer(house: House, text: str) -> None:  # R43
    reference = filed(house, subject=customer(house.tx, house.desk))
    with pytest.raises(NotAllowedError, match="R43"):
        backoffice.reply(house.tx, house.desk, office(), DPO, reference, text)
    backoffice.reply(house.tx, house.desk, office(), DPO, reference, "U hoq më 4 prill 2026.")


@pytest.mark.parametrize("number", ["044 123 456", "1234567890", "XK05 1212 0123 4567 8906", "4111 1111 1111 1111"])
def test_no_number_of_a_person_stands_in_anything_that_is_told(house: House, number: str) -> None:  # R43
    tx, desk, text = house.tx, house.desk, f"Ju gjetëm me {number} te ne"
    access, objection = filed(house), filed(house, Action.DSAR_OBJECTION)
    erasure = filed(house, Action.DSAR_ERASURE, subject=customer(tx, desk))
    uphold = Decision(outcome=Outcome.UPHELD, text=text)
    told: list[Callable[[], object]] = [
        lambda: backoffice.reply(tx, desk, office(), DPO, access, text),
        lambda: ask(house, access, About.OTHER, text=text),
        lambda: backoffice.extend(tx, desk, office(), DPO, access, text),
        lambda: backoffice.warn_of_fee(tx, desk, office(), DPO, access, "5 €", text),
        lambda: backoffice.warn_of_fee(tx, desk, office(), DPO, access, number, "E përsëritur"),
        lambda: backoffice_close.refuse(tx, desk, office(), DPO, access, text),
        lambda: backoffice_close.answer(tx, desk, office(), DPO, erasure, text),
        lambda: backoffice_close.partly(tx, desk, office(), DPO, erasure, Part(kept=(_kept(what=text),))),
        lambda: backoffice_close.partly(tx, desk, office(), DPO, erasure, Part(kept=(_kept(until=text),))),
        lambda: backoffice_close.decide(tx, desk, office(), DPO, objection, uphold),
    ]
    for act in told:
        with pytest.raises(NotAllowedError, match="R43") as refused:
            act()
        assert number not in str(refused.value)  # R32
    assert house.rows("notices") == []


def _kept(what: str = "faturat", until: str = "5 vjet") -> Kept:
    return Kept(what=what, clause="3", until=until)


# ---- what the office sees -----------------------------------------------------------------------------------


def test_the_queue_shows_what_is_late_and_never_a_closed_case(house: House) -> None:  # R33
    late, closed = filed(house), filed(house)
    notice = notices.send(
        house.tx, house.desk, office(), closed, NoticeKind.ANSWER, "U krye.", Effect(closes=CaseState.ANSWERED)
    )
    notices.delivered(house.tx, house.desk, NOW, notice, "address")
    (row,) = backoffice_view.queue(house.tx, house.desk, MONTH_OVER + 2 * DAY, late=True)
    assert (row.reference, row.late, row.due_on) == (late, True, "2026-04-07")
    assert backoffice_view.queue(house.tx, house.desk, NOW, late=True) == []
    rows = backoffice_view.export(house.tx, house.desk, MONTH_OVER + 2 * DAY)
    assert {row.reference: row.late for row in rows} == {late: True, closed: False}


def test_a_date_whose_rule_is_not_confirmed_is_a_target(house: House) -> None:  # R33
    filed(house)
    filed(house, company="beta")
    rows = backoffice_view.queue(house.tx, house.desk, NOW)
    assert {row.company: row.confirmed for row in rows} == {"alfa": True, "beta": False}
    assert len({row.due_on for row in rows}) == 1


def test_one_case_is_shown_whole(house: House) -> None:
    reference = filed(house, subject=customer(house.tx, house.desk), words="Dua kopjen e të dhënave", fields={"a": "b"})
    backoffice.reply(house.tx, house.desk, office(), DPO, reference, "Po e shqyrtojmë")
    shown = backoffice_view.show(house.tx, house.desk, NOW, reference)
    assert shown["words"] == [{"at": "2026-03-05T09:00:00Z", "text": "Dua kopjen e të dhënave"}]
    assert (shown["customer"], shown["name"], shown["fields"]) == ("A-1001", "Filan Fisteku", {"a": "b"})
    assert [entry["kind"] for entry in shown["time_line"]] == ["filed", "replied"]
    assert shown["notices"][0]["text"] == f"Për kërkesën {reference}: Po e shqyrtojmë."
    assert json.dumps(shown)
