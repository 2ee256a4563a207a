"""The grid tells where among purposes and aspects a topic stands."""

import pytest

from bot.policy.answers import Grid

GRID = Grid(
    cells={
        "contract": {"data": "data-contract", "recipients": "recipients-all"},
        "newsletter": {"recipients": "recipients-all", "retention": "retention-newsletter"},
    },
    overview={"retention": "retention-overview"},
)


@pytest.mark.parametrize(
    ("topic", "place"),
    [
        ("data-contract", ("contract", "data")),
        ("retention-newsletter", ("newsletter", "retention")),
        ("recipients-all", ("contract", "recipients")),  # in two cells: the first wins
        ("retention-overview", None),
        ("nowhere", None),
    ],
)
def test_a_topic_is_placed_by_purpose_and_aspect(topic: str, place: tuple[str, str] | None) -> None:
    assert GRID.place(topic) == place


def test_an_empty_grid_places_nothing() -> None:
    assert Grid(cells={}, overview={}).place("data-contract") is None
