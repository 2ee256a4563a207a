"""Compiles the data files: reads and checks them, trains the recognisers, writes all into the cache.

A compilation is found by a digest of every data file and of the code that reads them, so a stale one
cannot be used; it is written aside and moved into place whole. Trained weights are kept apart, by a
digest of exactly what they were trained on: a phrase for one company does not train the others anew.
"""

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from bot.errors import DataError
from bot.knowledge.compiled import (
    DIRECTORY,
    NO_COMPANY,
    Directory,
    Knowledge,
    Words,
    write_weights,
)
from bot.knowledge.source import Source, code_digest, digest, read_source
from bot.nlu.companies import CompanyNames
from bot.nlu.features import Features, extract
from bot.nlu.fold import fold
from bot.nlu.intents import Intent, Kind
from bot.nlu.lexicon import Forms, Lexicon
from bot.nlu.pack import POLICY, Card, Pack
from bot.nlu.recogniser import Recogniser, Weights

_TRUST_KIND, _TRUST_PART, _TRUST_ASPECT = 0.3, 0.3, 0.25  # measured, see docs/understanding.md
_MOST_POLICY_PHRASES = 2500  # for the class that stands for all topics
_KEPT = 4  # compilations; those that were opened longest ago are removed
_KEPT_WEIGHTS = 24


def open_knowledge(data: Path, cache: Path, announce: Callable[[], None] = lambda: None) -> Knowledge:
    """Return the knowledge compiled from ``data``, compiling it first where needed (half a minute at most).

    ``announce`` is called before compiling, so that a person knows why nothing happens.
    Raises DataError with every fault when the files are malformed.
    """
    folder = cache / digest(data)
    if not (folder / DIRECTORY).exists():
        announce()
        _compile(data, cache, folder)
    with contextlib.suppress(OSError):  # one that may only be read
        os.utime(folder)  # parts of it are read later: what is in use must not be the oldest
    return Knowledge(folder)


def is_compiled(data: Path, cache: Path) -> bool:
    """Tell whether ``open_knowledge`` would be quick."""
    return (cache / digest(data) / DIRECTORY).exists()


def _compile(data: Path, cache: Path, folder: Path) -> None:
    faults: list[str] = []
    source = read_source(data, faults)
    if faults:
        raise DataError(faults)
    trained = cache / "trained"
    trained.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        _write(source, fresh, trained)
        _keep_newest([p.parent for p in cache.glob(f"*/{DIRECTORY}")], _KEPT - 1)
        _keep_newest(list(trained.glob("*.npz")), _KEPT_WEIGHTS)
        _put(fresh, folder)


def _put(fresh: Path, folder: Path) -> None:
    """Put a compilation where it is looked for, unless another process was quicker: its own is the same."""
    try:
        fresh.rename(folder)
    except OSError:
        if not (folder / DIRECTORY).exists():  # what a process left that was ended while it took one away
            folder.rename(fresh.with_name("left"))
            fresh.rename(folder)


def _keep_newest(paths: list[Path], count: int) -> None:
    for path in sorted(paths, key=_opened_at, reverse=True)[count:]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _opened_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another process has just taken it away
        return 0.0


