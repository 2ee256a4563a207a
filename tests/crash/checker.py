"""Looks for anything half-done in a database that nobody has open: rules, each a query that must find nothing.

Only what stands in clear is looked at; ``told_faults`` holds it against what people were told. Knows no process and no
engine: what is on a server is copied before.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.crash.people import Person
from tests.crash.places import opened
from tests.tools.chatting import words

__all__ = ["RULES", "faults", "faults_in", "opened", "told_faults"]

_SHOWN = 3  # of the rows that a rule finds

_TABLES = """
CREATE TEMP TABLE log AS
SELECT body ->> 'act' AS act, body ->> 'reference' AS reference, body ->> 'conversation' AS conversation,
  body ->> 'subject' AS subject, at, seq, body ->> '$.details.case' AS "case",
  1 + length(body ->> '$.details.purposes') - length(replace(body ->> '$.details.purposes', ',', '')) AS purposes
FROM audit;
CREATE INDEX log_by_reference ON log (reference, act);
CREATE INDEX log_by_conversation ON log (conversation, act);
CREATE TEMP TABLE written AS SELECT * FROM consents;
CREATE INDEX written_by_reference ON written (reference);
CREATE TEMP VIEW acts AS SELECT * FROM log
WHERE act IN ('consent.withdrawn', 'consent.granted', 'statistics.objected', 'statistics.lifted', 'marketing.stopped');
CREATE TEMP TABLE parts AS SELECT r.reference, r.act,
  (SELECT COUNT(*) FROM written AS c WHERE c.reference = r.reference) AS consents,
  (SELECT COUNT(*) FROM suppressions AS s WHERE s.reference = r.reference) AS suppressions,
  (SELECT COUNT(*) FROM events AS e WHERE e.reference = r.reference AND e.kind LIKE 'consent.%') AS told,
  (SELECT COUNT(*) FROM events AS e WHERE e.reference = r.reference AND e.kind = 'statistics.restricted') AS restricted,
  (SELECT COUNT(*) FROM events AS e WHERE e.reference = r.reference AND e.kind = 'statistics.lifted') AS lifted,
  (SELECT COUNT(*) FROM events AS e WHERE e.reference = r.reference AND e.kind = 'marketing.stopped') AS stopped,
  (SELECT MAX(purposes) FROM log WHERE log.reference = r.reference) AS purposes
FROM receipts AS r;
"""

_LINES = ("filed", "joined", "taken_back")  # of a request's time line; the audit and the events call them request.…


def _line(kind: str) -> str:
    """A request's time line, the log and the events say equally often that this happened."""
    return f"""
    SELECT r.reference FROM requests AS r WHERE 1 < (SELECT COUNT(DISTINCT times) FROM (
      SELECT COUNT(*) AS times FROM request_events AS e WHERE e.reference = r.reference AND e.kind = '{kind}'
      UNION SELECT COUNT(*) FROM log WHERE log.reference = r.reference AND log.act = 'request.{kind}'
      UNION SELECT COUNT(*) FROM events AS e WHERE e.reference = r.reference AND e.kind = 'request.{kind}'))
    """  # noqa: S608  the kinds are ours


