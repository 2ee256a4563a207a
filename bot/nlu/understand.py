"""Decides what a message to one company means: ranks, passes the gates, splits two-part questions.

Works on a pack and a grid; knows no wording, no file and no channel. The result carries its reasons.
"""

import enum
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.nlu.gates import BY_ITSELF, Gates, allowed
from bot.nlu.intents import Action, Kind
from bot.nlu.negation import Negation
from bot.nlu.pack import Card, Guess, Pack, Reading
from bot.policy.answers import Grid
from bot.policy.company import Edition

MOST_CHOICES = 3
_NEAR = 0.45  # of the best one's share: what stands as near is offered beside it
_KNOWS_NOTHING = -1.15  # margin: below, no intent speaks for the message
_AND = frozenset({"dhe", "edhe", "e", "si", "plus", "and", "i"})
_ASKING = frozenset({"what", "how-long", "who", "to-whom", "where", "why", "which", "when", "from-where-from-whom",
                     "how-many-how-much", "until-when", "how"})  # fmt: skip
_SHORT = 6  # words: a message this short may lean on the one before it
_FEW = 3  # words: so short, it leans on the one before it also without a "po"
_LITTLE = 4  # letters: a longer word without a concept may be what the message is about
_SURE = 0.4  # share from which a short message may speak for itself
_AGREEING = frozenset({"po", "ok", "oke", "okej", "mire", "mir", "hajde", "hajt", "dakord", "pra"})
_NO = frozenset({"jo", "joo", "jooo"})
_NOT_THAT = _NO | {"kete", "ket", "kte", "kta", "keto", "kto", "ate", "at", "ato", "ata", "kjo", "ky", "ajo", "ashtu",
                   "asht", "keshtu", "kshtu", "kshu", "por", "po", "pra"}  # fmt: skip
_NOT_UNDERSTOOD = frozenset({Kind.OUTOFSCOPE, Kind.CLARIFY})
_LIKELY = 0.3  # share of an act that is begun: one that is likelier than others only is told how it is done
_ORDERS = 0.6  # share of an order behind a yes or a no
_OPENERS = frozenset({"po", "e", "edhe", "dhe", "a", "ndersa", "kurse"})


class Because(enum.StrEnum):
    """What decided, for ``--why``."""

    RANK = "rank"
    AGREED = "order behind a yes"
    CORRECTED = "order behind a no"
    TWO_PARTS = "two parts"
    CONTEXT = "context"
    NOTHING_KNOWN = "nothing known"


