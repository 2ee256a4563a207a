"""Withdrawing, giving, stopping, objecting, as a person goes through them: what is shown is what is done."""

import re
from dataclasses import replace

import pytest

from bot.dialogue.state import State
from bot.policy.company import Company
from bot.services.desk import OFFICE, Place
from bot.services.office import acknowledging
from bot.services.records import events, receipts
from bot.services.records.audit import Act
from tests.channels.people import (
    ALL_ADS,
    ASKUSHI,
    FAMILY,
    FILAN,
    FILANE,
    FIRM,
    FORMER,
    NOBODY,
    TWICE,
    held,
    proven,
)
from tests.tools.chatting import Person, Town, words

ADS_AGAIN = "dua me marrë prapë reklama"
SHOWN_STATE = re.compile(r"\b20\d\d\b")  # the year since when a consent is given
OFFERS = {"offers-current", "offers-personal", "offers-at-home"}
FOURTH = "Na ndihmoni të jemi më të mirë"


# ---- all the advertising, at IPKO ---------------------------------------------------------------------------


def test_krejt_reklamat_means_three_consents_and_the_fourth_is_asked_about(town: Town) -> None:  # R21, R38
    filan = proven(town, ALL_ADS)
    assert (
        "«Ofertat aktuale», «Ofertat vetëm për Mua» dhe «Ofertat e paraqitura personalisht në shtëpi»"
        in filan.told.text
    )
    assert FOURTH not in filan.told.text
    done = filan.say("po")

    assert held(town) == {**dict.fromkeys(OFFERS, "withdrawn"), "improvement": "given"}  # not silently taken
    assert FOURTH in done.text  # nor silently kept
    filan.press("Withdraw this one too")
    assert held(town)["improvement"] == "given"  # the button asks, it does not act
    filan.say("po")
    assert held(town)["improvement"] == "withdrawn"


def test_one_of_them_can_be_withdrawn_alone(town: Town) -> None:  # R38
    filan = proven(town, ALL_ADS)
    filan.press("Only some of them")
    filan.press("Ofertat vetëm për Mua")
    filan.say("po")

    assert {name for name, state in held(town).items() if state == "withdrawn"} == {"offers-personal"}


def test_objecting_to_statistics_at_ipko_does_both_under_one_yes(town: Town) -> None:  # R41
    filan = proven(town, "te ipko, kundërshtoj statistikat")
    assert filan.told.state == State.CONFIRM
    assert FOURTH in filan.told.text
    reference = filan.say("po").reference

    assert held(town) == {**dict.fromkeys(OFFERS, "given"), "improvement": "withdrawn"}
    assert [row["statistics_reference"] for row in town.rows("subjects", "statistics_restricted = 1")] == [reference]
    assert [(row["reference"], row["kind"]) for row in town.rows("requests")] == [(reference, "object_statistics")]
    assert len(town.rows("receipts")) == 1


# ---- what is shown is what is done --------------------------------------------------------------------------


def test_what_was_shown_stands_word_for_word_in_the_record(town: Town) -> None:  # R21, R39
    filan = proven(town, ALL_ADS)
    shown = filan.told
    record = receipts.read(town.tx, town.desk, filan.say("po").reference)

    assert record is not None
    assert record.words_shown in "\n".join(b["text"] for b in shown.blocks if b["type"] == "paragraph")
    assert "IPKO" in record.words_shown
    assert [clause for _, clause in shown.quotes] == list(record.clauses_shown)
    assert {purpose.id for purpose in record.purposes} == OFFERS
    assert record.privacy_notice.sha256 == town.desk.companies["ipko"].editions[-1].text.version.sha256


def renamed(company: Company) -> Company:
    """The company with a consent of another name."""
    rights = company.rights
    first = replace(rights.purposes[0], name="Ofertat e reja")
    return replace(company, rights=replace(rights, purposes=(first, *rights.purposes[1:])))


@pytest.mark.parametrize("yes", ["by word", "by button"])
def test_a_change_between_showing_and_yes_voids_the_yes(town: Town, yes: str) -> None:  # R21, R60
    filan = proven(town, ALL_ADS)
    before = town.changes()
    town.change(renamed(town.desk.companies["ipko"]))
    told = filan.say("po") if yes == "by word" else filan.press("Yes, I confirm")

    assert words("Something has changed meanwhile; nothing was done yet.") in told.text
    assert "«Ofertat e reja»" in told.text  # shown anew, as it is now
    assert town.changes() == before
    assert filan.say("po").reference