RULES = {
    "the messages of a conversation are numbered from 1 without a gap": """
        SELECT c.id FROM conversations AS c LEFT JOIN messages AS m ON m.conversation = c.id GROUP BY c.id
        HAVING COUNT(m.seq) <> c.last_seq OR COALESCE(MIN(m.seq), 1) <> 1 OR COALESCE(MAX(m.seq), 0) <> c.last_seq
    """,
    "every message came of exactly one that came in": """
        SELECT m.conversation, m.seq FROM messages AS m WHERE 1 <> (
          SELECT COUNT(*) FROM inbox AS i
          WHERE i.conversation = m.conversation AND m.seq BETWEEN i.first_seq AND i.last_seq)
    """,
    "what came in was kept and answered, once": """
        SELECT i.message_id FROM inbox AS i WHERE 1 <> (
          SELECT COUNT(*) FROM messages AS m WHERE m.conversation = i.conversation AND m.sender = 'bot'
            AND m.seq BETWEEN i.first_seq AND i.last_seq)
        OR 'bot' IS NOT (
          SELECT m.sender FROM messages AS m WHERE m.conversation = i.conversation AND m.seq = i.last_seq)
    """,
    "a receipt stands in the log, once": """
        SELECT r.reference FROM receipts AS r WHERE 1 <> (
          SELECT COUNT(*) FROM acts WHERE acts.reference = r.reference AND acts.act = r.act AND acts.at = r.at
            AND acts.conversation = r.conversation AND acts.subject IS r.subject)
    """,
    "an act in the log has its receipt": """
        SELECT acts.reference FROM acts LEFT JOIN receipts AS r ON r.reference = acts.reference
        WHERE r.reference IS NULL
    """,
    "a consent act is whole: each purpose has its row and its event": """
        SELECT reference FROM parts WHERE act IN ('consent.withdrawn', 'consent.granted')
          AND (purposes IS NULL OR consents <> purposes OR told <> purposes OR restricted + lifted + stopped > 0)
    """,
    "an objection is whole: its event, and each consent that goes with it": """
        SELECT p.reference FROM parts AS p WHERE act = 'statistics.objected' AND (
          restricted <> 1 OR consents <> COALESCE(purposes, 0) OR told <> consents OR lifted + stopped > 0
          OR NOT EXISTS (
            SELECT 1 FROM acts JOIN requests AS r ON r.reference = acts."case" AND r.kind = 'object_statistics'
            WHERE acts.reference = p.reference))
    """,
    "a lifting is whole": """
        SELECT reference FROM parts WHERE act = 'statistics.lifted' AND (lifted <> 1 OR consents + told + stopped > 0)
    """,
    "a suppression is whole": """
        SELECT reference FROM parts WHERE act = 'marketing.stopped'
          AND (stopped <> 1 OR suppressions <> 1 OR consents + told > 0)
    """,
    "what an act wrote has its receipt": """
        SELECT reference FROM consents WHERE reference IS NOT NULL AND reference NOT IN (SELECT reference FROM receipts)
        UNION SELECT reference FROM suppressions WHERE reference NOT IN (SELECT reference FROM receipts)
        UNION SELECT lifted_by FROM suppressions WHERE lifted_by NOT IN (SELECT reference FROM receipts)
    """,
    "an event belongs to an act": """
        SELECT id, kind FROM events WHERE reference IS NULL OR reference NOT IN (
          SELECT reference FROM receipts UNION SELECT reference FROM requests UNION SELECT id FROM escalations)
    """,
    "consents are numbered from 1 without a gap, in their order": """
        SELECT subject, purpose FROM consents GROUP BY subject, purpose HAVING MIN(seq) <> 1 OR MAX(seq) <> COUNT(*)
        UNION SELECT a.subject, a.purpose FROM consents AS a
        JOIN consents AS b ON b.subject = a.subject AND b.purpose = a.purpose AND b.seq = a.seq + 1 WHERE b.at < a.at
    """,
    "a consent says what its receipt says, of the same customer": """
        SELECT c.reference FROM consents AS c JOIN receipts AS r ON r.reference = c.reference
        WHERE c.subject IS NOT r.subject OR c.at <> r.at
          OR c.state <> CASE r.act WHEN 'consent.granted' THEN 'given' ELSE 'withdrawn' END
    """,
    "a restriction holds as the last event about it says, by the case that it names": """
        SELECT s.id FROM subjects AS s WHERE s.statistics_restricted <> COALESCE((
          SELECT e.kind = 'statistics.restricted' FROM events AS e
          WHERE e.subject = s.id AND e.kind LIKE 'statistics.%' ORDER BY e.seq DESC LIMIT 1), 0)
        OR s.statistics_reference IS NOT CASE s.statistics_restricted WHEN 1 THEN (
          SELECT acts."case" FROM acts JOIN events AS e ON e.reference = acts.reference
          WHERE acts.act = 'statistics.objected' AND acts.subject = s.id AND e.kind = 'statistics.restricted'
          ORDER BY e.seq DESC LIMIT 1) END
    """,
    **{f"a request's time line, log and events agree on: {kind}": _line(kind) for kind in _LINES},
    "a request was filed once": """
        SELECT r.reference FROM requests AS r WHERE 1 <> (
          SELECT COUNT(*) FROM request_events AS e WHERE e.reference = r.reference AND e.kind = 'filed' AND e.seq = 1)
    """,
    "a request is closed if, and only if, it was taken back": """
        SELECT r.reference FROM requests AS r
        WHERE (r.state = 'withdrawn') <> EXISTS (
          SELECT 1 FROM request_events AS e WHERE e.reference = r.reference AND e.kind = 'taken_back')
        OR (r.state = 'withdrawn') <> (r.closed_at IS NOT NULL)
    """,
    "a time line is numbered from 1 without a gap, and is a request's": """
        SELECT reference FROM request_events GROUP BY reference
        HAVING MIN(seq) <> 1 OR MAX(seq) <> COUNT(*) OR reference NOT IN (SELECT reference FROM requests)
    """,
    "what the log says of a request, there is": """
        SELECT reference FROM log WHERE act LIKE 'request.%' AND reference NOT IN (SELECT reference FROM requests)
    """,
    "what was put before a person is logged and told, once": """
        SELECT e.id FROM escalations AS e
        WHERE 1 <> (SELECT COUNT(*) FROM log WHERE log.reference = e.id AND log.act = 'escalation.opened')
          OR 1 <> (SELECT COUNT(*) FROM events AS v WHERE v.reference = e.id AND v.kind = 'escalation.opened')
        UNION SELECT reference FROM log
        WHERE act = 'escalation.opened' AND reference NOT IN (SELECT id FROM escalations)
    """,
    "events are numbered from 1 without a gap": """
        SELECT COUNT(*) FROM events HAVING MIN(seq) <> 1 OR MAX(seq) <> COUNT(*)
          OR COUNT(*) <> (SELECT value FROM counters WHERE name = 'events')
    """,
    "a code that was asked for is logged, counted, and looked up by a job": """
        SELECT c.id FROM challenges AS c
        WHERE NOT EXISTS (SELECT 1 FROM jobs AS j WHERE j.idempotency_key = c.id AND j.kind = 'directory.lookup')
          OR 2 > (SELECT COUNT(*) FROM sendings AS s WHERE s.challenge = c.id)
          OR 1 <> (SELECT COUNT(*) FROM log WHERE log.act = 'code.requested' AND log.conversation = c.conversation
                   AND log.at = c.created_at)
        UNION SELECT conversation FROM log WHERE act = 'code.requested' AND NOT EXISTS (
          SELECT 1 FROM challenges AS c WHERE c.conversation = log.conversation AND c.created_at = log.at)
    """,
    "a code that went out has its SMS, and nothing else has one": """
        SELECT c.id FROM challenges AS c WHERE (c.sent_at IS NOT NULL) <> EXISTS (
          SELECT 1 FROM jobs AS j WHERE j.idempotency_key = 'code:' || c.id)
        UNION SELECT j.id FROM jobs AS j
        WHERE j.kind = 'sms.send' AND substr(j.idempotency_key, 6) NOT IN (SELECT id FROM challenges)
    """,
    "a code was accepted as often as one was used": """
        SELECT c.id FROM conversations AS c
        WHERE (SELECT COUNT(*) FROM challenges AS h WHERE h.conversation = c.id AND h.state = 'used')
          <> (SELECT COUNT(*) FROM log WHERE log.conversation = c.id AND log.act = 'code.accepted')
    """,
    "who is proven used a code there": """
        SELECT p.id FROM proofs AS p WHERE NOT EXISTS (
          SELECT 1 FROM challenges AS h JOIN challenge_subjects AS s ON s.challenge = h.id AND s.subject = p.subject
          WHERE h.conversation = p.conversation AND h.company = p.company AND h.state = 'used')
    """,
    "no job waits, is given up, or still holds what it carried": """
        SELECT id, kind, state FROM jobs WHERE state NOT IN ('done', 'expired') OR payload_sealed <> ''
          OR lease_token IS NOT NULL OR lease_until IS NOT NULL
    """,
    "nobody holds a lease": "SELECT name FROM leases WHERE name NOT LIKE 'otp.alarm:%'",
    "every entry of the log is sealed": "SELECT id FROM audit WHERE seq IS NULL",
}


