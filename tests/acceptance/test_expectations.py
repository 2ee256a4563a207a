"""Every intent has messages that must reach it, written by somebody who saw neither the phrases nor the questions."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from bot.assistant import Assistant
from bot.dialogue.reply import Reply
from bot.knowledge.source import Source, read_source
from bot.nlu.intents import Intent
from bot.settings import Settings

MIRROR = Path(__file__).parents[1] / "data/intents"
FLOOR = 0.975  # of all messages; 98.7 % were right when this was set


@dataclass(frozen=True, kw_only=True)
class Expectation:
    intent: Intent
    text: str
    company: str


@pytest.fixture(scope="module")
def source(settings: Settings) -> Source:
    faults: list[str] = []
    read = read_source(settings.data, faults)
    assert faults == []
    return read


@pytest.fixture(scope="module")
def expectations(source: Source, settings: Settings) -> list[Expectation]:
    by_id = {intent.id: intent for intent in source.intents}
    found = []
    for path in sorted(MIRROR.rglob("*.yaml")):
        mirrored = settings.data / "intents" / path.relative_to(MIRROR)
        intent = by_id[yaml.safe_load(mirrored.read_text(encoding="utf-8"))["intent"]]
        for number, item in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))["expect"]):
            company = intent.company or ("ipko", "paysera")[number % 2]
            found.append(Expectation(intent=intent, text=item["text"], company=company))
    return found


def _reached(expected: Expectation, reply: Reply, source: Source) -> bool:
    intent = expected.intent
    if not intent.company:
        return reply.kind is intent.kind and reply.action is intent.action
    answers = source.companies[intent.company].editions[-1].answers
    wanted = answers[intent.topic]
    # Another topic that rests on the same clause says the same to the customer.
    return bool(reply.topics) and (
        reply.topics[0] == intent.topic
        or (answers[reply.topics[0]].cites[0] in wanted.cites[:2] and answers[reply.topics[0]].silent == wanted.silent)
    )


def test_every_intent_is_mirrored(source: Source, expectations: list[Expectation]) -> None:
    mirrored = {e.intent.id for e in expectations}
    assert [i.id for i in source.intents if i.id not in mirrored] == []


def test_the_messages_reach_their_intents(
    assistant: Assistant,
    source: Source,
    expectations: list[Expectation],
    capsys: pytest.CaptureFixture[str],
) -> None:
    missed = [e for e in expectations if not _reached(e, assistant.ask(e.text, e.company), source)]
    share = 1 - len(missed) / len(expectations)
    with capsys.disabled():
        print(f"\n\n  {len(expectations)} expectations: {share:.1%} reach their intent")
    assert share >= FLOOR, "\n".join(f"{e.intent.id}: {e.text}" for e in missed)


def test_no_message_starts_an_action_it_does_not_ask_for(assistant: Assistant, expectations: list[Expectation]) -> None:
    started = [
        f"{e.intent.id}: {e.text} → {reply.action}"
        for e in expectations
        if (reply := assistant.ask(e.text, e.company)).action and reply.action is not e.intent.action
    ]
    assert len(started) <= len(expectations) * 0.01, "\n".join(started)
