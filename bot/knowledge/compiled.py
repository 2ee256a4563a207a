"""Keeps what was compiled from the data files: typed cards and trained weights, found by a digest.

The digest covers every data file and the code that reads them, so a stale compilation cannot be
used; a new one is written beside the old and moved into place whole.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from bot.errors import DataError, UnknownCompanyError
from bot.knowledge.languages import Language
from bot.knowledge.source import Source, digest, read_source
from bot.nlu.features import Features, extract
from bot.nlu.intents import Intent, Kind
from bot.nlu.lexicon import Lexicon
from bot.nlu.pack import POLICY, Card, Pack
from bot.nlu.recogniser import GROUPS, Recogniser, Weights
from bot.policy.company import Company

_NO_COMPANY = "_none"
_TRUST_KIND, _TRUST_PART, _TRUST_ASPECT = 0.5, 0.3, 0.2  # measured, see docs/understanding.md
_COMMON = 4  # intents
_MOST_POLICY_PHRASES = 2500  # for the class that stands for all topics


@dataclass(frozen=True, kw_only=True)
class _Directory:
    companies: dict[str, Company]
    lexicon: dict[str, tuple[str, ...]]
    languages: tuple[Language, ...]
    aspects: dict[str, frozenset[str]]
    native: frozenset[str]  # the commonest Albanian words, by which other languages are told apart


@dataclass(frozen=True, kw_only=True)
class _Words:
    cards: tuple[Card, ...]
    vocabulary: tuple[str, ...]
    classes: tuple[str, ...]


class Knowledge:
    """The compiled knowledge; a company's part is read when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Open a compilation that is there."""
        self._folder = folder
        directory = msgspec.msgpack.decode((folder / "directory.msgpack").read_bytes(), type=_Directory)
        self.companies: Mapping[str, Company] = directory.companies
        self.languages = directory.languages
        self.aspects = directory.aspects
        self._lexicon = directory.lexicon
        self.native = directory.native
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
        name = _NO_COMPANY if company is None else self.company(company).id
        if name not in self._packs:
            self._packs[name] = self._read_pack(name)
        return self._packs[name]

    def _read_pack(self, name: str) -> Pack:
        words = msgspec.msgpack.decode((self._folder / f"{name}.msgpack").read_bytes(), type=_Words)
        with np.load(self._folder / f"{name}.npz", allow_pickle=False) as arrays:
            weights = Weights(
                classes=words.classes,
                rows=tuple(arrays[f"rows_{group}"] for group in GROUPS),
                rarity=arrays["rarity"],
                table=arrays["table"],
                scale=arrays["scale"],
                bias=arrays["bias"],
                share=tuple(float(v) for v in arrays["share"]),
                opinions=tuple(arrays["opinions"]),
                trust=tuple(float(v) for v in arrays["trust"]),
            )
        return Pack(words.cards, Lexicon(self._lexicon, words.vocabulary), Recogniser(weights))


def open_knowledge(data: Path, cache: Path) -> Knowledge:
    """Return the knowledge compiled from ``data``, compiling it first where that is needed (some seconds).

    Raises DataError with every fault when the files are malformed.
    """
    folder = cache / digest(data)
    if not (folder / "directory.msgpack").exists():
        _compile(data, cache, folder)
    return Knowledge(folder)


def is_compiled(data: Path, cache: Path) -> bool:
    """Tell whether ``open_knowledge`` would be quick."""
    return (cache / digest(data) / "directory.msgpack").exists()


def _compile(data: Path, cache: Path, folder: Path) -> None:
    faults: list[str] = []
    source = read_source(data, faults)
    if faults:
        raise DataError(faults)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        write_compiled(source, fresh)
        for old in cache.iterdir():
            if old.is_dir() and old != Path(scratch) and (old / "directory.msgpack").exists():
                shutil.rmtree(old, ignore_errors=True)
        fresh.replace(folder)


