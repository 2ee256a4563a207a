"""All checks of the data files (``mburoja check``): collects every fault, with its place and mend, before it speaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DataError
from bot.knowledge.check_answers import check_company
from bot.knowledge.check_phrases import check_intents, check_lexicon, copied
from bot.knowledge.check_rights import check_rights
from bot.knowledge.check_stolen import stolen
from bot.knowledge.compiling import open_knowledge
from bot.knowledge.source import Source, read_source
from bot.nlu.companies import CompanyNames
from bot.nlu.fold import fold
from bot.nlu.intents import Action
from bot.policy.company import Company


@dataclass(frozen=True, kw_only=True)
class Report:
    """Every fault, a line each, and one line that counts what was looked at."""

    faults: list[str]
    summary: str


def check(data: Path, cache: Path, questions: Sequence[str] = ()) -> Report:
    """Check texts, answers, intents and lexicon; ``questions`` are test questions that no phrase may copy.

    The recogniser is trained where it is not yet, unless other faults were found before.
    """
    faults: list[str] = []
    try:
        source = read_source(data, faults)
    except DataError as error:
        return Report(faults=error.faults, summary="1 problem: the data folders cannot be read")
    faults += _names_shared(source)
    for company in source.companies.values():
        faults += _foreign_acts(source, company)
        faults += check_rights(data / "policy_texts" / company.id, company)
        topics = {i.topic for i in source.intents_of(company.id)}
        for edition in company.editions:
            faults += check_company(company, edition, topics)
    faults += [
        f"intents/topics/{i.company}/: no such company (its folder under policy_texts/ is missing)"
        for i in source.intents
        if i.company and i.company not in source.companies
    ]
    faults += check_intents(source)
    faults += check_lexicon(source)
    faults += copied(source, questions)
    if not faults:
        faults += stolen(source, open_knowledge(data, cache))
    answers = [a for c in source.companies.values() for e in c.editions for a in e.answers.values()]
    waiting = sum(a.approval is None for a in answers)
    phrases = sum(len(i.phrases) for i in source.intents)
    counted = [
        f"{len(source.companies)} companies",
        f"{len(answers)} answers ({waiting} not yet approved)",
        f"{len(source.intents)} intents",
        f"{phrases} phrases",
        f"{len(source.lexicon)} concepts",
    ]
    summary = ", ".join(counted) + ": " + (f"{len(faults)} faults" if faults else "all in order")
    return Report(faults=faults, summary=summary)


def _names_shared(source: Source) -> list[str]:
    """One name for two companies, or one company's name in another's answer: the two would be blended."""
    owner: dict[str, str] = {}
    twice = [
        f"policy_texts/{company.id}/company.yaml: {alias!r} is also a name of {owner[alias]}"
        for company in source.companies.values()
        for alias in company.aliases
        if owner.setdefault(alias, company.id) != company.id
    ]
    names = CompanyNames({c.id: c.aliases for c in source.companies.values()})
    answers = [a for c in source.companies.values() for e in c.editions for a in e.answers.values()]
    blended = [
        f"{answer.place} ({answer.topic}): it names {other}, another company"
        for answer in answers
        for other in names.named(fold(f"{answer.label} {answer.says}").split())
        if other != answer.company
    ]
    return twice + blended


def _foreign_acts(source: Source, company: Company) -> list[str]:
    known = {*Action, *(intent.id for intent in source.shared_intents())}
    return [
        f"policy_texts/{company.id}/company.yaml: 'acts' names {act!r}, which is no action and no shared intent"
        for act in company.acts
        if act not in known
    ]
