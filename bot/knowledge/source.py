"""Reads both data folders whole: every company, every intent, the lexicon; stops at nothing, notes every fault."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.errors import DataError
from bot.knowledge.commands import CommandForms, read_commands
from bot.knowledge.companies import read_company
from bot.knowledge.intentfiles import read_aspects, read_gates, read_intents, read_lexicon, read_negation
from bot.knowledge.languages import Language, read_languages
from bot.knowledge.templates import FILE as TEMPLATES
from bot.knowledge.templates import read_templates
from bot.nlu.intents import Intent
from bot.nlu.understand import Rules
from bot.policy.company import Company
from bot.policy.templates import overridden

_CODE = Path(__file__).parent.parent
_COMMON = 4  # intents that a word must stand in to count as everyday Albanian
_CODE_FOLDERS = ("nlu", "policy", "knowledge")


@dataclass(frozen=True, kw_only=True)
class Source:
    """All that the data folders say."""

    companies: Mapping[str, Company]
    intents: tuple[Intent, ...]
    lexicon: Mapping[str, tuple[str, ...]]
    languages: tuple[Language, ...]
    rules: Rules
    commands: CommandForms

    def shared_intents(self) -> list[Intent]:
        """Return the intents that belong to no company."""
        return [i for i in self.intents if i.company is None]

    def intents_of(self, company: str) -> list[Intent]:
        """Return a company's own intents."""
        return [i for i in self.intents if i.company == company]


def read_source(data: Path, faults: list[str]) -> Source:
    """Read the folders below ``data``; every fault found is added to ``faults``.

    Raises DataError when a folder is missing.
    """
    texts, phrases = data / "policy_texts", data / "intents"
    missing = [f"{folder}: the folder is missing (set MBUROJA_DATA to the folder that holds intents/ and policy_texts/)"
               for folder in (texts, phrases) if not folder.is_dir()]  # fmt: skip
    if missing:
        raise DataError(missing)
    companies: dict[str, Company] = {}
    shared = read_templates(texts / TEMPLATES, f"policy_texts/{TEMPLATES}", faults)
    for folder in sorted(p for p in texts.iterdir() if p.is_dir() and not p.name.startswith(".")):
        company = read_company(folder, f"policy_texts/{folder.name}", faults)
        if company:
            own = read_templates(folder / TEMPLATES, f"policy_texts/{folder.name}/{TEMPLATES}", faults)
            companies[company.id] = replace(company, templates=overridden(shared, own))
    aspects, light = read_aspects(phrases, faults)
    intents = tuple(read_intents(phrases, faults))
    languages = read_languages(phrases, faults)
    return Source(
        companies=companies,
        intents=intents,
        lexicon=read_lexicon(phrases, faults),
        languages=languages,
        commands=read_commands(phrases, faults),
        rules=Rules(
            gates=read_gates(phrases, faults),
            negation=read_negation(phrases, faults),
            aspects=aspects,
            light=light,
            native=_native(intents, languages),
        ),
    )


def _native(intents: Sequence[Intent], languages: Sequence[Language]) -> frozenset[str]:
    """Return the words that stand in several intents, and are no marker of another language."""
    counts: Counter[str] = Counter()
    for intent in intents:
        counts.update({word for phrase in intent.phrases for word in phrase.folded.split()})
    foreign = {word for language in languages for word in language.words}
    return frozenset(w for w, n in counts.items() if n >= _COMMON and w not in foreign)


def digest(data: Path) -> str:
    """Return a name for exactly these data files read by exactly this code (hex)."""
    return _digest_of([data / "intents", data / "policy_texts", *_code()])


def code_digest() -> str:
    """Return a name for the code that reads and compiles (hex)."""
    return _digest_of(_code())


def _code() -> list[Path]:
    return [_CODE / name for name in _CODE_FOLDERS]


def _digest_of(roots: Sequence[Path]) -> str:
    total = hashlib.sha256()
    for root in roots:
        for path in sorted(p for p in root.rglob("*") if p.suffix in {".yaml", ".txt", ".svg", ".py"}):
            total.update(str(path.relative_to(root)).encode() + b"\0")
            total.update(path.read_bytes() + b"\0")
    return total.hexdigest()[:24]
