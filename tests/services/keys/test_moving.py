"""Look-ups find their rows while a key is replaced, and what is counted and locked holds across it (R3-R8)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import MINUTE
from bot.crypto import KeyMissingError, Standing, Vault
from bot.delivery.sms.receipts import ReceiptAddresses
from bot.delivery.telegram import calls
from bot.dialogue.effects import RedeemCode, StopMarketing
from bot.dialogue.events import AccountProven, CodeAccepted, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.services import conversations, jobs, updates
from bot.services.decisions import suppressions
from bot.services.identity import otp, otp_limits, proofs, sessions
from bot.services.jobs import JobKind
from bot.services.keys.settling import ReadingTx, SettlingTx, settle
from bot.services.lists import importing
from bot.services.lists.import_rows import CustomerRow
from bot.services.programs import tokens
from bot.services.staff import recovery
from bot.services.updates import Update
from bot.storage.store import Row, Tx, Value
from tests.services.acting import SHOWN
from tests.services.keys.ringing import NEW, NEW_ID, OLD, OLD_ID, desk_of
from tests.tools import engines
from tests.tools.codes import NUMBER, House, wrong
from tests.tools.desks import NOW, place
from tests.tools.engines import tables_of


class Moving(House):
    """A house that begins to know both secrets; each step has a transaction of its own, as its store would give it."""

    def __init__(self) -> None:
        desk = desk_of(OLD, NEW)
        self.plain = engines.scratch().tx
        super().__init__(desk, self.plain)
        self.stand(OLD_ID, None, elder=False)

    def stand(self, current: str, other: str | None, *, elder: bool) -> None:
        kept = self.desk.vault.keys[OLD_ID].kept() if current == NEW_ID else None
        self.desk.vault.standing = Standing(current=current, other=other, elder=elder, kept=kept)

    def change_over(self) -> None:
        self.stand(NEW_ID, OLD_ID, elder=True)

    def back(self) -> None:
        """Be a process that has not changed over yet."""
        self.stand(OLD_ID, NEW_ID, elder=False)

    @property
    def tx(self) -> Tx:
        return SettlingTx(self.plain, self.desk.vault) if self.desk.vault.is_changing else self.plain

    @tx.setter
    def tx(self, _tx: Tx) -> None:
        """It is made anew for each step."""

    @property
    def reading(self) -> Tx:
        return ReadingTx(self.plain, self.desk.vault)

    def rows(self, table: str) -> list[dict[str, Any]]:
        return tables_of(self.plain).rows(table)


@pytest.fixture
def house(both_engines: object) -> Iterator[Moving]:
    assert both_engines
    yield Moving()


def test_a_code_asked_for_before_is_good_after(house: Moving) -> None:
    subject = house.customer()
    challenge, code = house.code()
    house.change_over()
    assert isinstance(house.redeem(challenge, wrong(code)), CodeWrong)
    assert isinstance(house.redeem(challenge, code), CodeAccepted)
    assert isinstance(house.use(challenge, subject), AccountProven)
    assert proofs.live(house.reading, "c1", "alfa", subject)


def test_a_code_that_is_looked_up_after_is_sent_and_good(house: Moving) -> None:
    house.customer()
    under_way = house.ask()
    house.change_over()
    (payload,) = house.look_up()
    assert isinstance(under_way, CodeUnderWay)
    assert isinstance(house.redeem(under_way.challenge, str(payload["code"])), CodeAccepted)


def test_a_proof_holds_when_its_number_moves(house: Moving) -> None:
    subject = house.customer()
    challenge, code = house.code()
    assert isinstance(house.redeem(challenge, code), CodeAccepted)
    assert isinstance(house.use(challenge, subject), AccountProven)
    house.change_over()
    house.code(now=NOW + 2 * MINUTE, conversation="c2")  # somebody else's code goes to the same number
    (proof,) = house.rows("proofs")
    (number,) = house.rows("numbers")
    assert proof["number_hash"] == number["number_hash"] == str(house.desk.vault.index("number", "alfa", NUMBER))
    assert proofs.live(house.reading, "c1", "alfa", subject)


@pytest.mark.parametrize("whose", ["a customer", "nobody"])
def test_a_lock_does_not_fall_away(house: Moving, whose: str) -> None:  # R5, R11
    if whose != "nobody":
        house.customer()
    at = house.lock()
    house.change_over()
    refused = house.ask(now=at + 2 * MINUTE, conversation="c2")
    assert isinstance(refused, CodeRefused)
    assert refused.why is Why.LOCKED
    house.back()
    assert isinstance(house.ask(now=at + 2 * MINUTE, conversation="c3"), CodeRefused)


def test_wrong_codes_go_on_being_counted(house: Moving) -> None:  # R5
    house.customer()
    challenge, code = house.code()
    for _ in range(4):
        house.redeem(challenge, wrong(code))
    house.change_over()
    house.redeem(challenge, wrong(code))
    counts = {row["count"] for row in house.rows("failures")}
    assert counts == {5}, house.rows("failures")


def test_codes_asked_for_go_on_being_counted(house: Moving) -> None:  # R8
    house.customer()
    house.code()
    house.change_over()
    refused = house.ask(now=NOW + MINUTE // 2, conversation="c2")
    assert isinstance(refused, CodeRefused)
    assert refused.why is Why.TOO_SOON


def test_two_counts_of_one_person_are_joined_and_the_lock_stays(house: Moving) -> None:  # R5
    at = house.lock()
    house.change_over()
    vault = house.desk.vault
    new = vault.index("contact", "alfa", "number", NUMBER)
    house.plain.all("otp.hold_failures", key=str(new), company="alfa", now=at)  # by one who knows no moving
    assert isinstance(house.ask(now=at + 2 * MINUTE, conversation="c2"), CodeRefused)
    assert len(house.rows("failures")) == 2


def test_a_conversation_is_found_wherever_it_stands_and_made_once(house: Moving) -> None:
    first = conversations.take(house.tx, house.desk, NOW, "telegram", "a").id
    house.change_over()
    assert conversations.find(house.reading, house.desk, "telegram", "a") == first
    assert conversations.take(house.tx, house.desk, NOW, "telegram", "a").id == first
    assert conversations.find(house.reading, house.desk, "telegram", "a") == first
    house.back()
    assert conversations.find(house.reading, house.desk, "telegram", "a") == first
    assert conversations.take(house.tx, house.desk, NOW, "telegram", "a").id == first
    house.change_over()
    assert conversations.find(house.reading, house.desk, "telegram", "a") == first
    fresh = conversations.take(house.tx, house.desk, NOW, "telegram", "b").id
    assert conversations.find(house.reading, house.desk, "telegram", "b") == fresh != first
    assert len(house.rows("conversations")) == 2


def test_a_contact_that_was_suppressed_is_found(house: Moving) -> None:  # R54
    stop = StopMarketing(company="alfa", typed=NUMBER, shown=SHOWN)
    suppressions.stop_marketing(house.tx, house.desk, place(), stop)
    house.change_over()
    again = suppressions.stop_marketing(house.tx, house.desk, place(), stop)
    assert getattr(again, "already", None) is True


def test_a_list_that_says_the_same_changes_nothing(house: Moving) -> None:  # R55
    row = CustomerRow(
        row=2, company="alfa", customer_number="A-1001", name="Filan Fisteku", numbers=(NUMBER, "+38344000102"),
        relationship="active", line="personal", sim_changed={},
    )  # fmt: skip
    importing.import_customers(house.tx, house.desk, NOW, [row])
    house.change_over()
    report = importing.import_customers(house.tx, house.desk, NOW, [row])
    assert (report.added, report.changed, report.same) == (0, 0, 1)
    assert len(house.rows("numbers")) == 2


def test_updates_of_a_chat_stay_in_their_order(house: Moving) -> None:  # R29
    def update(number: int) -> Update:
        return Update(bot="b", id=number, chat="7", payload=b"{}")

    updates.keep(house.tx, house.desk, NOW, [update(1)])
    house.change_over()
    updates.keep(house.tx, house.desk, NOW, [update(2)])
    assert not updates.finish(house.tx, "b", 2)
    assert [w.payload for w in updates.read(house.tx, house.desk, "b", [1, 2])] == [b"{}", b"{}"]
    assert updates.finish(house.tx, "b", 1)
    assert updates.finish(house.tx, "b", 2)


def test_jobs_of_a_chat_stay_in_their_order(house: Moving) -> None:
    def order(key: str) -> None:
        chat = calls.Chat(bot="b", id=7)
        calls.order(house.tx, house.desk, NOW, chat, calls.Send(text=key), key=key)

    order("1")
    house.change_over()
    order("2")
    assert len({row["ordering_key"] for row in house.rows("jobs")}) == 1
    (first,) = jobs.claim(house.tx, house.desk, NOW, [JobKind.TELEGRAM_CALL], 10, 1000)
    assert first.idempotency_key == "telegram:1"


def test_sessions_tokens_and_recovery_codes_need_no_moving(house: Moving) -> None:
    session = sessions.begin(house.tx, house.desk, NOW, "alfa")
    token = tokens.add(house.tx, house.desk, place(), "zana", "crm", "alfa", [tokens.Scope.EVENTS_READ])
    codes = recovery.make(house.tx, house.desk, "s1")
    csrf = sessions.csrf(house.desk, session)
    house.change_over()
    alone = desk_of(NEW)
    alone.vault.standing = Standing(current=NEW_ID, kept=house.desk.vault.standing.kept)
    assert sessions.find(house.plain, alone, "alfa", session)
    assert tokens.find(house.plain, alone, NOW, token)
    assert recovery.use(house.plain, alone, NOW, "s1", codes[0])
    assert sessions.csrf(alone, session) == csrf


class Overtaken(SettlingTx):
    """Somebody else's transaction moves a look-up just after this one read a code that names it."""

    def __init__(self, house: Moving, look_up: str) -> None:
        super().__init__(house.plain, house.desk.vault)
        self._house, self._look_up, self._reads = house, look_up, 0

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        row = super().first(statement, **parameters)
        if statement == "otp.challenge":
            self._reads += 1
            if self._reads == 1:
                settle(self._house.tx, self._look_up)
        return row


