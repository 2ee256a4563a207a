"""The compiled knowledge as it is read: typed cards and trained weights (``compiling.py`` writes them)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from bot.errors import UnknownCompanyError
from bot.knowledge.commands import CommandForms
from bot.knowledge.languages import Language
from bot.nlu.commands import Commands
from bot.nlu.companies import CompanyNames
from bot.nlu.lexicon import Forms, Lexicon
from bot.nlu.pack import Card, Pack
from bot.nlu.recogniser import GROUPS, Recogniser, Weights
from bot.nlu.understand import Rules
from bot.policy.company import Company

NO_COMPANY = "_none"
DIRECTORY = "directory.msgpack"


@dataclass(frozen=True, kw_only=True)
class Directory:
    """What is read at once: the companies, the lexicon, the rules."""

    companies: dict[str, Company]
    lexicon: dict[str, tuple[str, ...]]
    languages: tuple[Language, ...]
    rules: Rules
    commands: CommandForms


@dataclass(frozen=True, kw_only=True)
class Words:
    """What is read with a pack, beside its weights."""

    cards: tuple[Card, ...]
    vocabulary: tuple[str, ...]


class Knowledge:
    """The compiled knowledge; a company's part is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Open a compilation that is there."""
        self._folder = folder
        directory = msgspec.msgpack.decode((folder / DIRECTORY).read_bytes(), type=Directory)
        self.companies: Mapping[str, Company] = directory.companies
        self.languages = directory.languages
        self.rules = directory.rules
        # A company's name beside a command says where, not what.
        beside = {alias for company in self.companies.values() for alias in company.aliases if " " not in alias}
        self.commands = Commands(directory.commands.forms, directory.commands.polite | beside)
        self.names = CompanyNames({c.id: c.aliases for c in self.companies.values()})
        self._forms = Forms(directory.lexicon)
        self._packs: dict[str, Pack] = {}

    def company(self, name: str) -> Company:
        """Return a company. Raises UnknownCompanyError, whose message names those that are known."""
        try:
            return self.companies[name]
        except KeyError:
            known = ", ".join(sorted(self.companies))
            raise UnknownCompanyError(f"Kompania {name!r} nuk njihet. Të njohura janë: {known}.") from None

    def pack(self, company: str | None) -> Pack:
        """Return the pack of a company, or the one for messages whose company is not known yet."""
        name = NO_COMPANY if company is None else self.company(company).id
        if name not in self._packs:
            self._packs[name] = self._read_pack(name)
        return self._packs[name]

    def _read_pack(self, name: str) -> Pack:
        words = msgspec.msgpack.decode((self._folder / f"{name}.msgpack").read_bytes(), type=Words)
        weights = read_weights(self._folder / f"{name}.npz")
        return Pack(words.cards, Lexicon(self._forms, words.vocabulary), Recogniser(weights), self.names)


def read_weights(path: Path) -> Weights:
    """Read trained weights."""
    with np.load(path, allow_pickle=False) as arrays:
        return Weights(
            classes=tuple(str(c) for c in arrays["classes"]),
            rows=tuple(arrays[f"rows_{group}"] for group in GROUPS),
            rarity=arrays["rarity"],
            table=arrays["table"],
            scale=arrays["scale"],
            bias=arrays["bias"],
            share=tuple(float(v) for v in arrays["share"]),
            opinions=tuple(arrays["opinions"]),
            trust=tuple(float(v) for v in arrays["trust"]),
        )


def write_weights(path: Path, weights: Weights) -> None:
    """Write trained weights."""
    arrays = {f"rows_{group}": rows for group, rows in zip(GROUPS, weights.rows, strict=True)}
    np.savez(
        path,
        allow_pickle=False,
        classes=np.array(weights.classes),
        rarity=weights.rarity,
        table=weights.table,
        scale=weights.scale,
        bias=weights.bias,
        share=np.array(weights.share),
        opinions=np.array(weights.opinions, dtype=np.int32),
        trust=np.array(weights.trust),
        **arrays,
    )
