"""What is erased when its time is over, to the millisecond, and what stays."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.limits import Limits
from bot.services import jobs, retention
from bot.services.jobs import JobKind
from bot.services.records import audit
from bot.services.staff import account_changes, accounts, recovery
from bot.services.staff.passwords import Passwords
from bot.services.staff.roles import Role
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import scratch

Rows = dict[str, str | int | None]


class House:
    """A database in which rows of any table can be put, as old as one likes."""

    def __init__(self, limits: Limits | None = None) -> None:
        empty = scratch()
        self.tx, self.tables = empty.tx, empty.tables
        self.desk = made_up_desk(limits=limits)

    def put(self, table: str, **columns: str | int | None) -> None:
        self.tables.insert(table, columns)

    def rows(self, table: str) -> list[Rows]:
        return self.tables.rows(table)

    def sweep(self, now: int) -> dict[str, int]:
        return dict(retention.sweep(self.tx, self.desk, now))

    def conversation(self, identity: str = "c1", *, proven: int = 0, last_at: int = NOW) -> None:
        self.put(
            "conversations",
            id=identity,
            channel="telegram",
            address_hash=f"hash-{identity}",
            address_sealed="k1.address",
            version=3,
            last_seq=2,
            state="code",
            form_sealed="k1.form",
            proven=proven,
            created_at=last_at,
            last_at=last_at,
        )
        for seq in (1, 2):
            self.put("messages", conversation=identity, seq=seq, sender="you", body_sealed="k1.said", at=last_at)
        self.put("inbox", conversation=identity, message_id="m1", first_seq=1, last_seq=2, at=last_at)

    def request(self, reference: str = "R1", *, closed_at: int | None = None, conversation: str | None = "c1") -> None:
        self.put(
            "requests",
            reference=reference,
            company="alfa",
            kind="dsar_access",
            state="answered" if closed_at else "received",
            proof="pending",
            conversation=conversation,
            channel="web",
            body_sealed="k1.body",
            address_sealed="k1.mail",
            flags="[]",
            received_at=NOW,
            due_on="2026-04-05",
            due_rule="x",
            closed_at=closed_at,
        )
        self.put(
            "request_events", reference=reference, seq=1, kind="filed", who="customer", body_sealed="k1.words", at=NOW
        )
        delivered_at = closed_at
        self.put(
            "notices",
            id=f"n-{reference}",
            reference=reference,
            kind="answer",
            effect="{}",
            body_sealed="k1.answer",
            created_at=NOW,
            delivered_at=delivered_at,
        )

    def receipt(self, conversation: str = "c1") -> None:
        self.put(
            "receipts",
            reference="E1",
            act="withdraw",
            company="alfa",
            subject="s1",
            conversation=conversation,
            channel="web",
            record_sealed="k1.record",
            at=NOW,
        )

    def job(self, identity: str, state: str, settled_at: int | None, expires_at: int | None = None) -> None:
        self.put(
            "jobs",
            id=identity,
            seq=1,
            kind="sms.send",
            ordering_key=identity,
            idempotency_key=identity,
            payload_sealed="k1.payload",
            state=state,
            not_before=NOW,
            expires_at=expires_at,
            created_at=NOW,
            settled_at=settled_at,
        )


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One kind of row: how it is put at NOW, the table it is looked for in, and how long it is kept."""

    put: Callable[[House], None]
    table: str
    life: int


def _message(house: House) -> None:
    house.put("messages", conversation="c9", seq=1, sender="you", body_sealed="k1.x", at=NOW)


def _inbox(house: House) -> None:
    house.put("inbox", conversation="c9", message_id="m", first_seq=1, last_seq=1, at=NOW)


def _challenge(house: House) -> None:
    house.put(
        "challenges",
        id="h1",
        conversation="c9",
        company="alfa",
        contact_hash="x",
        code_hash="x",
        state="used",
        created_at=NOW,
        expires_at=NOW + 5 * MINUTE,
    )


def _challenge_subject(house: House) -> None:
    _challenge(house)
    house.put("challenge_subjects", challenge="h1", subject="s1")


