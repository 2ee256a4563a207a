"""Numbers of people are found in what is about to be told, and nothing else is taken for one (R43)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.office.personal_numbers import PersonalNumber, find

FOUND = {
    "Na thirrni 044 123 456": PersonalNumber.PHONE,
    "+383 44 123 456": PersonalNumber.PHONE,
    "044/123-456": PersonalNumber.PHONE,
    "Numri juaj në Gjermani: +49 151 23456789": PersonalNumber.PHONE,
    "nr. personal 1234567890.": PersonalNumber.PERSONAL,
    "1234 567 890": PersonalNumber.PERSONAL,
    "１２３４５６７８９０": PersonalNumber.PERSONAL,
    "12345\u200b67890": PersonalNumber.PERSONAL,
    "XK05 1212 0123 4567 8906 dhe kaq": PersonalNumber.IBAN,
    "xk051212012345678906": PersonalNumber.IBAN,
    "DE89370400440532013000": PersonalNumber.IBAN,
    "kartela 4111 1111 1111 1111": PersonalNumber.CARD,
    "4111-1111-1111-1111": PersonalNumber.CARD,
    "llogaria 1212012345678906": PersonalNumber.LONG,
}
PLAIN = (
    "Deri më 2026-05-29 dhe 5 prill 2026",
    "më 05.03.2026 e 06.04.2026, 30.09.2025-31.12.2025",
    "5 €, 12,50 euro, 250000 euro, viti 2024, 2025, 2026",
    "2024 2025 2026",
    "7K2Q-9FXA-8",
    "pika 9.4, 10.3, 30.1 dhe 5 vjet",
    "",
)


@pytest.mark.parametrize("text", FOUND)
def test_a_number_of_a_person_is_found(text: str) -> None:  # R43
    assert find(text) is FOUND[text]


@pytest.mark.parametrize("text", PLAIN)
def test_dates_amounts_clauses_and_references_are_no_such_numbers(text: str) -> None:
    assert find(text) is None


def test_the_companys_own_number_may_stand_and_no_other_beside_it() -> None:
    assert find("Na thirrni në 038 200 200", "Zyrtari: +383 38 200 200") is None
    assert find("Në 038 200 200 ose 044 123 456", "Zyrtari: +383 38 200 200") is PersonalNumber.PHONE


@given(st.text())
def test_any_text_is_read(text: str) -> None:  # R51
    find(text)


@given(
    st.integers(min_value=10**9, max_value=10**10 - 1), st.sampled_from(["{}", "nr {}.", "({})", "{}, faleminderit"])
)
def test_ten_digits_in_a_row_never_pass(number: int, around: str) -> None:
    assert find(around.format(number)) is not None
