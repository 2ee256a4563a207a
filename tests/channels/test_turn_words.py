"""What is said in every state of every act: no number in full, no invented law, no document asked for."""

import re
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from bot.limits import Limits
from tests.channels.people import ALL_ADS, ASKUSHI, FAMILY, FILAN, FILANE, NOBODY, TWICE, proven
from tests.tools.chatting import Told, Town, words

COPY = "dua kopjen e krejt të dhënave të mia"
MAIL = "filan@shembulli.example"
TYPED = (FILAN, FILANE, ASKUSHI, FAMILY, TWICE, NOBODY, "+383 44 000 101", "044000199")
PERIOD = re.compile(r"\b(\d+)\s*(?:\([^)]*\)\s*)?(sekond|minut|or[ëe]|dit[ëe]|jav[ëe]|muaj|vit|vjet)")
ARTICLE = re.compile(r"\b(?:nen\w*|art\w*\.?|pik[aëe]\w*|paragraf\w*)\s+(\d[\d.]*)", re.IGNORECASE)


def everything(knowledge: Knowledge) -> tuple[Town, list[Told]]:
    """Go through every act at both companies, with and without a code, and into every state."""
    town = Town(knowledge)
    for company in ("ipko", "paysera"):
        number = FILAN if company == "ipko" else FILANE
        own = proven(town, "/pelqimet", number, f"{company} own", company)
        for said in ("anulo", "krejt reklamat hiqmani", "po", "/kundershto", "po", COPY, "po", COPY, "po", "anulo",
                     "dua me marrë prapë reklama", "anulo", "fshini krejt të dhënat e mia", "po", "/privatesia",
                     "ku mbeti kërkesa ime?", "anulo", "/harro"):  # fmt: skip
            own.say(said)
        other = town.person(f"{company} other", company)
        for said in ("dua kopjen e të dhënave të djalit tim", "për dikë tjetër", "krejt", "044 000 199 pas orës 5",
                     "po", "krejt reklamat hiqmani", "pa kod", "+383 44 000 101", "po", "dua me fol me njeri",
                     "Për çka?", "+38344000199, pas pune", "po", "ku mbeti kërkesa ime?", "anulo",
                     "më erdhi një kod që s'e kam kërkuar", "044000199", "te ipko, a po përgjohem?",
                     "kur skadon afati me m'u përgjigj?", "sa kushton?"):  # fmt: skip
            other.say(said)
        lost = town.person(f"{company} lost", company)
        for said in ("ku mbeti kërkesa ime?", "7K2Q-9FXA-8", "anulo", COPY, "+49 171 3920001", "038 500 101", NOBODY,
                     "kod i ri", "12", *["123456"] * 6, NOBODY, "anulo"):  # fmt: skip
            lost.say(said)
        menu = town.person(f"{company} menu", company)
        menu.open()
        menu.press("A request about my data")
        menu.press("Cancel")
        town.now += 61_000
    proven(town, ALL_ADS, TWICE, "twice").say("po")
    town.person("both").say("ndali reklamat te ipko dhe paysera")
    held = proven(town, f"te paysera, {COPY}", ASKUSHI, "held")
    held.say("po")
    town.turns.hand_over(town.tx, town.now, held.told.taken.conversation, held.told.reference, holds=True)
    held.say("a jeni aty?")
    return town, town.read


@pytest.fixture(scope="module")
def said(knowledge: Knowledge) -> tuple[Town, list[Told]]:
    return everything(knowledge)


def own_words(told: Told) -> str:
    """What is said, the clauses quoted left out."""
    return replace(told, blocks=[block for block in told.blocks if block["type"] != "quote"]).text


def test_these_conversations_pass_through_every_state(said: tuple[Town, list[Told]]) -> None:
    assert {told.state for told in said[1]} == set(State)