def _sending(house: House) -> None:
    house.put("sendings", scope="number", key_hash="x", at=NOW, challenge="h1")


def _failure(house: House) -> None:
    house.put("failures", key_hash="x", company="alfa", count=3, updated_at=NOW)


def _proof(house: House) -> None:
    house.put(
        "proofs",
        id="p1",
        conversation="c9",
        company="alfa",
        subject="s1",
        number_hash="x",
        shared=0,
        proven_at=NOW,
        ended_at=NOW,
    )


def _update(house: House, state: str) -> None:
    house.put("updates", bot="alfa", update_id=1, chat_hash="x", payload_sealed="", state=state, received_at=NOW)


LIVES = {
    "transcript": Kept(put=_message, table="messages", life=30 * DAY),
    "taken messages": Kept(put=_inbox, table="inbox", life=30 * DAY),
    "unproven conversation": Kept(put=lambda h: h.conversation(), table="conversations", life=24 * HOUR),
    "messages of an unproven conversation": Kept(put=lambda h: h.conversation(), table="messages", life=24 * HOUR),
    "taken messages of it": Kept(put=lambda h: h.conversation(), table="inbox", life=24 * HOUR),
    "proven conversation": Kept(put=lambda h: h.conversation(proven=1), table="conversations", life=30 * DAY),
    "messages of a proven conversation": Kept(put=lambda h: h.conversation(proven=1), table="messages", life=30 * DAY),
    "code": Kept(put=_challenge, table="challenges", life=24 * HOUR),
    "whom a code was for": Kept(put=_challenge_subject, table="challenge_subjects", life=24 * HOUR),
    "count of codes sent": Kept(put=_sending, table="sendings", life=24 * HOUR),
    "count of wrong codes": Kept(put=_failure, table="failures", life=24 * HOUR),
    "ended proof": Kept(put=_proof, table="proofs", life=30 * DAY),
    "job that was done": Kept(put=lambda h: h.job("j", "done", NOW), table="jobs", life=7 * DAY),
    "job that expired": Kept(put=lambda h: h.job("j", "expired", NOW), table="jobs", life=7 * DAY),
    "update that was handled": Kept(put=lambda h: _update(h, "done"), table="updates", life=7 * DAY),
    "update that nobody could read": Kept(put=lambda h: _update(h, "unreadable"), table="updates", life=7 * DAY),
    "update that nobody handled": Kept(put=lambda h: _update(h, "ready"), table="updates", life=7 * DAY),
    "update that was given up": Kept(put=lambda h: _update(h, "failed"), table="updates", life=7 * DAY),
    "job that was given up": Kept(put=lambda h: h.job("j", "dead", NOW), table="jobs", life=30 * DAY),
    "notice of a closed case": Kept(put=lambda h: h.request(closed_at=NOW), table="notices", life=730 * DAY),
    "event that was taken note of": Kept(
        put=lambda h: h.put(
            "events",
            seq=1,
            id="e1",
            kind="consent.withdrawn",
            company="alfa",
            body_sealed="k1.x",
            at=NOW,
            acknowledged_at=NOW,
            acknowledged_by="dpo",
        ),
        table="events",
        life=730 * DAY,
    ),
}


@pytest.mark.parametrize("what", LIVES)
def test_everything_is_kept_for_its_time_and_no_longer(what: str) -> None:  # R45
    kept = LIVES[what]
    house = House()
    kept.put(house)
    house.sweep(NOW + kept.life - 1)
    assert house.rows(kept.table)
    assert house.sweep(NOW + kept.life)
    assert house.rows(kept.table) == []


@pytest.mark.parametrize("what", ["transcript", "unproven conversation", "notice of a closed case"])
def test_the_times_are_settings(what: str) -> None:  # R45
    limits = Limits(transcript=2 * DAY, unproven_conversation=2 * DAY, case_file=2 * DAY)
    house = House(limits)
    LIVES[what].put(house)
    house.sweep(NOW + 2 * DAY - 1)
    assert house.rows(LIVES[what].table)
    house.sweep(NOW + 2 * DAY)
    assert house.rows(LIVES[what].table) == []


