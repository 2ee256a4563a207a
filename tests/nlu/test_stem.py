"""The stemmer brings the forms of a word together and never leaves a stump."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.stem import stem


@pytest.mark.parametrize(
    "forms",
    [
        ("reklamat", "reklamave", "reklamen", "reklamet"),
        ("kontrata", "kontraten", "kontratat", "kontratave"),
        ("ruhen", "ruhet"),
        ("kerkoj", "kerkon", "kerkoni", "kerkojne", "kerkuar"),
        ("llogaria", "llogarine"),
        ("fshihet", "fshihen"),
        ("korrigjimi", "korrigjimit", "korrigjim"),
    ],
)
def test_the_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("kontrata", "kontrolli"), ("ruaj", "reklama"), ("adresa", "adoleshenti"), ("fshij", "fsheh")],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert stem(one) != stem(other)


def test_the_longest_ending_is_cut_first() -> None:
    assert stem("kerkesave") == "kerkes"  # -ave, not -ve or -e


@pytest.mark.parametrize("word", ["te", "une", "9.1.2", "2021", "dpo@shembulli.example", "12at", ""])
def test_short_words_and_numbers_stay(word: str) -> None:
    assert stem(word) == word


@pytest.mark.parametrize("word", ["dite", "zeri", "nene"])
def test_three_letters_are_left_at_least(word: str) -> None:
    assert stem(word) == word[:3]


@given(st.text("abcdefghijklmnopqrstuvxyz", min_size=4))
def test_a_stem_begins_the_word_and_has_three_letters(word: str) -> None:
    assert word.startswith(stem(word))
    assert len(stem(word)) >= 3


@given(st.text())
def test_any_text_has_a_stem(word: str) -> None:
    assert word.startswith(stem(word))
