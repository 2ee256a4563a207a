"""What holds when many act at once, by turns on three stores as of three replicas, on either engine."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import DAY, MINUTE
from bot.crypto import SystemRandomness
from bot.dialogue.effects import AddToCase, Grant, ObjectStatistics, OpenChallenge, Withdraw
from bot.dialogue.events import ActDone, CodeRefused, CodeUnderWay, Why
from bot.dialogue.reply import Paragraph
from bot.services import conversations, jobs
from bot.services.casework import requests
from bot.services.decisions import consents, objections
from bot.services.desk import Desk
from bot.services.identity import otp, sessions
from bot.services.jobs import JobKind
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.services.office import backoffice_close, notices, submissions
from bot.services.office.backoffice_close import Decision, Grounds, Outcome
from bot.services.office.submissions import Done, NotedMeanwhileError
from bot.services.outward import webhooks
from bot.services.programs import leases
from bot.services.programs.leases import Lease
from bot.services.records import audit
from bot.storage.store import Tx
from tests.services.acting import FILAN, SHOWN, House, customer, prove
from tests.services.asking import asked
from tests.services.asking import filed as filed_here
from tests.services.casework import DPO, bring, filed, office, talking
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import looking, tables_of
from tests.tools.races import afterwards, all_at_once

pytestmark = pytest.mark.usefixtures("both_engines")
MANY, REPLICAS = 16, 3
REJECTED = Decision(outcome=Outcome.REJECTED, grounds=Grounds.COMPELLING, text="Arsyet tona janë këto.", clause="4")


@pytest.fixture
def desk() -> Desk:
    return replace(made_up_desk(), randomness=SystemRandomness())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "races.db"


def house(tx: Tx, desk: Desk) -> House:
    return House(tx=tx, desk=desk, tables=tables_of(tx))


def several(file: Path, works: list[Callable[[Tx], object]]) -> list[object]:
    return all_at_once(file, works, stores=REPLICAS)


def known_in_many(file: Path, desk: Desk) -> str:
    """A customer whom conversations "c0" … "c15" have proven to be; returns the subject."""

    def prepare(tx: Tx) -> str:
        subject = customer(tx, desk)
        for number in range(MANY):
            prove(tx, desk, subject, conversation=f"c{number}")
        return subject

    return afterwards(file, prepare)


def test_consents_are_numbered_one_after_the_other(file: Path, desk: Desk) -> None:  # R59
    subject = known_in_many(file, desk)

    def act(number: int) -> Callable[[Tx], object]:
        here = place(conversation=f"c{number}")
        if number % 2:
            effect = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
            return lambda tx: consents.withdraw(tx, desk, here, effect)
        granted = Grant(company="alfa", subject=subject, purposes=("offers",), shown=SHOWN)
        return lambda tx: consents.grant(tx, desk, here, granted)

    done = several(file, [act(number) for number in range(MANY)])
    assert all(isinstance(each, ActDone) for each in done)
    with looking(file) as tables:
        assert sorted(row["seq"] for row in tables.rows("consents")) == list(range(1, MANY + 1))
        assert sorted(row["seq"] for row in tables.rows("events")) == list(range(1, MANY + 1))


def test_the_lines_of_a_case_are_numbered_one_after_the_other(file: Path, desk: Desk) -> None:
    subject = known_in_many(file, desk)
    reference = afterwards(
        file, lambda tx: filed_here(house(tx, desk), asked(subject), place(conversation="c0"))
    ).reference
    effect = AddToCase(reference=reference, words="Edhe diçka.")
    works: list[Callable[[Tx], object]] = [
        lambda tx, n=n: requests.add_words(tx, desk, place(conversation=f"c{n}"), effect)  # type: ignore[misc]
        for n in range(MANY)
    ]
    several(file, works)
    with looking(file) as tables:
        assert sorted(row["seq"] for row in tables.rows("request_events")) == list(range(1, MANY + 2))


def test_messages_are_numbered_without_a_gap_whoever_writes(file: Path, desk: Desk) -> None:  # R49
    conversation = afterwards(file, lambda tx: talking(house(tx, desk)))

    def write(tx: Tx) -> object:
        return conversations.append(tx, desk, NOW, conversation, "dpo", [Paragraph(text="Përgjigja.")])

    several(file, [write] * MANY)
    with looking(file) as tables:
        assert sorted(row["seq"] for row in tables.rows("messages")) == list(range(1, MANY + 1))


def test_one_conversation_is_made_of_an_address(file: Path, desk: Desk) -> None:
    works: list[Callable[[Tx], object]] = [lambda tx: conversations.take(tx, desk, NOW, "terminal", "a")] * MANY
    taken = several(file, works)
    assert len({held.id for held in taken}) == 1  # type: ignore[attr-defined]
    assert sorted(held.version for held in taken) == list(range(1, MANY + 1))  # type: ignore[attr-defined]


def test_a_job_is_added_once_and_claimed_once_and_a_key_is_held_once(file: Path, desk: Desk) -> None:
    def add(number: int) -> Callable[[Tx], object]:
        return lambda tx: jobs.add(
            tx, desk, NOW, JobKind.SMS_SEND, {"number": number}, ordering_key=f"k{number % 4}",
            idempotency_key=f"i{number % 8}",
        )  # fmt: skip

    added = several(file, [add(number) for number in range(2 * MANY)])
    assert len(set(added)) == 8
    claim: Callable[[Tx], object] = lambda tx: jobs.claim(tx, desk, NOW, [JobKind.SMS_SEND], 2, MINUTE)  # noqa: E731
    claimed = [job for some in several(file, [claim] * MANY) for job in some]  # type: ignore[attr-defined]
    assert len(claimed) == len({job.id for job in claimed}) == len({job.ordering_key for job in claimed}) == 4


def test_a_due_restriction_is_lifted_once(file: Path, desk: Desk) -> None:  # R41
    subject = known_in_many(file, desk)

    def rejected(tx: Tx) -> None:
        effect = ObjectStatistics(company="alfa", subject=subject, withdraws=(), shown=SHOWN)
        done = objections.object_statistics(tx, desk, place(conversation="c0"), effect)
        assert isinstance(done, ActDone)
        backoffice_close.decide(tx, desk, office(), DPO, done.reference, REJECTED)
        bring(house(tx, desk))

    afterwards(file, rejected)
    lift: Callable[[Tx], object] = lambda tx: notices.lift_due(tx, desk, NOW + 60 * DAY)  # noqa: E731
    several(file, [lift] * MANY)
    with looking(file) as tables:
        assert [row["act"] for row in tables.rows("audit")].count("statistics.lifted") == 1
        (row,) = tables.rows("subjects")
        assert row["statistics_restricted"] == 0


def test_a_company_s_hour_is_never_overfull(file: Path, desk: Desk) -> None:  # R10
    desk = replace(desk, limits=replace(desk.limits, company_hour=5))
    works: list[Callable[[Tx], object]] = [
        lambda tx, n=n: otp.open_challenge(  # type: ignore[misc]
            tx, desk, place(conversation=f"c{n}"), OpenChallenge(company="alfa", typed=f"+383441002{n:02d}")
        )
        for n in range(2 * MANY)
    ]
    told = several(file, works)
    assert Counter(type(answer) for answer in told) == {CodeUnderWay: 5, CodeRefused: 2 * MANY - 5}
    assert {answer.why for answer in told if isinstance(answer, CodeRefused)} == {Why.BUSY}


def test_a_ticket_gives_one_token(file: Path, desk: Desk) -> None:  # R19
    def begin(tx: Tx) -> tuple[sessions.Session, str]:
        found = sessions.find(tx, desk, "alfa", sessions.begin(tx, desk, NOW, "alfa"))
        assert found is not None
        return found, sessions.ticket(tx, desk, NOW, found.id)

    session, ticket = afterwards(file, begin)
    given = several(file, [lambda tx: sessions.renew(tx, desk, NOW, session, ticket)] * MANY)
    assert sum(token is not None for token in given) == 1


def test_a_form_that_is_sent_many_times_is_noted_once(file: Path, desk: Desk) -> None:  # R31
    def submit(tx: Tx) -> bool:
        if submissions.earlier(tx, desk, "zana", "k", b"form"):
            return False
        try:
            submissions.note(tx, desk, NOW, "zana", "k", b"form", Done(status=200, answer=""))
        except NotedMeanwhileError:
            return False
        return True

    assert several(file, [submit] * MANY).count(True) == 1


def test_a_program_gets_the_lease_of_a_case_alone(file: Path, desk: Desk) -> None:
    reference = afterwards(file, lambda tx: filed(house(tx, desk)))
    works: list[Callable[[Tx], object]] = [
        lambda tx, n=n: leases.take(tx, desk, NOW, reference, f"p{n}")  # type: ignore[misc]
        for n in range(MANY)
    ]
    assert sum(isinstance(told, Lease) for told in several(file, works)) == 1


def test_a_list_that_is_imported_many_times_at_once_is_on_file_once(file: Path, desk: Desk) -> None:
    rows = [
        CustomerRow(row=n, company="alfa", customer_number=f"A-{n}", name="Filan",
                    numbers=(FILAN, f"+383441003{n:02d}"), relationship="active", line="personal", sim_changed={})
        for n in range(8)
    ]  # fmt: skip
    several(file, [lambda tx: importing.import_customers(tx, desk, NOW, rows)] * 6)
    with looking(file) as tables:
        assert (tables.count("subjects"), tables.count("numbers")) == (8, 16)


def test_the_chain_has_every_entry_once_whoever_seals(file: Path, desk: Desk) -> None:  # R47
    def write(number: int) -> Callable[[Tx], object]:
        return lambda tx: audit.write(tx, desk, place(NOW + number), audit.Act.REQUEST_TAKEN, company="alfa")

    def seal(number: int) -> Callable[[Tx], object]:
        return lambda tx: audit.seal_chain(tx, desk, NOW + DAY * number, f"s{number}")

    several(file, [work for n in range(MANY) for work in (write(n), seal(n))])
    afterwards(file, lambda tx: audit.seal_chain(tx, desk, NOW + DAY * MANY, "last"))
    verdict = afterwards(file, lambda tx: audit.verify(tx, desk, []))
    assert (verdict.sealed, verdict.unsealed, verdict.faults) == (MANY, 0, ())


def test_each_event_is_posted_once_whoever_looks(file: Path, desk: Desk) -> None:  # R30
    def prepare(tx: Tx) -> None:
        webhooks.add(tx, desk, office(), "zana", "https://crm.shembull.example/ngjarje", "alfa")
        for _ in range(5):
            filed(house(tx, desk))

    afterwards(file, prepare)
    several(file, [lambda tx: webhooks.fan_out(tx, desk, NOW)] * MANY)
    with looking(file) as tables:
        assert tables.count("jobs") == 5
        assert [row["value"] for row in tables.rows("counters", "name <> 'events'")] == [5]
