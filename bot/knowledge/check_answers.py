"""Holds every answer against its quote: an answer says what the clause says, and no more."""

import re
from collections.abc import Collection, Iterator

from bot.nlu.fold import fold
from bot.nlu.intents import Action
from bot.policy.answers import Answer
from bot.policy.clauses import EntryKind, PolicyText
from bot.policy.company import MOST_CITED, MOST_QUOTED, Company, Edition

_LONGEST_SAYS = 310  # characters: two short sentences
_LONGEST_LABEL = 48  # characters: a button
_SENTENCE_END = re.compile(r"[.!?…](?=\s+[A-ZÇË«“]|$)")
_FIGURE = re.compile(r"[\w.+-]+@[\w.-]+\w|\d[\d./:-]*\d|\d")
_NAME = re.compile(r"(?<![.!?…:«“\"(]\s)(?<![«“\"(])(?<!^)\b[A-ZÇË][\wëç’'-]+")
_PERIOD = re.compile(r"\b\d+\s+(vjet|vite|muaj|ditë|javë)\b")
_START = re.compile(r"\b(pas|pasi|nga|deri|prej|që kur|derisa|para|më shumë se)\b", re.IGNORECASE)
# Words with a capital that name nothing in the text: the assistant, the country, abbreviations of everyday.
_FREE_NAMES = {"mburoja", "kosove", "kosoves", "sms", "email", "pin"}


def check_company(company: Company, edition: Edition, intents: Collection[str]) -> list[str]:
    """Return the faults of one edition; ``intents`` are the topics that phrases can reach."""
    return list(_faults(company, edition, intents))


def _faults(company: Company, edition: Edition, intents: Collection[str]) -> Iterator[str]:
    where = f"policy_texts/{company.id}"
    for topic, answer in edition.answers.items():
        place = f"{answer.place} ({topic})"
        yield from (f"{place}: {fault}" for fault in _answer_faults(answer, company, edition.text))
        if topic not in intents:
            yield f"{place}: no phrase leads here (add intents/topics/{company.id}/{topic}.yaml)"
    for topic in sorted(set(intents) - set(edition.answers)):
        yield f"intents/topics/{company.id}/{topic}.yaml: no answer (add one under {where}/answers/)"
    yield from _links(edition, where)
    yield from _unreachable(edition, where)
    yield from _settings(company, edition, where)


def _links(edition: Edition, where: str) -> Iterator[str]:
    """What leads from one answer to another, and the labels by which people tell them apart."""
    labels: dict[str, str] = {}
    for topic, answer in edition.answers.items():
        place = f"{answer.place} ({topic})"
        if answer.label in labels:
            yield f"{place}: the label is also that of {labels[answer.label]!r} (make them differ)"
        labels[answer.label] = topic
        for other in answer.then:
            if other not in edition.answers or other == topic:
                yield f"{place}: 'then' names {other!r}, which is no other topic of the company"
    for purpose, row in (*edition.grid.cells.items(), ("overview", edition.grid.overview)):
        for aspect, topic in row.items():
            if topic not in edition.answers:
                yield f"{where}/grid.yaml: {purpose}/{aspect} names {topic!r}, which has no answer"


def _settings(company: Company, edition: Edition, where: str) -> Iterator[str]:
    for act, topic in company.acts.items():
        if topic not in edition.answers:
            yield f"{where}/company.yaml: the act {act} names {topic!r}, which has no answer"
    yield from (
        f"{where}/company.yaml: 'acts' lacks {act.value} (name the answer that explains it)"
        for act in Action
        if act.value not in company.acts
    )
    named = {"switched_off": company.switched_off, "agency": company.agency.topics if company.agency else ()}
    for key, topics in named.items():
        for topic in sorted(set(topics) - set(edition.answers)):
            yield f"{where}/company.yaml: {key!r} names {topic!r}, which has no answer"
    for address in re.findall(r"[\w.+-]+@[\w.-]+\w", company.contact):
        if address not in edition.text.text:
            yield f"{where}/company.yaml: the contact {address} does not stand in the policy text"


def _unreachable(edition: Edition, where: str) -> Iterator[str]:
    reached: set[str] = set()
    for answer in edition.answers.values():
        for clause in answer.cites:
            if clause in edition.text:
                reached |= edition.text.covering(clause)
    for entry in edition.text.entries:
        if entry.kind is EntryKind.CLAUSE and entry.id not in reached:
            yield f"{where}/clauses.yaml ({entry.id}): no answer cites this clause (every clause needs one)"


def _answer_faults(answer: Answer, company: Company, text: PolicyText) -> Iterator[str]:
    if not 1 <= len(answer.cites) <= MOST_CITED:
        yield f"an answer rests on 1 to {MOST_CITED} clauses, this one on {len(answer.cites)}"
    if len(set(answer.cites)) < len(answer.cites):
        yield "'cites' names a clause twice"
    unknown = [clause for clause in answer.cites if clause not in text]
    yield from (f"the clause {clause!r} does not exist (see clauses.yaml)" for clause in unknown)
    if unknown:
        return
    quotes = [text.passage(clause).quote for clause in answer.cites]
    if sum(map(len, quotes)) > MOST_QUOTED:
        yield f"its quotes hold {sum(map(len, quotes))} characters together, more than {MOST_QUOTED}"
    if len(answer.label) > _LONGEST_LABEL:
        yield f"the label has {len(answer.label)} characters, more than {_LONGEST_LABEL}"
    yield from said_faults(answer.says, company, " ".join(quotes))


def said_faults(says: str, company: Company, quoted: str) -> Iterator[str]:
    """Return what is wrong with a sentence or two that rest on ``quoted``: too long, or more than that says."""
    if len(says) > _LONGEST_SAYS:
        yield f"'says' has {len(says)} characters, more than {_LONGEST_SAYS}"
    if len(_SENTENCE_END.findall(re.sub(r"\b(Nr|p\.sh)\.", "", says))) > 2:
        yield "'says' has more than two sentences"
    yield from _unsupported(says, company, quoted)


def _unsupported(says: str, company: Company, quoted: str) -> Iterator[str]:
    for figure in _FIGURE.findall(says):
        if not re.search(rf"(?<!\d){re.escape(figure)}(?!\d)", quoted):
            yield f"'says' has {figure!r}, which does not stand in the quoted clauses"
    stems = {_stem(word) for word in fold(quoted).split()}
    free = _FREE_NAMES.union(fold(company.name).split()[:1])
    for name in _NAME.findall(says):
        for part in fold(name.replace("-", " ")).split():
            known = part in free or _stem(part) in stems or any(part.startswith(f) for f in free)
            if len(part) > 2 and not known:
                yield f"'says' names {name!r}, which does not stand in the quoted clauses"
    if _PERIOD.search(says) and not _START.search(says):
        yield "'says' gives a period without its start and condition"


def _stem(word: str) -> str:
    return word[:5]