def test_a_right_code_is_right_while_its_number_moves(house: Moving) -> None:
    house.customer()
    challenge, code = house.code()
    house.change_over()
    effect = RedeemCode(company="alfa", challenge=challenge, typed=code)
    tx = Overtaken(house, house.number_hash())
    assert isinstance(otp.redeem(tx, house.desk, place(), effect), CodeAccepted)


def test_a_wrong_code_of_nobody_is_counted_while_its_contact_moves(house: Moving) -> None:  # R5, R11
    under_way = house.ask()
    assert isinstance(under_way, CodeUnderWay)
    house.change_over()
    effect = RedeemCode(company="alfa", challenge=under_way.challenge, typed="000000")
    tx = Overtaken(house, house.desk.vault.index("contact", "alfa", "number", NUMBER))
    assert isinstance(otp.redeem(tx, house.desk, place(), effect), CodeWrong)
    assert sorted(row["count"] for row in house.rows("failures")) == [1, 1]


def test_a_number_that_is_damaged_in_one_file_holds_nobody_else_up(house: Moving) -> None:
    house.customer()
    other = house.customer("B-2002")
    broken = f"UPDATE numbers SET number_sealed = replace(number_sealed, '.', '.AAAA') WHERE subject = '{other}'"  # noqa: S608
    tables_of(house.plain).execute(broken)
    house.change_over()
    settle(house.tx, house.number_hash())
    assert [row["number_hash"] == str(house.number_hash()) for row in house.rows("numbers")] == [True, False]


