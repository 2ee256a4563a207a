"""What holds for every turn, whatever it is about: first words, order, what is kept, what time does."""

import pytest

from bot.assistant import LONGEST_MESSAGE
from bot.clock import DAY, HOUR, MINUTE
from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from bot.limits import Limits
from bot.services import conversations
from bot.services.casework import requests
from bot.services.conversations import BOT, DPO, YOU, Reach
from tests.channels.people import ALL_ADS, FILAN, FILANE, proven
from tests.tools.chatting import CODE, Town, words

# ---- first words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [None, "sa gjatë i ruani të dhënat?", ALL_ADS, "çka je ti?"])
def test_the_first_words_say_what_it_is_what_it_keeps_and_how_to_object(town: Town, first: str | None) -> None:  # R42
    filan = town.person()
    told = filan.say(first) if first else filan.open()

    assert "Mburoja" in told.text
    assert "nga politika e privatësisë" in told.text  # it answers from the text
    assert "IPKO dhe Paysera" in told.text  # R56: the controllers, by name
    assert "24 orë" in told.text
    assert "30 ditë" in told.text
    assert "t’i ndalni reklamat dhe t’i kundërshtoni statistikat" in told.text


def test_the_first_words_are_said_once(town: Town) -> None:  # R42
    filan = town.person()
    introduced = filan.open().blocks[0]

    later = [
        filan.say("te ipko, çka janë cookies?"),
        filan.open(),
        filan.say("menyja"),
        filan.say("/harro"),
        filan.open(),
    ]
    assert all(introduced not in told.blocks for told in later)


def test_where_one_company_is_served_the_first_words_name_that_one_only(town: Town) -> None:  # R42, R56
    first = town.person(company="ipko").open().text

    assert "IPKO" in first
    assert "Paysera" not in first


def test_what_is_kept_is_told_with_the_periods_that_hold(knowledge: Knowledge) -> None:  # R45
    odd = Limits(unproven_conversation=36 * HOUR, transcript=20 * DAY, code_life=4 * MINUTE, case_file=400 * DAY)
    told = Town(knowledge, odd).person().say("/privatesia").text

    for period in ("36 orë", "20 ditë", "4 minuta", "400 ditë"):
        assert period in told
    asked = Town(knowledge, odd).person().say("çka ruan ti për mua?").text  # in one's own words too
    assert "400 ditë" in asked


# ---- each message once, in order ----------------------------------------------------------------------------


def test_messages_are_numbered_without_a_gap_in_the_order_of_the_talk(town: Town) -> None:
    filan = town.person()
    filan.open()
    said = ["te ipko, çka janë cookies?", "te ipko, mos me qoni ma reklama", "anulo"]
    for text in said:
        filan.say(text)

    kept = filan.transcript()
    assert [message.seq for message in kept] == list(range(1, len(kept) + 1))
    assert [message.sender for message in kept] == [BOT, *[YOU, BOT] * 3]
    assert [message.blocks[0]["text"] for message in kept if message.sender == YOU] == said


def test_a_message_that_comes_twice_is_taken_once(town: Town) -> None:  # R29
    filan = town.person()
    filan.say(ALL_ADS)
    filan.prove(FILAN)
    filan.say("po")
    done, kept = town.changes(), filan.transcript()

    again = filan.again(filan.last_id, text="po")
    assert again.repeated
    assert (again.first_seq, again.last_seq) == (filan.told.taken.first_seq, filan.told.taken.last_seq)
    assert town.changes() == done
    assert filan.transcript() == kept


def test_a_button_that_comes_twice_is_taken_once(town: Town) -> None:  # R29, R60
    filan = town.person()
    filan.say(ALL_ADS)
    yes = next(iter(filan.prove(FILAN).buttons.values()))
    filan.choose(yes)
    done = town.changes()

    assert filan.again(filan.last_id, choice=yes).repeated
    assert town.changes() == done


def test_what_a_company_writes_stands_between_the_messages_in_its_place(town: Town) -> None:
    filan = town.person()
    filan.open()
    reach = conversations.append(town.tx, town.desk, town.now, filan.told.taken.conversation, DPO, [])
    filan.say("menyja")

    assert [message.sender for message in filan.transcript()] == [BOT, DPO, YOU, BOT]
    assert reach is Reach.HERE


# ---- what is kept -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{code}", "kodi është {code}", "{code} flm", "{spaced}"])
def test_a_typed_code_is_not_in_the_transcript(town: Town, typed: str) -> None:  # R15, R16
    filan = town.person()
    filan.say(ALL_ADS)
    code = filan.code(FILAN)
    filan.say(typed.format(code=code, spaced=f"{code[:3]} {code[3:]}"))

    assert filan.told.state == State.CONFIRM  # it was taken
    kept = "\n".join(str(message.blocks) for message in filan.transcript())
    assert code not in kept.replace(" ", "")
    assert "••••••" in kept
    assert code not in str(filan.form)


