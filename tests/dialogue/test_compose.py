"""A meaning becomes a reply: what is said, what is quoted, what may be asked next."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.dialogue.compose import Composer
from bot.dialogue.reply import Choice, Choices, Paragraph, Quote, Reply
from bot.dialogue.switches import Switches
from bot.nlu.foreign import Language
from bot.nlu.intents import Action, Kind
from bot.nlu.understand import Meaning
from bot.policy.company import Company
from tests.tools.folders import change, read_whole, write_company
from tests.tools.packs import card

COMPOSER = Composer(lambda message: message)
ENGLISH = Language(code="en", words=frozenset({"the"}), says="I answer in Albanian only.", with_contact=False)
MAYBE, NEXT = "Or did you want to know:", "You may also ask:"
OFFER = {"data-contract": "Të dhënat e kontratës", "access-right": "Kopja e të dhënave"}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return read_whole(write_company(tmp_path))


@pytest.fixture
def compose(company: Company) -> Callable[[Meaning], Reply]:
    return lambda meaning: COMPOSER.meaning(meaning, company, company.editions[0])


def answer(*topics: str, near: tuple[str, ...] = ()) -> Meaning:
    return Meaning(kind=Kind.ANSWER, topics=topics, near=near, score=0.7)


def prompts(reply: Reply) -> list[str]:
    return [block.prompt for block in reply.blocks if isinstance(block, Choices)]


def offered(reply: Reply) -> list[str]:
    return [choice.value for choice in reply.choices]


class TestAnswers:
    def test_an_answer_stands_above_its_quote(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("recipients-contract"))
        said, quoted = reply.blocks
        assert said == Paragraph(text="Të dhënat e kontratës i merr vetëm Posta e Filanit.")
        assert isinstance(quoted, Quote)
        assert quoted.passage.clause == "3"
        assert quoted.passage.quote == "3. Të dhënat e kontratës i merr vetëm Posta e Filanit."

    def test_it_tells_kind_company_topics_and_score(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("recipients-contract"))
        assert (reply.kind, reply.company, reply.action) == (Kind.ANSWER, "shembulli", None)
        assert (reply.topics, reply.score) == (("recipients-contract",), 0.7)

    def test_two_answers_come_together_with_the_quotes_of_both(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("data-contract", "recipients-newsletter"))
        assert reply.text == (
            "Shembulli mbledh emrin, adresën dhe numrin e telefonit.\nAskush tjetër nuk e merr adresën elektronike."
        )
        assert [p.clause for p in reply.passages] == ["1", "5"]

    def test_what_the_text_does_not_say_is_marked_silent(self, compose: Callable[[Meaning], Reply]) -> None:
        assert compose(answer("silent/children")).kind is Kind.SILENT
        assert compose(answer("silent/children", "access-right")).kind is Kind.ANSWER

    def test_the_authority_is_named_as_it_is_called_today(
        self, compose: Callable[[Meaning], Reply], company: Company
    ) -> None:
        # R44: the name is no word of the policy, and is marked until the DPO has confirmed it.
        unconfirmed = compose(answer("silent/children")).text.splitlines()
        assert unconfirmed == [
            "Teksti nuk flet për fëmijët.",
            "Today this authority is called Agjencia e Shembujve."
            " (This name is not from the policy and is yet to be confirmed.)",
        ]
        assert company.agency is not None
        told = replace(company, agency=replace(company.agency, confirmed=dt.date(2020, 5, 5)))
        confirmed = COMPOSER.topic("silent/children", told, told.editions[0])
        assert confirmed.text.endswith("\nToday this authority is called Agjencia e Shembujve.")

    def test_the_authority_is_named_with_its_own_topics_only(
        self, compose: Callable[[Meaning], Reply], company: Company
    ) -> None:
        assert "Agjencia" not in compose(answer("access-right")).text
        without = replace(company, agency=None)
        assert "Agjencia" not in COMPOSER.topic("silent/children", without, without.editions[0]).text

    def test_a_picked_choice_is_answered_like_a_question(self, company: Company) -> None:
        reply = COMPOSER.topic("retention-contract", company, company.editions[0])
        assert reply.text == "Të dhënat e kontratës ruhen 3 vjet pas mbylljes së saj."
        assert (reply.kind, reply.score) == (Kind.ANSWER, 1.0)

    def test_an_intent_that_an_answer_explains_gets_that_answer(self, company: Company) -> None:
        known = replace(company, acts={**company.acts, "grant_marketing": "retention-newsletter"})
        meaning = Meaning(kind=Kind.ANSWER, card=card("grant_marketing"))
        reply = COMPOSER.meaning(meaning, known, known.editions[0])
        assert reply.topics == ("retention-newsletter",)


class TestWhatElseIsOffered:
    def test_what_might_have_been_meant_is_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("retention-contract", near=("data-contract", "access-right")))
        assert prompts(reply) == [MAYBE]
        assert reply.choices == tuple(Choice(label=label, value=f"shembulli/{topic}") for topic, label in OFFER.items())
        assert isinstance(reply.blocks[-1], Choices)

    def test_else_what_people_ask_next(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("data-contract"))
        assert prompts(reply) == [NEXT]
        assert offered(reply) == ["shembulli/retention-contract", "shembulli/recipients-contract"]

    def test_no_more_than_three_are_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        near = ("data-contract", "access-right", "recipients-contract", "silent/children")
        assert offered(compose(answer("retention-contract", near=near))) == [f"shembulli/{topic}" for topic in near[:3]]

    def test_each_is_offered_once(self, compose: Callable[[Meaning], Reply]) -> None:
        # Both topics name the same one next.
        reply = compose(answer("data-contract", "retention-contract"))
        assert offered(reply) == ["shembulli/recipients-contract"]

    def test_what_is_answered_already_is_not_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("retention-contract", near=("retention-contract",)))
        assert prompts(reply) == [NEXT]
        assert offered(reply) == ["shembulli/recipients-contract"]

    def test_what_has_no_answer_is_not_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        assert offered(compose(answer("access-right", near=("nowhere",)))) == []

    def test_nothing_to_offer_leaves_no_empty_line(self, compose: Callable[[Meaning], Reply]) -> None:
        assert prompts(compose(answer("access-right"))) == []


@pytest.mark.parametrize("by", ["the file", "a review"])
class TestTopicsSwitchedOff:
    @pytest.fixture
    def company(self, tmp_path: Path, by: str) -> Company:
        folder = write_company(tmp_path)
        if by == "the file":
            change(folder / "company.yaml", "switched_off: []", "switched_off: [recipients-contract]")
        return read_whole(folder)

    @pytest.fixture
    def compose(self, company: Company, by: str) -> Callable[[Meaning], Reply]:
        switches = Switches()
        composer = Composer(lambda message: message, switches)
        if by == "a review":  # while conversations go on
            switches.set(frozenset({("shembulli", "recipients-contract"), ("kulla", "access-right")}))
        return lambda meaning: composer.meaning(meaning, company, company.editions[0])

    def test_a_person_answers_instead(self, compose: Callable[[Meaning], Reply], company: Company) -> None:
        reply = compose(answer("recipients-contract"))
        assert (reply.kind, reply.topics, reply.passages) == (Kind.HANDOFF, (), ())
        assert reply.text.endswith(company.contact)
        assert "Posta" not in reply.text

    def test_of_two_the_other_is_still_answered(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(answer("recipients-contract", "access-right"))
        assert (reply.kind, reply.topics) == (Kind.ANSWER, ("access-right",))

    def test_they_are_not_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        assert offered(compose(answer("data-contract"))) == ["shembulli/retention-contract"]
        near = compose(answer("access-right", near=("recipients-contract", "data-contract")))
        assert offered(near) == ["shembulli/data-contract"]


class TestActs:
    def test_an_act_is_named_and_explained_and_nothing_is_done(
        self, compose: Callable[[Meaning], Reply], company: Company
    ) -> None:
        reply = compose(Meaning(kind=Kind.ACTION, action=Action.DSAR_ACCESS, score=0.9))
        understood, explained, contact, quoted = reply.blocks
        assert understood == Paragraph(
            text="I understood: you ask for a copy of your data, at Shembulli. Nothing has been done yet."
        )
        assert explained == Paragraph(text="Kopjen e kërkoni te dpo@shembulli.example.")
        assert contact == Paragraph(text=company.contact)
        assert isinstance(quoted, Quote)
        assert quoted.passage.clause == "6"
        assert (reply.kind, reply.action) == (Kind.ACTION, Action.DSAR_ACCESS)
        assert (reply.topics, reply.score, reply.company) == (("access-right",), 0.9, "shembulli")

    def test_every_act_has_words_of_its_own(self, compose: Callable[[Meaning], Reply]) -> None:
        first_lines = [compose(Meaning(kind=Kind.ACTION, action=action)).text.splitlines()[0] for action in Action]
        assert all(line.startswith("I understood: you ") for line in first_lines)
        assert len(set(first_lines)) == len(Action)

    def test_an_act_without_an_answer_still_names_the_contact(self, company: Company) -> None:
        bare = replace(company, acts={})
        meaning = Meaning(kind=Kind.ACTION, action=Action.COMPLAINT)
        reply = COMPOSER.meaning(meaning, bare, bare.editions[0])
        assert reply.text.splitlines()[1:] == [company.contact]
        assert (reply.kind, reply.topics, reply.passages) == (Kind.ACTION, (), ())


class TestWithoutATopic:
    def test_small_talk_says_its_line(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(Meaning(kind=Kind.SMALLTALK, card=card("thanks", Kind.SMALLTALK, says="S’ka përse.")))
        assert (reply.kind, reply.text, reply.company) == (Kind.SMALLTALK, "S’ka përse.", "shembulli")
        assert len(reply.blocks) == 1

    def test_a_hand_off_ends_with_the_contact(self, compose: Callable[[Meaning], Reply], company: Company) -> None:
        reply = compose(Meaning(kind=Kind.HANDOFF, card=card("human", Kind.HANDOFF, says="Një njeri:")))
        assert reply.text.splitlines() == ["Një njeri:", company.contact]

    def test_what_is_off_topic_says_so_and_offers_nothing(self, compose: Callable[[Meaning], Reply]) -> None:
        weather = card("weather", Kind.OUTOFSCOPE, says="Për motin nuk di gjë.")
        reply = compose(Meaning(kind=Kind.OUTOFSCOPE, card=weather, near=("access-right",)))
        assert reply.text == "Për motin nuk di gjë."
        assert reply.choices == ()

    def test_where_nothing_is_found_the_nearest_topics_are_offered(self, compose: Callable[[Meaning], Reply]) -> None:
        reply = compose(Meaning(kind=Kind.OUTOFSCOPE, near=("access-right", "nowhere")))
        assert reply.text == "I found nothing about this in the policy."
        assert offered(reply) == ["shembulli/access-right"]
        assert prompts(reply) == [MAYBE]


class TestWithoutACompany:
    def test_the_company_is_asked_for_by_name(self, company: Company) -> None:
        reply = COMPOSER.which_company([company, replace(company, id="kulla", name="Kulla")])
        assert (reply.kind, reply.company) == (Kind.CLARIFY, None)
        assert reply.choices == (
            Choice(label="Shembulli", value="shembulli"),
            Choice(label="Kulla", value="kulla"),
        )
        assert reply.text.endswith("I keep them apart.")

    def test_with_no_company_there_is_nothing_to_choose(self) -> None:
        assert prompts(COMPOSER.which_company([])) == []

    def test_small_talk_needs_no_company(self, company: Company) -> None:
        meaning = Meaning(kind=Kind.SMALLTALK, card=card("thanks", Kind.SMALLTALK, says="S’ka përse."))
        reply = COMPOSER.shared(meaning, [company])
        assert (reply.text, reply.company) == ("S’ka përse.", None)

    def test_a_hand_off_names_every_company_with_its_contact(self, company: Company) -> None:
        meaning = Meaning(kind=Kind.HANDOFF, card=card("human", Kind.HANDOFF, says="Një njeri:"))
        other = replace(company, id="kulla", name="Kulla", contact="zyra@kulla.example")
        lines = COMPOSER.shared(meaning, [company, other]).text.splitlines()
        assert lines == ["Një njeri:", f"Shembulli: {company.contact}", "Kulla: zyra@kulla.example"]

    def test_what_has_no_words_of_its_own_says_that_nothing_was_found(self) -> None:
        reply = COMPOSER.shared(Meaning(kind=Kind.OUTOFSCOPE), [])
        assert reply.text == "I found nothing about this in the policy."

    def test_another_language_gets_its_one_line(self, company: Company) -> None:
        reply = COMPOSER.foreign(ENGLISH, [company])
        assert (reply.kind, reply.text, reply.company) == (Kind.OUTOFSCOPE, ENGLISH.says, "shembulli")

    def test_a_language_with_a_contact_names_it(self, company: Company) -> None:
        language = replace(ENGLISH, with_contact=True)
        other = replace(company, id="kulla", name="Kulla")
        reply = COMPOSER.foreign(language, [company, other])
        assert reply.text.splitlines()[1:] == [f"{c.name}: {c.contact}" for c in (company, other)]
        assert reply.company is None


@pytest.mark.parametrize("company", [None, "shembulli"])
class TestWhatCannotBeRead:
    def test_a_message_without_words_is_asked_for_again(self, company: str | None) -> None:
        reply = COMPOSER.empty(company)
        assert (reply.kind, reply.company, reply.choices) == (Kind.CLARIFY, company, ())
        assert reply.text.startswith("I could not read a question there.")

    def test_a_message_too_long_is_told_the_limit(self, company: str | None) -> None:
        reply = COMPOSER.too_long(company, 123)
        assert (reply.kind, reply.company) == (Kind.CLARIFY, company)
        assert "at most 123 characters" in reply.text


def test_every_word_of_ours_passes_the_catalogue(company: Company) -> None:
    shouting = Composer(str.upper)
    edition = company.editions[0]
    assert shouting.which_company([company]).text.isupper()
    assert shouting.empty(None).text.isupper()
    assert prompts(shouting.meaning(answer("data-contract"), company, edition)) == [NEXT.upper()]
    near = answer("data-contract", near=("access-right",))
    assert prompts(shouting.meaning(near, company, edition)) == [MAYBE.upper()]
