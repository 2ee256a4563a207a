"""The recogniser weighs features as its weights say, each group alike whatever the length of the message."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.nlu.features import SIZE, Features
from bot.nlu.recogniser import Recogniser, Weights, shares

KNOWN, RARE, CONCEPT, LETTERS, UNKNOWN = 11, 12, 21, 31, 99


def _rows(**numbered: int) -> NDArray[np.int32]:
    rows = np.zeros(SIZE, dtype=np.int32)
    for name, row in numbered.items():
        rows[{"known": KNOWN, "rare": RARE, "concept": CONCEPT, "letters": LETTERS}[name]] = row
    return rows


WEIGHTS = Weights(
    classes=("access", "erasure"),
    rows=(_rows(known=1, rare=2), _rows(concept=3), _rows(letters=4)),
    rarity=np.array([1.0, 1.0, 3.0, 1.0, 1.0], dtype=np.float32),
    table=np.array([[0, 0], [10, -10], [-10, 10], [20, 0], [0, 30]], dtype=np.int8),
    scale=np.array([0.1, 0.1], dtype=np.float32),
    bias=np.array([-0.5, -1.0], dtype=np.float32),
    share=(1.0, 0.5, 2.0),
    opinions=(),
    trust=(),
)


def margins(
    weights: Weights = WEIGHTS,
    *,
    words: tuple[int, ...] = (),
    concepts: tuple[int, ...] = (),
    letters: tuple[int, ...] = (),
) -> list[float]:
    features = Features(words=words, concepts=concepts, letters=letters)
    return [round(float(m), 3) for m in Recogniser(weights).margins(features)]


def test_a_message_without_features_has_the_bias() -> None:
    assert margins() == [-0.5, -1.0]


def test_a_message_of_unknown_features_has_the_bias() -> None:
    assert margins(words=(UNKNOWN,), concepts=(UNKNOWN,), letters=(UNKNOWN,)) == [-0.5, -1.0]


def test_a_known_word_speaks_for_its_class_and_against_the_other() -> None:
    assert margins(words=(KNOWN,)) == [0.5, -2.0]


def test_each_group_counts_by_its_share() -> None:
    assert margins(concepts=(CONCEPT,)) == [0.5, -1.0]
    assert margins(letters=(LETTERS,)) == [-0.5, 5.0]
    assert margins(words=(KNOWN,), concepts=(CONCEPT,), letters=(LETTERS,)) == [1.5, 4.0]


def test_a_rare_word_outweighs_a_common_one() -> None:
    # Lengths 1 and 3 brought to one: (1·10 − 3·10)/√10 · 0.1.
    assert margins(words=(KNOWN, RARE)) == [round(-0.5 - 2 / 10**0.5, 3), round(-1.0 + 2 / 10**0.5, 3)]


def test_unknown_words_thin_out_the_known_ones() -> None:
    assert margins(words=(KNOWN, UNKNOWN, UNKNOWN, UNKNOWN)) == [0.0, -1.5]


def test_a_long_message_shouts_no_louder_than_a_short_one() -> None:
    assert margins(words=(KNOWN,) * 4) == [round(-0.5 + 2, 3), round(-1.0 - 2, 3)]  # √4 times, not 4 times


def test_features_that_weigh_nothing_are_passed_over() -> None:
    weightless = replace(WEIGHTS, rarity=np.zeros(5, dtype=np.float32))
    assert margins(weightless, words=(KNOWN,), concepts=(CONCEPT,)) == [-0.5, -1.0]


def test_a_second_opinion_counts_as_far_as_it_is_trusted() -> None:
    # A third column speaks for both classes together, the fourth for nobody.
    opinion = replace(
        WEIGHTS,
        table=np.hstack([WEIGHTS.table, np.full((5, 2), 40, dtype=np.int8)]),
        scale=np.array([0.1, 0.1, 0.1, 0.1], dtype=np.float32),
        bias=np.array([-0.5, -1.0, 0.0, -4.0], dtype=np.float32),
        opinions=(np.array([2, 3], dtype=np.int32),),
        trust=(0.5,),
    )
    assert margins(opinion, words=(KNOWN,)) == [0.5 + 2.0, -2.0 + 0.0]
    assert margins(opinion) == [-0.5, -1.0 - 2.0]
    assert margins(replace(opinion, trust=(0.0,)), words=(KNOWN,)) == [0.5, -2.0]


def test_the_same_message_scores_the_same_again() -> None:
    recogniser = Recogniser(WEIGHTS)
    features = Features(words=(KNOWN,), concepts=(CONCEPT,), letters=(LETTERS, UNKNOWN))
    first = recogniser.margins(features)
    recogniser.margins(Features(words=(RARE,), concepts=(), letters=()))
    assert np.array_equal(recogniser.margins(features), first)


def test_shares_are_a_softmax() -> None:
    one, other = shares(np.array([1.0, 0.0], dtype=np.float32), 2.0)
    assert one / other == pytest.approx(np.exp(2.0), rel=1e-5)


@given(
    st.lists(st.floats(-50, 50, width=32), min_size=1, max_size=40),
    st.floats(0.5, 20),
)
def test_shares_sum_to_one_and_keep_the_order(scores: list[float], sharpness: float) -> None:
    given_margins = np.array(scores, dtype=np.float32)
    found = shares(given_margins, sharpness)
    assert float(found.sum()) == pytest.approx(1.0, abs=1e-4)
    assert np.all(np.diff(found[np.argsort(given_margins, kind="stable")]) >= 0)


def test_a_sharper_share_sets_the_best_further_apart() -> None:
    scores = np.array([0.5, 0.2, -1.0], dtype=np.float32)
    assert shares(scores, 8.0)[0] > shares(scores, 2.0)[0]