def test_nothing_is_done_by_anything_but_a_yes(town: Town) -> None:  # R21
    filan = proven(town, ALL_ADS)
    before = town.changes()
    for said in ("jo", ALL_ADS, "anulo", ALL_ADS, "menyja", ALL_ADS, "kthehu", "çka janë cookies?"):
        filan.say(said)

    assert {**town.changes(), "audit": 0} == {**before, "audit": 0}


# ---- withdrawing is as easy as giving -----------------------------------------------------------------------


def steps(person: Person, *said: str) -> int:
    """Do one after another: a text, "CODE", or a button ("[label"), until the receipt; return how many it took."""
    for text in said:
        if text.startswith("["):
            person.press(text[1:])
        else:
            person.say(person.town.sms[-1].code if text == "CODE" else text)
    assert person.told.reference, person.told.text
    return len(said)


@pytest.mark.parametrize(
    ("company", "withdraw", "give"),
    [
        ("ipko", (ALL_ADS, ASKUSHI, "CODE", "po"), (ADS_AGAIN, ASKUSHI, "CODE", "[Ofertat aktuale", "po")),
        (
            "ipko",
            ("/pelqimet", ASKUSHI, "CODE", "[Ofertat aktuale", "po"),
            ("/pelqimet", ASKUSHI, "CODE", "[Give a consent", "[Ofertat vetëm për Mua", "po"),
        ),
        (
            "ipko",
            ("tërhiqni pëlqimin «Ofertat aktuale»", ASKUSHI, "CODE", "po"),
            ("aktivizoni prapë pëlqimin për Ofertat vetëm për Mua", ASKUSHI, "CODE", "po"),
        ),
        ("paysera", ("mos më dërgoni më reklama", FILANE, "CODE", "po"), (ADS_AGAIN, ASKUSHI, "CODE", "po")),
    ],
    ids=["all, in one's own words", "one, from the list", "one, by its name", "paysera"],
)
def test_withdrawing_takes_no_more_steps_than_giving(  # R38
    town: Town, company: str, withdraw: tuple[str, ...], give: tuple[str, ...]
) -> None:
    out = steps(town.person("a", company), *withdraw)
    town.now += 2 * town.desk.limits.resend_after
    back = steps(town.person("b", company), *give)

    assert out <= back
    assert {Act.CONSENT_WITHDRAWN, Act.CONSENT_GRANTED} <= set(town.acts())


@pytest.mark.parametrize(
    ("purpose", "was"),
    [
        ("offers-current", "given"),
        ("offers-personal", "withdrawn"),
        ("offers-at-home", "not_given"),
        ("improvement", "unknown"),
    ],
)
def test_withdrawing_works_whatever_is_on_record(town: Town, purpose: str, was: str) -> None:  # R38, R40
    assert held(town, "A-1002").get(purpose, "unknown") == was
    askushi = proven(town, "/pelqimet", ASKUSHI, company="ipko")
    askushi.press(town.desk.companies["ipko"].rights.purpose(purpose).label)
    assert words("What was done before stays lawful; from now on it stops.") in askushi.told.text

    assert askushi.say("po").reference
    assert held(town, "A-1002")[purpose] == "withdrawn"


@pytest.mark.parametrize("purpose", ["Ofertat aktuale", "Ofertat vetëm për Mua", FOURTH])
def test_an_order_that_names_a_consent_is_an_order_and_a_question_is_not(town: Town, purpose: str) -> None:  # R38
    for number, said in enumerate(("tërhiqni pëlqimin «{}»", "dua ta heq pëlqimin për {}", "po e tërheq «{}»")):
        assert town.person(f"order {number}", "ipko").say(said.format(purpose)).state == State.NUMBER
    for number, said in enumerate(("si ta tërheq pëlqimin «{}»?", "mos m'i hiqni {}", "çka ndodh kur e heq «{}»")):
        assert town.person(f"question {number}", "ipko").say(said.format(purpose)).state == State.OPEN


def test_no_reason_is_asked_for(town: Town) -> None:  # R38
    filan = proven(town, ALL_ADS)
    filan.say("po")
    proven(town, "te paysera, mos më dërgoni më reklama", FILANE, "b").say("po")

    assert State.FIELD not in {told.state for told in town.read}
    assert not any("pse" in told.text.lower().split() or "arsye" in told.text.lower() for told in town.read)


def test_the_receipt_says_what_was_recorded_when_and_where(town: Town) -> None:  # R38, R39
    receipt = proven(town, ALL_ADS).say("po").receipt

    assert receipt[words("Company")] == "IPKO"
    assert receipt[words("When")] == "5 mars 2026, 10:00"  # in Kosovo
    assert receipt[words("State")] == words("recorded")
    assert "Ofertat aktuale" in receipt[words("What")]