def test_a_wrong_code_is_not_in_the_transcript_either(town: Town) -> None:  # R16
    filan = town.person()
    filan.say(ALL_ADS)
    filan.code(FILAN)
    filan.say("123 456")

    said = [message.blocks[0]["text"] for message in filan.transcript() if message.sender == YOU]
    assert not any(CODE.search(text.replace(" ", "")) for text in said[2:])


def test_messages_and_numbers_are_sealed_where_they_are_stored(town: Town) -> None:  # R46
    filan = town.person()
    filan.say(ALL_ADS)
    filan.prove(FILAN)
    filan.say("po")

    stored = town.tables.everything()
    for secret in ("44000101", FILAN, "reklamat hiqmani", "Filan Fisteku"):
        assert secret not in stored


# ---- time ---------------------------------------------------------------------------------------------------


def test_after_five_idle_minutes_the_proof_is_gone_and_the_form_is_kept(town: Town) -> None:  # R20
    filane = town.person()
    filane.say("te paysera, mbiemri im është gabim, ma korrigjoni")
    filane.prove(FILANE)
    filane.say("mbiemri")
    filane.say("Fisteku, jo Fistiku")
    assert filane.told.state == State.CONFIRM
    town.now += town.desk.limits.idle + 1

    back = filane.say("po")
    assert words("For your safety I must make sure again that it is you. What you had begun is kept.") in back.text
    assert back.state == State.NUMBER
    assert town.rows("requests") == []  # nothing was done on the old proof
    assert [row["ended_at"] for row in town.rows("proofs")] == [town.now]
    again = filane.prove(FILANE)
    assert again.state == State.CONFIRM
    assert "Fisteku, jo Fistiku" in again.text  # what was typed is not asked for twice
    filane.say("po")
    assert len(town.rows("requests")) == 1


def test_within_five_minutes_nobody_is_asked_again(town: Town) -> None:  # R20
    filan = town.person()
    filan.say(ALL_ADS)
    filan.prove(FILAN)
    town.now += town.desk.limits.idle

    filan.say("po")
    assert filan.told.reference


def test_who_comes_back_finds_the_form_where_it_was_left(town: Town) -> None:
    filan = town.person()
    filan.say(ALL_ADS)
    town.now += 2 * HOUR

    back = filan.open()
    assert back.state == State.NUMBER
    assert "IPKO" in back.text


# ---- a person takes over ------------------------------------------------------------------------------------


def test_while_a_person_has_the_conversation_nothing_is_done_and_words_are_kept(town: Town) -> None:
    filane = proven(town, "te paysera, dua kopjen e krejt të dhënave të mia", FILANE)
    reference = filane.say("po").reference
    done = {**town.changes(), "events": 0, "audit": 0}
    town.turns.hand_over(town.tx, town.now, filane.told.taken.conversation, reference, holds=True)

    for said in ("krejt reklamat hiqmani", "po", "044 000 101"):
        held = filane.say(said)
        assert held.state == State.HELD
        assert words("Your message is kept for the person who answers you here.") in held.text
    assert {**town.changes(), "events": 0, "audit": 0} == done
    assert len(town.sms) == 1
    kept = [entry.body.get("text") for entry in requests.time_line(town.tx, town.desk, reference)]
    assert kept[-3:] == ["krejt reklamat hiqmani", "po", "044 000 101"]  # for the person, with the case
    assert filane.say("boti").state == State.OPEN


# ---- whatever is typed --------------------------------------------------------------------------------------

ODD = {
    "nothing": "", "blanks": " \n\t ", "long": "a" * (LONGEST_MESSAGE + 1), "very long": "reklama " * 12_500,
    "emoji": "🙂" * 50, "from right to left": "\u202eabc\u202c مرحبا", "control": "a\x00b\x07c\x1b[31m",
    "lone surrogates": "\ud800abc\udfff", "sql": "'; DROP TABLE requests; --", "html": "<script>alert(1)</script>",
    "braces": "{company} {0} %s", "combining": "e\u0308" * 300,
}  # fmt: skip
BEFORE: dict[str, list[str]] = {
    "open": [],
    "company": ["dua kopjen e të dhënave të mia"],
    "number": [ALL_ADS],
    "code": [ALL_ADS, FILAN],
    "field": ["te ipko, dua ta kundërshtoj një përdorim të të dhënave", "pa kod"],
    "contact": [ALL_ADS, "pa kod"],
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_any_text_in_any_state_gets_a_reply(town: Town, before: list[str], text: str) -> None:  # R51
    filan = town.person()
    for said in before:
        filan.say(said)
    told = filan.say(text)

    assert told.blocks
    assert "{" not in told.text.replace(text, "")
    assert filan.transcript()[-1].blocks == told.blocks
    assert [row["state"] for row in town.rows("conversations")] == [told.state]
