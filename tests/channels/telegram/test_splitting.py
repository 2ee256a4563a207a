"""Long texts are cut where a reader would cut them, and nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.splitting import split
from tests.tools.botapi.markup import units


@given(text=st.text(st.sampled_from("aë9.,; \n•👩\u200d🏽中"), max_size=200), limit=st.integers(2, 60))
def test_the_parts_are_the_whole_and_each_fits(text: str, limit: int) -> None:
    parts = list(split(text, limit))
    assert "".join(parts) == text
    assert all(units(part) <= limit for part in parts)
    assert all(parts) or parts == [""]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Fjalia më e parë. Dhe e dyta, e gjatë shumë.", "Fjalia më e parë. "),
        ("Rreshti i parë\nDhe i dyti. Fund i gjatë.", "Rreshti i parë\n"),
        ("Kushtet: 9.1. Njëra. 9.2. Tjetra dhe me radhë", "Kushtet: 9.1. Njëra. "),
        ("Mundësitë: • njëra. Ajo • tjetra e gjatë", "Mundësitë: • njëra. Ajo "),
        ("Neni flet sipas pikës 5. Kontrolluesi tjetër", "Neni flet sipas pikës 5. "),
        ("Neni flet për pikën 5. e tij tjetër", "Neni flet për pikën 5. e "),
        ("Njëra, dhe tjetra, e gjatë, pa fjali fare", "Njëra, dhe tjetra, "),
        ("Vetëm fjalë pa asnjë shenjë mes tyre fare", "Vetëm fjalë pa asnjë "),
        ("Fjalë" * 10, ("Fjalë" * 10)[:26]),
    ],
)
def test_a_text_is_cut_at_the_best_place_of_its_second_half(text: str, first: str) -> None:
    assert next(split(text, 26)) == first


def test_the_number_of_a_clause_stays_with_it() -> None:
    text = " ".join(f"9.1.{n}. klienti jep të dhënat, dhe kontrolluesi i ruan" for n in range(1, 9))
    parts = list(split(text, 120))
    assert len(parts) > 3
    assert all(part.startswith("9.1.") for part in parts)