# ---- marketing: nobody is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "company"),
    [(FILAN, "ipko"), (FILANE, "paysera"), (ASKUSHI, "paysera"), (FAMILY, "ipko"), (FORMER, "ipko"),
     (FORMER, "paysera"), (FIRM, "ipko"), (TWICE, "ipko")],
)  # fmt: skip
def test_whoever_can_prove_a_number_stops_the_advertising(town: Town, number: str, company: str) -> None:  # R40, R55
    person = proven(town, f"te {company}, krejt reklamat hiqmani", number)
    done = person.say("po")

    assert done.reference
    assert done.state == State.OPEN
    assert Act.CONSENT_WITHDRAWN in town.acts()
    assert town.rows("requests") == []  # nobody decides on it


@pytest.mark.parametrize("contact", [NOBODY, "038 500 101", "+49 171 3920001", "filan@shembulli.example"])
@pytest.mark.parametrize("company", ["ipko", "paysera"])
def test_whoever_cannot_prove_anything_stops_it_too(town: Town, contact: str, company: str) -> None:  # R40, R54
    person = town.person()
    person.say(f"te {company}, mos më dërgoni më reklama")
    person.press("Without a code")
    shown = person.say(contact)
    assert words("It is done at once and without a code. It tells nobody whether you are a customer.") in shown.text
    assert person.say("po").reference

    assert [(row["company"], row["proven"]) for row in town.rows("suppressions")] == [(company, 0)]
    assert [row["kind"] for row in town.rows("events")] == ["marketing.stopped"]  # it goes out at once
    assert town.rows("requests") == []
    assert len(town.sms) == 0


def test_stopping_is_worded_the_same_for_a_customer_and_for_nobody(town: Town) -> None:  # R11, R54
    told = []
    for address, contact in (("a", FILAN), ("b", NOBODY)):
        person = town.person(address)
        person.say("te ipko, mos më dërgoni më reklama")
        person.press("Without a code")
        shown = person.say(contact).text
        receipt = person.say("po")
        told.append(f"{shown}\n{receipt.text}".replace(receipt.reference, "REF").replace("*99", "*01"))

    assert told[0] == told[1]


def test_only_a_proven_grant_brings_stopped_advertising_back(town: Town) -> None:  # R54
    askushi = town.person()
    askushi.say("te ipko, mos më dërgoni më reklama")
    askushi.press("Without a code")
    askushi.say(ASKUSHI)
    askushi.say("po")

    stranger = town.person("b")
    stranger.say(f"te ipko, {ADS_AGAIN}")
    stranger.press("Without a code")
    while stranger.told.state == State.FIELD:
        stranger.say("dua reklama")
    stranger.say("filan@shembulli.example")
    stranger.say("po")
    assert [row["lifted_at"] for row in town.rows("suppressions")] == [None]
    owner = proven(town, f"te ipko, {ADS_AGAIN}", ASKUSHI, "c")
    owner.press("Ofertat vetëm për Mua")
    owner.say("po")
    assert [row["lifted_at"] for row in town.rows("suppressions")] == [town.now]


# ---- giving -------------------------------------------------------------------------------------------------


def test_giving_again_shows_the_whole_wording_of_that_consent(town: Town) -> None:  # R59
    company = town.desk.companies["ipko"]
    filan = proven(town, "/pelqimet", company="ipko")
    filan.press("All of these")
    filan.say("po")
    for purpose in company.rights.purposes:
        filan.say("/pelqimet")
        filan.press("Give a consent")
        filan.press(purpose.label)
        quoted = [block["text"] for block in filan.told.blocks if block["type"] == "quote"]
        assert quoted == [company.editions[-1].text.passage(clause).quote for clause in purpose.clauses]
        assert filan.told.state == State.CONFIRM
        filan.say("po")
        assert held(town)[purpose.id] == "given"


def test_consents_are_never_given_all_at_once(town: Town) -> None:  # R59
    askushi = proven(town, f"te ipko, {ADS_AGAIN}", ASKUSHI)
    assert askushi.told.state == State.CONSENTS

    assert words("All of these") not in askushi.told.buttons
    assert words("Consents are given one by one, so that each is your own wish.") in askushi.say("krejt").text


def test_who_has_given_everything_has_nothing_to_give(town: Town) -> None:
    filan = proven(town, f"te ipko, {ADS_AGAIN}")

    assert filan.told.state == State.OPEN
    assert words("All of these consents are given already.") in filan.told.text


