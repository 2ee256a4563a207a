"""What a person sees in Telegram of a reply: words, quotes, receipts, links, and the key for one's own number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram import keyboards
from bot.channels.telegram.rendering import MOST_UNITS
from bot.delivery.telegram.calls import Button
from bot.knowledge.compiled import Knowledge
from tests.channels.telegram.replies import (
    SEQ,
    SITE,
    Block,
    bare,
    choices,
    entities,
    labels,
    link,
    marked,
    paragraph,
    quote,
    read,
    receipt,
    shown,
    translate,
)
from tests.tools.botapi.markup import units
from tests.tools.chatting import words

# ---- words --------------------------------------------------------------------------------------------------


def test_paragraphs_stand_apart_in_one_message() -> None:
    (send,) = shown(paragraph("Mirë se erdhët."), paragraph("Pyetni lirisht."))
    assert read(send) == "Mirë se erdhët.\n\nPyetni lirisht."


@pytest.mark.parametrize("text", ["a < b & c > d", "<b>jo</b>", "&lt;", "\"thonjëza\" 'apostrofa'", "</blockquote>"])
def test_what_is_said_is_no_markup(text: str) -> None:
    sends = shown(paragraph(text), quote(text, text), choices("Po", prompt=text), receipt(Çfarë=text), link(text, text))
    whole = "\n".join(read(send) for send in sends)
    assert whole.count(text) == 7  # a link that cannot be opened is written with its name
    assert {kind for send in sends for kind in (one.type for one in entities(send))} == {
        "bold",
        "blockquote",
        "code",
        "text_link",
    }


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\ud800", "\x00\x07", "\u202e"])
def test_what_nobody_would_see_is_not_sent(text: str) -> None:
    assert shown(paragraph(text)) == []
    assert shown(quote(text)) == []
    (send,) = shown(paragraph(text), choices(text, prompt=text))
    assert (read(send), labels(send)) == (words("Choose:"), [["…"]])


def test_control_characters_and_lone_surrogates_never_reach_telegram() -> None:
    (send,) = shown(paragraph("Një\x00dy\ud800tre\r\nkatër\u202epesë\tgjashtë\u2028shtatë"))
    assert read(send) == "Një dytre\nkatërpesë gjashtë\nshtatë"


def test_one_word_of_ten_thousand_letters_goes_into_several_messages() -> None:
    sends = shown(paragraph("ë" * 10_000))
    assert "".join(read(send) for send in sends) == "ë" * 10_000
    assert len(sends) == 3


def test_a_sign_of_several_characters_is_not_cut() -> None:
    family = "👩‍👩‍👧‍👧"
    sends = shown(paragraph("a" + family * 600))
    assert all(read(send).startswith(family) for send in sends[1:])
    assert "".join(read(send) for send in sends) == "a" + family * 600


def test_blocks_are_parted_before_a_block_is() -> None:
    first, second = "a" * 3_000, "b" * 3_000
    assert [read(send) for send in shown(paragraph(first), paragraph(second))] == [first, second]
    (send,) = shown(paragraph("a" * 2_047), paragraph("b" * 2_047))
    assert units(read(send)) == MOST_UNITS
    assert len(shown(paragraph("a" * 2_047), paragraph("b" * 2_048))) == 2
    assert len(shown(paragraph("&" * MOST_UNITS))) == 1  # what counts is what is read


# ---- quotes -------------------------------------------------------------------------------------------------


def test_a_quote_stands_below_its_source_which_leads_to_the_policy() -> None:  # R40
    (send,) = shown(quote("Të dhënat ruhen dy vjet."))
    assert read(send) == "Alfa · 5.1\nTë dhënat ruhen dy vjet."
    assert marked(send, "bold") == marked(send, "text_link") == ["Alfa · 5.1"]
    assert marked(send, "blockquote") == ["Të dhënat ruhen dy vjet."]
    assert [one.url for one in entities(send) if one.url] == [f"{SITE}/policy/alfa#5.1"]


def test_an_address_is_escaped_in_its_link() -> None:
    (send,) = shown(quote("Të dhënat.") | {"url": '/p?a="1"&b=<2>&amp;'})
    assert [one.url for one in entities(send) if one.url] == [f'{SITE}/p?a="1"&b=<2>&amp;']


@pytest.mark.parametrize(
    "site", [None, "http://127.0.0.1:8080", "https://localhost", "https://[", "https://a b.example"]
)
def test_a_source_is_no_link_where_telegram_would_refuse_it(site: str | None) -> None:
    (send,) = shown(quote("Të dhënat ruhen dy vjet."), site=site)
    assert marked(send, "bold") == ["Alfa · 5.1"]
    assert marked(send, "text_link") == []
    assert "href" not in send.text


def test_only_a_quote_that_takes_room_is_folded() -> None:
    (send,) = shown(quote("a" * 300), quote("b" * 301))
    assert marked(send, "blockquote") == ["a" * 300]
    assert marked(send, "expandable_blockquote") == ["b" * 301]


def test_a_long_quote_goes_on_in_other_messages_and_says_so() -> None:
    text = " ".join(f"Fjalia {number} thotë diçka." for number in range(400))
    sends = shown(paragraph("Përgjigjja."), quote(text), paragraph("Fundi."))
    parts = [part for send in sends for part in marked(send, "expandable_blockquote")]
    assert " ".join(parts) == text
    assert all(part.endswith("thotë diçka.") for part in parts)
    named = [name for send in sends for name in marked(send, "bold")]
    said = "{source}, part {number} of {of}"
    assert named == [words(said, source="Alfa · 5.1", number=number, of=3) for number in (1, 2, 3)]
    assert [units(read(send)) <= MOST_UNITS for send in sends] == [True] * 4
    assert read(sends[-1]).endswith("\n\nFundi.")


def test_a_source_however_long_leaves_room_for_the_quote() -> None:
    sends = shown(quote("a" * 9_000, "b" * 9_000))
    assert max(units(read(send)) for send in sends) <= MOST_UNITS
    assert "".join(part for send in sends for part in marked(send, "expandable_blockquote")) == "a" * 9_000


def test_every_clause_of_the_real_policies_is_shown_whole(knowledge: Knowledge) -> None:  # R40
    for company in knowledge.companies.values():
        for edition in company.editions:
            for passage in edition.text.clauses:
                sends = shown(quote(passage.quote, passage.label))
                parts = [
                    part for send in sends for kind in ("", "expandable_") for part in marked(send, f"{kind}blockquote")
                ]
                assert bare("".join(parts)) == bare(passage.quote)


# ---- receipts and links -------------------------------------------------------------------------------------


def test_a_receipt_cannot_be_forwarded_and_its_number_is_copied_by_a_tap() -> None:
    sends = shown(paragraph("U bë."), receipt(Kompania="Alfa", Kur="5 mars 2026"), choices("Po"), choices("Jo"))
    assert read(sends[0]) == "U bë.\n\nNumri: 7K2Q-9FXA-4\nKompania: Alfa\nKur: 5 mars 2026\n\nÇfarë doni?"
    assert marked(sends[0], "code") == ["7K2Q-9FXA-4"]
    assert marked(sends[0], "bold") == ["Numri:", "Kompania:", "Kur:"]
    assert [send.protect for send in sends] == [True, False]


def test_a_receipt_whose_fields_leave_the_number_out_shows_it_first() -> None:
    block = receipt(Kompania="Alfa")
    block["fields"] = block["fields"][1:]
    (send,) = shown(block)
    assert read(send) == "7K2Q-9FXA-4\nKompania: Alfa"


def test_a_receipt_stays_together_and_each_part_of_a_long_one_is_protected() -> None:
    sends = shown(paragraph("a" * 4_000), receipt(Kompania="Alfa", Çfarë="b" * 200))
    assert [send.protect for send in sends] == [False, True]
    sends = shown(receipt(Çfarë="b" * 9_000))
    assert all(send.protect for send in sends)
    assert "".join(read(send) for send in sends).count("b") == 9_000


def test_a_page_is_opened_by_a_button_right_below_its_name() -> None:
    page_of = f"{SITE}/answer#token"
    sends = shown(
        paragraph("Gati."), link("Merreni", page_of), link("Tjetra", f"{SITE}/b"), paragraph("Tung."), choices("Po")
    )
    assert [read(send) for send in sends] == ["Gati.\n\nMerreni\n\nTjetra", "Tung.\n\nÇfarë doni?"]
    assert sends[0].keyboard == ((Button(text="Merreni", url=page_of),), (Button(text="Tjetra", url=f"{SITE}/b"),))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/answer#t", "https://localhost/a", "javascript:alert(1)", "/policy/alfa"]
)
def test_an_address_that_telegram_does_not_open_is_written(url: str) -> None:
    (send,) = shown(link("Merreni", url))
    assert (read(send), send.keyboard) == (f"Merreni: {url}", ())


# ---- the key for one's own number ---------------------------------------------------------------------------


def test_the_key_for_ones_number_comes_with_the_words_and_the_buttons_after_it() -> None:
    sends = shown(paragraph("Dërgoj një kod."), choices("Pa kod", prompt="Shkruani numrin."), contact=True)
    assert [read(send) for send in sends] == ["Dërgoj një kod.", "Shkruani numrin."]
    assert [send.contact for send in sends] == [words("📱 Send my number"), ""]
    assert [labels(send) for send in sends] == [[], [["Pa kod"]]]
    assert not any(send.clears for send in sends)


def test_the_key_is_taken_away_with_the_words() -> None:
    sends = shown(paragraph("Kodi u dërgua."), choices("Anulo"), clears=True)
    assert [(send.clears, send.contact, bool(send.keyboard)) for send in sends] == [
        (True, "", False),
        (False, "", True),
    ]
    (send,) = shown(paragraph("Vetëm kaq."), clears=True)
    assert send.clears


def test_where_there_are_only_buttons_the_question_carries_the_key() -> None:
    for asked, said in ((True, "Or choose:"), (False, "Choose:")):
        first, second = shown(choices("Pa kod", prompt="Shkruani numrin."), contact=asked, clears=not asked)
        assert (read(first), bool(first.contact), first.clears) == ("Shkruani numrin.", asked, not asked)
        assert (read(second), labels(second)) == (words(said), [["Pa kod"]])


def test_where_there_are_no_words_at_all_a_short_one_carries_the_key() -> None:
    for block in (choices("Po", prompt=""), link("Merreni", f"{SITE}/a")):
        first, second = shown(block, contact=True)
        assert (read(first), first.keyboard) == (words("All right."), ())
        assert second.keyboard
    assert shown(contact=True) == []


# ---- anything at all ----------------------------------------------------------------------------------------

_letters = st.sampled_from(
    [*"aëçZ09 \n.,;:•<>&\"'/", "9.1.2. ", "Fjali. ", "👩‍👧", "🇽🇰", "🏽", "e\u0301", "\u200d", "中", "\ud800", "\x00"]
)
_short = st.lists(_letters, max_size=12).map("".join)
_texts = st.builds(
    lambda word, tail, times: word * times + tail, _short, _short, st.sampled_from([1, 1, 2, 90, 700, 3000])
)
_labels = st.lists(_short, max_size=14)
_sites = st.sampled_from([SITE, None, "http://127.0.0.1:1"])
_urls = st.one_of(_short, st.sampled_from([f'{SITE}/a?b=1&c="2"', "https://x"]))
_blocks = st.lists(
    st.one_of(
        st.builds(paragraph, _texts),
        st.builds(quote, _texts, _short),
        st.builds(
            lambda prompt, items, lasting: choices(*items, prompt=prompt, lasting=lasting),
            _texts,
            _labels,
            st.booleans(),
        ),
        st.builds(lambda text: receipt(Çfarë=text), _texts),
        st.builds(link, _short, _urls),
    ),
    max_size=5,
)


@given(blocks=_blocks, site=_sites, key=st.sampled_from(["", "contact", "clears", "contact, clears"]))
def test_telegram_takes_whatever_is_said(blocks: list[Block], site: str | None, key: str) -> None:
    sends = shown(*blocks, site=site, contact="contact" in key, clears="clears" in key)
    for send in sends:
        assert units(read(send)) <= MOST_UNITS  # refused by the reading: empty texts, wrong markup
        assert bool(send.keyboard) + bool(send.contact) + send.clears <= 1
        for button in (button for row in send.keyboard for button in row):
            assert button.text.strip()
            assert bool(button.data) != bool(button.url)
            assert len(button.data.encode()) <= 64
    if key and sends:
        assert [(bool(send.contact), send.clears) for send in sends] == [
            ("contact" in key and n == 0, key == "clears" and n == 0) for n in range(len(sends))
        ]
    offered = [item["value"] for b in blocks if b["type"] == "choices" for item in b["items"]]
    pages = keyboards.pages(blocks, SEQ, translate)
    assert [b.data[2:] for group in pages for k in group for row in k for b in row if b.data[:2] != "p:"] == offered


@given(text=_texts, before=_texts, source=_short)
def test_not_a_character_of_a_quote_is_lost_or_doubled(text: str, before: str, source: str) -> None:  # R40
    sends = shown(paragraph(before), quote(text, source), paragraph("Fundi."))
    parts = [part for send in sends for kind in ("", "expandable_") for part in marked(send, f"{kind}blockquote")]
    kept = "".join(c for c in text if c not in "\x00\ud800")
    if any(not c.isspace() and c != "\u200d" for c in kept):
        assert bare("".join(parts)) == bare(kept)
    else:
        assert parts == []
