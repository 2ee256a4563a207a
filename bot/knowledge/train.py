"""Trains the recogniser from the phrases; runs when they change, never while answering.

A linear support vector machine, one class against the rest, on the features that the recogniser
will compute. scikit-learn is imported only here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import SIZE, Features
from bot.nlu.recogniser import GROUPS, Weights

SHARE = (0.9, 1.0, 1.0)  # of words, concepts, runs of letters; measured, see docs/understanding.md
_FEWEST = {"words": 1, "concepts": 2, "letters": 2}  # examples a feature must stand in; keeps the weights small
_PENALTY = 1.0  # the machine's C, measured likewise


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """A coarser question about the same examples: the coarse label of every class, and how much it counts."""

    label_of: Mapping[str, str]
    trust: float


def train(features: Sequence[Features], labels: Sequence[str], opinions: Sequence[Opinion] = ()) -> Weights:
    """Return the weights for these examples; the same examples in the same order give the same weights.

    Raises ValueError when there are fewer than two classes.
    """
    classes = tuple(sorted(set(labels)))
    if len(classes) < 2:
        raise ValueError("fewer than two classes")
    rows, rarity = _number_features(features)
    matrix = _matrix(features, rows, rarity)
    tables, scales, biases = ([part] for part in _columns(matrix, list(labels), classes, weigh=None))
    speaking: list[NDArray[np.int32]] = []
    trusted: list[float] = []
    width = len(classes)
    for opinion in opinions:
        coarse = tuple(sorted({opinion.label_of[c] for c in classes}))
        if len(coarse) < 2:
            continue
        coarsely = [opinion.label_of[label] for label in labels]
        # The kinds differ much in size: the policy's questions are many, the orders few.
        table, scale, bias = _columns(matrix, coarsely, coarse, weigh="balanced")
        tables.append(table)
        scales.append(scale)
        biases.append(bias)
        speaking.append(np.array([width + coarse.index(opinion.label_of[c]) for c in classes], dtype=np.int32))
        trusted.append(opinion.trust)
        width += len(coarse)
    return Weights(
        classes=classes,
        rows=rows,
        rarity=rarity,
        table=np.ascontiguousarray(np.hstack(tables)),
        scale=np.concatenate(scales),
        bias=np.concatenate(biases),
        share=SHARE,
        opinions=tuple(speaking),
        trust=tuple(trusted),
    )


def _columns(
    matrix: Any, labels: list[str], classes: tuple[str, ...], *, weigh: str | None
) -> tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]:
    """Train one column for each class, against all others, and bring the weights to bytes."""
    from sklearn.svm import LinearSVC  # noqa: PLC0415  slow to import, and not needed to answer

    machine = LinearSVC(C=_PENALTY, class_weight=weigh, random_state=0, max_iter=3000)
    machine.fit(matrix, np.array(labels))
    weights, bias = machine.coef_, machine.intercept_
    if len(classes) == 2:
        weights, bias = np.vstack([-weights, weights]), np.concatenate([-bias, bias])
    scale = np.abs(weights).max(axis=1) / 127.0
    scale[scale == 0] = 1.0
    table = np.rint(weights / scale[:, None]).astype(np.int8).T
    return table, scale.astype(np.float32), bias.astype(np.float32)


def _matrix(features: Sequence[Features], rows: tuple[NDArray[np.int32], ...], rarity: NDArray[np.float32]) -> Any:
    """Return the examples as a sparse matrix, weighed as the recogniser will weigh a message."""
    from scipy import sparse  # noqa: PLC0415  likewise

    indices: list[NDArray[np.int32]] = []
    values: list[NDArray[np.float32]] = []
    for example in features:
        for group, numbering, share in zip(GROUPS, rows, SHARE, strict=True):
            numbers = getattr(example, group)
            if not numbers:
                continue
            index = numbering[np.array(numbers, dtype=np.int64)]
            strength = rarity[index]
            indices.append(index)
            # What has no row weighs in the length, as it will in a message, but teaches nothing.
            values.append(np.where(index > 0, strength, 0) * (share / np.sqrt((strength * strength).sum())))
    lengths = [sum(len(getattr(f, g)) for g in GROUPS) for f in features]
    return sparse.csr_matrix(
        (np.concatenate(values), np.concatenate(indices), np.concatenate([[0], np.cumsum(lengths)])),
        shape=(len(features), len(rarity)),
        dtype=np.float64,
    )


def _number_features(features: Sequence[Features]) -> tuple[tuple[NDArray[np.int32], ...], NDArray[np.float32]]:
    """Give every feature that occurs a row (0 stays for the unknown), and weigh it by rarity."""
    total = len(features)
    rows: list[NDArray[np.int32]] = []
    rarity: list[NDArray[np.float64]] = [np.array([np.log(1.0 + total) + 0.3])]
    following = 1
    for group in GROUPS:
        seen = np.zeros(SIZE, dtype=np.int64)
        for example in features:
            seen[np.array(getattr(example, group), dtype=np.int64)] += 1
        present = np.flatnonzero(seen >= _FEWEST[group])
        numbering = np.zeros(SIZE, dtype=np.int32)
        numbering[present] = np.arange(following, following + len(present))
        following += len(present)
        rows.append(numbering)
        rarity.append(np.log((1.0 + total) / (1.0 + seen[present])) + 0.3)
    return tuple(rows), np.concatenate(rarity).astype(np.float32)
