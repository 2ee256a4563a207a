"""Which clauses an answer quotes, and which edition of a policy holds on a day."""

import datetime as dt
from collections.abc import Mapping
from typing import ClassVar

import pytest

from bot.policy.answers import Grid
from bot.policy.clauses import Anchor, EntryKind, PolicyText, Version, cut
from bot.policy.company import MOST_CITED, MOST_QUOTED, Company, Edition
from tests.tools.editions import EMPTY, answer, edition

FIRST, SECOND = dt.date(2020, 1, 1), dt.date(2022, 6, 15)
HALF = "f" * (MOST_QUOTED // 2 - 3)  # with its number, half of what may be quoted
TEXT = f"a. një a.1 pjesë b. dy c. tre d. katër x. {HALF} y. {HALF} z. {HALF}f"


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
    answers = {topic: answer(topic, *clauses) for topic, clauses in cites.items()}
    return Edition(text=_text(effective), answers=answers, grid=EMPTY)


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


def test_quotes_together_fill_the_limit_and_no_more() -> None:
    both = _edition({"one": ("x", "y")}).cited(("one",))
    assert [p.clause for p in both] == ["x", "y"]
    assert sum(len(p.quote) for p in both) == MOST_QUOTED
    assert cited("one", one=("x", "z")) == ["x"]


def test_after_a_quote_too_long_a_shorter_one_may_still_fit() -> None:
    assert cited("one", one=("x", "z", "b")) == ["x", "b"]


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


class TestThePurposeOfATopic:
    GRID = Grid(
        cells={"contract": {"data": "data-contract"}, "newsletter": {"data": "data-newsletter", "basis": "law"}},
        overview={"data": "data-all"},
    )
    PARTS: ClassVar = {
        "data-contract": "contract",
        "sign-contract": "contract",
        "data-newsletter": "newsletter",
        "law": "rest",
        "data-all": "overviews",
    }

    @pytest.mark.parametrize(
        ("topic", "purpose"),
        [
            ("data-contract", "contract"),
            ("law", "newsletter"),  # its cell goes before the part it stands under
            ("sign-contract", "contract"),  # in no cell, but in the part of one
            ("data-all", None),
        ],
    )
    def test_is_that_of_its_cell_or_of_its_part(self, topic: str, purpose: str | None) -> None:
        assert edition(self.PARTS, self.GRID).purpose(topic) == purpose

    def test_is_open_where_two_purposes_share_a_part(self) -> None:
        shared = {**self.PARTS, "data-newsletter": "contract"}
        assert edition(shared, self.GRID).purpose("sign-contract") is None
        assert edition(shared, self.GRID).purpose("data-contract") == "contract"

    def test_may_be_asked_where_a_cell_has_no_answer(self) -> None:
        lacking = {topic: part for topic, part in self.PARTS.items() if topic != "law"}
        assert edition(lacking, self.GRID).purpose("sign-contract") == "contract"