def test_no_number_is_shown_in_full(said: tuple[Town, list[Told]]) -> None:  # R46
    in_full = [re.sub(r"\D", "", number)[-8:] for number in TYPED]
    for told in said[1]:
        digits = re.sub(r"[ \-./()]", "", told.text)
        assert not any(number in digits for number in in_full), told.text
    assert any("+383 44 *** *01" in told.text for told in said[1])
    assert any("+38344 *** *01" in told.text for told in said[1])  # stopped without a code, as it was typed


def periods_of_ours(limits: Limits) -> set[tuple[str, str]]:
    """The periods that are settings of ours: number, and how the unit begins."""
    days = (limits.transcript, limits.case_file)
    return {
        (str(limits.code_life // MINUTE), "min"),
        (str(limits.unproven_conversation // HOUR), "orë"),
        *((str(milliseconds // DAY), "dit") for milliseconds in days),
    }


def test_no_period_is_told_that_neither_a_text_nor_our_settings_have(said: tuple[Town, list[Told]]) -> None:  # R44
    town, read = said
    texts = " ".join(c.editions[-1].text.text for c in town.desk.companies.values())
    known = {(number, unit[:3]) for number, unit in PERIOD.findall(texts)}
    known |= periods_of_ours(town.desk.limits)
    told = {(number, unit[:3]) for reply in read for number, unit in PERIOD.findall(own_words(reply))}

    assert told <= known
    assert len(told) >= 3


def test_no_article_is_named_that_is_not_in_the_companys_text(said: tuple[Town, list[Told]]) -> None:  # R44
    town, read = said
    named = {number.rstrip(".") for reply in read for number in ARTICLE.findall(own_words(reply))}

    assert named <= {entry.id for entry in town.desk.companies["paysera"].editions[-1].text.entries}  # IPKO's has none
    assert "31" in named


def test_no_date_of_an_answer_is_told_that_was_not_confirmed(said: tuple[Town, list[Told]]) -> None:  # R33, R44
    months = "janar|shkurt|mars|prill|maj|qershor|korrik|gusht|shtator|tetor|nëntor|dhjetor"
    days = {day for reply in said[1] for day in re.findall(rf"\b\d+ (?:{months}) 2026", own_words(reply))}

    assert days == {"5 mars 2026"}  # today: when it was received


def test_nobody_is_asked_for_a_document(said: tuple[Town, list[Told]]) -> None:  # R37
    for told in said[1]:
        if told.state not in {State.OPEN, State.CONFIRM}:  # there the texts' own words may name them
            assert not re.search(r"letërnjoftim|pasaport|dokument", own_words(told).lower()), told.text


def test_one_companys_clauses_never_stand_in_the_others_conversation(said: tuple[Town, list[Told]]) -> None:  # R56
    quoted = [{company for company, _ in told.quotes} for told in said[1] if told.quotes]
    assert all(len(companies) == 1 for companies in quoted)
    assert {"ipko"} in quoted
    assert {"paysera"} in quoted


def test_every_reply_says_something_and_every_question_has_a_way_out(said: tuple[Town, list[Told]]) -> None:
    for told in said[1]:
        assert told.text.strip()
        if told.state not in {State.OPEN, State.COMPANY}:
            assert told.buttons, told.text
    leaving = {words(label) for label in ("Cancel", "No", "Nothing, go back", "Go back", "Back to Mburoja",
                                          "I would rather not say")}  # fmt: skip
    for told in said[1]:
        if told.state not in {State.OPEN, State.COMPANY}:
            assert leaving & set(told.buttons), f"{told.state}: {told.text}"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Sa gjatë i ruani të dhënat e mia? Ndalni krejt reklamat!", "Stopping the advertising"),
        ("Kujt ia jepni numrin tim? Dua një kopje të të dhënave të mia.", "Copy of the data"),
    ],
)
def test_what_is_ordered_beside_a_question_is_offered_and_not_done_unasked(town: Town, text: str, label: str) -> None:
    person = town.person(company="ipko")
    told = person.say(text)
    assert told.quotes
    assert town.changes()["receipts"] == town.changes()["requests"] == 0
    assert person.press(label).state == "number"
