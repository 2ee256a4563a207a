"""Finds what stands closest to a question that was not answered, by what understands every message; knows no page."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.knowledge.compiled import Knowledge
from bot.nlu.fold import clean
from bot.nlu.lexicon import Lexicon, Token
from bot.nlu.understand import Because, understand
from bot.policy.clauses import Passage
from bot.policy.company import Company, Edition

MOST_SHOWN = 3  # answers
MOST_OFFERED = 6  # intents
_MOST_WORDS = 40
LONGEST = 2_000  # characters, as a message may have


@dataclass(frozen=True, kw_only=True)
class NearAnswer:
    """An answer that might have been meant; ``percent`` is its share of all that might."""

    company: Company
    topic: str
    label: str
    says: str
    percent: int
    passages: tuple[Passage, ...]


@dataclass(frozen=True, kw_only=True)
class Near:
    """What was made of a text: the closest answers and intents, the words that told something, what was mended."""

    answers: tuple[NearAnswer, ...]
    intents: tuple[str, ...]
    recognised: tuple[str, ...]
    mended: tuple[tuple[str, str], ...]
    nothing_known: bool


def nearest(knowledge: Knowledge, company: Company, edition: Edition, words: str) -> Near:
    """Return what stands closest to a text at a company."""
    pack = knowledge.pack(company.id)
    meaning = understand(clean(words)[:LONGEST], pack, edition, knowledge.rules, None)
    tokens = meaning.reading.tokens if meaning.reading else ()
    found = [guess for guess in meaning.guesses if guess.card.topic in edition.answers]
    return Near(
        answers=tuple(
            NearAnswer(
                company=company, topic=topic, label=edition.answers[topic].label, says=edition.answers[topic].says,
                percent=round(guess.share * 100), passages=tuple(edition.cited((topic,))),
            )
            for guess in found[:MOST_SHOWN]
            if (topic := guess.card.topic)
        ),
        intents=tuple(guess.card.id for guess in meaning.guesses[:MOST_OFFERED]),
        recognised=_recognised(pack.lexicon, tokens[:_MOST_WORDS]),
        mended=tuple((t.word, t.known_as) for t in tokens if t.word != t.known_as),
        nothing_known=meaning.because is Because.NOTHING_KNOWN,
    )  # fmt: skip


def _recognised(lexicon: Lexicon, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Return the words without which something else would have been understood, alone or beside others."""
    whole = lexicon.concepts(tokens)
    told = (t.word for at, t in enumerate(tokens) if lexicon.concepts([*tokens[:at], *tokens[at + 1 :]]) != whole)
    return tuple(dict.fromkeys(told))


def clearest(every: Sequence[Near]) -> tuple[NearAnswer, ...]:
    """Return the closest answers of several companies together, the closest first."""
    answers = [answer for near in every for answer in near.answers]
    return tuple(sorted(answers, key=lambda answer: -answer.percent)[:MOST_SHOWN])
