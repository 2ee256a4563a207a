"""Checks that no phrase is stolen: each must reach its own intent in the recogniser that it trained."""

from collections.abc import Iterator

from bot.knowledge.compiled import Knowledge
from bot.knowledge.source import Source


def stolen(source: Source, knowledge: Knowledge) -> Iterator[str]:
    """Yield the phrases that another intent of the same company takes, a line each."""
    for company in source.companies:
        pack = knowledge.pack(company)
        for intent in (*source.shared_intents(), *source.intents_of(company)):
            for phrase in intent.phrases:
                best = pack.guesses(pack.read(phrase.text), most=1)[0].card.id
                if best != intent.id:
                    yield (
                        f"{phrase.place}: {phrase.text!r} is taken by {best} at {company}"
                        " (say it more clearly, or move it there)"
                    )
