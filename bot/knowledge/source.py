"""Reads both data folders whole: every company, every intent, the lexicon; stops at nothing, notes every fault."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DataError
from bot.knowledge.companies import read_company
from bot.knowledge.intentfiles import read_aspects, read_intents, read_lexicon
from bot.knowledge.languages import Language, read_languages
from bot.nlu.intents import Intent
from bot.policy.company import Company

_CODE = Path(__file__).parent.parent
_CODE_FOLDERS = ("nlu", "policy", "knowledge")


@dataclass(frozen=True, kw_only=True)
class Source:
    """All that the data folders say."""

    companies: Mapping[str, Company]
    intents: tuple[Intent, ...]
    lexicon: Mapping[str, tuple[str, ...]]
    languages: tuple[Language, ...]
    aspects: Mapping[str, frozenset[str]]

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
    for folder in sorted(p for p in texts.iterdir() if p.is_dir() and not p.name.startswith(".")):
        company = read_company(folder, f"policy_texts/{folder.name}", faults)
        if company:
            companies[company.id] = company
    return Source(
        companies=companies,
        intents=tuple(read_intents(phrases, faults)),
        lexicon=read_lexicon(phrases, faults),
        languages=read_languages(phrases, faults),
        aspects=read_aspects(phrases, faults),
    )


def digest(data: Path) -> str:
    """Return a name for exactly these data files read by exactly this code (hex)."""
    total = hashlib.sha256()
    roots = [data / "intents", data / "policy_texts", *(_CODE / name for name in _CODE_FOLDERS)]
    for root in roots:
        for path in sorted(p for p in root.rglob("*") if p.suffix in {".yaml", ".txt", ".py"}):
            total.update(str(path.relative_to(root)).encode() + b"\0")
            total.update(path.read_bytes() + b"\0")
    return total.hexdigest()[:24]
