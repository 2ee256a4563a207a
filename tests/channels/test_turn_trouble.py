"""Trouble with sending messages as people are told of it: everybody or nobody, and never without another way."""

import re

import pytest

from bot.dialogue.state import State
from bot.knowledge.compiled import Knowledge
from tests.channels.people import FILAN, FILANE
from tests.tools.chatting import Person, Town

ALIKE = "044 000 201"  # nobody's; masked like FILAN's
ASKS = "te ipko, dua kopjen e krejt të dhënave"
_IDS = re.compile(rb'"value":"[0-9a-f]+"')


def reply(person: Person) -> bytes:
    """The whole answer, as every channel is given it, but for the random names of buttons."""
    return _IDS.sub(b'"value":""', person.told.taken.reply)


def asked(knowledge: Knowledge, number: str, *, trouble: bool) -> tuple[list[bytes], int]:
    """What is told to somebody who asks for a code, asks again too soon, and asks a minute later; and how many SMS."""
    town = Town(knowledge)
    town.trouble.set(holds=trouble)
    person = town.person("a")
    person.say(ASKS)
    replies = []
    for minutes, said in ((0, number), (0, "kodi"), (1, None), (0, "123456")):
        town.now += minutes * 60_000
        if said is None:
            person.press("Send a new code")
        else:
            person.say(said)
        replies.append(reply(person))
    return replies, len(town.sms)


@pytest.mark.parametrize("trouble", [False, True])
def test_who_is_a_customer_and_who_is_not_are_told_the_same_to_the_byte(
    knowledge: Knowledge, *, trouble: bool
) -> None:  # R11
    known, sent = asked(knowledge, FILAN, trouble=trouble)
    unknown, none = asked(knowledge, ALIKE, trouble=trouble)
    assert known == unknown
    assert (sent > 0, none) == (True, 0)


def test_everybody_is_told_of_trouble_that_the_code_comes_by_itself_and_of_the_way_without_one(town: Town) -> None:
    # R11, R14, R50
    town.trouble.set(holds=True)
    for address, number in (("a", FILAN), ("b", ALIKE), ("c", FILANE)):
        person = town.person(address)
        person.say(ASKS)
        told = person.say(number)
        assert told.state == State.CODE
        assert "nuk mund të dërgohen" in told.text
        assert "kodi vjen vetë" in told.text
        assert "10:05" in told.text  # until when
        assert town.desk.companies["ipko"].contact in told.text
        person.press("Without a code")
        assert person.told.state != State.CODE


def test_when_it_is_over_nobody_hears_of_it_any_more_and_the_code_that_came_holds(town: Town) -> None:  # R50
    person = town.person("a")
    town.trouble.set(holds=True)
    person.say(ASKS)
    code = person.code(FILAN)
    town.trouble.set(holds=False)
    assert person.say(code).state == State.CONFIRM
    other = town.person("b")
    other.say(ASKS)
    assert "nuk mund të dërgohen" not in other.say(ALIKE).text
