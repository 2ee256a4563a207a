"""Folds what people type to one plain spelling; knows no vocabulary.

Both sides are folded alike: the phrases when the recogniser is built, the message when it arrives.
The original is kept by the caller for display.
"""

import functools
import re
import unicodedata

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´‛′＇", "'"))
_CONTROL = re.compile(r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f]")
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Letters only: 1000 is a number, and www no cry.
_LONG_RUN = re.compile(r"([^\W\dw])\1{2,}")
_NOT_WORD = re.compile(r"[^0-9a-zа-яёђјљњћџαβγ@.+']+")
_LONE_DOTS = re.compile(r"(?<!\w)[.+@']+|[.+@']+(?!\w)")
_DOT_BETWEEN_LETTERS = re.compile(r"(?<=[^\d\W])\.(?=[^\d\W])")
# q stands for ç before a consonant ("qka", "qdo", "qfare"): standard Albanian never has q there.
_Q_FOR_C = re.compile(r"\bq(?=[bcdfghklmnprstvxz])")
_EXTRA = str.maketrans({"ë": "e", "ç": "c", "đ": "dj", "ł": "l", "ø": "o", "æ": "ae", "ß": "ss", "ı": "i"})
# What a clipped word stands for: t'dhanat = të dhanat, s'du = nuk du, ç'ka = çka.
_CLIPPED = {"t": "te ", "m": "me ", "n": "ne ", "s": "nuk ", "c": "cfare ", "q": "cfare ", "j": "ju "}
_CLIP = re.compile(r"\b([a-z]{1,2})'(?=[a-z])")
# "s" typed fast to the verb that it denies (sdu, skam, spo): no Albanian word begins so.
_DENIED = re.compile(
    r"(?<!\S)s(?=(?:po|ka|kam|kom|kemi|kena|kane|kan|jam|jom|jemi|jena|jane|eshte|osht|asht|du|dua|due|duam|duem|don|do"
    r"|desha|deshta|deshiroj|di|mund|mundem|munem|muj|duhet|duhen|pranoj|lejoj|pajtohem|kuptoj|kuptova|them|thom|thash"
    r"|kerkoj|kerkova|lyp|lypa|mora|marr|punon|bon|ban|erdhi|vjen)(?!\S))"
)
_CKA = re.compile(r"\b[cq]'ka\b")


def clean(text: str) -> str:
    """Return ``text`` in NFC without bidirectional, zero-width and lone surrogate characters.

    A control character other than tab and line feed becomes a space.
    """
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _SURROGATE.sub("", _CONTROL.sub(" ", text))))


def _plain_letters(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_EXTRA))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _open_clip(match: re.Match[str]) -> str:
    return _CLIPPED.get(match.group(1), match.group(1) + " ")


@functools.lru_cache(maxsize=32)  # one message is folded for several readers, one after another
def fold(text: str) -> str:
    """Return ``text`` lower-cased, without diacritics or punctuation, clipped words opened, single spaces.

    ``"Çka i bani t’dhanat?"`` → ``"cka i bani te dhanat"``. Mail addresses and numbers keep their inner
    signs. The result may be empty.
    """
    lowered = clean(text).lower()
    lowered = lowered.translate(_APOSTROPHES)
    if not lowered.isascii():
        lowered = _plain_letters(lowered)
    spaced = _CLIP.sub(_open_clip, _CKA.sub("cka", _NOT_WORD.sub(" ", lowered)))
    if "@" not in spaced:
        spaced = _DOT_BETWEEN_LETTERS.sub(" ", spaced)
    bare = _LONE_DOTS.sub(" ", spaced).replace("'", " ")
    plain = _Q_FOR_C.sub("c", _LONG_RUN.sub(r"\1", bare))
    return " ".join(_DENIED.sub("nuk ", plain).split())
