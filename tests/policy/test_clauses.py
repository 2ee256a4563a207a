"""A text is cut as declared, without a character lost, and every quote stands in it word for word."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.policy.clauses import (
    Anchor,
    AnchorNotFoundError,
    Entry,
    EntryKind,
    PolicyText,
    Version,
    collapse,
    cut,
)
from tests.tools.folders import read_whole

POLICIES = Path(__file__).parents[2] / "policy_texts"
VERSION = Version(id="v1", dated=None, effective=dt.date(2020, 1, 1), sha256="")
TEXT = """\
Hyrje e shkurtër.

1. Emri ruhet.
1.1. emri i parë;
1.2. mbiemri.
Titulli   i
dytë
2. Adresa ruhet.
Lidhje: https://shembulli.example
3. Fundi ruhet.
"""


def clause(name: str, starts: str, part_of: str | None = None) -> Anchor:
    return Anchor(kind=EntryKind.CLAUSE, id=name, label=name, starts=starts, part_of=part_of)


def section(name: str, starts: str | None) -> Anchor:
    return Anchor(kind=EntryKind.SECTION, id=name, label=name.title(), starts=starts)


ANCHORS = (
    section("hyrja", None),
    clause("1", "1. Emri"),
    clause("1.1", "1.1. emri", part_of="1"),
    clause("1.2", "1.2.", part_of="1"),
    section("dyta", "Titulli i dytë"),
    clause("2", "2. Adresa ruhet"),
    Anchor(kind=EntryKind.GAP, id="lidhja", label="Lidhje", starts="Lidhje"),
    clause("3", "3. Fundi"),
)


def policy(text: str = TEXT, anchors: tuple[Anchor, ...] = ANCHORS) -> PolicyText:
    return PolicyText(company="shembulli", text=text, version=VERSION, entries=cut(text, anchors))


def whole(text: str, entries: tuple[Entry, ...]) -> bool:
    """Tell whether every character belongs to exactly one entry."""
    owners = [0] * len(text)
    for entry in entries:
        for place in range(entry.start, entry.end):
            owners[place] += 1
    return set(owners) <= {1} and "".join(text[e.start : e.end] for e in entries) == text


@pytest.fixture(scope="module", params=["ipko", "paysera"])
def real(request: pytest.FixtureRequest) -> PolicyText:
    return _real(request.param)


@pytest.fixture(scope="module")
def paysera() -> PolicyText:
    return _real("paysera")


def _real(company: str) -> PolicyText:
    (edition,) = read_whole(POLICIES / company).editions
    return edition.text


class TestCutting:
    def test_each_entry_runs_from_its_first_words_to_the_next_entry(self) -> None:
        entries = {e.id: TEXT[e.start : e.end] for e in cut(TEXT, ANCHORS)}
        assert entries["1"] == "Hyrje e shkurtër.\n\n1. Emri ruhet.\n"
        assert entries["1.2"] == "1.2. mbiemri.\n"
        assert entries["dyta"] == "Titulli   i\ndytë\n"
        assert entries["lidhja"] == "Lidhje: https://shembulli.example\n"
        assert entries["3"] == "3. Fundi ruhet.\n"

    def test_what_stands_before_the_first_anchor_belongs_to_the_first_entry(self) -> None:
        (entry,) = cut("para 1. pastaj", [clause("1", "1.")])
        assert (entry.start, entry.end) == (0, 14)

    def test_a_section_without_heading_is_an_empty_stretch(self) -> None:
        first = cut(TEXT, ANCHORS)[0]
        assert (first.id, first.start, first.end) == ("hyrja", 0, 0)

    def test_entries_carry_the_heading_above_them(self) -> None:
        headings = {e.id: e.heading for e in cut(TEXT, ANCHORS)}
        assert headings["1.1"] == "Hyrja"
        assert headings["2"] == headings["3"] == "Dyta"

    def test_an_anchor_is_sought_after_the_entry_before_it(self) -> None:
        # The number stands twice: the second anchor must find the second one.
        first, second = cut("5. burimet 5. marrësit", [clause("a", "5."), clause("b", "5.")])
        assert (first.end, second.start) == (11, 11)

    def test_white_space_in_an_anchor_is_any_white_space_of_the_text(self) -> None:
        entries = cut("A.\nTë\u00a0dhënat\t\n ruhen", [clause("a", "A."), clause("b", "Të dhënat ruhen")])
        assert entries[1].start == 3

    def test_signs_in_an_anchor_stand_for_themselves(self) -> None:
        entries = cut("1x (a) 1. (b)", [clause("a", "1x"), clause("b", "1. (b)")])
        assert entries[1].start == 7

    @pytest.mark.parametrize("starts", ["4. Askund", "1. EMRI", "Hyrje e shkurtër"])
    def test_an_anchor_that_does_not_follow_is_named(self, starts: str) -> None:
        with pytest.raises(AnchorNotFoundError) as caught:
            cut(TEXT, [clause("1", "1. Emri"), clause("gabim", starts)])
        assert caught.value.anchor.id == "gabim"

    @settings(deadline=None)
    @given(st.data())
    def test_any_cut_covers_every_character_once(self, data: st.DataObject) -> None:
        text = data.draw(st.text(st.one_of(st.sampled_from("ab. \n\t\u00a0"), st.characters()), min_size=1))
        words = [i for i, letter in enumerate(text) if not letter.isspace()]
        if not words:
            return
        places = data.draw(st.lists(st.sampled_from(words), min_size=1, unique=True).map(sorted))
        anchors: list[Anchor] = []
        for number, place in enumerate(places):
            if data.draw(st.booleans()):
                anchors.append(section(f"s{number}", None))
            starts = " ".join(text[place:].split()[: data.draw(st.integers(1, 3))])
            anchors.append(clause(str(number), starts))
        if data.draw(st.booleans()):
            anchors.append(section("fundi", None))
        entries = cut(text, anchors)
        assert [e.id for e in entries] == [a.id for a in anchors]
        assert whole(text, entries)
        found = policy(text, tuple(anchors))
        for passage in (found.passage(e.id) for e in entries):
            assert collapse(text[passage.start : passage.end]) == passage.quote


class TestPassages:
    def test_a_quote_is_the_text_between_its_offsets_with_single_spaces(self) -> None:
        passage = policy().passage("dyta")
        assert passage.quote == "Titulli i dytë 2. Adresa ruhet. Lidhje: https://shembulli.example 3. Fundi ruhet."
        assert TEXT[passage.start : passage.end].startswith("Titulli   i\ndytë")
        assert TEXT[passage.start : passage.end].endswith("Fundi ruhet.")

    def test_a_clause_with_parts_quotes_them_all(self) -> None:
        text = policy()
        assert text.passage("1").quote.endswith("1. Emri ruhet. 1.1. emri i parë; 1.2. mbiemri.")
        assert text.passage("1.1").quote == "1.1. emri i parë;"
        assert text.covering("1") == {"1", "1.1", "1.2"}
        assert text.covering("1.1") == {"1.1"}

    def test_a_section_quotes_the_clauses_under_it_and_no_more(self) -> None:
        text = policy()
        assert text.covering("hyrja") == {"1", "1.1", "1.2"}
        assert text.covering("dyta") == {"2", "3"}

    def test_a_gap_after_the_last_clause_is_not_quoted(self) -> None:
        text = policy(anchors=ANCHORS[:-1])
        assert text.passage("dyta").quote == "Titulli i dytë 2. Adresa ruhet."

    def test_clauses_come_in_the_order_of_the_text(self) -> None:
        assert [p.clause for p in policy().clauses] == ["1", "1.1", "1.2", "2", "3"]

    def test_gaps_and_unknown_names_cannot_be_cited(self) -> None:
        text = policy()
        assert "dyta" in text
        for name in ("lidhja", "9", ""):
            assert name not in text
            with pytest.raises(KeyError):
                text.passage(name)

    def test_a_passage_tells_company_label_and_heading(self) -> None:
        passage = policy().passage("2")
        assert (passage.company, passage.label, passage.heading) == ("shembulli", "2", "Dyta")

    @given(st.text())
    def test_collapsing_leaves_single_spaces_and_every_word(self, text: str) -> None:
        assert collapse(text).split() == text.split()
        assert collapse(text) == " ".join(text.split())


class TestTheRealTexts:
    def test_every_character_belongs_to_exactly_one_entry(self, real: PolicyText) -> None:
        assert whole(real.text, real.entries)

    def test_offsets_collapse_to_the_quote(self, real: PolicyText) -> None:
        citable = [e for e in real.entries if e.kind is not EntryKind.GAP]
        assert citable
        for entry in citable:
            passage = real.passage(entry.id)
            assert collapse(real.text[passage.start : passage.end]) == passage.quote
            assert passage.quote
            assert passage.label
            assert not real.text[passage.start].isspace()
            assert not real.text[passage.end - 1].isspace()

    def test_no_two_entries_share_a_name(self, real: PolicyText) -> None:
        names = [e.id for e in real.entries]
        assert len(set(names)) == len(names)

    def test_a_numbered_clause_begins_with_its_number(self, real: PolicyText) -> None:
        for passage in real.clauses:
            if passage.clause.replace(".", "").isdigit():
                number, _, rest = passage.quote.partition(" ")
                assert number.rstrip(".") == passage.clause
                assert rest

    def test_every_part_follows_the_clause_it_is_part_of(self, real: PolicyText) -> None:
        for entry in real.entries:
            if entry.part_of:
                assert entry.id in real.covering(entry.part_of)

    def test_the_date_is_the_one_that_the_text_carries(self, paysera: PolicyText) -> None:
        assert paysera.version.dated == dt.date(2021, 9, 28)
        assert "2021-09-28" in paysera.passage("versioni").quote

    def test_a_text_without_a_date_gets_none(self) -> None:
        assert _real("ipko").version.dated is None


class TestTheNumberingFaultsOfPaysera:
    def test_no_clause_carries_the_number_four(self, paysera: PolicyText) -> None:
        assert "4" not in paysera
        order = [p.clause for p in paysera.clauses]
        assert order[order.index("3") + 1 : order.index("5")] == ["qellimi-i-politikes"]

    def test_fourteen_five_stands_twice_and_both_can_be_cited(self, paysera: PolicyText) -> None:
        assert "14.5" not in paysera
        sources, recipients = paysera.passage("14.5/burimet"), paysera.passage("14.5/marresit")
        assert sources.quote.startswith("14.5. Ofruesit e të dhënave")
        assert recipients.quote.startswith("14.5. Marrësit e të dhënave")
        assert sources.end <= recipients.start

    def test_eleven_four_breaks_off_and_is_quoted_as_it_stands(self, paysera: PolicyText) -> None:
        assert paysera.passage("11.4").quote == "11.4 ofruesit e të dhënave: të dhënat ."

    def test_a_wrapped_line_that_begins_with_fourteen_is_no_clause(self, paysera: PolicyText) -> None:
        seventh, fourteenth = paysera.passage("7"), paysera.passage("14")
        assert "\n14\ttë\tGDPR" in paysera.text[seventh.start : seventh.end]
        assert "14 të GDPR" in seventh.quote
        assert fourteenth.quote.startswith("14. QËLLIMI")

    def test_nine_one_is_quoted_with_all_nine_parts(self, paysera: PolicyText) -> None:
        quote = paysera.passage("9.1").quote
        for number in range(1, 10):
            part = paysera.passage(f"9.1.{number}").quote
            assert part in quote
            assert part.startswith(f"9.1.{number}")
        assert "9.2" not in quote
        assert "9.1.2" not in paysera.passage("9.1.1").quote

    def test_glued_words_are_left_as_they_stand(self, paysera: PolicyText) -> None:
        assert "Payseradpo@paysera.com" in paysera.passage("1").quote

    def test_page_links_and_old_versions_are_quoted_by_nothing(self, paysera: PolicyText) -> None:
        gaps = [e for e in paysera.entries if e.kind is EntryKind.GAP]
        assert gaps
        for gap in gaps:
            assert gap.id not in paysera
            assert not any(p.start < gap.end and gap.start < p.end for p in paysera.clauses)
