"""Processes are killed under load, again and again: what was acknowledged is there once, nothing is half-done (R49).

One process on SQLite; three replicas on PostgreSQL, of which some also stand still, and whose server crashes.
MBUROJA_THOROUGH makes more cycles, MBUROJA_CRASH_CYCLES says how many, MBUROJA_CRASH_SEED gives others.
"""

import json
import re
from typing import Any

from tests.crash import checker, happened
from tests.crash.driver import Run
from tests.crash.places import opened
from tests.tools.command import mburoja

# What may stand on stderr of a process that stood still, or whose database crashed: plain sentences of ours, and what
# the pool of connections tells.
_EXCUSES = re.compile(
    r"Baza e të dhënave |\S+ (\S+ )?waits: |no jobs: StoreUnavailableError$|leases do not go on: "
    r"|the (audit|house) waits |error connecting in '|\tIs the server running|discarding closed connection"
)


def told(run: Run, *arguments: str) -> Any:
    done = mburoja(*arguments, "--db", run.place.database, env=run.place.more)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_acknowledged_act_is_there_once_and_no_other_is(crashed: Run) -> None:  # R49
    assert checker.told_faults(crashed.place.database, crashed.people.values()) == [], f"seed {crashed.seed}"


def test_nothing_is_half_done_no_job_waits_and_no_lease_is_stuck(crashed: Run) -> None:  # R48, R49
    assert checker.faults(crashed.place.database) == [], f"seed {crashed.seed}"


def test_everybody_was_answered_in_order_and_a_message_sent_twice_as_the_first_time(crashed: Run) -> None:  # R49
    assert [fault for person in crashed.people.values() for fault in person.faults] == [], f"seed {crashed.seed}"
    assert crashed.faults == [], f"seed {crashed.seed}"


def test_the_audit_verifies(crashed: Run) -> None:  # R47, R49
    done = mburoja("audit", "verify", "--db", crashed.place.database, env=crashed.place.more)
    assert done.returncode == 0, done.stdout.decode()
    assert "ende pa u vulosur: 0" in done.stdout.decode()


def test_the_back_office_sees_what_is_there(crashed: Run) -> None:  # R48, R49
    with opened(crashed.place.database) as connection:
        requests = {row[0]: row[1] for row in connection.execute("SELECT reference, state FROM requests")}
        events = [row[0] for row in connection.execute("SELECT id FROM events ORDER BY seq LIMIT 1000")]
    assert {
        row["reference"]: row["state"] for row in told(crashed, "requests", "export", "--format", "json")
    } == requests
    assert [event["id"] for event in told(crashed, "requests", "events", "--json")] == events
    open_ones = {reference for reference, state in requests.items() if state != "withdrawn"}
    listed = {row["reference"] for row in told(crashed, "requests", "list", "--json")}
    assert listed == open_ones if len(open_ones) <= 1000 else listed <= open_ones
    for reference in [min(some) for some in (open_ones, requests.keys() - open_ones) if some]:
        shown = told(crashed, "requests", "show", reference, "--json")
        assert shown["time_line"][0]["kind"] == "filed"
        assert {event["type"] for event in shown["events"]} >= {"request.filed"}


def test_no_process_complained(crashed: Run) -> None:  # R49, R51
    assert crashed.complaints == []
    assert [line for line in crashed.excuses if not _EXCUSES.match(line)] == []


def test_the_kills_came_while_much_was_going_on(crashed: Run) -> None:
    """Else the tests above could pass because nothing happened."""
    assert happened.lacking(crashed) == [], f"after {crashed.cycles} kills"


def test_replicas_stood_still_lost_their_database_and_were_asked_the_same(crashed_replicas: Run) -> None:
    assert crashed_replicas.disturber
    assert crashed_replicas.disturber.seen["the database crashed"] >= 1
    assert crashed_replicas.disturber.seen["stood still"] >= 1
    assert crashed_replicas.seen["sent to two at once"] >= crashed_replicas.planned
