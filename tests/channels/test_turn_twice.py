"""A turn that is run again, as after a deadlock, leaves what it leaves when it is run once."""

import re

from bot.clock import MINUTE
from bot.knowledge.compiled import Knowledge
from bot.nlu.intents import Kind
from tests.channels.people import FILAN
from tests.tools.chatting import REFERENCE, Town

ASKS = ("Kush i sheh thirrjet e mia?", "dua t'i heq të gjitha reklamat")
SAID = (*ASKS, FILAN, "{code}", "po", "/kerkesat", "/harro", "po")
TABLES = ("messages", "inbox", "consents", "receipts", "events", "audit", "jobs", "challenges", "sendings", "proofs")
_CHANCE = re.compile(r"\b[0-9a-f]{12,}\b")


def told(knowledge: Knowledge, *, twice: bool) -> tuple[list[str], dict[str, int], list[str], int]:
    """Talk through a withdrawal; return what was read, what is stored and logged, and how many questions count."""
    town = Town(knowledge)
    town.twice = twice
    person = town.person(company="ipko")
    for said in SAID:
        town.now += MINUTE
        person.say(said.format(code=town.sms[-1].code if town.sms else ""))
    read = [_CHANCE.sub("…", REFERENCE.sub("…", each.text)) for each in town.read]
    counts = {table: town.tables.count(table) for table in TABLES}
    return read, counts, sorted(town.acts()), town.tally.write(town.tx, town.now)


def test_a_turn_that_is_run_twice_leaves_what_it_leaves_once(knowledge: Knowledge) -> None:  # R49
    once = told(knowledge, twice=False)
    assert told(knowledge, twice=True) == once
    assert once[3] > 0
    assert "consent.withdrawn" in once[2]


def test_a_question_counts_once_though_its_turn_is_run_again_after_it_was_written(knowledge: Knowledge) -> None:
    town = Town(knowledge)
    town.person(company="ipko").say("Kush i sheh thirrjet e mia?")
    question = next(iter(town.tally._heard))
    assert town.tally.write(town.tx, town.now) == 1
    town.tally.written()
    town.tally.heard(town.now, question, "ipko", Kind.ANSWER)
    assert town.tally.write(town.tx, town.now) == 0
