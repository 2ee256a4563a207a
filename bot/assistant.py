"""Answers a message: finds the company, understands, composes; keeps nothing between messages."""

import datetime as dt
from collections.abc import Callable

from bot.dialogue.compose import Composer
from bot.dialogue.reply import Reply
from bot.knowledge.compiled import Knowledge
from bot.nlu.fold import clean, fold
from bot.nlu.foreign import foreign_language
from bot.nlu.intents import Kind
from bot.nlu.pack import POLICY
from bot.nlu.understand import Context, Meaning, understand
from bot.policy.company import Company

LONGEST_MESSAGE = 2000  # characters
_FILLERS = frozenset({"po", "e", "edhe", "dhe", "te", "tek", "nga", "per", "a", "ndersa", "kurse", "ne", "njesoj"})


class Assistant:
    """Answers messages. One instance serves all conversations; the context of each is the caller's."""

    def __init__(self, knowledge: Knowledge, composer: Composer, today: Callable[[], dt.date]) -> None:
        """Take what was opened at the edge."""
        self._knowledge = knowledge
        self._composer = composer
        self._today = today
        self._names = knowledge.names

    @property
    def companies(self) -> list[Company]:
        """The companies known, by id."""
        return list(self._knowledge.companies.values())

    def ask(self, text: str, company: str | None = None, context: Context | None = None) -> Reply:
        """Return the reply to a message. Raises UnknownCompanyError for a company that is not loaded."""
        reply, _ = self.explain(text, company, context)
        return reply

    def explain(
        self, text: str, company: str | None = None, context: Context | None = None
    ) -> tuple[Reply, Meaning | None]:
        """Return the reply and the meaning it came from, with its reasons (None where none was needed)."""
        if company is not None:
            self._knowledge.company(company)
        text = clean(text)
        if len(text) > LONGEST_MESSAGE:
            return self._composer.too_long(company, LONGEST_MESSAGE), None
        words = fold(text).split()
        if not words:
            return self._composer.empty(company), None
        named = self._names.named(words)
        if len(named) > 1:
            return self._composer.which_company([self._knowledge.company(n) for n in named]), None
        about = named[0] if named else company
        foreign = foreign_language(words, self._knowledge.languages, self._knowledge.rules.native)
        if foreign:
            companies = [self._knowledge.company(about)] if about else self.companies[:3]
            return self._composer.foreign(foreign, companies), None
        if about is None:
            return self._without_company(text)
        return self._about(text, words, about, context)

    @property
    def composer(self) -> Composer:
        """What words the replies."""
        return self._composer

    def named(self, words: list[str]) -> tuple[str, ...]:
        """Return the companies that folded words name, in order."""
        return self._names.named(words)

    def hear(
        self, text: str, company: str | None, context: Context | None, picked: str | None
    ) -> tuple[Reply, Meaning | None]:
        """Return reply and meaning as ``explain`` does; for ``picked``, whatever other companies the text names."""
        if picked is None:
            return self.explain(text, company, context)
        return self._about(clean(text), fold(text).split(), self._knowledge.company(picked).id, None)

    def _about(self, text: str, words: list[str], about: str, context: Context | None) -> tuple[Reply, Meaning | None]:
        company = self._knowledge.company(about)
        edition = company.on(self._today())
        if context and self._names_only(words):
            # "e te Paysera?": the question before, asked of this company.
            return self._about(context.text, fold(context.text).split(), about, None)
        if context and context.company != about:
            context = None
        pack = self._knowledge.pack(about)
        meaning = understand(text, pack, edition, self._knowledge.rules, context)
        return self._composer.meaning(meaning, company, edition), meaning

    def _names_only(self, words: list[str]) -> bool:
        """Tell whether a message names a company and says nothing else."""
        rest = [word for word in words if word not in _FILLERS]
        return bool(rest) and all(self._names.named([word]) for word in rest)

    def _without_company(self, text: str) -> tuple[Reply, Meaning | None]:
        pack = self._knowledge.pack(None)
        reading = pack.read(text)
        guesses = pack.guesses(reading)
        best = guesses[0] if guesses else None
        meaning = Meaning(
            kind=best.card.kind if best else Kind.OUTOFSCOPE,
            card=best.card if best else None,
            score=best.share if best else 0.0,
            reading=reading,
            guesses=tuple(guesses),
        )
        if best and (best.card.id == POLICY or best.card.kind in (Kind.ACTION, Kind.ANSWER)):
            return self._composer.which_company(self.companies[:12]), meaning
        return self._composer.shared(meaning, self.companies[:3]), meaning