def _write(source: Source, folder: Path, trained: Path) -> None:
    shared = source.shared_intents()
    forms = Forms(source.lexicon)
    for company in source.companies.values():
        intents = [*shared, *source.intents_of(company.id)]
        _write_pack(folder / company.id, _Lesson(source=source, forms=forms, intents=intents, more={}), trained)
    own = [i for i in source.intents if i.company]
    total = sum(len(i.phrases) for i in own)
    every = max(1, -(-total // _MOST_POLICY_PHRASES))
    some = [phrase.folded for intent in own for phrase in intent.phrases][::every]
    lesson = _Lesson(source=source, forms=forms, intents=shared, more={POLICY: some})
    _write_pack(folder / NO_COMPANY, lesson, trained)
    directory = Directory(
        companies=dict(source.companies),
        lexicon=dict(source.lexicon),
        languages=source.languages,
        rules=source.rules,
        commands=source.commands,
    )
    (folder / DIRECTORY).write_bytes(msgspec.msgpack.encode(directory))


@dataclass(frozen=True, kw_only=True)
class _Lesson:
    """What one pack is made of: intents, and ``more`` labels with bare phrases."""

    source: Source
    forms: Forms
    intents: list[Intent]
    more: Mapping[str, list[str]]

    def examples(self) -> list[tuple[str, str]]:
        """Return label and folded phrase of every example, without companies' names."""
        own = [(intent.id, phrase.folded) for intent in self.intents for phrase in intent.phrases]
        own += [(intent.id, fold(label)) for intent in self.intents if (label := self._label(intent))]
        own += [(label, folded) for label, phrases in self.more.items() for folded in phrases]
        names = self.names()
        return [(label, " ".join(names.without(folded.split()))) for label, folded in own]

    def _label(self, intent: Intent) -> str | None:
        """Return the label of a topic's answer: the plainest way of asking for it."""
        if not intent.company:
            return None
        answer = self.source.companies[intent.company].editions[-1].answers.get(intent.topic)
        return answer.label if answer else None

    def names(self) -> CompanyNames:
        """Return the names of all companies."""
        return CompanyNames({c.id: c.aliases for c in self.source.companies.values()})


def _write_pack(path: Path, lesson: _Lesson, trained: Path) -> None:
    examples = lesson.examples()
    vocabulary = _vocabulary(examples)
    coarser = _coarser(lesson)
    weights = trained / f"{_lesson_digest(lesson, examples, coarser)}.npz"
    if not weights.exists():
        with tempfile.TemporaryDirectory(dir=trained) as scratch:
            fresh = Path(scratch) / weights.name
            write_weights(fresh, _trained(examples, coarser, Lexicon(lesson.forms, vocabulary)))
            fresh.replace(weights)
    shutil.copyfile(weights, path.with_suffix(".npz"))
    labels = {label for label, _ in examples}
    cards = [_card(lesson.source, intent) for intent in lesson.intents if intent.id in labels]
    cards += [_policy_card() for label in lesson.more if label in labels]
    words = Words(cards=tuple(cards), vocabulary=vocabulary)
    path.with_suffix(".msgpack").write_bytes(msgspec.msgpack.encode(words))


def pack_without(source: Source, company: str, hand: str) -> Pack:
    """Train a company's pack on all phrases but those of one hand, to see how it does on a hand it has not read."""
    intents = [
        replace(intent, phrases=tuple(p for p in intent.phrases if p.hand != hand))
        for intent in (*source.shared_intents(), *source.intents_of(company))
    ]
    lesson = _Lesson(source=source, forms=Forms(source.lexicon), intents=intents, more={})
    lexicon = Lexicon(lesson.forms, _vocabulary(lesson.examples()))
    recogniser = Recogniser(_trained(lesson.examples(), _coarser(lesson), lexicon))
    cards = [_card(source, intent) for intent in intents if intent.id in recogniser.classes]
    return Pack(cards, lexicon, recogniser, lesson.names())


def _lesson_digest(
    lesson: _Lesson, examples: list[tuple[str, str]], coarser: list[tuple[dict[str, str], float]]
) -> str:
    everything = (code_digest(), examples, coarser, sorted(lesson.source.lexicon.items()))
    return hashlib.sha256(msgspec.msgpack.encode(everything)).hexdigest()[:24]


def _vocabulary(examples: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted({word for _, folded in examples for word in folded.split()}))


def _trained(
    examples: Sequence[tuple[str, str]], coarser: list[tuple[dict[str, str], float]], lexicon: Lexicon
) -> Weights:
    # Only training needs scikit-learn, and it is slow to import.
    from bot.knowledge.train import Opinion, train  # noqa: PLC0415

    opinions = [Opinion(label_of=coarse, trust=trust) for coarse, trust in coarser]
    features = [_features(lexicon, folded) for _, folded in examples]
    return train(features, [label for label, _ in examples], opinions)


def _coarser(lesson: _Lesson) -> list[tuple[dict[str, str], float]]:
    """Return the coarser questions: what kind of message it is, which part of the policy, what is asked of it."""
    kind = {label: label for label in lesson.more}
    part, aspect = dict(kind), dict(kind)
    for intent in lesson.intents:
        edition = lesson.source.companies[intent.company].editions[-1] if intent.company else None
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
        unless_denied=intent.unless_denied,
    )


def _policy_card() -> Card:
    return Card(id=POLICY, topic=None, kind=Kind.ANSWER, action=None, says="", longest=0, unless=frozenset())


def add_made_up(folder: Path, count: int) -> list[str]:
    """Add companies to a compilation, each a small one with a name and phrases of its own; for measuring.

    Returns their ids.
    """
    path = folder / DIRECTORY
    directory = msgspec.msgpack.decode(path.read_bytes(), type=Directory)
    pattern = next(iter(directory.companies.values()))
    pack = msgspec.msgpack.decode((folder / f"{pattern.id}.msgpack").read_bytes(), type=Words)
    small = pack.vocabulary[:300]
    examples = [(f"t{n}", f"{small[n + k]} {small[n + k + 1]}") for n in range(0, 120, 3) for k in range(3)]
    lexicon = Lexicon(Forms({}), small)
    weights = _trained(examples, [], lexicon)
    cards = tuple(replace(_policy_card(), id=label) for label in weights.classes)
    names = [f"e-trilluar-{n}" for n in range(count)]
    for n, name in enumerate(names):
        directory.companies[name] = replace(pattern, id=name, name=name, aliases=(f"kompania{n}", f"firma {n}"))
        (folder / f"{name}.msgpack").write_bytes(msgspec.msgpack.encode(Words(cards=cards, vocabulary=small)))
        write_weights(folder / f"{name}.npz", weights)
    path.write_bytes(msgspec.msgpack.encode(directory))
    return names
