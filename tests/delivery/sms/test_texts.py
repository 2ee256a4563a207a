"""Texts as short messages: which alphabet, how many, and that nothing is lost or torn."""

import pytest
from aiosmpplib.codec import (
    GSM_BASIC_ENCODE_MAP,
    GSM_EXTENDED_ENCODE_MAP,
    GSM7BitCodec,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.sms.port import SmsError
from bot.delivery.sms.texts import MOST_PARTS, Part, parts, reference_of

GSM = "".join([*GSM_BASIC_ENCODE_MAP, *GSM_EXTENDED_ENCODE_MAP])
_ANY = st.characters(codec="utf-16-be")  # no halves of surrogate pairs


def shown(of: tuple[Part, ...]) -> str:
    """What a phone shows of parts; each is read by itself, so that a torn sign would be seen."""
    datas = [part.data[6:] if part.has_header else part.data for part in of]
    if of[0].is_gsm:
        return "".join(GSM7BitCodec().decode(data)[0] for data in datas)
    return "".join(data.decode("utf-16-be") for data in datas)


@given(st.text(st.sampled_from(GSM), min_size=1, max_size=700))
def test_a_text_of_the_gsm_alphabet_comes_whole_in_seven_bit(text: str) -> None:
    made = parts(text, "k")
    assert all(part.is_gsm for part in made)
    assert shown(made) == text
    assert all(max(part.data[6:] if part.has_header else part.data) < 128 for part in made)


@given(st.text(_ANY, min_size=1, max_size=300))
def test_any_other_text_comes_whole_too(text: str) -> None:  # R51
    assert shown(parts(text, "k")) == text


@given(st.text(_ANY | st.sampled_from(GSM), min_size=1, max_size=300), st.text(min_size=1, max_size=20))
def test_each_part_fits_and_says_which_it_is(text: str, key: str) -> None:
    made = parts(text, key)
    for number, part in enumerate(made, 1):
        assert part.has_header == (len(made) > 1)
        if part.has_header:
            assert part.data[:6] == bytes((5, 0, 3, reference_of(key) & 0xFF, len(made), number))
            assert len(part.data) - 6 <= (153 if part.is_gsm else 134)
        else:
            assert len(part.data) <= (160 if part.is_gsm else 140)


@pytest.mark.parametrize(
    ("text", "is_gsm"),
    [
        ("Kodi juaj: 012345", True),
        ("é è ù ì ò à Ç Ø ø Å å ä ö ñ ü Ä Ö Ñ Ü § £ ¥", True),
        ("5 € [a] {b} ~ | ^ \\", True),
        ("kërkesë", False),
        ("çfarë", False),
        ("ç", False),
        ("Ë", False),
        ("„kod”", False),
        ("kod 😀", False),
    ],
)
def test_what_the_gsm_alphabet_lacks_goes_in_ucs2(text: str, is_gsm: bool) -> None:  # noqa: FBT001
    assert parts(text, "k")[0].is_gsm == is_gsm


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ë" * 70, 1),
        ("ë" * 71, 2),
        ("ë" * 134, 2),
        ("ë" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_are_counted_as_operators_count_them(text: str, count: int) -> None:
    assert len(parts(text, "k")) == count


def test_neither_an_escape_nor_a_pair_is_torn_at_the_seam() -> None:
    for text in ("a" * 152 + "€" * 20, "ë" * 66 + "😀" * 20):
        made = parts(text, "k")
        assert shown(made) == text
        assert max(len(part.data) - 6 for part in made) <= (153 if made[0].is_gsm else 134)


def test_half_a_pair_becomes_a_question_mark() -> None:  # R51
    assert shown(parts("kodi \ud83d 012345", "k")) == "kodi ? 012345"


@pytest.mark.parametrize("text", ["", "ë" * (67 * MOST_PARTS + 1)])
def test_no_text_and_one_without_end_are_refused(text: str) -> None:
    with pytest.raises(SmsError) as refused:
        parts(text, "k")
    assert (refused.value.kind, refused.value.temporary) == ("sms.text", False)


def test_the_same_key_has_the_same_reference_and_another_has_another() -> None:
    assert parts("ë" * 80, "k")[0] == parts("ë" * 80, "k")[0]
    assert len({reference_of(f"key-{number}") for number in range(100)}) > 90


def test_a_part_shows_no_text_of_its_own() -> None:  # R32
    assert "0" not in repr(parts("012345", "k")[0])