def faults(database: Path | str) -> list[str]:
    """Return what is half-done in a database (a file, or "postgresql://…"), one line for each rule that is broken."""
    with opened(database) as connection:
        return faults_in(connection)


def faults_in(connection: sqlite3.Connection) -> list[str]:
    """Return the same of a database that is open; nothing of it is changed."""
    connection.executescript(_TABLES)
    found = {rule: connection.execute(query).fetchall() for rule, query in RULES.items()}
    sound = connection.execute("PRAGMA integrity_check").fetchall()
    lines = [f"{rule}: {len(rows)}, {rows[:_SHOWN]}" for rule, rows in found.items() if rows]
    return lines if sound == [("ok",)] else [*lines, f"the file is damaged: {sound[:_SHOWN]}"]


def told_faults(database: Path | str, people: Iterable[Person]) -> list[str]:
    """Return what people were told that is not there exactly once, and what is there that nobody was told."""
    people = list(people)
    with opened(database) as connection:
        return [*_messages(connection, people), *_acts(connection, people)]


def _messages(connection: sqlite3.Connection, people: list[Person]) -> Iterator[str]:
    rows = connection.execute("SELECT message_id, conversation, last_seq FROM inbox").fetchall()
    kept = {identity: (conversation, seq) for identity, conversation, seq in rows}
    if len(kept) != len(rows):
        yield "a message was taken in two conversations"
    places: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for identity, line in person.taken.items():
            conversation, seq = kept.pop(identity, ("", 0))
            if seq != line["replies"][-1]["seq"]:
                yield f"{identity} was answered with {line['replies'][-1]['seq']}, and {seq} is there"
            places[person.name].add(conversation)
    yield from (f"{identity} is there, and nobody was told" for identity in kept)
    if any(len(place) > 1 for place in places.values()) or len(set().union(*places.values())) != len(places):
        yield "conversations were mixed up"


