"""How well a hand is understood that the recogniser has not read: ``python -m tests.tools.leave_one_hand_out``.

For each company and each hand that wrote phrases, the recogniser is trained on all other hands and
asked that hand's phrases. A phrase counts as understood when it reaches its own intent, or a topic that
rests on the same clause. Takes some minutes; the figures stand in docs/understanding.md.
"""

from bot.knowledge.compiling import pack_without
from bot.knowledge.source import Source, read_source
from bot.nlu.intents import Intent
from bot.nlu.pack import Card
from bot.nlu.understand import understand
from bot.settings import read_settings


def reached(source: Source, company: str, intent: Intent, topics: tuple[str, ...], card: Card | None) -> bool:
    """Tell whether a phrase of an intent was read as it was meant."""
    if not intent.company:
        return bool(card) and not topics and (card.kind, card.action) == (intent.kind, intent.action)  # type: ignore[union-attr]
    answers = source.companies[company].editions[-1].answers
    wanted = answers[intent.topic]
    return bool(topics) and (
        topics[0] == intent.topic
        or (answers[topics[0]].cites[0] == wanted.cites[0] and answers[topics[0]].silent == wanted.silent)
    )


def measure(source: Source, company: str, hand: str) -> tuple[int, int, int, int]:
    """Return (topics understood, topics asked, shared understood, shared asked) for one hand."""
    pack = pack_without(source, company, hand)
    edition = source.companies[company].editions[-1]
    counts = [0, 0, 0, 0]
    for intent in (*source.shared_intents(), *source.intents_of(company)):
        place = 0 if intent.company else 2
        for phrase in intent.phrases:
            if phrase.hand == hand:
                meaning = understand(phrase.text, pack, edition, source.rules, None)
                counts[place] += reached(source, company, intent, meaning.topics, meaning.card)
                counts[place + 1] += 1
    return counts[0], counts[1], counts[2], counts[3]


def main() -> None:
    """Print the table."""
    faults: list[str] = []
    source = read_source(read_settings().data, faults)
    hands = sorted({p.hand for i in source.intents for p in i.phrases})
    print("| hand | company | topics | shared intents |\n| --- | --- | --- | --- |")
    total = [0, 0, 0, 0]
    for company in source.companies:
        for hand in hands:
            counts = measure(source, company, hand)
            total = [a + b for a, b in zip(total, counts, strict=True)]
            print(f"| {hand} | {company} | {_share(*counts[:2])} | {_share(*counts[2:])} |", flush=True)
    print(f"| all | | {_share(*total[:2])} | {_share(*total[2:])} |")


def _share(right: int, asked: int) -> str:
    return f"{right / asked:.1%} of {asked}" if asked else "–"


if __name__ == "__main__":
    main()
