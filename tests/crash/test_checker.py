"""The checker of crashes sees what it is there for: every rule is broken by hand, and each must say so."""

import contextlib
import copy
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.storage.postgres.connection import connect
from tests.crash import checker
from tests.crash.driver import Run
from tests.crash.people import Person
from tests.crash.places import copied
from tests.tools.chatting import words

# One damage each, and the rule that must find it; others may find it too.
DAMAGES = [
    ("DELETE FROM messages WHERE rowid = (SELECT MIN(rowid) FROM messages WHERE seq = 1)",
     "the messages of a conversation are numbered from 1 without a gap"),
    ("DELETE FROM inbox WHERE rowid = (SELECT MIN(rowid) FROM inbox)",
     "every message came of exactly one that came in"),
    ("UPDATE inbox SET first_seq = 1 WHERE rowid = (SELECT MIN(rowid) FROM inbox WHERE first_seq = 3)",
     "every message came of exactly one that came in"),
    ("UPDATE messages SET sender = 'you' WHERE rowid = (SELECT MIN(rowid) FROM messages WHERE sender = 'bot')",
     "what came in was kept and answered, once"),
    ("DELETE FROM audit WHERE rowid = (SELECT MIN(rowid) FROM audit WHERE body ->> 'act' = 'consent.withdrawn'"
     " AND body ->> 'reference' IN (SELECT reference FROM receipts WHERE act = 'consent.withdrawn'))",
     "a receipt stands in the log, once"),
    ("INSERT INTO audit (id, at, body, seq, previous, hash) SELECT 'again', at, body, 999999, previous, hash FROM audit"
     " WHERE body ->> 'act' = 'consent.granted' LIMIT 1",
     "a receipt stands in the log, once"),
    ("DELETE FROM receipts WHERE rowid = (SELECT MIN(rowid) FROM receipts)", "an act in the log has its receipt"),
    ("DELETE FROM consents WHERE rowid = (SELECT MAX(rowid) FROM consents WHERE reference IN"
     " (SELECT reference FROM receipts WHERE act = 'consent.withdrawn'))",
     "a consent act is whole: each purpose has its row and its event"),
    ("DELETE FROM events WHERE rowid = (SELECT MIN(rowid) FROM events WHERE kind = 'consent.granted')",
     "a consent act is whole: each purpose has its row and its event"),
    ("DELETE FROM events WHERE rowid = (SELECT MIN(rowid) FROM events WHERE kind = 'statistics.restricted')",
     "an objection is whole: its event, and each consent that goes with it"),
    ("DELETE FROM requests WHERE rowid = (SELECT MIN(rowid) FROM requests WHERE kind = 'object_statistics'"
     " AND proof = 'proven')",
     "an objection is whole: its event, and each consent that goes with it"),
    ("DELETE FROM events WHERE rowid = (SELECT MIN(rowid) FROM events WHERE kind = 'statistics.lifted')",
     "a lifting is whole"),
    ("DELETE FROM suppressions WHERE rowid = (SELECT MIN(rowid) FROM suppressions)", "a suppression is whole"),
    ("UPDATE consents SET reference = 'none' WHERE rowid = (SELECT MIN(rowid) FROM consents)",
     "what an act wrote has its receipt"),
    ("UPDATE events SET reference = NULL WHERE rowid = (SELECT MIN(rowid) FROM events)", "an event belongs to an act"),
    ("UPDATE consents SET seq = seq + 100 WHERE rowid = (SELECT MAX(rowid) FROM consents)",
     "consents are numbered from 1 without a gap, in their order"),
    ("UPDATE consents SET state = 'unknown' WHERE rowid = (SELECT MIN(rowid) FROM consents)",
     "a consent says what its receipt says, of the same customer"),
    ("UPDATE subjects SET statistics_restricted = 0 WHERE id ="
     " (SELECT MIN(id) FROM subjects WHERE statistics_restricted = 1)",
     "a restriction holds as the last event about it says, by the case that it names"),
    ("UPDATE subjects SET statistics_reference = 'none' WHERE id ="
     " (SELECT MIN(id) FROM subjects WHERE statistics_restricted = 1)",
     "a restriction holds as the last event about it says, by the case that it names"),
    ("DELETE FROM audit WHERE rowid = (SELECT MIN(rowid) FROM audit WHERE body ->> 'act' = 'request.filed')",
     "a request's time line, log and events agree on: filed"),
    ("UPDATE events SET kind = 'request.joined' WHERE rowid ="
     " (SELECT MIN(rowid) FROM events WHERE kind = 'request.filed')",
     "a request's time line, log and events agree on: joined"),
    ("DELETE FROM events WHERE rowid = (SELECT MIN(rowid) FROM events WHERE kind = 'request.taken_back')",
     "a request's time line, log and events agree on: taken_back"),
    ("UPDATE request_events SET kind = 'words' WHERE rowid = (SELECT MIN(rowid) FROM request_events)",
     "a request was filed once"),
    ("UPDATE requests SET state = 'received' WHERE rowid = (SELECT MIN(rowid) FROM requests WHERE state = 'withdrawn')",
     "a request is closed if, and only if, it was taken back"),
    ("UPDATE request_events SET seq = 9 WHERE rowid = (SELECT MIN(rowid) FROM request_events)",
     "a time line is numbered from 1 without a gap, and is a request's"),
    ("DELETE FROM requests WHERE rowid = (SELECT MIN(rowid) FROM requests)",
     "what the log says of a request, there is"),
    ("DELETE FROM escalations WHERE rowid = (SELECT MIN(rowid) FROM escalations)",
     "what was put before a person is logged and told, once"),
    ("DELETE FROM events WHERE seq = 2", "events are numbered from 1 without a gap"),
    ("UPDATE counters SET value = value + 1 WHERE name = 'events'", "events are numbered from 1 without a gap"),
    ("DELETE FROM jobs WHERE rowid = (SELECT MIN(rowid) FROM jobs WHERE kind = 'directory.lookup')",
     "a code that was asked for is logged, counted, and looked up by a job"),
    ("DELETE FROM challenges WHERE rowid = (SELECT MIN(rowid) FROM challenges)",
     "a code that was asked for is logged, counted, and looked up by a job"),
    ("DELETE FROM jobs WHERE rowid = (SELECT MIN(rowid) FROM jobs WHERE kind = 'sms.send')",
     "a code that went out has its SMS, and nothing else has one"),
    ("UPDATE challenges SET state = 'dead' WHERE rowid = (SELECT MIN(rowid) FROM challenges WHERE state = 'used')",
     "a code was accepted as often as one was used"),
    ("DELETE FROM challenge_subjects", "who is proven used a code there"),
    ("UPDATE jobs SET state = 'ready' WHERE rowid = (SELECT MIN(rowid) FROM jobs)",
     "no job waits, is given up, or still holds what it carried"),
    ("INSERT INTO leases VALUES ('audit.sealer', 'somebody', 1)", "nobody holds a lease"),
    ("UPDATE audit SET seq = NULL WHERE seq = 1", "every entry of the log is sealed"),
]  # fmt: skip


