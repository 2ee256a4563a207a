"""Reference numbers are found in what people type, and never mistaken for another."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_37_36

from bot.services.records.references import new_reference, read_reference
from tests.tools.desks import SeededRandomness

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOOKS_LIKE = {"O": "0", "I": "1", "L": "1"}

references = st.integers(0, 2**32).map(lambda seed: new_reference(SeededRandomness(seed)))


def _bare(reference: str) -> str:
    return reference.replace("-", "")


def test_a_reference_is_eight_letters_and_a_check_character() -> None:
    reference = new_reference(SeededRandomness(1))
    assert [len(part) for part in reference.split("-")] == [4, 4, 1]
    assert mod_37_36.is_valid(_bare(reference))


@given(references)
def test_a_reference_is_read_as_it_was_given(reference: str) -> None:
    assert read_reference(reference) == reference


@given(references)
def test_no_reference_holds_two_characters_that_look_alike(reference: str) -> None:
    assert not set(_bare(reference)) & set("OIL")
    assert not set(_bare(reference)[:8]) & set("01")


@given(references, st.integers(0, 8), st.sampled_from(_ALPHABET))
def test_every_wrong_character_is_refused(reference: str, place: int, wrong: str) -> None:
    bare = _bare(reference)
    typed = bare[:place] + wrong + bare[place + 1 :]
    same = _LOOKS_LIKE.get(wrong, wrong) == bare[place]
    assert read_reference(typed) == (reference if same else None)


@given(references, st.integers(0, 7))
def test_every_swap_of_neighbours_is_refused(reference: str, place: int) -> None:
    bare = _bare(reference)
    typed = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    assert read_reference(typed) == (reference if typed == bare else None)


def test_every_slip_of_many_references_is_refused() -> None:
    for seed in range(300):
        bare = _bare(new_reference(SeededRandomness(seed)))
        slips = {bare[:i] + c + bare[i + 1 :] for i in range(9) for c in set(_ALPHABET) - {bare[i]} - set("OIL")}
        slips |= {bare[:i] + bare[i + 1] + bare[i] + bare[i + 2 :] for i in range(8)} - {bare}
        assert [slip for slip in slips if read_reference(slip)] == []


_WRITTEN = [
    "{a}-{b}-{c}",
    "{a}{b}{c}",
    "{a} {b} {c}",
    "{a}{b} {c}",
    "{a}-{b}{c}",
    "{a} - {b} – {c}",
    "rasti im është {a}-{b}-{c}, a ka diçka?",
    "nr.{a}-{b}-{c}.",
    "#{a}{b}{c}!",
    "44 12 {a}-{b}-{c}",
    "(({a}‑{b}‑{c}))",
    "\n\t{a}_{b}_{c}\u00a0",
]


@pytest.mark.parametrize("form", _WRITTEN)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_reference_is_found_however_it_is_written(form: str, seed: int) -> None:
    a, b, c = new_reference(SeededRandomness(seed)).split("-")
    for case in (str.upper, str.lower, str.title):
        assert read_reference(case(form.format(a=a, b=b, c=c))) == f"{a}-{b}-{c}"


def test_spaces_between_all_characters_do_not_matter() -> None:
    reference = new_reference(SeededRandomness(5))
    assert read_reference(" ".join(_bare(reference).lower())) == reference


@pytest.mark.parametrize(("shown", "typed"), [("0", "oO0"), ("1", "iIlL1")])
def test_what_looks_like_the_check_character_is_it(shown: str, typed: str) -> None:
    found = (new_reference(SeededRandomness(seed)) for seed in range(10_000))
    reference = next(r for r in found if r.endswith(shown))
    for character in typed:
        assert read_reference(reference[:-1] + character) == reference


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "po",
        "ku është kërkesa ime?",
        "referenca",
        "044 000 123",
        "+383 44 000 123",
        "123456",
        "A-1001",
        "7K2Q-9FXA",
        "7K2Q-9FXA-",
        "😀" * 50,
        "\ud800",
        "-" * 5000,
    ],
)
def test_other_texts_hold_no_reference(text: str) -> None:
    assert read_reference(text) is None


def test_words_are_never_a_reference() -> None:
    letters = "ABCDEFGHJKMNPQRSTUVWXYZ"
    chance = random.Random(1)  # noqa: S311  for tests only
    words = ["".join(chance.choices(letters, k=8)) for _ in range(2000)]
    assert [w for w in words if read_reference(w + mod_37_36.calc_check_digit(w))] == []


def test_digits_alone_are_never_a_reference() -> None:
    chance = random.Random(1)  # noqa: S311  for tests only
    numbers = ["".join(chance.choices("23456789", k=8)) for _ in range(2000)]
    assert [n for n in numbers if read_reference(n + mod_37_36.calc_check_digit(n))] == []


@given(st.text(max_size=300))
def test_any_text_can_be_looked_through(text: str) -> None:  # R51
    found = read_reference(text)
    assert found is None or read_reference(found) == found