def _acts(connection: sqlite3.Connection, people: list[Person]) -> Iterator[str]:
    recorded: Counter[str] = Counter()
    taken_back: Counter[str] = Counter()
    filed: Counter[str] = Counter()
    counts = {words("recorded"): recorded, words("taken back by you"): taken_back}
    for reference, came_to in (told for person in people for told in person.told):
        counts.get(came_to, filed)[reference] += 1
    there = {str(row[0]) for row in connection.execute("SELECT reference FROM receipts")}
    # Taking an objection back lifts its restriction; the person is told of the request's end.
    beside = {
        str(row[0])
        for row in connection.execute(
            "SELECT r.reference FROM receipts AS r JOIN request_events AS e ON e.kind = 'taken_back' AND e.at = r.at"
            " JOIN requests AS q ON q.reference = e.reference AND q.subject = r.subject"
            " WHERE r.act = 'statistics.lifted'"
        )
    }
    yield from (f"{reference} was told {times} times" for reference, times in recorded.items() if times > 1)
    yield from (f"{reference} was told, and is not there" for reference in recorded.keys() - there)
    yield from (f"{reference} is there, and nobody was told" for reference in there - recorded.keys() - beside)
    yield from _requests(connection, recorded, filed, taken_back)


def _requests(
    connection: sqlite3.Connection, recorded: Counter[str], filed: Counter[str], taken_back: Counter[str]
) -> Iterator[str]:
    rows = connection.execute(
        "SELECT r.reference, r.state = 'withdrawn', "
        " (SELECT COUNT(*) FROM request_events AS e WHERE e.reference = r.reference AND e.kind = 'joined'),"
        " EXISTS (SELECT 1 FROM receipts AS p WHERE p.subject = r.subject AND p.act = 'statistics.lifted'"
        "   AND p.at = r.closed_at)"
        " FROM requests AS r"
    ).fetchall()
    for reference, withdrawn, joined, lifted in rows:
        expected = joined + (reference not in recorded)  # an objection is told as what was recorded
        if filed[reference] != expected:
            yield f"request {reference} was told {filed[reference]} times, and is there {expected} times"
        if withdrawn and not taken_back[reference] and not lifted:
            yield f"request {reference} was taken back, and nobody was told"
        if taken_back[reference] and not withdrawn:
            yield f"request {reference} was told to be taken back, and is not"
    yield from (f"request {reference} was told, and is not there" for reference in (filed | taken_back).keys()
                - {row[0] for row in rows})  # fmt: skip
