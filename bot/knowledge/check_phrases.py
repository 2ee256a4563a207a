"""Checks phrases and lexicon: nothing dead, nothing stolen, nothing in two places, no letters that only look alike."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz, process

from bot.knowledge.source import Source
from bot.nlu.fold import clean, fold
from bot.nlu.intents import Intent, Kind, Register
from bot.nlu.lexicon import LONGEST_FORM, Forms, Lexicon
from bot.nlu.stem import stem

_FEWEST = 5  # phrases in each register, for every topic and every action
_COPY_RATIO = 92.0  # folded likeness to a test question from which a phrase counts as its copy
_COPY_LENGTH = 15  # characters; shorter ones are what everyone says


def check_intents(source: Source) -> list[str]:
    """Return the faults of the intents and their phrases."""
    lexicon = Lexicon(Forms(source.lexicon), ())
    faults: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    for intent in source.intents:
        faults += _intent_faults(intent, lexicon, set(source.lexicon))
        for phrase in intent.phrases:
            # The same words in another order are the same phrase to a reader.
            words = " ".join(sorted(stem(w) for w in phrase.folded.split()))
            scopes = (intent.company, "") if intent.company else ("", *source.companies)
            holder = next((seen[scope, words] for scope in scopes if (scope, words) in seen), intent.id)
            if holder != intent.id:
                faults.append(f"{phrase.place}: {phrase.text!r} also stands in {holder} (keep it where it fits better)")
            seen.setdefault((intent.company or "", words), intent.id)
    return faults


def _intent_faults(intent: Intent, lexicon: Lexicon, concepts: set[str]) -> Iterator[str]:
    registers = Counter(phrase.register for phrase in intent.phrases)
    if intent.company or intent.action:
        for register in Register:
            if registers[register] < _FEWEST:
                yield f"{intent.place}: {registers[register]} phrases in {register.value}; {_FEWEST} are needed"
    if (intent.kind is Kind.ACTION) != (intent.action is not None):
        yield f"{intent.place}: 'action' must be given for kind action, and only there"
    if not intent.company and intent.kind not in (Kind.ACTION, Kind.ANSWER) and not intent.says:
        yield f"{intent.place}: 'says' is missing (what is replied?)"
    for concept in sorted((intent.unless | intent.unless_denied) - concepts):
        yield f"{intent.place}: 'unless' names the concept {concept!r}, which the lexicon does not have"
    for phrase in intent.phrases:
        faults = _phrase_faults(intent, phrase.text, lexicon)
        yield from (f"{phrase.place}: {phrase.text!r}: {fault}" for fault in faults)


def _phrase_faults(intent: Intent, text: str, lexicon: Lexicon) -> Iterator[str]:
    folded = fold(text)
    words = folded.split()
    if clean(text) != text:
        yield "has invisible or uncomposed characters (type it anew)"
    scripts = {_script(letter) for letter in text if letter.isalpha()}
    if len(scripts) > 1:
        yield f"mixes letters of {' and '.join(sorted(scripts))} that look alike (type it anew)"
    if not words:
        yield "no word is left after folding (a dead phrase)"
    elif intent.longest and len(words) > intent.longest:
        yield f"has {len(words)} words, but the intent takes at most {intent.longest} (a dead phrase)"
    closed = intent.unless.intersection(lexicon.concepts(lexicon.tokens(folded)))
    if closed:
        yield f"its own gate closes on it: {', '.join(sorted(closed))} (wrong direction, or a dead phrase)"


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").split()[0]


def check_lexicon(source: Source) -> list[str]:
    """Return the faults of the lexicon and of what names its concepts."""
    faults = []
    for concept, forms in source.lexicon.items():
        twice = [form for form, n in Counter(forms).items() if n > 1]
        faults += [f"intents/lexicon/ ({concept}): the form {form!r} stands twice" for form in twice]
        if not all(forms):
            faults.append(f"intents/lexicon/ ({concept}): a form has no letters")
        long = [form for form in forms if len(form.split()) > LONGEST_FORM]
        faults += [
            f"intents/lexicon/ ({concept}): the form {form!r} has more than {LONGEST_FORM} words and can never match"
            for form in long
        ]
    named = {**source.rules.aspects, "light": source.rules.light}
    named["gates"] = source.rules.gates.asking | source.rules.gates.polite
    for aspect, concepts in named.items():
        faults += [
            f"intents/aspects.yaml or gates.yaml ({aspect}): the concept {concept!r} is not in the lexicon"
            for concept in sorted(concepts - set(source.lexicon))
        ]
    return faults


def copied(source: Source, questions: Sequence[str]) -> list[str]:
    """Return the phrases that copy a test question: those measure, they do not teach."""
    folded = [q for q in (fold(question) for question in questions) if len(q) > _COPY_LENGTH]
    if not folded:
        return []
    faults = []
    for intent in source.intents:
        phrases = [p for p in intent.phrases if len(p.folded) > _COPY_LENGTH]
        if not phrases:
            continue
        likeness = process.cdist([p.folded for p in phrases], folded, scorer=fuzz.ratio, score_cutoff=_COPY_RATIO)
        faults += [
            f"{phrase.place}: {phrase.text!r} copies a test question (write another)"
            for phrase, row in zip(phrases, likeness, strict=True)
            if row.max() >= _COPY_RATIO
        ]
    return faults