def write_compiled(source: Source, folder: Path) -> None:
    """Train every company's recogniser and write all files into an empty folder."""
    shared = source.shared_intents()
    for company in source.companies.values():
        _write_pack(folder, company.id, source, [*shared, *source.intents_of(company.id)], {})
    own = [i for i in source.intents if i.company]
    total = sum(len(i.phrases) for i in own)
    every = max(1, -(-total // _MOST_POLICY_PHRASES))
    some = [phrase.folded for intent in own for phrase in intent.phrases][::every]
    _write_pack(folder, _NO_COMPANY, source, shared, {POLICY: some})
    directory = _Directory(
        companies=dict(source.companies),
        lexicon=dict(source.lexicon),
        languages=source.languages,
        aspects=dict(source.aspects),
        native=_native(source),
    )
    (folder / "directory.msgpack").write_bytes(msgspec.msgpack.encode(directory))


def _native(source: Source) -> frozenset[str]:
    """Return the words that stand in many phrases, and are no marker of another language."""
    counts: Counter[str] = Counter()
    for intent in source.intents:
        counts.update({word for phrase in intent.phrases for word in phrase.folded.split()})
    foreign = {word for language in source.languages for word in language.words}
    return frozenset(w for w, n in counts.items() if n >= _COMMON and w not in foreign)


def _write_pack(
    folder: Path, name: str, source: Source, intents: list[Intent], more: Mapping[str, list[str]]
) -> None:
    # Only training needs scikit-learn, and it is slow to import.
    from bot.knowledge.train import Opinion, train  # noqa: PLC0415

    examples = [(intent.id, phrase.folded) for intent in intents for phrase in intent.phrases]
    examples += [(label, folded) for label, phrases in more.items() for folded in phrases]
    vocabulary = tuple(sorted({word for _, folded in examples for word in folded.split()}))
    lexicon = Lexicon(source.lexicon, vocabulary)
    opinions = [Opinion(label_of=coarse, trust=trust) for coarse, trust in _coarser(source, intents, more)]
    weights = train(
        [_features(lexicon, folded) for _, folded in examples], [label for label, _ in examples], opinions
    )
    cards = [_card(source, intent) for intent in intents if intent.id in weights.classes]
    cards += [_policy_card() for label in more if label in weights.classes]
    words = _Words(cards=tuple(cards), vocabulary=vocabulary, classes=weights.classes)
    (folder / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(words))
    arrays = {f"rows_{group}": rows for group, rows in zip(GROUPS, weights.rows, strict=True)}
    np.savez(
        folder / f"{name}.npz",
        allow_pickle=False,
        rarity=weights.rarity,
        table=weights.table,
        scale=weights.scale,
        bias=weights.bias,
        share=np.array(weights.share),
        opinions=np.array(weights.opinions, dtype=np.int32),
        trust=np.array(weights.trust),
        **arrays,
    )


def _coarser(
    source: Source, intents: list[Intent], more: Mapping[str, list[str]]
) -> list[tuple[dict[str, str], float]]:
    """Return the coarser questions: what kind of message it is, which part of the policy, what is asked of it."""
    kind = {label: label for label in more}
    part, aspect = dict(kind), dict(kind)
    for intent in intents:
        edition = source.companies[intent.company].editions[-1] if intent.company else None
        answer = edition.answers.get(intent.topic) if edition else None
        placed = edition.grid.place(intent.topic) if edition else None
        kind[intent.id] = POLICY if intent.company else str(intent.kind)
        part[intent.id] = f"part {answer.part}" if answer else intent.id
        aspect[intent.id] = f"aspect {placed[1]}" if placed else kind[intent.id]
    return [(kind, _TRUST_KIND), (part, _TRUST_PART), (aspect, _TRUST_ASPECT)]


def _features(lexicon: Lexicon, folded: str) -> Features:
    tokens = lexicon.tokens(folded)
    return extract(tokens, lexicon.concepts(tokens))


def _card(source: Source, intent: Intent) -> Card:
    kind = intent.kind
    if intent.company:
        answer = source.companies[intent.company].editions[-1].answers.get(intent.topic)
        if answer and answer.silent:
            kind = Kind.SILENT
    return Card(
        id=intent.id,
        topic=intent.topic if intent.company else None,
        kind=kind,
        action=intent.action,
        says=intent.says,
        longest=intent.longest,
        unless=intent.unless,
    )


def _policy_card() -> Card:
    return Card(id=POLICY, topic=None, kind=Kind.ANSWER, action=None, says="", longest=0, unless=frozenset())
