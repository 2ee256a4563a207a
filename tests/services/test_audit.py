"""The log of acts: what is written, how it is sealed, and that every kind of tampering is found."""

import hashlib
import itertools
import json
from collections.abc import Callable

import pytest

from bot.clock import SECOND
from bot.services.desk import Desk
from bot.services.records import audit
from bot.services.records.audit import GENESIS, LEASE, MOST_FAULTS, Act, Head, Verdict
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import Engine, scratch, under_test


class Log:
    """A log of twenty acts in memory, sealed in four goes, and its heads; with a hand that may tamper."""

    def __init__(self) -> None:
        empty = scratch()
        self.tx, self.tables = empty.tx, empty.tables
        self.desk: Desk = made_up_desk()
        self.heads: list[Head] = []
        for number in range(20):
            self.write(NOW + number)
            if number % 5 == 4:
                self.seal(NOW + number)

    def write(self, now: int = NOW) -> None:
        audit.write(self.tx, self.desk, place(now), Act.CONSENT_WITHDRAWN, company="alfa", subject="s1")

    def seal(self, now: int, holder: str = "one", most: int = 2000) -> Head | None:
        head = audit.seal_chain(self.tx, self.desk, now, holder, most)
        if head:
            self.heads.append(head)
        return head

    def tamper(self, sql: str) -> None:
        assert self.tables.execute(sql) > 0

    def move(self, seq: int, to: int) -> None:
        self.tamper(f"UPDATE audit SET seq = {to} WHERE seq = {seq}")  # noqa: S608  numbers of ours

    def rechain(self) -> None:
        """Compute every hash anew, as somebody would who knows how the chain is made but not the secret."""
        previous = GENESIS
        for row in self.tables.query("SELECT seq, id, body FROM audit WHERE seq IS NOT NULL ORDER BY seq"):
            seq, identity, body = row["seq"], row["id"], row["body"]
            digest = hashlib.sha256(f"{previous}:{seq}:{identity}:{body}".encode()).hexdigest()
            self.tables.execute("UPDATE audit SET previous = ?, hash = ? WHERE seq = ?", (previous, digest, seq))
            previous = digest

    def verify(self, heads: list[Head] | None = None) -> Verdict:
        return audit.verify(self.tx, self.desk, self.heads if heads is None else heads)


def test_an_entry_says_who_when_where_and_what() -> None:  # R39
    log = Log()
    audit.write(
        log.tx,
        log.desk,
        place(NOW + 50, "c7", "web"),
        Act.REQUEST_FILED,
        company="beta",
        subject="s9",
        reference="7K2Q-9FXA-4",
        details={"clause": "5", "policy": "0" * 64},
    )
    row = log.tables.query("SELECT id, at, body FROM audit WHERE seq IS NULL")[0]
    assert json.loads(row["body"]) == {
        "act": "request.filed",
        "at": NOW + 50,
        "channel": "web",
        "company": "beta",
        "conversation": "c7",
        "details": {"clause": "5", "policy": "0" * 64},
        "reference": "7K2Q-9FXA-4",
        "subject": "s9",
    }
    assert row["at"] == NOW + 50


def test_ids_sort_as_the_entries_were_made() -> None:
    log = Log()
    ids = [row["id"] for row in log.tables.query("SELECT id FROM audit ORDER BY at")]
    assert ids == sorted(ids)


@pytest.mark.parametrize("act", list(Act))
def test_every_act_is_a_thing_and_what_was_done_to_it(act: Act) -> None:
    thing, _, done = act.value.partition(".")
    assert act.name == f"{thing}_{done}".upper()


def test_an_untouched_log_is_whole() -> None:
    log = Log()
    assert log.verify() == Verdict(sealed=20, unsealed=0, heads=4, faults=())


