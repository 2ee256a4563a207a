"""Every way in which a number or customer number is typed, and what none is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.identity.contacts import (
    Contact,
    ContactKind,
    NotKosovo,
    calling_code,
    fold_customer,
    is_kosovo_mobile,
    mask,
    read_contact,
    read_reach,
)


@pytest.mark.parametrize(
    "typed",
    [
        "044 123 456",
        "044/123-456",
        "044.123.456",
        "(044) 123 456",
        "044–123–456",
        "0 4 4 1 2 3 4 5 6",
        "+383 44 123456",
        "+383 (0)44 123 456",
        "0038344123456",
        "38344123456",
        "383 44 123 456",
        "44 123 456",
        "44123456",  # a customer number could look like this; a valid mobile wins
        "+377 44 123 456",
        "0037744123456",
        "377 44 123456",
        "numri im eshte 044123456",
        "numri: 044 123 456, faleminderit!",
        "nr.044123456",
        "\u202a+383 44 123 456\u202c",  # as phones copy it
        "٠٤٤ ١٢٣ ٤٥٦",
        "０４４　１２３　４５６",
    ],
)
def test_every_way_to_write_a_mobile_is_read(typed: str) -> None:
    expected = Contact(kind=ContactKind.NUMBER, value="+38344123456", masked="+383 44 *** *56")  # R46

    assert read_contact(typed) == expected


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("+386 43 123 456", "+38343123456"),
        ("0038649123456", "+38349123456"),
        ("38643123456", "+38343123456"),
        ("+37745123456", "+38345123456"),
        ("045 000 101", "+38345000101"),
        ("046 123 456", "+38346123456"),
        ("48 123 456", "+38348123456"),
        ("49 123 456 ose 044 123 456", "+38349123456"),
        ("kam +49 170 1234567 dhe 044 123 456", "+38344123456"),
    ],
)
def test_mobiles_of_every_operator_are_read_under_the_code_of_today(typed: str, value: str) -> None:
    contact = read_contact(typed)

    assert isinstance(contact, Contact)
    assert contact.value == value


@pytest.mark.parametrize(
    "typed",
    [
        "038 123 456",
        "+383 38 123 456",
        "+49 170 1234567",
        "00491701234567",
        "+386 41 123 456",  # Slovenia's own
        "+377 6 12 34 56 78",  # Monaco's own
        "+355 67 212 3456",
        "numri im është +41 79 123 45 67",
    ],
)
def test_landlines_and_numbers_of_other_countries_are_told_apart(typed: str) -> None:
    assert read_contact(typed) == NotKosovo()  # R10


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("A-1001", "A1001", "A-1001"),
        ("a-1001", "A1001", "a-1001"),
        ("A 1001", "A1001", "A 1001"),
        ("a 1001", "A1001", "a 1001"),
        ("1002003", "1002003", "1002003"),
        ("100 2003", "1002003", "100 2003"),
        ("ALFA-2024/77", "ALFA202477", "ALFA-2024/77"),
        ("klienti A-1001", "A1001", "A-1001"),
        ("numri i klientit: A-1001.", "A1001", "A-1001"),
        ("jam klienti i 1001", "1001", "1001"),
        ("NR 1001", "1001", "1001"),
        ("kodi im IP 1001", "IP1001", "IP 1001"),
        ("A-044123456", "A044123456", "A-044123456"),
        ("IP-044123456", "IP044123456", "IP-044123456"),
        ("44123", "44123", "44123"),
    ],
)
def test_customer_numbers_are_read_folded(typed: str, value: str, shown: str) -> None:
    assert read_contact(typed) == Contact(kind=ContactKind.CUSTOMER, value=value, masked=shown)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "po",
        "nuk e di",
        "A-10",
        "12",
        "+383 44 12",
        "1001 dhe 2002",
        "1" * 21,
        "+" * 99,
        "ë123ë",
        "١٢",
        "\ud83d123",
    ],
)
def test_what_names_nobody_is_nothing(typed: str) -> None:
    assert read_contact(typed) is None


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert read_contact("po " * 40_000 + "044 123 456") is None


_SEPARATORS = st.sampled_from(["", " ", "-", ".", "/", "  ", " - ", "–", "\u00a0", ")", "("])
_PREFIXES = st.sampled_from(["0", "+383", "00383", "383", "", "+383 (0)", "+383 "])


@given(
    st.sampled_from(["43", "44", "45", "46", "47", "48", "49"]),
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    _PREFIXES,
    st.lists(_SEPARATORS, min_size=8, max_size=8),
    st.sampled_from(["", "numri im ", "tel: ", "+ "]),
    st.sampled_from(["", ".", " faleminderit", ", ju lutem!"]),
)
def test_any_local_form_of_any_mobile_reads_as_the_same_number(
    operator: str, rest: str, prefix: str, separators: list[str], before: str, after: str
) -> None:
    if before == "+ ":
        before, prefix = "", "+ 383"
    national = "".join(digit + separator for digit, separator in zip(operator + rest, separators, strict=True))

    contact = read_contact(f"{before}{prefix}{national.rstrip(' (-./–')}{after}")

    assert isinstance(contact, Contact)
    assert (contact.kind, contact.value) == (ContactKind.NUMBER, f"+383{operator}{rest}")


@given(st.text() | st.text("0123456789+ -/().Aa", max_size=40))
def test_any_text_gives_one_well_formed_contact_or_none(typed: str) -> None:  # R51
    contact = read_contact(typed)

    if isinstance(contact, Contact):
        if contact.kind is ContactKind.NUMBER:
            assert is_kosovo_mobile(contact.value)
            assert read_contact(contact.value) == contact
        else:
            assert contact.value == fold_customer(contact.masked)
            assert contact.value.isascii()
            assert 4 <= len(contact.value) <= 20
            assert sum(c.isdecimal() for c in contact.value) >= 3


@given(st.text("0123456789", min_size=6, max_size=6))
def test_a_mask_shows_the_operator_and_two_digits_only(rest: str) -> None:  # R46
    assert mask(f"+38344{rest}") == f"+383 44 *** *{rest[-2:]}"


def test_a_foreign_number_is_masked_to_its_country_and_two_digits() -> None:  # R46
    assert mask("+491701234567") == "+49 *** *67"
    assert calling_code("+491701234567") == "+49"
    assert calling_code("nothing") == ""


def test_customer_numbers_fold_alike_however_they_are_written() -> None:
    assert {fold_customer(t) for t in ("a-1001", "A 1001", " A1001 ", "A–1001", "A.10/01")} == {"A1001"}


@pytest.mark.parametrize(
    ("typed", "kind", "value", "masked"),
    [
        ("Filan@Shembull.example", ContactKind.EMAIL, "filan@shembull.example", "f***@shembull.example"),
        (
            "më shkruani te filan.f@shembull.example.",
            ContactKind.EMAIL,
            "filan.f@shembull.example",
            "f***@shembull.example",
        ),
        ("044 123 456", ContactKind.NUMBER, "+38344123456", "+383 44 *** *56"),
        ("038 123 456", ContactKind.NUMBER, "+38338123456", "+383 38 *** *56"),
        ("+49 170 1234567", ContactKind.NUMBER, "+491701234567", "+49 *** *67"),
        ("+49 170 1234567, 044 123 456", ContactKind.NUMBER, "+38344123456", "+383 44 *** *56"),
    ],
)
def test_marketing_can_be_stopped_for_any_number_or_email(
    typed: str, kind: ContactKind, value: str, masked: str
) -> None:
    assert read_reach(typed) == Contact(kind=kind, value=value, masked=masked)  # R54


@pytest.mark.parametrize("typed", ["", "A-1001", "filan@", "@shembull.example", "filan@shembull", "2024"])
def test_a_customer_number_or_half_an_email_is_no_reach(typed: str) -> None:
    assert read_reach(typed) is None


@given(st.text())
def test_any_text_gives_a_reach_or_none(typed: str) -> None:  # R51
    read_reach(typed)
