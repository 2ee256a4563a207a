"""What an intent is: something people say, by example phrases; knows no company's texts."""

import enum
from dataclasses import dataclass

from bot.policy.actions import Action

__all__ = ["Action", "Intent", "Kind", "Phrase", "Register"]


class Kind(enum.StrEnum):
    """The kinds of reply that ``mburoja ask`` tells (the contract's words)."""

    ANSWER = "answer"
    SILENT = "silent"
    ACTION = "action"
    HANDOFF = "handoff"
    SMALLTALK = "smalltalk"
    OUTOFSCOPE = "outofscope"
    CLARIFY = "clarify"


ASKED = frozenset({Kind.ANSWER, Kind.SILENT})
"""The kinds that answer a question about a policy."""


class Register(enum.StrEnum):
    """How a phrase is written: with diacritics, as typed on a phone, in Gheg."""

    STANDARD = "standard"
    PLAIN = "plain"
    GHEG = "gheg"


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """One example: ``text`` as written, ``folded`` as compared, ``hand`` who wrote it, ``place`` as file:line."""

    text: str
    folded: str
    register: Register
    hand: str
    place: str


@dataclass(frozen=True, kw_only=True)
class Intent:
    """``id`` is ``<company>/<topic>`` for a company's topic, else a bare name that all companies share.

    ``says`` is the reply where no clause is behind it (small talk, hand-off); empty otherwise.
    ``longest`` is how many words a message may have to be taken for it (0: any number): a greeting
    before a question is a question. ``unless`` are concepts that rule the intent out,
    ``unless_denied`` those that rule it out where the message denies them. ``place`` is its file.
    """

    id: str
    company: str | None
    kind: Kind
    action: Action | None
    says: str
    longest: int
    unless: frozenset[str]
    unless_denied: frozenset[str]
    place: str
    phrases: tuple[Phrase, ...]

    @property
    def topic(self) -> str:
        """The id without its company."""
        return self.id.split("/", 1)[1] if self.company else self.id
