"""Which clauses an answer quotes, and which edition of a policy holds on a day."""

import datetime as dt
from collections.abc import Mapping

import pytest

from bot.policy.answers import Answer, Grid
from bot.policy.clauses import Anchor, EntryKind, PolicyText, Version, cut
from bot.policy.company import MOST_CITED, MOST_QUOTED, Company, Edition

FIRST, SECOND = dt.date(2020, 1, 1), dt.date(2022, 6, 15)
LONG = "fjalë " * 200  # 1,200 characters
TEXT = f"a. një a.1 pjesë b. dy c. tre d. katër x. {LONG} y. {LONG} z. {LONG}"


def _text(effective: dt.date) -> PolicyText:
    names = ["a.", "a.1", "b.", "c.", "d.", "x.", "y.", "z."]
    anchors = [
        Anchor(
            kind=EntryKind.CLAUSE,
            id=name.rstrip("."),
            label=name,
            starts=name,
            part_of="a" if name == "a.1" else None,
        )
        for name in names
    ]
    version = Version(id=str(effective), dated=None, effective=effective, sha256="")
    return PolicyText(company="shembulli", text=TEXT, version=version, entries=cut(TEXT, anchors))


def _edition(cites: Mapping[str, tuple[str, ...]], effective: dt.date = FIRST) -> Edition:
    answers = {
        topic: Answer(
            company="shembulli",
            topic=topic,
            part="pjesa",
            label=topic,
            says="Po.",
            cites=clauses,
            then=(),
            silent=False,
            approval=None,
        )
        for topic, clauses in cites.items()
    }
    return Edition(text=_text(effective), answers=answers, grid=Grid(cells={}, overview={}))


def cited(*topics: str, **cites: tuple[str, ...]) -> list[str]:
    return [p.clause for p in _edition(cites).cited(topics)]


def test_an_answer_quotes_its_clauses_the_best_first() -> None:
    assert cited("one", one=("c", "a", "b")) == ["c", "a", "b"]


def test_two_answers_take_turns() -> None:
    assert cited("one", "two", one=("a", "b"), two=("c", "d")) == ["a", "c", "b"]


def test_no_more_than_three_clauses_are_quoted() -> None:
    quoted = cited("one", "two", one=("a", "b", "c"), two=("d",))
    assert len(quoted) == MOST_CITED
    assert quoted == ["a", "d", "b"]


def test_a_clause_that_both_answers_cite_is_quoted_once() -> None:
    assert cited("one", "two", one=("b", "c"), two=("b", "d")) == ["b", "c", "d"]


def test_a_clause_inside_one_already_quoted_is_left_out() -> None:
    assert cited("one", one=("a", "a.1", "b")) == ["a", "b"]


def test_quotes_together_stay_within_the_limit_and_a_shorter_one_may_still_fit() -> None:
    edition = _edition({"one": ("x", "y", "z"), "two": ("b",)})
    assert [p.clause for p in edition.cited(("one",))] == ["x", "y"]
    both = edition.cited(("one", "two"))
    assert [p.clause for p in both] == ["x", "b", "y"]
    assert sum(len(p.quote) for p in both) <= MOST_QUOTED


def test_a_topic_without_answer_is_an_error() -> None:
    with pytest.raises(KeyError):
        cited("nowhere", one=("a",))


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (dt.date(2019, 1, 1), FIRST),  # before the first there is none other to answer from
        (FIRST, FIRST),
        (dt.date(2022, 6, 14), FIRST),
        (SECOND, SECOND),
        (dt.date(2030, 1, 1), SECOND),
    ],
)
def test_an_edition_holds_from_its_day_until_the_next(day: dt.date, in_force: dt.date) -> None:
    company = Company(
        id="shembulli",
        name="Shembulli",
        aliases=(),
        acts={},
        contact="",
        agency=None,
        switched_off=frozenset(),
        editions=(_edition({}, FIRST), _edition({}, SECOND)),
    )
    assert company.on(day).text.version.effective == in_force