# ---- a number that is not one person's alone ----------------------------------------------------------------


@pytest.mark.parametrize("number", [FAMILY, FORMER, FIRM])
def test_such_a_number_withdraws_and_objects_but_gives_nothing(town: Town, number: str) -> None:  # R55
    person = proven(town, f"te ipko, {ADS_AGAIN}", number)
    assert person.told.state == State.OPEN
    assert words("A code on this number is enough to withdraw and to object, not for this. "
                 "You can do it in a shop of {company}.", company="IPKO") in person.told.text  # fmt: skip

    person.say(ALL_ADS)
    assert person.say("po").reference
    person.say("te ipko, kundërshtoj statistikat")
    assert person.say("po").reference
    assert Act.CONSENT_GRANTED not in town.acts()


@pytest.mark.parametrize("number", [FAMILY, FORMER, FIRM])
def test_such_a_number_is_not_shown_what_is_given(town: Town, number: str) -> None:  # R55
    person = proven(town, "/pelqimet", number, company="ipko")
    assert person.told.state == State.CONSENTS
    assert not SHOWN_STATE.search(person.told.text)
    assert SHOWN_STATE.search(proven(town, "/pelqimet", FILAN, "b", "ipko").told.text)  # one's own are shown


def test_such_a_number_is_not_told_what_held_before(town: Town) -> None:  # R55
    first = proven(town, ALL_ADS, FAMILY, "mother")
    first.say("po")
    town.now += 2 * town.desk.limits.resend_after
    again = proven(town, ALL_ADS, FAMILY, "son")

    said = words("It held already; I recorded your wish again, so that you have it in writing.")
    assert said not in again.say("po").text
    own = proven(town, ALL_ADS, FILAN, "own")
    own.say("po")
    own.say(ALL_ADS)
    assert said in own.say("po").text  # one's own may be told


# ---- recorded, then carried out -----------------------------------------------------------------------------


def test_a_receipts_number_tells_when_it_was_carried_out(town: Town) -> None:  # R38, R39
    filan = proven(town, ALL_ADS)
    reference = filan.say("po").reference
    assert "ende nuk e ka shënuar si të zbatuar" in filan.say(f"ku mbeti {reference}?").text

    office = Place(conversation="", channel=OFFICE, now=town.now)
    for event in events.open_events(town.tx, town.desk):
        acknowledging.acknowledge(town.tx, town.desk, office, event.id, "zana")
    assert "u zbatua më" in filan.say(f"ku mbeti {reference}?").text

    stranger = town.person("b", company="ipko")
    told = stranger.say(f"ku mbeti {reference}?").text
    assert "zbatua" not in told
    assert "Tërheqje" not in told


# ---- other consents than those shown ------------------------------------------------------------------------


def test_naming_one_consent_at_the_confirmation_narrows_it(town: Town) -> None:  # R21, R60
    filan = proven(town, ALL_ADS)
    before = filan.told.buttons[words("Yes, I confirm")]
    filan.say("vetem ato ne shtepi")
    assert "Ofertat aktuale" not in filan.told.text
    filan.choose(before)
    assert "withdrawn" not in held(town).values()  # the old yes was to something else
    filan.say("po")
    assert {name for name, state in held(town).items() if state == "withdrawn"} == {"offers-at-home"}


def test_all_consents_are_withdrawn_by_one_order_and_one_yes(town: Town) -> None:  # R38
    filan = proven(town, "te ipko, hiqi krejt pelqimet")
    assert FOURTH in filan.told.text
    filan.say("po")
    assert set(held(town).values()) == {"withdrawn"}


def test_an_order_for_all_consents_waits_for_its_company(town: Town) -> None:  # R38, R56
    filan = town.person()
    assert filan.say("hiqi krejt pelqimet").state == State.COMPANY
    filan.press("IPKO")
    filan.prove(FILAN)
    assert FOURTH in filan.told.text
    filan.say("po")
    assert set(held(town).values()) == {"withdrawn"}


def test_asking_how_consents_are_withdrawn_withdraws_nothing(town: Town) -> None:  # R21
    filan = town.person(company="ipko")
    assert filan.say("si i heq krejt pelqimet?").state == State.OPEN


@pytest.mark.parametrize("text", ["kundershtoj reklamat te ipko", "i kundërshtoj ofertat e ipkos"])
def test_who_objects_to_advertising_has_it_stopped_and_nobody_decides_about_it(town: Town, text: str) -> None:  # R40
    assert words("Stopping the advertising") in town.person().say(text).text
