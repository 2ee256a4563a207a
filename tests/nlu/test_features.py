"""A message becomes hashed numbers, the same on every machine and every day."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.features import SIZE, Features, extract
from bot.nlu.fold import fold
from bot.nlu.lexicon import Forms, Lexicon

LEXICON = Lexicon(Forms({}), ["kontrata"])


def features(message: str, *concepts: str) -> Features:
    return extract(LEXICON.tokens(message), concepts)


def number(name: str) -> int:
    return zlib.crc32(name.encode()) % SIZE


def test_words_are_stems_and_pairs_of_stems() -> None:
    assert set(features("ruani reklamat").words) == {
        number("w rua"),
        number("w reklam"),
        number("b rua reklam"),
    }


def test_the_order_of_words_shows_in_the_pairs_only() -> None:
    one, other = set(features("sa gjate").words), set(features("gjate sa").words)
    assert len(one & other) == 2
    assert len(one ^ other) == 2


def test_concepts_and_their_pairs_do_not_depend_on_order() -> None:
    one = set(features("x", "delete", "how-long").concepts)
    assert one == {number("c delete"), number("c how-long"), number("p delete how-long")}
    assert one == set(features("x", "how-long", "delete").concepts)


def test_letters_are_runs_of_three_to_five_with_the_edges_marked() -> None:
    assert set(features("sa").letters) == {number(run) for run in ("<sa", "sa>", "<sa>")}
    runs = {"<kop", "kopj", "opje", "pje>", "<ko", "kop", "opj", "pje", "je>", "<kopj", "kopje", "opje>"}
    assert set(features("kopje").letters) == {number(run) for run in runs}


def test_letters_are_those_typed_and_words_those_meant() -> None:
    mended, right = features("kontrta"), features("kontrata")
    assert mended.words == right.words
    assert mended.letters != right.letters


def test_a_repeated_word_counts_once() -> None:
    assert len(features("sa sa sa").words) == 2  # the word, and the pair of it with itself
    assert set(features("sa sa sa").letters) == set(features("sa").letters)


def test_a_story_of_many_concepts_makes_no_flood_of_pairs() -> None:
    many = [f"concept-{i}" for i in range(60)]
    assert len(features("x", *many).concepts) <= 60 + 14 * 13 / 2


def test_no_words_no_features() -> None:
    assert features("") == Features(words=(), concepts=(), letters=())


@given(st.text(), st.lists(st.text(st.characters(codec="utf-8"))))
def test_every_number_is_in_range(text: str, concepts: list[str]) -> None:
    found = features(fold(text), *concepts)
    assert all(0 <= n < SIZE for n in (*found.words, *found.concepts, *found.letters))
    assert bool(found.letters) == bool(fold(text))
