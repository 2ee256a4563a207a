"""Searching the log: the newest first, page by page, by reference, act, person, company and day; and older entries."""

import datetime as dt
import json

import pytest

from bot.clock import DAY
from bot.services.records import audit, audit_search
from bot.services.records.audit import Act
from bot.services.records.audit_search import NEWEST, NOWHERE, Found, Search, read_mark
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx, place
from tests.tools.engines import tables_of

DESK = made_up_desk()
BOTH = ("alfa", "beta", NOWHERE)


@pytest.fixture(scope="module")
def tx() -> Tx:
    """A log of three days: acts of two people at two companies, and one at none."""
    made = memory_tx()
    for day in range(3):
        for number, (act, company, reference, who) in enumerate(
            [
                (Act.REQUEST_FILED, "alfa", "7K2Q-9FXA-8", None),
                (Act.REQUEST_TAKEN, "alfa", "7K2Q-9FXA-8", "zana"),
                (Act.REQUEST_NOTED, "beta", "N6QT-W4W2-J", "agron"),
                (Act.STAFF_SIGNED_IN, None, None, "zana"),
            ]
        ):
            details = {"who": who} if who else {}
            at = place(NOW + day * DAY + number)
            audit.write(made, DESK, at, act, company=company, reference=reference, details=details)
    return made


def acts(found: tuple[Found, ...]) -> list[str]:
    return [str(entry.read["act"]) for entry in found]


def days(found: tuple[Found, ...]) -> list[int]:
    return [(entry.at - NOW) // DAY for entry in found]


def test_the_newest_stand_first_whatever_their_company(tx: Tx) -> None:  # R39
    found = audit_search.page(tx, Search(places=BOTH))
    assert acts(found)[:4] == ["staff.signed_in", "request.noted", "request.taken", "request.filed"]
    assert days(found) == [2] * 4 + [1] * 4 + [0] * 4


def test_pages_follow_one_another_without_a_gap(tx: Tx) -> None:
    every = audit_search.page(tx, Search(places=BOTH))
    seen, after = list[Found](), NEWEST
    while found := audit_search.page(tx, Search(places=BOTH), after, most=5):
        seen += found
        mark = read_mark(str(found[-1].mark))
        assert mark
        after = mark
    assert tuple(seen) == every


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(places=("alfa",)), {"request.filed": 3, "request.taken": 3}),
        (Search(places=("beta",)), {"request.noted": 3}),
        (Search(places=(NOWHERE,)), {"staff.signed_in": 3}),
        (Search(places=("gama",)), {}),
        (Search(places=()), {}),
        (Search(places=BOTH, who="zana"), {"request.taken": 3, "staff.signed_in": 3}),
        (Search(places=BOTH, who="Zana"), {}),
        (Search(places=BOTH, act="request.noted"), {"request.noted": 3}),
        (Search(places=BOTH, reference="7K2Q-9FXA-8"), {"request.filed": 3, "request.taken": 3}),
        (Search(places=BOTH, reference="7K2Q-9FXA-8", who="zana"), {"request.taken": 3}),
        (Search(places=("beta",), reference="7K2Q-9FXA-8"), {}),
        (Search(places=("alfa",), since=dt.date(2026, 3, 6)), {"request.filed": 2, "request.taken": 2}),
        (Search(places=("alfa",), until=dt.date(2026, 3, 6)), {"request.filed": 2, "request.taken": 2}),
        (
            Search(places=BOTH, reference="7K2Q-9FXA-8", since=dt.date(2026, 3, 6), until=dt.date(2026, 3, 6)),
            {"request.filed": 1, "request.taken": 1},
        ),
    ],
)
def test_only_what_is_looked_for_is_found(tx: Tx, search: Search, found: dict[str, int]) -> None:
    counted = dict[str, int]()
    for act in acts(audit_search.page(tx, search)):
        counted[act] = counted.get(act, 0) + 1
    assert counted == found


@pytest.mark.parametrize("text", ["", "x", "1", "1.", ".a", "-1.a", "9" * 40 + ".a"])
def test_what_is_no_mark_is_none(text: str) -> None:  # R51
    assert read_mark(text) is None


def test_it_is_told_when_somebody_did_something_last(tx: Tx) -> None:
    assert audit_search.last(tx, "zana", Act.REQUEST_TAKEN) == NOW + 2 * DAY + 1
    assert audit_search.last(tx, "agron", Act.REQUEST_TAKEN) is None


def test_entries_from_before_there_were_columns_are_found_once_they_are_indexed() -> None:  # R39
    tx = memory_tx()
    for number in range(5):
        at = place(NOW + number)
        audit.write(tx, DESK, at, Act.REQUEST_TAKEN, company="alfa", reference="7K2Q-9FXA-8", details={"who": "zana"})
    forget_columns(tx)
    assert audit.seal_chain(tx, DESK, NOW + 9, "one")
    assert not audit_search.is_indexed(tx)
    assert audit_search.page(tx, Search(places=BOTH, who="zana")) == ()
    assert [audit.index_old(tx, most=3) for _ in range(3)] == [3, 2, 0]
    assert audit_search.is_indexed(tx)
    assert len(audit_search.page(tx, Search(places=BOTH, who="zana"))) == 5
    assert len(audit_search.of_case(tx, "7K2Q-9FXA-8")) == 5
    assert audit.verify(tx, DESK, []).faults == ()


def test_an_entry_that_cannot_be_read_is_passed_over() -> None:
    tx = memory_tx()
    audit.write(tx, DESK, place(NOW), Act.REQUEST_TAKEN, company="alfa")
    forget_columns(tx)
    tables_of(tx).execute("UPDATE audit SET body = '{'")
    assert [audit.index_old(tx), audit.index_old(tx)] == [1, 0]


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit SET who = 'agron' WHERE seq = 2",
        "UPDATE audit SET company = 'beta' WHERE seq = 2",
        "UPDATE audit SET company = NULL WHERE seq = 2",
        "UPDATE audit SET reference = 'N6QT-W4W2-J' WHERE seq = 2",
        "UPDATE audit SET act = 'request.noted' WHERE seq = 2",
        "UPDATE audit SET act = NULL WHERE seq = 2",
    ],
)
def test_columns_that_say_something_else_than_the_entry_are_found(tampering: str) -> None:  # R47
    tx = memory_tx()
    for number in range(3):
        at = place(NOW + number)
        audit.write(tx, DESK, at, Act.REQUEST_TAKEN, company="alfa", reference="7K2Q-9FXA-8", details={"who": "zana"})
    assert audit.seal_chain(tx, DESK, NOW + 9, "one")
    assert audit.verify(tx, DESK, []).faults == ()
    tables_of(tx).execute(tampering)
    fault = "Hyrja 2: kërkimi e gjen si diçka tjetër; kolonat e rreshtit janë ndryshuar."
    assert audit.verify(tx, DESK, []).faults == (fault,)


def test_what_an_entry_says_is_read_even_where_it_is_broken() -> None:
    made = Found(id="a", at=NOW, body="[1]", seq=None, previous=None, hash=None)
    assert made.read == {}
    assert Found(id="a", at=NOW, body=json.dumps({"act": "x"}), seq=1, previous="", hash="").read == {"act": "x"}


def forget_columns(tx: Tx) -> None:
    """Make the log as it was before there were columns to search by."""
    tables_of(tx).execute("UPDATE audit SET act = NULL, company = NULL, reference = NULL, who = NULL")