def test_a_conversation_that_goes_on_is_kept() -> None:  # R45
    house = House()
    house.conversation(last_at=NOW)
    house.conversation("c2", last_at=NOW + 23 * HOUR)
    house.sweep(NOW + 24 * HOUR)
    assert {row["id"] for row in house.rows("conversations")} == {"c2"}
    assert {row["conversation"] for row in house.rows("messages")} == {"c2"}


def test_a_conversation_with_an_open_case_keeps_its_address_and_nothing_else() -> None:  # R45, R58
    house = House()
    house.conversation()
    house.request()
    house.sweep(NOW + 24 * HOUR)
    [row] = house.rows("conversations")
    assert (row["address_sealed"], row["address_hash"], row["form_sealed"]) == ("k1.address", "hash-c1", None)
    assert house.rows("messages") == house.rows("inbox") == []


def test_the_address_goes_when_the_case_is_closed_and_the_person_told() -> None:  # R45, R58
    house = House()
    house.conversation()
    house.request()
    house.sweep(NOW + 24 * HOUR)
    house.tables.execute("UPDATE requests SET closed_at = ?", [NOW + DAY])
    house.sweep(NOW + 2 * DAY)
    assert house.rows("conversations")[0]["address_sealed"] == "k1.address"  # the answer is still on its way
    house.tables.execute("UPDATE notices SET delivered_at = ?", [NOW + 2 * DAY])
    house.sweep(NOW + 2 * DAY)
    [row] = house.rows("conversations")
    assert (row["address_sealed"], row["address_hash"]) == ("", "erased:c1")
    house.sweep(NOW + DAY + 730 * DAY)
    assert house.rows("conversations") == []  # nothing refers to it any more


def test_what_was_written_to_an_idle_conversation_waits_a_day_to_be_read() -> None:  # R45, R58
    house = House()
    house.conversation()
    house.put("messages", conversation="c1", seq=3, sender="dpo", body_sealed="k1.told", at=NOW + 20 * HOUR)
    house.sweep(NOW + 24 * HOUR)
    assert [row["sender"] for row in house.rows("messages")] == ["dpo"]
    [row] = house.rows("conversations")
    assert (row["form_sealed"], row["address_sealed"]) == (None, "k1.address")
    assert house.sweep(NOW + 44 * HOUR - 1) == {}
    house.sweep(NOW + 44 * HOUR)
    assert house.rows("messages") == house.rows("conversations") == []


def test_a_conversation_with_a_receipt_stays_as_a_bare_id() -> None:  # R45: the evidence stays, pseudonymous
    house = House()
    house.conversation(proven=1)
    house.receipt()
    house.sweep(NOW + 30 * DAY)
    [row] = house.rows("conversations")
    assert (row["address_sealed"], row["form_sealed"], row["address_hash"]) == ("", None, "erased:c1")
    assert house.rows("receipts")
    assert house.sweep(NOW + 31 * DAY) == {}  # and is not gone over again and again


def test_an_open_hand_off_keeps_the_address_until_somebody_saw_to_it() -> None:  # R45
    house = House()
    house.conversation()
    house.put("escalations", id="x1", kind="hand_off", conversation="c1", body_sealed="k1.words", state="open", at=NOW)
    house.sweep(NOW + 2 * DAY)
    assert house.rows("conversations")[0]["address_sealed"] == "k1.address"
    house.tables.execute("UPDATE escalations SET state = 'closed', closed_at = ?", [NOW + 2 * DAY])
    house.sweep(NOW + 2 * DAY)
    assert house.rows("conversations")[0]["address_sealed"] == ""


def test_a_lock_outlives_the_count_that_set_it() -> None:  # R5, R45
    house = House()
    house.put("failures", key_hash="x", company="alfa", count=15, locked_until=NOW + 48 * HOUR, updated_at=NOW)
    house.sweep(NOW + 48 * HOUR - 1)
    assert house.rows("failures")
    house.sweep(NOW + 48 * HOUR)
    assert house.rows("failures") == []