def damaged(run: Run, folder: Path, statement: str) -> list[str]:
    assert run.place.file
    path = Path(shutil.copy(run.place.file, folder))
    connection = sqlite3.connect(path)
    assert connection.execute(statement).rowcount > 0, "there was nothing to damage"
    connection.commit()
    connection.close()
    return checker.faults(path)


def damaged_on_server(run: Run, statement: str) -> list[str] | None:
    """The same of a server's database, which is left as it was; None where there is nothing to damage."""
    in_its_words = statement.replace("rowid", "ctid").replace("body ->>", "CAST(body AS jsonb) ->>")
    with connect(run.place.database) as server, server.transaction(force_rollback=True):
        if not server.execute(in_its_words.encode()).rowcount:
            return None
        with contextlib.closing(copied(server)) as connection:
            return checker.faults_in(connection)


def test_an_undamaged_database_has_no_fault(small: Run) -> None:
    assert checker.faults(small.place.database) == []
    assert checker.told_faults(small.place.database, small.people.values()) == []


@pytest.mark.parametrize(("statement", "rule"), DAMAGES, ids=range(len(DAMAGES)))
def test_a_damage_is_found(small: Run, tmp_path: Path, statement: str, rule: str) -> None:
    assert [fault for fault in damaged(small, tmp_path, statement) if fault.startswith(f"{rule}: ")]


@pytest.mark.thorough
def test_a_damage_on_a_server_is_found(crashed_replicas: Run) -> None:
    found = [(rule, damaged_on_server(crashed_replicas, statement)) for statement, rule in DAMAGES]
    done = [(rule, faults) for rule, faults in found if faults is not None]
    assert [rule for rule, faults in done if not any(fault.startswith(f"{rule}: ") for fault in faults)] == []
    assert len(done) >= (len(DAMAGES) if crashed_replicas.planned >= 50 else len(DAMAGES) // 2)
    assert checker.faults(crashed_replicas.place.database) == []


def test_every_rule_can_be_broken() -> None:
    assert {rule for _, rule in DAMAGES} == checker.RULES.keys()


def test_checking_changes_nothing(small: Run) -> None:
    assert small.place.file
    before = small.place.file.read_bytes()
    checker.faults(small.place.database)
    checker.told_faults(small.place.database, small.people.values())
    assert small.place.file.read_bytes() == before


def forget_what_was_told(person: Person) -> None:
    person.told = [told for told in person.told if told != person.told[0]]


def believe_what_was_not(person: Person) -> None:
    person.told.append(("AAAA-AAAA-A", words("recorded")))


def believe_a_request_that_is_not(person: Person) -> None:
    person.told.append(("AAAA-AAAA-A", words("received")))


def hear_it_twice(person: Person) -> None:
    person.told.append(person.told[0])


def forget_an_answer(person: Person) -> None:
    person.taken.popitem()


def believe_an_answer_that_is_not(person: Person) -> None:
    person.taken["never-0001"] = {"replies": [{"seq": 2}]}


def mistake_an_answer(person: Person) -> None:
    identity, line = person.taken.popitem()
    person.taken[identity] = {**line, "replies": [{"seq": 999}]}


@pytest.mark.parametrize(
    "damage",
    [
        forget_what_was_told,
        believe_what_was_not,
        believe_a_request_that_is_not,
        hear_it_twice,
        forget_an_answer,
        believe_an_answer_that_is_not,
        mistake_an_answer,
    ],
)
def test_what_people_were_told_is_held_against_what_is_there(small: Run, damage: Callable[[Person], None]) -> None:
    people = [copy.deepcopy(person) for person in small.people.values()]
    damage(next(person for person in people if person.told))
    assert checker.told_faults(small.place.database, people)