def test_receipts_of_messages_that_were_sent_before_are_taken(house: Moving) -> None:
    vault = house.desk.vault
    address = ReceiptAddresses(vault).of("https://example.test", "main", "code:1")
    signed = parse_qs(urlsplit(address).query)["signed"][0]
    house.change_over()
    assert ReceiptAddresses(vault).fits("main", "code:1", signed)
    alone = Vault(NEW)
    alone.standing = Standing(current=NEW_ID, kept=vault.standing.kept)
    assert ReceiptAddresses(alone).fits("main", "code:1", signed)
    assert not ReceiptAddresses(alone).fits("main", "code:2", signed)


def test_what_was_read_before_it_moved_is_followed(house: Moving) -> None:
    house.customer()
    challenge, _ = house.code()
    house.change_over()
    (before,) = (row for row in house.rows("challenges") if row["id"] == challenge)
    house.ask(now=NOW + MINUTE // 2, conversation="c2")  # the contact moves
    assert otp_limits.hold(house.tx, before["contact_hash"], "alfa", NOW) == 0
    assert before["contact_hash"] not in {row["key_hash"] for row in house.rows("failures")}


def test_a_job_whose_key_is_missing_here_waits_for_who_has_it(house: Moving) -> None:
    house.ask()
    (before,) = house.rows("jobs")
    stranger = desk_of(NEW)
    assert jobs.claim(house.plain, stranger, NOW, [JobKind.DIRECTORY_LOOKUP], 10, 1000) == []
    (job,) = house.rows("jobs")
    assert (job["state"], job["attempts"], job["payload_sealed"]) == ("ready", 0, before["payload_sealed"])
    assert len(jobs.claim(house.plain, house.desk, NOW + 2 * MINUTE, [JobKind.DIRECTORY_LOOKUP], 10, 1000)) == 1


def test_an_update_whose_key_is_missing_here_is_not_taken_for_unreadable(house: Moving) -> None:
    updates.keep(house.tx, house.desk, NOW, [Update(bot="b", id=1, chat="7", payload=b"{}")])
    with pytest.raises(KeyMissingError):
        updates.read(house.plain, desk_of(NEW), "b", [1])