def test_a_proof_that_holds_is_kept() -> None:
    house = House()
    _proof(house)
    house.tables.execute("UPDATE proofs SET ended_at = NULL")
    house.sweep(NOW + 60 * DAY)
    assert house.rows("proofs")


def test_a_job_that_waits_is_never_erased() -> None:  # R50
    house = House()
    house.job("j", "ready", None)
    house.sweep(NOW + 1000 * DAY)
    assert house.rows("jobs")


def test_an_update_that_nobody_handled_is_counted_apart_when_it_is_erased() -> None:  # R29, R45
    house = House()
    _update(house, "ready")
    assert house.sweep(NOW + 7 * DAY) == {"unanswered_updates": 1}


def test_a_code_that_nobody_could_send_is_erased_when_its_time_is_over() -> None:  # R15
    house = House()
    payload = {"to": "+38344000101", "text": "Kodi: 123456"}
    jobs.add(
        house.tx,
        house.desk,
        NOW,
        JobKind.SMS_SEND,
        payload,
        ordering_key="k",
        idempotency_key="i",
        expires_at=NOW + 5 * MINUTE,
    )
    [job] = jobs.claim(house.tx, house.desk, NOW, tuple(JobKind), 1, MINUTE)
    assert jobs.bury(house.tx, NOW, job, "sms.permanent")
    house.sweep(NOW + 5 * MINUTE - 1)
    assert house.rows("jobs")[0]["payload_sealed"]
    assert house.sweep(NOW + 5 * MINUTE) == {"dead_payloads": 1}
    assert house.rows("jobs")[0]["payload_sealed"] == ""
    assert [dead.id for dead in jobs.dead(house.tx)] == [job.id]


def test_a_case_file_is_erased_after_its_time_and_the_case_stays_pseudonymous() -> None:  # R45
    house = House()
    house.request(closed_at=NOW)
    house.sweep(NOW + 730 * DAY - 1)
    assert house.rows("requests")[0]["body_sealed"] == "k1.body"
    assert house.sweep(NOW + 730 * DAY) == {"case_files": 1}
    [case] = house.rows("requests")
    assert (case["body_sealed"], case["address_sealed"], case["conversation"]) == ("", None, None)
    assert (case["erased_at"], case["kind"], case["state"]) == (NOW + 730 * DAY, "dsar_access", "answered")
    [entry] = house.rows("request_events")
    assert (entry["body_sealed"], entry["kind"]) == ("", "filed")
    assert house.rows("notices") == []
    assert house.sweep(NOW + 731 * DAY) == {}


def test_an_open_case_is_never_erased() -> None:  # R45
    house = House()
    house.request()
    house.sweep(NOW + 5000 * DAY)
    assert house.rows("requests")[0]["body_sealed"] == "k1.body"
    assert house.rows("notices")


def test_an_escalations_words_are_erased_after_the_case_files_time() -> None:  # R45
    house = House()
    for identity, state in (("x1", "closed"), ("x2", "converted"), ("x3", "open")):
        closed_at = None if state == "open" else NOW
        house.put(
            "escalations", id=identity, kind="press", body_sealed="k1.w", state=state, at=NOW, closed_at=closed_at
        )
    house.sweep(NOW + 730 * DAY - 1)
    assert all(row["body_sealed"] for row in house.rows("escalations"))
    assert house.sweep(NOW + 730 * DAY) == {"escalations": 2}
    assert {row["id"]: row["body_sealed"] for row in house.rows("escalations")} == {"x1": "", "x2": "", "x3": "k1.w"}


