"""Training on a few phrases: the same weights every time, and the recogniser knows what it was taught."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from bot.knowledge.train import Opinion, train
from bot.nlu.features import Features, extract
from bot.nlu.fold import fold
from bot.nlu.lexicon import Forms, Lexicon
from bot.nlu.recogniser import GROUPS, Recogniser, Weights

PHRASES = {
    "access": ["dua kopjen e dosjes", "ma dërgoni kopjen", "një kopje ju lutem", "kopjen e të dhënave"],
    "erasure": ["fshini dosjen time", "m'i fshini të dhënat", "dua fshirjen", "fshini krejt"],
    "weather": ["a bie shi nesër", "si është moti", "sot ka diell", "moti nesër"],
    "thanks": ["faleminderit", "rrofshi shumë", "flm", "ju falënderoj"],
}
LEXICON = Lexicon(Forms({"delete": ["fshij", "fshini", "fshirjen"]}), ())
COARSE = {"access": "rights", "erasure": "rights", "weather": "rest", "thanks": "rest"}


def features(phrase: str) -> Features:
    tokens = LEXICON.tokens(fold(phrase))
    return extract(tokens, LEXICON.concepts(tokens))


def trained(opinions: Sequence[Opinion] = (), only: Sequence[str] = tuple(PHRASES)) -> Weights:
    examples = [(name, phrase) for name in only for phrase in PHRASES[name]]
    return train([features(phrase) for _, phrase in examples], [name for name, _ in examples], opinions)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return trained()


def best(weights: Weights, phrase: str) -> str:
    return weights.classes[int(Recogniser(weights).margins(features(phrase)).argmax())]


@pytest.mark.parametrize(("name", "phrase"), [(name, said) for name, all_ in PHRASES.items() for said in all_])
def test_what_was_taught_is_known(weights: Weights, name: str, phrase: str) -> None:
    assert best(weights, phrase) == name


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("KOPJE!!", "access"),
        ("a mund të marr kopjen time sot", "access"),
        ("fshije dosjen", "erasure"),
        ("moti sot", "weather"),
        ("falemnderit", "thanks"),
    ],
)
def test_what_is_said_otherwise_is_recognised(weights: Weights, phrase: str, name: str) -> None:
    assert best(weights, phrase) == name


def test_the_same_examples_give_the_same_weights(weights: Weights) -> None:
    again = trained()
    assert again.classes == weights.classes
    for one, other in zip(again.rows, weights.rows, strict=True):
        assert np.array_equal(one, other)
    for name in ("table", "scale", "bias", "rarity"):
        assert np.array_equal(getattr(again, name), getattr(weights, name))


def test_classes_are_sorted_and_each_has_a_column(weights: Weights) -> None:
    assert weights.classes == ("access", "erasure", "thanks", "weather")
    assert weights.table.shape[1] == len(weights.scale) == len(weights.bias) == 4


def test_weights_are_bytes_and_the_largest_of_each_class_fills_its_byte(weights: Weights) -> None:
    assert weights.table.dtype == np.int8
    assert np.abs(weights.table.astype(int)).max(axis=0).tolist() == [127] * 4


def test_every_row_stands_for_one_feature(weights: Weights) -> None:
    numbered = np.concatenate([rows[rows > 0] for rows in weights.rows])
    assert sorted(numbered.tolist()) == list(range(1, weights.table.shape[0]))


def test_words_and_concepts_are_kept_and_letters_when_two_examples_have_them(weights: Weights) -> None:
    taught = [features(phrase) for said in PHRASES.values() for phrase in said]
    for group, rows in zip(GROUPS, weights.rows, strict=True):
        seen = Counter(number for example in taught for number in getattr(example, group))
        fewest = 2 if group == "letters" else 1
        assert {number for number, times in seen.items() if times >= fewest} == set(np.flatnonzero(rows))


def test_what_never_occurred_has_no_say(weights: Weights) -> None:
    assert not weights.table[0].any()
    margins = Recogniser(weights).margins(features("qwxyz"))
    assert np.allclose(margins, weights.bias)


def test_a_rare_feature_weighs_more_than_a_common_one(weights: Weights) -> None:
    (common,) = set(features("dua").words)
    (rare,) = set(features("diell").words)
    row = weights.rows[0]
    assert weights.rarity[row[rare]] > weights.rarity[row[common]]
    assert weights.rarity[0] >= weights.rarity.max()


def test_two_classes_get_a_column_each() -> None:
    two = trained(only=["access", "erasure"])
    assert two.table.shape[1] == 2
    assert best(two, "kopje") == "access"
    assert best(two, "fshini") == "erasure"


def test_one_class_cannot_be_told_from_nothing() -> None:
    with pytest.raises(ValueError, match="fewer than two classes"):
        trained(only=["access"])


class TestSecondOpinions:
    def test_an_opinion_lifts_the_classes_it_speaks_for(self, weights: Weights) -> None:
        # Both words were said of rights and of nothing else.
        heard = trained([Opinion(label_of=COARSE, trust=1.0)])
        said = features("kopje fshini")
        gain = Recogniser(heard).margins(said) - Recogniser(weights).margins(said)
        access, erasure, thanks, weather = gain.tolist()
        assert access == pytest.approx(erasure)
        assert thanks == pytest.approx(weather)
        assert access > 0 > thanks

    def test_it_counts_as_much_as_it_is_trusted(self, weights: Weights) -> None:
        said = features("kopje fshini")
        alone = Recogniser(weights).margins(said)
        half = Recogniser(trained([Opinion(label_of=COARSE, trust=0.5)])).margins(said) - alone
        whole = Recogniser(trained([Opinion(label_of=COARSE, trust=1.0)])).margins(said) - alone
        none = Recogniser(trained([Opinion(label_of=COARSE, trust=0.0)])).margins(said) - alone
        assert np.allclose(half * 2, whole, atol=1e-5)
        assert np.allclose(none, 0, atol=1e-6)

    def test_it_points_every_class_to_its_column(self) -> None:
        heard = trained([Opinion(label_of=COARSE, trust=0.3)])
        (speaking,) = heard.opinions
        assert speaking.tolist() == [5, 5, 4, 4]  # after the four classes: rest, rights
        assert heard.trust == (0.3,)
        assert heard.table.shape[1] == 6

    def test_two_of_them_have_columns_of_their_own(self) -> None:
        fine = {name: name.upper() for name in PHRASES}
        heard = trained([Opinion(label_of=COARSE, trust=0.3), Opinion(label_of=fine, trust=0.2)])
        assert [speaking.tolist() for speaking in heard.opinions] == [[5, 5, 4, 4], [6, 7, 8, 9]]
        assert heard.table.shape[1] == len(heard.scale) == len(heard.bias) == 10

    def test_one_that_says_the_same_of_all_is_left_out(self) -> None:
        heard = trained(
            [
                Opinion(label_of=dict.fromkeys(PHRASES, "all"), trust=0.5),
                Opinion(label_of=COARSE, trust=0.3),
            ]
        )
        assert heard.trust == (0.3,)
        assert len(heard.opinions) == 1