def test_the_chain_begins_with_zeros_and_numbers_without_a_gap() -> None:
    log = Log()
    rows = log.tables.query("SELECT seq, previous, hash FROM audit ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 21))
    assert rows[0]["previous"] == "0" * 64
    assert all(row["previous"] == before["hash"] for before, row in itertools.pairwise(rows))


def test_entries_not_sealed_yet_are_counted_and_no_fault() -> None:  # R47: heads may lag
    log = Log()
    log.write(NOW + 100)
    assert log.verify() == Verdict(sealed=20, unsealed=1, heads=4, faults=())
    assert log.verify(log.heads[:2]).faults == ()


def test_sealing_goes_in_bounded_steps() -> None:
    log = Log()
    for number in range(5):
        log.write(NOW + 100 + number)
    first = log.seal(NOW + 200, most=3)
    second = log.seal(NOW + 200, most=3)
    assert first
    assert second
    assert (first.seq, second.seq) == (23, 25)
    assert log.seal(NOW + 200) is None
    assert log.verify().faults == ()


def test_one_sealer_works_at_a_time_and_another_takes_over() -> None:  # R47
    log = Log()
    log.write(NOW + 100)
    assert log.seal(NOW + 100, "other") is None
    assert audit.has_unsealed(log.tx)
    assert log.seal(NOW + 19 + LEASE, "other") is not None
    assert not audit.has_unsealed(log.tx)
    log.write(NOW + LEASE + SECOND)
    assert log.seal(NOW + LEASE + SECOND, "one") is None


def test_a_late_commit_with_an_earlier_time_goes_to_the_end() -> None:
    log = Log()
    log.write(NOW - 5)
    assert log.seal(NOW + 100)
    assert log.verify().faults == ()


def test_a_log_longer_than_a_page_is_checked_to_its_end() -> None:
    log = Log()
    for number in range(2_500):
        log.write(NOW + 100 + number)
    assert log.seal(NOW + 5_000, most=5_000)
    assert log.verify() == Verdict(sealed=2_520, unsealed=0, heads=5, faults=())
    log.tamper("UPDATE audit SET body = body || ' ' WHERE seq = 2519")
    assert log.verify().faults == ("Hyrja 2519 është ndryshuar pas vulosjes.",)


def _edit(log: Log) -> None:
    log.tamper("UPDATE audit SET body = replace(body, 'alfa', 'beta') WHERE seq = 7")


def _edit_time(log: Log) -> None:
    log.tamper("UPDATE audit SET at = at - 1 WHERE seq = 7")


def _edit_id(log: Log) -> None:
    log.tamper("UPDATE audit SET id = id || 'x' WHERE seq = 7")


def _edit_and_hash(log: Log) -> None:
    _edit(log)
    row = log.tables.query("SELECT seq, id, body, previous FROM audit WHERE seq = 7")[0]
    digest = hashlib.sha256(f"{row['previous']}:7:{row['id']}:{row['body']}".encode()).hexdigest()
    log.tamper(f"UPDATE audit SET hash = '{digest}' WHERE seq = 7")  # noqa: S608  a hash of ours


def _edit_and_rechain(log: Log) -> None:
    _edit(log)
    log.rechain()


def _delete(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq = 7")


def _delete_several(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq BETWEEN 7 AND 9")


def _delete_first(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq = 1")


def _delete_and_close_ranks(log: Log) -> None:
    _delete(log)
    for seq in range(8, 21):
        log.move(seq, seq - 1)


def _delete_close_ranks_and_rechain(log: Log) -> None:
    _delete_and_close_ranks(log)
    log.rechain()


def _swap(log: Log) -> None:
    log.move(7, 99)
    log.move(8, 7)
    log.move(99, 8)


def _swap_and_rechain(log: Log) -> None:
    _swap(log)
    log.rechain()


def _insert(log: Log) -> None:
    for seq in range(20, 6, -1):
        log.move(seq, seq + 1)
    log.tamper(
        "INSERT INTO audit (id, at, body, seq, previous, hash) "
        "SELECT id || 'x', at, body, 7, previous, hash FROM audit WHERE seq = 6"
    )


def _insert_and_rechain(log: Log) -> None:
    _insert(log)
    log.rechain()


def _insert_before_the_first(log: Log) -> None:
    log.tamper(
        "INSERT INTO audit (id, at, body, seq, previous, hash) "
        "SELECT id || 'x', at, body, 0, previous, hash FROM audit WHERE seq = 1"
    )


def _insert_between(log: Log) -> None:
    log.tamper(
        "INSERT INTO audit (id, at, body, seq, previous, hash) "
        "SELECT id || 'x', at, body, 6.5, previous, hash FROM audit WHERE seq = 6"
    )


def _insert_nonsense(log: Log) -> None:
    log.tamper(
        "INSERT INTO audit (id, at, body, seq, previous, hash) "
        "SELECT id || 'x', 'y', body, 'z', previous, hash FROM audit WHERE seq = 6"
    )


def _append_without_a_sealer(log: Log) -> None:
    log.tamper(
        "INSERT INTO audit (id, at, body, seq, previous, hash) "
        "SELECT id || 'x', at, body, 21, previous, hash FROM audit WHERE seq = 20"
    )


def _truncate(log: Log) -> None:
    log.tamper("DELETE FROM audit WHERE seq > 18")


def _unseal_the_end(log: Log) -> None:
    log.tamper("UPDATE audit SET seq = NULL, previous = NULL, hash = NULL WHERE seq > 18")


def _truncate_and_go_on(log: Log) -> None:
    _truncate(log)
    for number in range(5):
        log.write(NOW + 100 + number)
    assert log.seal(NOW + 200)


def _delete_everything(log: Log) -> None:
    log.tamper("DELETE FROM audit")


def _forge_a_head(log: Log) -> None:
    head = log.heads[-1]
    log.heads[-1] = Head(seq=head.seq, hash="f" * 64, at=head.at, signature=head.signature)


TAMPERING: list[tuple[Callable[[Log], None], str]] = [
    (_edit, "Hyrja 7 është ndryshuar"),
    (_edit_time, "Hyrja 7: koha e rreshtit është ndryshuar"),
    (_edit_id, "Hyrja 7 është ndryshuar"),
    (_edit_and_hash, "Hyrja 8 nuk vazhdon nga ajo para saj"),
    (_edit_and_rechain, "Hyrja 10 nuk përputhet me kokën"),
    (_delete, "Mungon hyrja 7:"),
    (_delete_several, "Mungojnë hyrjet 7–9:"),
    (_delete_first, "Mungon hyrja 1:"),
    (_delete_and_close_ranks, "Hyrja 7 nuk është në vendin e vet"),
    (_delete_close_ranks_and_rechain, "Hyrja 10 nuk përputhet me kokën"),
    (_swap, "Hyrja 7 nuk është në vendin e vet"),
    (_swap_and_rechain, "Hyrja 10 nuk përputhet me kokën"),
    (_insert, "Hyrja 7 nuk është në vendin e vet"),
    (_insert_and_rechain, "Hyrja 10 nuk përputhet me kokën"),
    (_insert_before_the_first, "Hyrja me numrin 0 është futur"),
    (_append_without_a_sealer, "Hyrja 21 nuk është në vendin e vet"),
    (_truncate, "Regjistri është shkurtuar: mbaron te hyrja 18, koka e nënshkruar arrin te hyrja 20"),
    (_unseal_the_end, "Regjistri është shkurtuar"),
    (_truncate_and_go_on, "Hyrja 20 nuk përputhet me kokën"),
    (_delete_everything, "Regjistri është shkurtuar: mbaron te hyrja 0"),
    (_forge_a_head, "Koka e hyrjes 20 nuk është nënshkruar nga ne"),
]


@pytest.mark.parametrize(("tamper", "fault"), TAMPERING, ids=lambda value: getattr(value, "__name__", None))
def test_tampering_is_found_and_named(tamper: Callable[[Log], None], fault: str) -> None:  # R47
    log = Log()
    tamper(log)
    assert any(line.startswith(fault) for line in log.verify().faults), log.verify().faults


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [(_insert_between, "Hyrja me numrin 6.5 është futur"), (_insert_nonsense, "Hyrja me numrin 'z' është futur")],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_only_a_column_of_sqlite_can_hold_is_found_too(tamper: Callable[[Log], None], fault: str) -> None:  # R47
    """Another engine refuses to keep it."""
    with under_test(Engine.SQLITE):
        log = Log()
    tamper(log)
    assert any(line.startswith(fault) for line in log.verify().faults), log.verify().faults


def test_an_edit_is_one_fault_not_an_avalanche() -> None:
    log = Log()
    _edit(log)
    assert len(log.verify().faults) == 1


def test_many_faults_are_counted_not_listed() -> None:
    log = Log()
    for number in range(150):
        log.write(NOW + 100 + number)
    log.seal(NOW + 500)
    log.tamper("UPDATE audit SET body = body || ' '")
    faults = log.verify().faults
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1] == "… dhe 70 gabime të tjera."


def test_the_end_of_the_chain_can_be_exported_again() -> None:
    log = Log()
    head = audit.current_head(log.tx, log.desk, NOW + 300)
    assert head
    assert (head.seq, head.hash) == (20, log.heads[-1].hash)
    assert log.verify([head]).faults == ()


def test_there_is_no_head_of_nothing() -> None:
    log = Log()
    log.tamper("DELETE FROM audit")
    assert audit.current_head(log.tx, log.desk, NOW) is None
    assert log.verify([]) == Verdict(sealed=0, unsealed=0, heads=0, faults=())