@dataclass(frozen=True, kw_only=True)
class Context:
    """What the turn before was about: topics of one company, and the question in the person's words."""

    company: str
    topics: tuple[str, ...]
    text: str


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a message means. ``topics`` are the company's, best first; ``near`` might have been meant instead."""

    kind: Kind
    topics: tuple[str, ...] = ()
    action: Action | None = None
    card: Card | None = None
    near: tuple[str, ...] = ()
    score: float = 0.0
    because: Because = Because.RANK
    reading: Reading | None = None
    guesses: tuple[Guess, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for every company.

    The gates; how things are denied; the concepts that ask for each aspect of a purpose, and those that
    name nothing (``light``); the commonest words of all phrases.
    """

    gates: Gates
    negation: Negation
    aspects: Mapping[str, frozenset[str]]
    light: frozenset[str]
    native: frozenset[str]


def understand(text: str, pack: Pack, edition: Edition, rules: Rules, context: Context | None) -> Meaning:
    """Return the meaning of a message to the pack's company. ``context`` must be of that company."""
    reading = pack.read(text)
    denied = rules.negation.denied(reading.tokens, pack.lexicon)
    guesses = allowed(pack.guesses(reading), reading, rules.gates, rules.native, denied)
    if not guesses:
        return Meaning(kind=Kind.OUTOFSCOPE, reading=reading, because=Because.NOTHING_KNOWN)
    leaning = _from_context(reading, guesses, pack, edition, rules, context) if context else None
    if leaning:
        return leaning
    parts = _two_parts(reading, guesses[0], pack, edition.grid)
    if parts:
        return Meaning(
            kind=Kind.ANSWER, topics=parts, score=guesses[0].share, reading=reading, guesses=tuple(guesses),
            because=Because.TWO_PARTS, card=guesses[0].card,
        )  # fmt: skip
    best = next((g for g in guesses if not g.card.action or g.share >= _likely(denied)), guesses[0])
    if opened := _opened(best, reading):
        openers, because = opened
        if "?" not in text and (ordered := _behind(openers, reading, pack, edition, rules)):
            return replace(ordered, because=because)
    others = [g for g in guesses if g is not best][:MOST_CHOICES]
    near = tuple(g.card.topic for g in others if g.card.topic and g.share >= best.share * _NEAR)
    if best.margin < _KNOWS_NOTHING:
        nearest = tuple(g.card.topic for g in guesses if g.card.topic)[:MOST_CHOICES]
        return Meaning(
            kind=Kind.OUTOFSCOPE, near=nearest, score=best.share, reading=reading, guesses=tuple(guesses),
            because=Because.NOTHING_KNOWN,
        )  # fmt: skip
    return Meaning(
        kind=best.card.kind,
        topics=(best.card.topic,) if best.card.topic else (),
        action=best.card.action,
        card=best.card,
        near=near,
        score=best.share,
        reading=reading,
        guesses=tuple(guesses),
    )


def _likely(denied: frozenset[str]) -> float:
    """Return the share that an act must have: where another was denied, that one has had its part of them."""
    return BY_ITSELF if denied else _LIKELY


def _opened(best: Guess, reading: Reading) -> tuple[frozenset[str], Because] | None:
    """Return with what a message opens behind which an order may stand, if it is worth looking there.

    Behind a yes ("po, ndalni krejt") where the whole looks like nothing for certain; behind a no ("jo këtë, dua një
    kopje") always, since it puts right what was understood before.
    """
    first = reading.tokens[0].word if reading.tokens else ""
    if first in _NO:
        return _NOT_THAT, Because.CORRECTED
    unsure = best.card.kind in _NOT_UNDERSTOOD or (best.card.action is None and best.share < _SURE)
    return (_AGREEING, Because.AGREED) if unsure and first in _AGREEING else None


def _behind(openers: frozenset[str], reading: Reading, pack: Pack, edition: Edition, rules: Rules) -> Meaning | None:
    """Read an order by itself that stands behind the openers, if one does that is sure."""
    behind = list(itertools.dropwhile(openers.__contains__, (token.word for token in reading.tokens)))
    if not behind:
        return None
    meaning = understand(" ".join(behind), pack, edition, rules, None)
    return meaning if meaning.action is not None and meaning.score >= _ORDERS else None


def _two_parts(reading: Reading, best: Guess, pack: Pack, grid: Grid) -> tuple[str, str] | None:
    """Return two topics when the message asks two things about one purpose ("çfarë … dhe sa gjatë …")."""
    words = [t.word for t in reading.tokens]
    for place in range(2, len(words) - 1):
        if words[place] not in _AND:
            continue
        opening = pack.lexicon.concepts(reading.tokens[place + 1 : place + 2])
        opening += pack.lexicon.concepts(reading.tokens[place + 1 : place + 3])
        if not _ASKING.intersection(opening):
            continue
        left = _best_topic(pack, " ".join(words[:place]))
        right = _best_topic(pack, " ".join(words[place + 1 :]))
        whole = best.card.topic or left
        if not (left and right and whole):
            continue
        left_place, right_place, whole_place = (_place(grid, t) for t in (left, right, whole))
        if not (left_place and right_place) or left_place[1] == right_place[1]:
            continue
        purpose = next((p[0] for p in (left_place, whole_place, right_place) if p and p[0]), None)
        first = _cell(grid, purpose, left_place[1])
        second = _cell(grid, purpose, right_place[1])
        if first and second and first != second:
            return first, second
    return None


def _best_topic(pack: Pack, words: str) -> str | None:
    for guess in pack.guesses(pack.read(words), most=3):
        if guess.card.topic:
            return guess.card.topic
    return None


def _place(grid: Grid, topic: str) -> tuple[str | None, str] | None:
    """Return the purpose and aspect of a topic; no purpose for an overview."""
    for aspect, overview in grid.overview.items():
        if overview == topic:
            return None, aspect
    return grid.place(topic)


def _cell(grid: Grid, purpose: str | None, aspect: str) -> str | None:
    return grid.cells.get(purpose, {}).get(aspect) if purpose else grid.overview.get(aspect)


def _from_context(
    reading: Reading,
    guesses: Sequence[Guess],
    pack: Pack,
    edition: Edition,
    rules: Rules,
    context: Context,
) -> Meaning | None:
    """Read a short follow-up ("po marrësit?", "sa vite?") as the same purpose's other aspect."""
    if not context.topics or not 0 < len(reading.tokens) <= _SHORT:
        return None
    # In so few words each counts for itself, also inside a longer form ("po pse").
    single = [frozenset(pack.lexicon.concepts([token])) for token in reading.tokens]
    said = frozenset(reading.concepts).union(*single)
    asked = [aspect for aspect, concepts in rules.aspects.items() if concepts & said]
    if not asked:
        return None
    light = rules.light.union(*rules.aspects.values())
    heavy = any(
        not found & light if found else len(token.word) > _LITTLE
        for token, found in zip(reading.tokens, single, strict=True)
    )
    if reading.tokens[0].word not in _OPENERS and (heavy or len(reading.tokens) > _FEW):
        return None
    # What it is about stands in the message itself: an act, small talk, or a purpose of its own.
    best = guesses[0]
    itself = best.card.kind is not Kind.CLARIFY and best.share > _SURE
    general = best.card.topic in edition.grid.overview.values()
    if itself and (not best.card.topic or (heavy and not general)):
        return None
    purpose = edition.purpose(context.topics[0]) if context.topics[0] in edition.answers else None
    topic = _cell(edition.grid, purpose, asked[0]) or edition.grid.overview.get(asked[0])
    if not topic:
        return None
    return Meaning(
        kind=Kind.ANSWER,
        topics=(topic,),
        score=best.share,
        reading=reading,
        guesses=tuple(guesses),
        because=Because.CONTEXT,
    )
