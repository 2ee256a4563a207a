"""Sets up packs whose recogniser is written by hand: each word speaks for an intent with a given strength.

A message with one known word has for its intent the margin ``strength - 1``; an intent for which no word
speaks has -1. So a test can say exactly how near two intents stand.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from bot.nlu.companies import CompanyNames
from bot.nlu.features import SIZE, extract
from bot.nlu.gates import Gates
from bot.nlu.intents import Action, Kind
from bot.nlu.lexicon import Forms, Lexicon
from bot.nlu.negation import Negation
from bot.nlu.pack import Card, Pack
from bot.nlu.recogniser import GROUPS, Recogniser, Weights
from bot.nlu.understand import Rules

_STEPS = 50  # of one unit of strength; a weight is a byte, so strengths go up to 2.5

Speaking = Mapping[str, Mapping[str, float]]  # intent → word (folded) → strength


def card(
    id: str,  # noqa: A002  so the card calls it
    kind: Kind = Kind.ANSWER,
    *,
    action: Action | None = None,
    says: str = "",
    longest: int = 0,
    unless: Iterable[str] = (),
    unless_denied: Iterable[str] = (),
) -> Card:
    """Return a card; an id with a company before a slash is a topic's."""
    topic = id.split("/", 1)[1] if "/" in id else None
    return Card(
        id=id, topic=topic, kind=kind, action=action, says=says, longest=longest,
        unless=frozenset(unless), unless_denied=frozenset(unless_denied),
    )  # fmt: skip


def pack(
    cards: Sequence[Card],
    speaking: Speaking,
    concepts: Mapping[str, Sequence[str]],
    names: Mapping[str, Sequence[str]] | None = None,
) -> Pack:
    """Return a pack of these cards in which exactly these words speak."""
    lexicon = Lexicon(Forms(concepts), {word for words in speaking.values() for word in words})
    return Pack(
        cards, lexicon, Recogniser(weights([c.id for c in cards], speaking, lexicon)), CompanyNames(names or {})
    )


def weights(classes: Sequence[str], speaking: Speaking, lexicon: Lexicon) -> Weights:
    """Return weights in which only single words count, each as strong as said, all equally rare."""
    rows: dict[int, int] = {}
    strengths: list[NDArray[np.int8]] = [np.zeros(len(classes), dtype=np.int8)]
    for column, name in enumerate(classes):
        for word, strength in speaking.get(name, {}).items():
            (number,) = extract(lexicon.tokens(word), ()).words
            if number not in rows:
                rows[number] = len(strengths)
                strengths.append(np.zeros(len(classes), dtype=np.int8))
            strengths[rows[number]][column] = round(strength * _STEPS)
    numbering = np.zeros(SIZE, dtype=np.int32)
    numbering[list(rows)] = list(rows.values())
    rarity = np.ones(len(strengths), dtype=np.float32)
    rarity[0] = 0.0  # what is not known weighs nothing
    nothing = np.zeros(SIZE, dtype=np.int32)
    return Weights(
        classes=tuple(classes),
        rows=tuple(numbering if group == "words" else nothing for group in GROUPS),
        rarity=rarity,
        table=np.array(strengths),
        scale=np.full(len(classes), 1 / _STEPS, dtype=np.float32),
        bias=np.full(len(classes), -1.0, dtype=np.float32),
        share=(1.0, 1.0, 1.0),
        opinions=(),
        trust=(),
    )


def rules(aspects: Mapping[str, Iterable[str]], openers: Iterable[str], native: Iterable[str]) -> Rules:
    """Return rules whose gates hold acts back after ``openers`` only."""
    shut: dict[str, frozenset[str]] = {field.name: frozenset() for field in fields(Gates)}
    gates = Gates(**{**shut, "openers": frozenset(openers)})
    asked = {aspect: frozenset(concepts) for aspect, concepts in aspects.items()}
    silent: dict[str, frozenset[str]] = {field.name: frozenset() for field in fields(Negation)}
    return Rules(gates=gates, negation=Negation(**silent), aspects=asked, light=frozenset(), native=frozenset(native))
