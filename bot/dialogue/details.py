"""Reads the details of a wish out of its words: which consents, all data, no customer. Knows no step."""

import re

from bot.nlu.companies import CompanyNames
from bot.nlu.fold import fold
from bot.policy.rights import Purpose, Rights

# Who speaks of consents in general wants to choose; who speaks of advertising means all of it.
_CONSENT_WORDS = ("pelqim", "konsent", "consent", "leje")
_EXCEPT = frozenset({"pos", "perpos", "pervec", "perveq", "except"})
_NO_CUSTOMER = re.compile(r"\b(nuk|s|as|hic) ?(jam|jom|kam qene|kam qen|kom qene|kom qen)\b.{0,12}\bklient")
_PHONE = r"(numer|numr|nr|telefon|celular|sim|kartel)"
_GONE = r"(hup|humb|vjedh|thy|prish|kam nrr|kam ndrr|kam nderr)"
_BARE_NUMBER = re.compile(r"\s*\+?(?:\d[\s()./-]*){6,15}")
_NO_NUMBER = re.compile(
    rf"\b(s|nuk) ?(e |i )?(kam|kom|ka|perdor|punon)\b.{{0,14}}\b{_PHONE}"
    rf"|\b{_GONE}\w*.{{0,20}}\b{_PHONE}|\b{_PHONE}\w*.{{0,20}}\b{_GONE}"
)
_NO_CODE = re.compile(
    r"\b(s|nuk|ska|skam|hala)\b.{0,14}\b(erdh|ardh|vjen|vjn|mor|marr|arrit)\w*\b(?! vesh)"
    r"|\bku (eshte|osht|asht|o)\b.{0,8}kod"
)
_WHAT_FOR = re.compile(
    r"(\w+ ){0,3}(pse|perse|per cka|per cfare|cka|why)\b.{0,16}"
    r"\b(duhe[tn]|vyn|vyjn|lyp|lypni|kerkoni|doni|don|pyetni|pyesni|jap|tregoj|shkruaj|need)\b(?P<rest>.{0,30})"
)
_ASKED_FOR = re.compile(r"\b(numer|numr|nr|telefon|celular|kod|sms|number|code)")
_WITHDRAWING = re.compile(r"\b(terhiq|terheq|hiq|heq|anulo|revok)\w*")
_NO_ORDER = re.compile(r"\b(si|qysh|ku|kur|pse|a|cka|cfare|kush|mos|nuk|s|nese|sikur)\b")
_OBJECTING = re.compile(r"(\w+ ){0,3}(kundershtoj|kundershtu)\b.*\bstatistik")
_ADVERTISING = re.compile(r"\b(reklam|marketing|ofert|promocion)\w*")
_LIFTING = re.compile(
    r"\b(hiq|heq|terhiq|terheq|anulo|ktheje|largo)\w*( dore)?( nga| prej)?( ate| kete| at| qat| ket)? kundershtimi"
)
_FIRM = ("firm", "biznes", "kompani", "ndermarrj", "shpk", "dyqan", "lokal", "punedhenes")
_REFERENCE = re.compile(r"(?<!\w)[0-9A-Za-z]{4}[- ]?[0-9A-Za-z]{4}[- ]?[0-9A-Za-z](?!\w)")  # "7K2Q-9FXA-8"
_CONFUSED = str.maketrans("OIL", "011")
_ASKS = frozenset({"cka", "cfare", "pse", "si", "qysh", "kur", "ku", "kush", "a", "sa", "cili", "cila", "cilat"})
_QUESTION_WORDS = _ASKS | {"kujt", "perse", "cilin", "cilen"}
_SEVERAL = re.compile(r"\b(dyja|dyjat|dyjave|dyve)\b|\bte dy$")
_LONGEST_NAME = 6  # words
_BESIDE_A_NAME = frozenset({"te", "tek", "po", "e", "edhe", "nga", "prej", "ne", "per", "a", "jo", "dmth", "pra"})
_TAKING_BACK = ("terhiq", "terheq", "hiq", "heq", "anulo", "anulu", "ndal", "nal", "mbyll", "shuje", "fshi", "cancel")
_ALL = re.compile(r"\b(krejt|krejta|gjitha|komplet|all)\b")
_EVERYTHING = re.compile(
    r"\b(krejt|krejta|gjitha|gjithcka|komplet|all)"
    r"( (te )?(dhena|dhana|shenim|informa|info|data)\w*( (e|te) mia| personale)*)?"
    r"( (te(?! dh)|tek|ne|nga|prej|qe|cka|cfare|ju|bre|per mu|per mua)( .*)?)?$"
)


def means_all_advertising(text: str) -> bool:
    """Tell whether a text that wants advertising stopped leaves nothing to be chosen."""
    return not any(word in _EXCEPT or word.startswith(_CONSENT_WORDS) for word in fold(text).split())


def orders_withdrawal(text: str, rights: Rights) -> bool:
    """Tell whether a text that was read as a question orders the withdrawal of a consent that it names (R38)."""
    folded = fold(text)
    asks = text.rstrip().endswith("?") or _NO_ORDER.search(folded)
    meant = bool(meant_purposes(text, rights)) or _speaks_of_consents(folded)
    return not asks and meant and bool(_WITHDRAWING.search(folded))


def orders_objection(text: str) -> bool:
    """Tell whether a text that was read as a question plainly objects to statistics: "kundërshtoj statistikat"."""
    folded = fold(text)
    asks = text.rstrip().endswith("?") or _NO_ORDER.search(folded)
    return not asks and bool(_OBJECTING.match(folded))


