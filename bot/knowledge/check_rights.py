"""Holds a company's rights.yaml against its policy text: it names what the text has, and says no more than that."""

import re
from collections.abc import Iterator
from pathlib import Path

import phonenumbers

from bot.knowledge.check_answers import said_faults
from bot.knowledge.fields import Fields, optional_fields
from bot.knowledge.rights import FILE
from bot.nlu.fold import fold
from bot.policy.clauses import PolicyText
from bot.policy.company import MOST_QUOTED, Company

_LONGEST_LABEL = 64  # characters: a button, and what Telegram shows of it on a phone
_ID = re.compile(r"[a-z][a-z0-9-]*")
_CODE = re.compile(r"\+(\d{1,3})")
_HOME = 383  # Kosovo's own numbers need no leave
_MONTHS, _MOST_EXTENSION = 1, 2  # GDPR 12(3)
# How words begin that name advertising or consent as such: alone they say nothing of which one is meant.
_GENERAL = (
    "reklam", "market", "ofert", "promo", "propagand", "publicitet", "pelqim", "konsent", "consent", "leje", "spam",
    "sms", "mesazh", "mail", "email", "njoftim", "lajm", "thirrj", "telefonat", "ads", "offer",
)  # fmt: skip
_SMALL = frozenset({
    "e", "i", "te", "se", "per", "prej", "nga", "me", "ne", "krejt", "gjitha", "gjithe", "ato", "kto", "keto", "ma",
    "mos", "du", "dua",
})  # fmt: skip


def check_rights(folder: Path, company: Company) -> list[str]:
    """Return the faults of one company's rights.yaml, a line each; none where it has none.

    Its shape was checked when the company was read (``read_rights``); those faults are not told again.
    """
    head = optional_fields(folder / FILE, f"policy_texts/{company.id}/{FILE}", (), [])
    if head is None:
        return []
    found = [*_purposes(head), *_statistics(head), *_deadline(head), *_foreign(head)]
    for fields, key in _sayings(head):
        found += _resting(fields, key, company)
    found += [_at(entry, "name", fault) for entry in _entries(head) for fault in _unnamed(entry, company)]
    found += [_at(entry, "words", fault) for entry in _entries(head) for fault in _misleading(entry, head)]
    return found


def _at(fields: Fields, key: str, what: str) -> str:
    return f"{fields.file.at(*fields.path, key)}: {what}"


def _entries(head: Fields) -> list[Fields]:
    return head.items("purposes")


def _sayings(head: Fields) -> Iterator[tuple[Fields, str]]:
    """Everything that rests on clauses, with the key of its sentences ("" for none)."""
    yield from ((entry, "") for entry in _entries(head))
    for key, says in (("statistics", "explains"), ("ended", "says")):
        fields = head.inner(key)
        if fields:
            yield fields, says
    limits = head.inner("limits")
    for action in limits.value if limits else ():
        limit = limits.inner(action) if limits else None
        if limit:
            yield limit, "says"


def _resting(fields: Fields, key: str, company: Company) -> Iterator[str]:
    """Clauses that are not in the text, quotes that are too long, sentences that say more than their clauses."""
    clauses = fields.texts("clauses")
    if not clauses:
        yield _at(fields, "clauses", "'clauses' is empty (name the clauses that it rests on)")
    for edition in company.editions:
        unknown = [clause for clause in clauses if clause not in edition.text]
        for clause in unknown:
            version = edition.text.version.id
            yield _at(fields, "clauses", f"the clause {clause!r} does not exist in {version} (see clauses.yaml)")
        quoted = _quoted(edition.text, clauses)
        if len(quoted) > MOST_QUOTED:
            yield _at(fields, "clauses", f"its quotes hold {len(quoted)} characters together, more than {MOST_QUOTED}")
        if key and not unknown:
            yield from (_at(fields, key, fault) for fault in said_faults(fields.text(key), company, quoted))


def _quoted(text: PolicyText, clauses: tuple[str, ...]) -> str:
    return " ".join(text.passage(clause).quote for clause in clauses if clause in text)


def _purposes(head: Fields) -> Iterator[str]:
    seen: dict[str, set[str]] = {"id": set(), "label": set()}
    for entry in _entries(head):
        for key, known in seen.items():
            value = entry.text(key)
            if value in known:
                yield _at(entry, key, f"the {key} {value!r} stands twice (give each consent its own)")
            known.add(value)
        if not _ID.fullmatch(entry.text("id")):
            yield _at(entry, "id", "an id is small letters, digits and hyphens (it stands in records for ever)")
        if len(entry.text("label")) > _LONGEST_LABEL:
            yield _at(
                entry, "label", f"the label has {len(entry.text('label'))} characters, more than {_LONGEST_LABEL}"
            )


def _unnamed(entry: Fields, company: Company) -> Iterator[str]:
    """A consent that is not called as the text calls it."""
    name = fold(entry.text("name"))
    for edition in company.editions:
        clauses = entry.texts("clauses")
        if all(clause in edition.text for clause in clauses) and name not in fold(_quoted(edition.text, clauses)):
            yield f"the name {entry.text('name')!r} does not stand in its clauses (copy it word for word)"


def _misleading(entry: Fields, head: Fields) -> Iterator[str]:
    """Words that do not name just this consent: a person would withdraw, or give, what they did not mean."""
    others = {other.text("label"): _names(other) for other in _entries(head) if other.path != entry.path}
    name, seen = fold(entry.text("name")), set[str]()
    for written in entry.texts("words", required=False):
        words = fold(written)
        if words in seen or words == name:
            yield f"{written!r} stands twice, or is its name (take one out; ë, ç and capitals make no difference)"
        seen.add(words)
        if all(word in _SMALL or word.startswith(_GENERAL) for word in words.split()):
            yield f"{written!r} is too general: it does not say which consent is meant (take it out)"
        for label, names in others.items():
            if any(f" {words} " in f" {known} " for known in names):
                yield f"{written!r} names {label!r} too (write more of it)"


def _names(entry: Fields) -> list[str]:
    return [fold(words) for words in (entry.text("name"), *entry.texts("words", required=False))]


def _statistics(head: Fields) -> Iterator[str]:
    fields = head.inner("statistics")
    known = {entry.text("id") for entry in _entries(head)}
    for purpose in fields.texts("withdraws", required=False) if fields else ():
        if fields and purpose not in known:
            yield _at(fields, "withdraws", f"'withdraws' names {purpose!r}, which is no consent (see 'purposes')")


def _deadline(head: Fields) -> Iterator[str]:
    fields = head.inner("deadline")
    if fields is None:
        return
    if fields.value.get("months", _MONTHS) != _MONTHS:
        yield _at(fields, "months", f"'months' must be {_MONTHS}: the law gives one month (GDPR 12(3))")
    if fields.value.get("extension_months", _MOST_EXTENSION) not in range(1, _MOST_EXTENSION + 1):
        yield _at(fields, "extension_months", f"'extension_months' may be {_MOST_EXTENSION} at most (GDPR 12(3))")


def _foreign(head: Fields) -> Iterator[str]:
    codes = head.texts("foreign", required=False)
    for index, code in enumerate(codes):
        read = _CODE.fullmatch(code)
        number = int(read[1]) if read else 0
        if number not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            yield _at(head, "foreign", f'{code!r} is no calling code (write "+49")')
        elif number == _HOME:
            yield _at(head, "foreign", f"{code!r} is Kosovo's own (take it out)")
        elif code in codes[:index]:
            yield _at(head, "foreign", f"{code!r} stands twice")
