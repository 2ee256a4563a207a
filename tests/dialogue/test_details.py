"""What a wish says beside its intent is read from its words: which consents, all data, no customer, whose."""

from pathlib import Path

import pytest

from bot.dialogue import details
from bot.knowledge.companies import read_company
from bot.policy.rights import Rights

POLICIES = Path(__file__).parents[2] / "policy_texts"
CURRENT, PERSONAL, AT_HOME, IMPROVEMENT = "offers-current", "offers-personal", "offers-at-home", "improvement"


def rights(company: str) -> Rights:
    read = read_company(POLICIES / company, company, [])
    assert read is not None
    return read.rights


@pytest.fixture(scope="module")
def ipko() -> Rights:
    return rights("ipko")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("nuk i dua më ofertat aktuale", (CURRENT,)),
        ("hiqni ato aktualet, boll ma", (CURRENT,)),
        ("ofertat për krejt klientat mos mi qoni", (CURRENT,)),
        ("hiqmani pelqimin per ofertat veq per mu", (PERSONAL,)),
        ("Tërheq pëlqimin «Ofertat vetëm për Mua»", (PERSONAL,)),
        ("largoni ofertat e personalizume ju lutem", (PERSONAL,)),
        ("stop personal offers pls", (PERSONAL,)),
        ("mos me vini ne shpi me oferta", (AT_HOME,)),
        ("s'du agjenta n'shpi", (AT_HOME,)),
        ("nuk pranoj që të vijnë në shtëpi shitësit", (AT_HOME,)),
        ("hiqe at door to door", (AT_HOME,)),
        ("nuk du ma me ju ndihmu, hiqeni ate na ndihmoni", (IMPROVEMENT,)),
        ("terheq pelqimin per permirsimin e sherbimeve", (IMPROVEMENT,)),
        ("s'pajtohem me profilizim", (IMPROVEMENT,)),
        ("hiqni ofertat aktuale edhe ato ne shtepi", (CURRENT, AT_HOME)),
        ("krejt reklamat hiqni pos ofertave aktuale", (PERSONAL, AT_HOME)),  # all but one
        ("përveç ofertave në shtëpi, krejt ndalni", (CURRENT, PERSONAL)),
    ],
)
def test_one_consent_is_named_in_many_ways(ipko: Rights, text: str, named: tuple[str, ...]) -> None:
    assert details.meant_purposes(text, ipko) == named


@pytest.mark.parametrize(
    "text",
    [
        "ndalni reklamat",
        "s'du ma marketing",
        "mos mi qoni ofertat",
        "hiqni krejt pelqimet",
        "kam internet ne shtepi, mos me qoni sms",  # where somebody lives names no consent
        "ndalni mesazhet e reja",
        "",
    ],
)
def test_words_for_advertising_as_such_name_no_single_consent(ipko: Rights, text: str) -> None:
    assert details.meant_purposes(text, ipko) == ()


@pytest.mark.parametrize("text", ["çregjistromëni prej buletinit", "stop newsletter", "hiqe marketingun direkt"])
def test_the_one_consent_of_paysera_has_names_of_its_own(text: str) -> None:
    assert details.meant_purposes(text, rights("paysera")) == ("direct-marketing",)


def test_who_speaks_of_consents_or_exceptions_wants_to_choose() -> None:
    assert details.means_all_advertising("ndalni reklamat krejt")
    assert not details.means_all_advertising("dua ta tërheq një pëlqim")
    assert not details.means_all_advertising("krejt reklamat pos atyre me sms")


@pytest.mark.parametrize(
    ("text", "everything"),
    [
        ("fshini krejt", True),
        ("dua një kopje të të gjitha të dhënave të mia", True),
        ("du me i pa krejt cka keni per mu", True),
        ("fshini krejt shenimet e mia te ipko", True),
        ("du krejt historikun e thirrjeve", False),
        ("krejt te dhenat per kredi", False),
        ("fshini numrin tem", False),
    ],
)
def test_all_data_is_told_from_some(text: str, everything: bool) -> None:  # noqa: FBT001  a table's column
    assert details.means_everything(text) is everything


