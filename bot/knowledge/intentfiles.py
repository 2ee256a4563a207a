"""Reads the intents and the lexicon from ``intents/``."""

from pathlib import Path

from bot.errors import DataError
from bot.knowledge.fields import Fields, optional_fields
from bot.knowledge.yamlfile import read_yaml
from bot.nlu.fold import fold
from bot.nlu.gates import Gates
from bot.nlu.intents import Action, Intent, Kind, Phrase, Register
from bot.nlu.negation import Negation

_INTENT_KEYS = {"intent", "kind", "action", "says", "longest", "unless", "unless_denied", "phrases"}


def read_intents(root: Path, faults: list[str]) -> list[Intent]:
    """Read every intent below ``root``; ``topics/<company>/`` holds the companies' own."""
    intents: list[Intent] = []
    for path in sorted(root.rglob("*.yaml")):
        parts = path.relative_to(root).parts
        if parts[0] == "lexicon" or len(parts) == 1:
            continue
        company = parts[1] if parts[0] == "topics" else None
        try:
            intents.append(_intent(path, "intents/" + "/".join(parts), company, faults))
        except DataError as error:
            faults.extend(error.faults)
    seen: dict[str, None] = {}
    for intent in intents:
        if intent.id in seen:
            faults.append(f"intents/: the intent {intent.id!r} stands in two files (keep one)")
        seen[intent.id] = None
    return intents


def _intent(path: Path, name: str, company: str | None, faults: list[str]) -> Intent:
    head = Fields(read_yaml(path, name), (), faults)
    head.only(_INTENT_KEYS)
    kind_name = head.optional_text("kind") or "answer"
    try:
        kind = Kind(kind_name)
    except ValueError:
        head.fault("kind", f"unknown kind {kind_name!r} (one of {', '.join(Kind)})")
        kind = Kind.ANSWER
    action_name = head.optional_text("action")
    try:
        action = Action(action_name) if action_name else None
    except ValueError:
        head.fault("action", f"unknown action {action_name!r} (one of {', '.join(Action)})")
        action = None
    identity = head.text("intent")
    if company and not identity.startswith(f"{company}/"):
        head.fault("intent", f"a topic of {company} is called {company}/… (the folder decides the company)")
        identity = f"{company}/{path.stem}"
    phrases = tuple(_phrases(head))
    if not phrases:
        head.fault("phrases", "an intent needs phrases")
    return Intent(
        id=identity,
        company=company,
        kind=kind,
        action=action,
        says=head.optional_text("says") or "",
        longest=head.number("longest"),
        unless=frozenset(head.texts("unless", required=False)),
        unless_denied=frozenset(head.texts("unless_denied", required=False)),
        place=name,
        phrases=phrases,
    )


def _phrases(head: Fields) -> list[Phrase]:
    phrases: list[Phrase] = []
    for hand in head.items("phrases"):
        hand.only({"hand", *Register})
        writer = hand.text("hand")
        for register in Register:
            phrases.extend(
                Phrase(
                    text=text,
                    folded=fold(text),
                    register=register,
                    hand=writer,
                    place=head.file.at(*hand.path, register.value, number),
                )
                for number, text in enumerate(hand.texts(register, required=False))
            )
    return phrases


def read_lexicon(root: Path, faults: list[str]) -> dict[str, tuple[str, ...]]:
    """Read ``lexicon/*.yaml`` below ``root``: concept → folded forms."""
    concepts: dict[str, tuple[str, ...]] = {}
    for path in sorted((root / "lexicon").glob("*.yaml")):
        try:
            head = Fields(read_yaml(path, f"intents/lexicon/{path.name}"), (), faults)
        except DataError as error:
            faults.extend(error.faults)
            continue
        for entry in head.items("concepts"):
            entry.only({"concept", "forms"})
            forms = tuple(fold(form) for form in entry.texts("forms"))
            concept = entry.text("concept")
            concepts[concept] = (*concepts.get(concept, ()), *forms)
    return concepts


def read_aspects(root: Path, faults: list[str]) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Read ``aspects.yaml`` below ``root``: what can be asked of a purpose → the concepts that ask it.

    The second value are the concepts that name nothing. A missing file means none of either.
    """
    head = optional_fields(root / "aspects.yaml", "intents/aspects.yaml", {"aspects", "light"}, faults)
    if head is None:
        return {}, frozenset()
    aspects = head.inner("aspects")
    asked = {name: frozenset(aspects.texts(name)) for name in aspects.value} if aspects else {}
    return asked, frozenset(head.texts("light", required=False))


def read_gates(root: Path, faults: list[str]) -> Gates:
    """Read ``gates.yaml`` below ``root``: how a message is known to ask. A missing file means no gates."""
    keys = ("openers", "doubtful", "greetings", "asking", "polite")
    head = optional_fields(root / "gates.yaml", "intents/gates.yaml", keys, faults)
    openers, doubtful, greetings = (_words(head, key) for key in keys[:3])
    asking, polite = (frozenset(head.texts(key)) if head else frozenset() for key in keys[3:])
    return Gates(openers=openers, doubtful=doubtful, greetings=greetings, asking=asking, polite=polite)


def read_negation(root: Path, faults: list[str]) -> Negation:
    """Read ``negation.yaml`` below ``root``: how Albanian denies. A missing file means that nothing is denied."""
    keys = ("forbidding", "denying", "wanting", "passed")
    head = optional_fields(root / "negation.yaml", "intents/negation.yaml", keys, faults)
    forbidding, denying, wanting, passed = (_words(head, key) for key in keys)
    return Negation(forbidding=forbidding, denying=denying, wanting=wanting, passed=passed)


def _words(head: Fields | None, key: str) -> frozenset[str]:
    return frozenset(fold(word) for word in head.texts(key)) if head else frozenset()
