"""Folding brings every way of typing a word to one spelling, and survives whatever is typed."""

import re
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bot.nlu.fold import clean, fold

# Letters that fold in some way, beside anything at all.
TYPED = st.text(st.one_of(st.sampled_from("abtmnscqjeiëËçÇ'’`.@+-? q019\n"), st.characters()))
UNREADABLE = st.text(st.sampled_from("\x00\x07\u200b\u200f\u202e\u2066\ufeff\ud800\udfffaë "))
FOLDED = re.compile(r"([0-9a-zа-яёђјљњћџαβγ@.+]+( [0-9a-zа-яёђјљњћџαβγ@.+]+)*)?")


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Çka i bani t’dhanat?", "cka i bani te dhanat"),
        ("ÇFARË TË DHËNASH MBANI", "cfare te dhenash mbani"),
        ("c\u0327ka e\u0308shte", "cka eshte"),
        ("Đorđe", "djordje"),
        ("Straße", "strasse"),
        ("KAPIJİ", "kapiji"),
        ("ｆｕｌｌ ｗｉｄｔｈ", "full width"),
        ("податоци", "податоци"),
        ("Ѓорѓи", "горги"),
    ],
)
def test_letters_lose_case_and_diacritics(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("t'dhanat", "te dhanat"),
        ("m'i fshini", "me i fshini"),
        ("n'shtëpi", "ne shtepi"),
        ("s'du", "nuk du"),
        ("ç'bëni", "cfare beni"),
        ("q'bëni", "cfare beni"),
        ("j'u kam thënë", "ju u kam thene"),
        ("l'i", "l i"),
        ("ta m'jep", "ta me jep"),
        ("sdu me i fshi", "nuk du me i fshi"),
        ("Skam kod, spo vjen", "nuk kam kod nuk po vjen"),
        ("se di, si kam, sapo", "se di si kam sapo"),
        ("skam@shembull.al, skam.test", "skam@shembull.al skam.test"),
    ],
)
def test_a_clipped_word_is_opened(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("typed", ["çka", "ç'ka", "ç’ka", "q'ka", "qka", "Çka", "ÇKA"])
def test_all_spellings_of_what_are_one(typed: str) -> None:
    assert fold(typed) == "cka"


@pytest.mark.parametrize("sign", "'’‘ʼ´‛′＇")
def test_any_apostrophe_clips(sign: str) -> None:
    assert fold(f"t{sign}dhënat") == "te dhenat"


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("qfarë", "cfare"),
        ("qdo", "cdo"),
        ("qysh", "qysh"),
        ("qe", "qe"),
        ("qumësht", "qumesht"),
        ("kuqja", "kuqja"),
        ("qytet", "qytet"),
    ],
)
def test_q_stands_for_c_only_before_a_consonant(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("shumëëëë", "shume"),
        ("pooooo", "po"),
        ("ankesssse", "ankese"),
        ("vullnet", "vullnet"),
        ("anna", "anna"),
    ],
)
def test_a_letter_drawn_out_is_one_and_a_double_one_stays(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("po, jo; mbase... (ndoshta)!", "po jo mbase ndoshta"),
        ("ruajtja/fshirja - krejt", "ruajtja fshirja krejt"),
        ('«kopje» “kopje” "kopje"', "kopje kopje kopje"),
        ("p.sh. kjo", "p sh kjo"),
        ("një\tdy\r\ntre\u00a0katër", "nje dy tre kater"),
        ("😀 po 👍🏽", "po"),
        ("?!…", ""),
        ("", ""),
        (" \n\t ", ""),
    ],
)
def test_signs_become_single_spaces(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("shkruani te Filan.Fisteku@shembulli.example!", "shkruani te filan.fisteku@shembulli.example"),
        ("versioni 9.1.2.", "versioni 9.1.2"),
        ("tel. +383 40 12 34", "tel 383 40 12 34"),
        ("1+1", "1+1"),
        ("fundi.fillimi", "fundi fillimi"),
        ("@", ""),
    ],
)
def test_mail_addresses_and_numbers_keep_their_inner_signs(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff", "\ud800", "\udfff"])
def test_what_cannot_be_seen_is_gone(hidden: str) -> None:
    assert clean(f"po{hidden}lici") == "polici"
    assert fold(f"po{hidden}lici") == "polici"


@pytest.mark.parametrize("control", ["\x00", "\x1b", "\r", "\x85"])
def test_a_control_character_parts_words(control: str) -> None:
    assert fold(f"po{control}lici") == "po lici"


@pytest.mark.parametrize("kept", ["1000", "111", "www.ipko.com"])
def test_numbers_and_web_names_are_not_shortened(kept: str) -> None:
    assert fold(kept).replace(" ", ".") == kept


def test_cleaning_composes_and_keeps_lines_case_and_signs() -> None:
    assert clean("E\u0308shte\u0308\t«Po»?\n") == "\u00cbsht\u00eb\t«Po»?\n"


@given(TYPED)
@example("\ud800\x00\u202e")
@example("ŉ℡İ㎏")
def test_folding_leaves_only_plain_words_and_single_spaces(typed: str) -> None:
    assert FOLDED.fullmatch(fold(typed))


@given(TYPED)
def test_folding_what_is_folded_changes_nothing(typed: str) -> None:
    # A mail sign keeps the points of a message; if it is dropped itself, the second time differs.
    assume("@" not in unicodedata.normalize("NFKD", typed))
    assert fold(fold(typed)) == fold(typed)


@given(TYPED)
def test_cleaning_what_is_clean_changes_nothing(typed: str) -> None:
    assert clean(clean(typed)) == clean(typed)


@given(UNREADABLE)
def test_what_is_cleaned_can_always_be_written(typed: str) -> None:
    assert set(clean(typed)) <= set("aë ")
    clean(typed).encode("utf-8")


@pytest.mark.parametrize(
    "piece",
    ["a", "ë", "t'", "'", ".", "a.", "@", "?", " ", "q", "\x00", "\ud800", "\u202e", "ملف", "😀", "e\u0308"],
)
def test_a_hundred_kilobytes_of_anything_fold(piece: str) -> None:
    assert FOLDED.fullmatch(fold(piece * (100_000 // len(piece))))


@settings(max_examples=20, deadline=None)
@given(st.text(st.characters(), min_size=5, max_size=20))
def test_a_long_text_folds_as_its_parts_do(typed: str) -> None:
    assume("@" not in unicodedata.normalize("NFKD", typed))
    whole = fold("\n".join([typed] * 2000))
    assert whole == " ".join([fold(typed)] * 2000).strip()
