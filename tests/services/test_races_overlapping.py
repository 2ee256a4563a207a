"""What holds when somebody acts while another's transaction has acted and is not committed yet, on either engine."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import DAY, MINUTE
from bot.crypto import SystemRandomness
from bot.dialogue.effects import Escalation, Flag, Redirect, ShareConversation, UseAccount
from bot.dialogue.events import CodeAccepted, Filed, NothingToShare, ProofMissing
from bot.dialogue.reply import Paragraph
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services import conversations, jobs, retention
from bot.services.casework import case_file, escalations, redirecting, requests, sharing
from bot.services.casework.requests import Stored
from bot.services.desk import Desk
from bot.services.identity import otp_limits, proofs
from bot.services.jobs import JobKind
from bot.services.knowledge import reviews
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.services.office import claims, notices
from bot.services.office.notices import NoticeKind, Route
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.storage.store import Tx
from tests.services.acting import House, customer, prove
from tests.services.asking import asked
from tests.services.asking import filed as filed_here
from tests.services.casework import ADDRESS, filed, office, talking
from tests.services.test_reviews import answer
from tests.tools import codes
from tests.tools.codes import NUMBER
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import looking, tables_of
from tests.tools.races import afterwards, overlapping

pytestmark = pytest.mark.usefixtures("both_engines")
FOREIGN_TO_IT = "Ilir Iliri"


@pytest.fixture
def desk() -> Desk:
    return replace(made_up_desk(), randomness=SystemRandomness())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "races.db"


def house(tx: Tx, desk: Desk) -> House:
    return House(tx=tx, desk=desk, tables=tables_of(tx))


def known(tx: Tx, desk: Desk) -> str:
    """A customer whom the conversations "c1" and "c2" have proven to be."""
    subject = customer(tx, desk)
    for conversation in ("c1", "c2"):
        prove(tx, desk, subject, conversation=conversation)
    return subject


# ---- a customer in two conversations, and the office -----------------------------------------------------------


def test_what_is_answered_just_now_is_not_joined_but_filed(file: Path, desk: Desk) -> None:
    def prepare(tx: Tx) -> tuple[str, str]:
        subject = known(tx, desk)
        return subject, filed_here(house(tx, desk), asked(subject)).reference

    subject, reference = afterwards(file, prepare)
    second = overlapping(
        file,
        lambda tx: tx.first("notices.close_request", reference=reference, state="answered", now=NOW),
        lambda tx: requests.file(tx, desk, place(conversation="c2"), asked(subject, join=reference)),
    )
    assert isinstance(second, Filed)
    assert (second.joined, second.case.reference != reference) == (False, True)


def test_the_second_access_of_a_year_is_seen_though_both_come_at_once(file: Path, desk: Desk) -> None:
    subject = afterwards(file, lambda tx: known(tx, desk))
    second = overlapping(
        file,
        lambda tx: requests.file(tx, desk, place(), asked(subject)),
        lambda tx: requests.file(tx, desk, place(conversation="c2"), asked(subject)),
    )
    assert isinstance(second, Filed)
    stored = afterwards(file, lambda tx: requests.load(tx, desk, second.case.reference))
    assert isinstance(stored, Stored)
    assert Flag.SECOND_ACCESS in stored.flags


def test_a_conversation_is_not_shared_for_a_case_that_is_closed_just_now(file: Path, desk: Desk) -> None:
    reference = afterwards(file, lambda tx: filed(house(tx, desk), conversation="c1"))
    told = overlapping(
        file,
        lambda tx: tx.first("notices.close_request", reference=reference, state="answered", now=NOW),
        lambda tx: sharing.share_conversation(tx, desk, place(), ShareConversation(reference=reference, up_to=None)),
    )
    assert told == NothingToShare()


def test_a_notice_goes_where_who_leaves_the_chat_just_now_wants_it(file: Path, desk: Desk) -> None:  # R58
    def prepare(tx: Tx) -> tuple[str, str, str]:
        conversation = talking(house(tx, desk))
        reference = filed(house(tx, desk), subject=customer(tx, desk), conversation=conversation)
        return conversation, reference, notices.send(tx, desk, office(), reference, NoticeKind.REPLY, "Përgjigja.")

    conversation, reference, notice = afterwards(file, prepare)

    def leave(tx: Tx) -> None:
        conversations.lock(tx, desk, conversation)
        redirecting.redirect(
            tx, desk, place(conversation=conversation), Redirect(references=(reference,), reply_to=ADDRESS)
        )
        conversations.forget(tx, conversation)

    route = overlapping(file, leave, lambda tx: notices.deliver(tx, desk, NOW, notice))
    assert route is Route.ADDRESS
    (event,) = afterwards(
        file, lambda tx: [e for e in events.open_events(tx, desk) if e.kind is EventKind.NOTICE_TO_SEND]
    )
    assert event.body["address"] == ADDRESS


def test_what_becomes_a_request_just_now_is_answered_where_its_person_wants_it(file: Path, desk: Desk) -> None:  # R58
    def prepare(tx: Tx) -> tuple[str, str]:
        conversation = talking(house(tx, desk))
        here = place(conversation=conversation)
        return conversation, escalations.open_escalation(tx, desk, here, Escalation.HAND_OFF, "alfa", "Dua një njeri.")

    conversation, identity = afterwards(file, prepare)
    redirected = overlapping(
        file,
        lambda tx: escalations.to_request(tx, desk, office(), identity, Action.CONTACT_DPO, "zana"),
        lambda tx: redirecting.redirect(
            tx, desk, place(conversation=conversation), Redirect(references=(identity,), reply_to=ADDRESS)
        ),
    )
    assert redirected.references == (identity,)
    (case,) = afterwards(file, lambda tx: requests.open_of_conversation(tx, desk, "alfa", conversation))
    assert case.reply_to == ADDRESS


# ---- two of the office -----------------------------------------------------------------------------------------


def test_an_answer_that_is_switched_off_just_now_is_not_approved(file: Path, desk: Desk) -> None:
    alfa = desk.companies["alfa"]
    edition = replace(alfa.editions[0], answers={"ofertat": answer("ofertat")})
    desk = replace(desk, companies={"alfa": replace(alfa, editions=(edition,))})
    seen = {"ofertat": reviews.digest(answer("ofertat"), edition)}

    def approve(tx: Tx) -> str:
        with contextlib.suppress(NotAllowedError):
            reviews.approve(tx, desk, office(), "leka", "alfa", seen)
            return "approved"
        return "refused"

    told = overlapping(
        file, lambda tx: reviews.switch_off(tx, desk, office(), "zana", "alfa", "ofertat", "gabim"), approve
    )
    assert told == "refused"
    assert afterwards(file, reviews.switched_off) == {("alfa", "ofertat")}


# ---- a number that changes hands -------------------------------------------------------------------------------


def accepted(tx: Tx, desk: Desk) -> UseAccount:
    """A customer whose code was accepted; returns what "c1" may do now."""
    made = codes.House(desk, tx)
    subject = made.customer()
    challenge, code = made.code()
    assert isinstance(made.redeem(challenge, code), CodeAccepted)
    return UseAccount(company="alfa", challenge=challenge, subject=subject)


def given_away(tx: Tx, desk: Desk) -> object:
    """Somebody else has the number, too."""
    row = CustomerRow(
        row=1, company="alfa", customer_number="A-2002", name=FOREIGN_TO_IT, numbers=(NUMBER,), relationship="active",
        line="personal", sim_changed={},
    )  # fmt: skip
    return importing.import_customers(tx, desk, NOW, [row])


def test_a_proof_that_is_being_begun_ends_with_its_number(file: Path, desk: Desk) -> None:  # R55
    effect = afterwards(file, lambda tx: accepted(tx, desk))
    overlapping(file, lambda tx: proofs.use_account(tx, desk, place(), effect), lambda tx: given_away(tx, desk))
    assert afterwards(file, lambda tx: proofs.live(tx, "c1", "alfa", effect.subject)) is None


def test_no_proof_is_begun_by_a_code_whose_number_is_given_away_just_now(file: Path, desk: Desk) -> None:  # R55
    effect = afterwards(file, lambda tx: accepted(tx, desk))
    proven = overlapping(
        file,
        lambda tx: given_away(tx, desk),
        lambda tx: proofs.use_account(tx, desk, place(), effect),
    )
    assert isinstance(proven, ProofMissing)


# ---- what is erased, and used again just now -------------------------------------------------------------------


def swept_while(file: Path, desk: Desk, first: Callable[[Tx], object], now: int) -> None:
    overlapping(file, first, lambda tx: retention.sweep(tx, desk, now))


def test_a_lock_that_begins_just_now_is_not_swept_away(file: Path, desk: Desk) -> None:  # R5, R45
    later = NOW + 40 * DAY
    afterwards(file, lambda tx: otp_limits.hold(tx, "k", "alfa", NOW))

    def locked(tx: Tx) -> None:
        otp_limits.hold(tx, "k", "alfa", later)
        for _ in range(desk.limits.failures):
            otp_limits.count_failure(tx, desk.limits, "k", later)

    swept_while(file, desk, locked, later)
    assert afterwards(file, lambda tx: otp_limits.hold(tx, "k", "alfa", later + 1)) == later + desk.limits.lock


def test_a_claim_that_is_taken_just_now_is_not_swept_away(file: Path, desk: Desk) -> None:
    later = NOW + DAY
    afterwards(file, lambda tx: claims.claim(tx, desk, NOW, "7K2Q-9FXA-8", "zana"))
    swept_while(file, desk, lambda tx: claims.claim(tx, desk, later, "7K2Q-9FXA-8", "leka"), later)
    now = afterwards(file, lambda tx: claims.current(tx, later, "7K2Q-9FXA-8"))
    assert now is not None
    assert now.holder == "leka"


def test_a_job_that_is_revived_just_now_is_not_swept_away(file: Path, desk: Desk) -> None:
    def dead(tx: Tx) -> str:
        identity = jobs.add(tx, desk, NOW, JobKind.SMS_SEND, {"to": "x"}, ordering_key="k", idempotency_key="i")
        (job,) = jobs.claim(tx, desk, NOW, [JobKind.SMS_SEND], 1, MINUTE)
        jobs.bury(tx, NOW, job, "sms.refused")
        return identity

    identity = afterwards(file, dead)
    swept_while(file, desk, lambda tx: jobs.revive(tx, NOW + MINUTE, identity), NOW + 4000 * DAY)
    assert afterwards(file, jobs.waiting) == 1


def test_a_question_that_is_taken_up_just_now_keeps_its_words(file: Path, desk: Desk) -> None:
    def opened(tx: Tx) -> str:
        return escalations.open_escalation(tx, desk, place(), Escalation.UNANSWERED, "alfa", "Pyetja ime")

    identity = afterwards(file, opened)
    later = NOW + 4000 * DAY
    swept_while(
        file, desk,
        lambda tx: escalations.to_request(tx, desk, office(later), identity, Action.DSAR_ACCESS, "zana"),
        later,
    )  # fmt: skip
    with looking(file) as tables:
        (row,) = tables.rows("escalations")
    assert (row["state"], bool(row["body_sealed"])) == ("converted", True)


def test_a_conversation_that_is_written_to_just_now_stays(file: Path, desk: Desk) -> None:  # R58
    conversation = afterwards(file, lambda tx: talking(house(tx, desk)))
    later = NOW + 4000 * DAY

    def write(tx: Tx) -> object:
        return conversations.append(tx, desk, later, conversation, "dpo", [Paragraph(text="Përgjigja.")])

    swept_while(file, desk, write, later)
    assert afterwards(file, lambda tx: conversations.find(tx, desk, "terminal", "one")) == conversation


def test_who_comes_back_just_now_keeps_the_conversation(file: Path, desk: Desk) -> None:  # R45
    conversation = afterwards(file, lambda tx: talking(house(tx, desk)))
    later = NOW + 4000 * DAY

    def comes_back(tx: Tx) -> None:
        held = conversations.take(tx, desk, later, "terminal", "one")
        conversations.keep(tx, desk, later, held, last_seq=0, state="open", form=b"{}", company=None, proven=False)

    swept_while(file, desk, comes_back, later)
    assert afterwards(file, lambda tx: conversations.find(tx, desk, "terminal", "one")) == conversation


def test_a_case_keeps_the_order_of_its_lines_when_the_office_and_the_customer_write(file: Path, desk: Desk) -> None:
    reference = afterwards(file, lambda tx: filed(house(tx, desk)))
    number = overlapping(
        file,
        lambda tx: case_file.note(tx, desk, NOW, reference, "noted", "zana", {"text": "…"}),
        lambda tx: case_file.note(tx, desk, NOW, reference, "noted", "leka", {"text": "…"}),
    )
    assert number == 3