def test_a_question_that_nobody_looked_at_is_erased_after_the_case_files_time() -> None:  # R45
    house = House()
    for identity, kind in (("x1", "unanswered"), ("x2", "asked_again"), ("x3", "hand_off")):
        house.put("escalations", id=identity, kind=kind, body_sealed="k1.w", state="open", at=NOW)
    house.sweep(NOW + 730 * DAY - 1)
    assert all(row["body_sealed"] for row in house.rows("escalations"))
    assert house.sweep(NOW + 730 * DAY) == {"questions": 2}
    found = {row["id"]: (row["body_sealed"], row["state"]) for row in house.rows("escalations")}
    assert found == {"x1": ("", "closed"), "x2": ("", "closed"), "x3": ("k1.w", "open")}  # somebody waits for the last


def test_who_an_account_was_is_erased_when_it_was_disabled_long_ago() -> None:  # R45
    house = House()
    roles = {"alfa": Role.DPO}
    left, stays = (
        accounts.add(house.tx, house.desk, NOW, login, "Emri Fiktiv", f"{login}@shembull.example", roles, "hash")
        for login in ("ish.zana", "arta")
    )
    recovery.make(house.tx, house.desk, left.id)
    account_changes.disable(house.tx, house.desk, place(NOW), "arta", left)
    assert house.sweep(NOW + 730 * DAY - 1) == {}
    assert house.sweep(NOW + 730 * DAY) == {"staff": 1}
    gone, there = accounts.loaded(house.tx, house.desk, left.id), accounts.loaded(house.tx, house.desk, stays.id)
    assert (gone.login, gone.name, gone.email, gone.enrolled) == ("ish.zana", "", "", False)  # the log names the login
    assert (there.name, there.email) == ("Emri Fiktiv", "arta@shembull.example")
    [row] = [row for row in house.rows("staff") if row["id"] == left.id]
    assert (row["password_hash"], row["totp_sealed"], recovery.left(house.tx, left.id)) == ("", None, 0)
    assert not Passwords().right("", "")
    assert house.sweep(NOW + 731 * DAY) == {}


def test_what_was_said_about_an_objection_without_a_case_is_erased_too() -> None:  # R45
    house = House()
    house.receipt()
    house.put("request_events", reference="E1", seq=1, kind="decided", who="dpo", body_sealed="k1.w", at=NOW)
    house.put(
        "notices",
        id="n1",
        reference="E1",
        kind="decision",
        effect="{}",
        body_sealed="k1.w",
        created_at=NOW,
        delivered_at=NOW,
        delivered_by="chat",
    )
    assert house.sweep(NOW + 730 * DAY - 1) == {}
    assert house.sweep(NOW + 730 * DAY) == {"notices": 1, "time_line_entries": 1}


def test_the_evidence_stays() -> None:  # R45
    house = House()
    house.receipt()
    house.put("consents", subject="s1", purpose="offers", seq=1, state="withdrawn", at=NOW, source="customer")
    house.put(
        "suppressions",
        id="u1",
        company="alfa",
        contact_hash="x",
        contact_sealed="k1.c",
        proven=0,
        reference="E2",
        at=NOW,
    )
    house.put("audit", id="a1", at=NOW, body="{}")
    house.put("events", seq=1, id="e1", kind="consent.withdrawn", company="alfa", body_sealed="k1.x", at=NOW)
    assert house.sweep(NOW + 5000 * DAY) == {}
    for table in ("receipts", "consents", "suppressions", "audit", "events"):
        assert house.rows(table)


def test_a_sweep_is_bounded_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    house = House()
    for number in range(25):
        house.conversation(f"c{number}", last_at=NOW + number)
    counts = []
    while erased := house.sweep(NOW + 2 * DAY):
        counts.append(erased["conversations"])
    assert counts == [10, 10, 5]


def test_what_was_erased_is_logged_as_counts() -> None:  # R39, R45
    house = House()
    house.conversation()
    assert house.sweep(NOW + 24 * HOUR) == {"conversations": 1}
    [entry] = house.rows("audit")
    body = json.loads(str(entry["body"]))
    assert (body["act"], body["details"], body["at"]) == (audit.Act.RETENTION_ERASED, {"conversations": 1}, NOW + DAY)
    house.sweep(NOW + 24 * HOUR)
    assert len(house.rows("audit")) == 1  # nothing erased, nothing logged