def is_about_advertising(text: str) -> bool:
    """Tell whether a text that objects to something means advertising, which then simply stops (R40)."""
    folded = fold(text)
    return bool(_ADVERTISING.search(folded)) and "statistik" not in folded


def means_all_consents(text: str) -> bool:
    """Tell whether a text that wants consents withdrawn means each of them."""
    folded = fold(text)
    return _speaks_of_consents(folded) and bool(_ALL.search(folded))


def _speaks_of_consents(folded: str) -> bool:
    return any(word.startswith(_CONSENT_WORDS) for word in folded.split())


def is_no_customer(text: str) -> bool:
    """Tell whether somebody says that they are no customer, so that there is nothing to prove (R54)."""
    return bool(_NO_CUSTOMER.search(fold(text)))


def has_no_number(text: str) -> bool:
    """Tell whether somebody says that the number is lost, stolen or no longer theirs (R53)."""
    return bool(_NO_NUMBER.search(fold(text)))


def lacks_code(text: str) -> bool:
    """Tell whether somebody who waits for a code says that none has come."""
    return bool(_NO_CODE.search(fold(text)))


def asks_what_for(text: str) -> bool:
    """Tell whether somebody who is asked for a number or a code asks why: "pse ju duhet numri?", "pse po ma lypni"."""
    folded = fold(text)
    asked = _WHAT_FOR.fullmatch(folded)
    return asked is not None and (not asked["rest"].strip() or bool(_ASKED_FOR.search(folded)))


def lifts_objection(text: str) -> bool:
    """Tell whether a text that speaks of an objection takes it back."""
    return bool(_LIFTING.search(fold(text)))


def speaks_of_firm(text: str) -> bool:
    """Tell whether somebody speaks for a firm, where they do not speak for themselves (R57)."""
    return any(word.startswith(_FIRM) for word in fold(text).split())


def means_everything(text: str) -> bool:
    """Tell whether a request is for all data there is."""
    return bool(_EVERYTHING.search(fold(text)))


def means_several(text: str, names: CompanyNames) -> bool:
    """Tell whether a text is about more than one company: "te të dyja", or by their names."""
    folded = fold(text)
    return bool(_SEVERAL.search(folded)) or len(names.named(folded.split())) > 1


def only_company(text: str, names: CompanyNames) -> str | None:
    """Return the company that a text names, and nothing else: "ipko", "po te paysera?"; None for any other text."""
    words = fold(text).split()
    named = names.named(words) if len(words) <= _LONGEST_NAME else ()
    said = [word for word in words if word not in _BESIDE_A_NAME and not names.named([word])]
    return named[0] if len(named) == 1 and not said else None


def only_names(text: str) -> bool:
    """Tell whether a short text may be the name of something that was asked for, and asks nothing itself."""
    words = fold(text).split()
    return 0 < len(words) <= _LONGEST_NAME and words[0] not in _ASKS and not text.rstrip().endswith("?")


def reads_as_question(text: str, *, sure: bool) -> bool:
    """Tell whether a text is worded as a question; ``sure``: it was understood as one, so that its words may wander."""
    words = fold(text).split()
    if text.rstrip().endswith("?") or (words and words[0] in _QUESTION_WORDS):
        return True
    return sure and any(word in _QUESTION_WORDS and len(word) > 1 for word in words)


def reference_in(text: str) -> str:
    """Return the first reference in a text as it is written ("7K2Q-9FXA-8"); whether it is one, its service knows."""
    for match in _REFERENCE.finditer(text):
        found = match[0].upper()
        if any(c.isdigit() for c in found) and any(c.isalpha() for c in found) and ("-" in found or match[0].isupper()):
            letters = "".join(c for c in found if c.isalnum()).translate(_CONFUSED)
            return f"{letters[:4]}-{letters[4:8]}-{letters[8]}"
    return ""


def is_reference(text: str) -> bool:
    """Tell whether a text is a reference and nothing else: then it says nothing that could be understood otherwise."""
    return _REFERENCE.fullmatch(text.strip()) is not None and bool(reference_in(text))


def without_references(text: str) -> str:
    """Return a text with a zero for each reference as we write it: its letters are chance and must mean nothing."""
    return _REFERENCE.sub(lambda match: "0" if "-" in match[0] and reference_in(match[0]) else match[0], text)


def takes_back(text: str) -> bool:
    """Tell whether a text that names a request says that it shall go no further: to name it is to ask for it."""
    return any(word.startswith(_TAKING_BACK) for word in fold(text).split())


def meant_purposes(text: str, rights: Rights) -> tuple[str, ...]:
    """Return the consents (ids) that a text is about: those that it names, or all the advertising but those."""
    words = fold(text).split()
    cut = next((number for number, word in enumerate(words) if word in _EXCEPT), len(words))
    named, kept = (_named(" ".join(part), rights) for part in (words[:cut], words[cut:]))
    if kept and not named:
        named = [purpose for purpose in rights.marketing if purpose not in kept]
    return tuple(purpose.id for purpose in named)


def _named(folded: str, rights: Rights) -> list[Purpose]:
    """Return the consents that a text names, by their names or the words of the catalogue."""
    padded = f" {folded} "
    return [p for p in rights.purposes if any(f" {name} " in padded for name in (fold(p.name), *p.words))]


def is_number(text: str) -> bool:
    """Tell whether a text is a number of six digits or more and nothing else."""
    return _BARE_NUMBER.fullmatch(text) is not None
