"""The process is killed under load, again and again: what was acknowledged is there once, nothing is half-done (R49).

10 cycles, 100 with MBUROJA_THOROUGH, or as many as MBUROJA_CRASH_CYCLES says; MBUROJA_CRASH_SEED gives others.
"""

import json
from typing import Any

from tests.crash import checker
from tests.crash.conftest import CYCLES
from tests.crash.driver import Run
from tests.tools.command import mburoja

_ACTS = (
    "consent.withdrawn", "consent.granted", "statistics.objected", "statistics.lifted", "request.filed",
    "request.taken_back",
)  # fmt: skip


def told(run: Run, *arguments: str) -> Any:
    done = mburoja(*arguments, "--db", str(run.database))
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_every_acknowledged_act_is_there_once_and_no_other_is(crashed: Run) -> None:  # R49
    assert checker.told_faults(crashed.database, crashed.people.values()) == [], f"seed {crashed.seed}"


def test_nothing_is_half_done_no_job_waits_and_no_lease_is_stuck(crashed: Run) -> None:  # R48, R49
    assert checker.faults(crashed.database) == [], f"seed {crashed.seed}"


def test_everybody_was_answered_in_order_and_a_message_sent_twice_as_the_first_time(crashed: Run) -> None:  # R49
    assert [fault for person in crashed.people.values() for fault in person.faults] == [], f"seed {crashed.seed}"
    assert crashed.faults == [], f"seed {crashed.seed}"


def test_the_audit_verifies(crashed: Run) -> None:  # R47, R49
    done = mburoja("audit", "verify", "--db", str(crashed.database))
    assert done.returncode == 0, done.stdout.decode()
    assert "ende pa u vulosur: 0" in done.stdout.decode()


def test_the_back_office_sees_what_is_there(crashed: Run) -> None:  # R48, R49
    with checker.opened(crashed.database) as connection:
        requests = {row[0]: row[1] for row in connection.execute("SELECT reference, state FROM requests")}
        events = [row[0] for row in connection.execute("SELECT id FROM events ORDER BY seq LIMIT 1000")]
    assert {
        row["reference"]: row["state"] for row in told(crashed, "requests", "export", "--format", "json")
    } == requests
    assert [event["id"] for event in told(crashed, "requests", "events", "--json")] == events
    open_ones = {reference for reference, state in requests.items() if state != "withdrawn"}
    listed = {row["reference"] for row in told(crashed, "requests", "list", "--json")}
    assert listed == open_ones if len(open_ones) <= 1000 else listed <= open_ones
    for reference in [min(open_ones), min(requests.keys() - open_ones)]:
        shown = told(crashed, "requests", "show", reference, "--json")
        assert shown["time_line"][0]["kind"] == "filed"
        assert {event["type"] for event in shown["events"]} >= {"request.filed"}


def test_no_process_complained(crashed: Run) -> None:  # R49, R51
    assert crashed.complaints.read_text(encoding="utf-8") == ""


def test_the_kills_came_while_much_was_going_on(crashed: Run) -> None:
    """Else the tests above could pass because nothing happened."""
    assert crashed.seen["kills"] == CYCLES
    assert crashed.seen["not acknowledged at a kill"] >= 5 * CYCLES
    with checker.opened(crashed.database) as connection:
        acts = dict(connection.execute("SELECT body ->> 'act', COUNT(*) FROM audit GROUP BY 1").fetchall())
        taken = dict(connection.execute("SELECT message_id, at FROM inbox").fetchall())
    done_but_not_told = [identity for identity, at in crashed.again.items() if taken.get(identity, at) < at]
    if CYCLES >= 10:
        assert done_but_not_told, "no kill came between a commit and its acknowledgement"
        assert {act for act in _ACTS if acts.get(act, 0) < CYCLES // 2} == set()