@pytest.mark.parametrize("text", ["s'jam klient i juaji", "un hic sjom klient", "nuk kam qenë kurrë klient i juaj"])
def test_who_is_no_customer_is_believed(text: str) -> None:  # R54
    assert details.is_no_customer(text)
    assert not details.is_no_customer("jam klient qe 5 vjet")


@pytest.mark.parametrize(
    "text", ["e kam hup numrin", "telefonin ma kan vjedh dje", "ska telefon bre", "nuk e kam ma ate numer a po kupton"]
)
def test_a_lost_number_is_understood(text: str) -> None:  # R53
    assert details.has_no_number(text)


@pytest.mark.parametrize("text", ["pse po ju duhet numri im", "nuk e di numrin e klientit", "nuk me erdhi kodi"])
def test_a_number_that_is_only_spoken_of_is_not_lost(text: str) -> None:
    assert not details.has_no_number(text)


@pytest.mark.parametrize("text", ["s'po vjen kodi", "hala ska ardh kurgjo", "nuk mora asgje", "ku osht ai kod"])
def test_a_code_that_has_not_come_is_understood(text: str) -> None:  # R8
    assert details.lacks_code(text)


@pytest.mark.parametrize("text", ["sa kohe vlen ky kod", "nuk e mora vesh", "kodi osht 12"])
def test_a_code_that_is_only_spoken_of_has_come(text: str) -> None:
    assert not details.lacks_code(text)


def test_a_short_text_may_name_what_was_asked_for() -> None:
    assert details.only_names("ato n'shpi")
    assert not details.only_names("qka jan ofertat aktuale")
    assert not details.only_names("ofertat aktuale?")
    assert not details.only_names("")


def test_an_objection_is_taken_back_only_by_taking_it() -> None:  # R41
    assert details.lifts_objection("ma hiqni kundershtimin")
    assert details.lifts_objection("heq dorë nga kundërshtimi")
    assert not details.lifts_objection("hiqni te dhenat e mia prej statistikave, ky osht kundershtimi im")


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("7K2Q-9FXA-8", "7K2Q-9FXA-8"),
        ("ku mbeti kerkesa 7k2q-9fxa-8 bre", "7K2Q-9FXA-8"),
        ("nr 7K2Q 9FXA 8", "7K2Q-9FXA-8"),
        ("7K2Q-9FXA-O", "7K2Q-9FXA-0"),
        ("044 000 101", ""),
        ("044000101", ""),
        ("sa gjate i ruani te dhenat", ""),
        ("kodi 1234 5", ""),
    ],
)
def test_a_reference_is_found_in_a_text(text: str, reference: str) -> None:  # R58
    assert details.reference_in(text) == reference


def test_to_name_a_request_is_not_to_take_it_back() -> None:
    assert details.takes_back("anulojeni kerkesen 7K2Q-9FXA-8")
    assert not details.takes_back("tung, e kom nje kerkes 7K2Q-9FXA-8")


def test_a_firm_is_told_from_a_person() -> None:  # R57
    assert details.speaks_of_firm("per firmen time")
    assert not details.speaks_of_firm("per djalin tem 13 vjec")


@pytest.mark.parametrize(
    "text",
    [
        "pse duhet numri?", "Pse ju duhet numri im?", "po pse po ma lypni numrin", "përse e doni telefonin",
        "për çka ju vyn kodi", "e pse ju duhet?", "why do you need my number", "pse ta jap numrin",
    ],
)  # fmt: skip
def test_who_asks_why_a_number_is_asked_for_is_heard(text: str) -> None:
    assert details.asks_what_for(text)


@pytest.mark.parametrize(
    "text",
    [
        "044 000 101", "pse e ruani numrin tim?", "pse ma jepni numrin te të tretët", "nuk kam numër",
        "s'më erdhi kodi", "pse duhet me pagu për kopje", "kur duhet me u përgjigj", "pse?",
    ],
)  # fmt: skip
def test_what_is_asked_of_the_policy_is_not(text: str) -> None:
    assert not details.asks_what_for(text)
