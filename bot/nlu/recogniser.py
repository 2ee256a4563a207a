"""Scores a message against classes with trained weights; knows neither what the classes mean nor the files.

One linear model for each company over three groups of features (words, concepts, runs of letters). Each
group is weighted by how rare its features are and brought to length one, so that a long story
counts as much as two words. Weights are bytes; a row a feature, a column a class.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.features import Features

GROUPS = ("words", "concepts", "letters")


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Trained arrays.

    ``rows[g]`` maps a feature number of group g to its row in ``table`` (0: unknown, a row of
    zeros); ``rarity`` holds a weight per row (float32); ``table`` is int8, rows × columns; ``scale`` and
    ``bias`` (float32, one a column) bring sums back to margins; ``share`` is the weight of each group.
    The first columns are the classes. Columns after them are second opinions on coarser questions (is
    it a question or an order? which part of the policy? what is asked of it?): ``opinions[k]`` gives,
    for every class, the column that speaks for it, and ``trust[k]`` how much that counts.
    """

    classes: tuple[str, ...]
    rows: tuple[NDArray[np.int32], ...]
    rarity: NDArray[np.float32]
    table: NDArray[np.int8]
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]
    share: tuple[float, ...]
    opinions: tuple[NDArray[np.int32], ...]
    trust: tuple[float, ...]


class Recogniser:
    """Gives a margin per class; higher is likelier. Holds no state between calls."""

    def __init__(self, weights: Weights) -> None:
        """Take trained weights."""
        self.classes = weights.classes
        self._w = weights

    def margins(self, features: Features) -> NDArray[np.float32]:
        """Return one margin a class, in the order of ``classes``."""
        w = self._w
        known: list[NDArray[np.int32]] = []
        strengths: list[NDArray[np.float32]] = []
        for group, rows, share in zip(GROUPS, w.rows, w.share, strict=True):
            numbers: Sequence[int] = getattr(features, group)
            if not numbers:
                continue
            index = rows[np.fromiter(numbers, dtype=np.int64, count=len(numbers))]
            rarity = w.rarity[index]
            length = float(np.sqrt((rarity * rarity).sum()))
            if length == 0.0:
                continue
            keep = index > 0
            known.append(index[keep])
            strengths.append(rarity[keep] * (share / length))
        if not known:
            return self._weigh(w.bias)
        index = np.concatenate(known)
        strength = np.concatenate(strengths)
        sums: Any = strength @ w.table[index]
        return self._weigh(sums * w.scale + w.bias)

    def _weigh(self, columns: NDArray[np.float32]) -> NDArray[np.float32]:
        margins = columns[: len(self.classes)]
        for opinion, trust in zip(self._w.opinions, self._w.trust, strict=True):
            margins = margins + columns[opinion] * trust
        return np.asarray(margins, dtype=np.float32)


def shares(margins: NDArray[np.float32], sharpness: float) -> NDArray[np.float32]:
    """Return the margins as shares that sum to one (softmax); ``sharpness`` sets how far the best stands out."""
    powered = np.exp((margins - margins.max()) * sharpness)
    return np.asarray(powered / powered.sum(), dtype=np.float32)
