"""Under which name and type a file of an answer reaches a browser: never one that leads anywhere or runs; no I/O."""

import re
import unicodedata
from urllib.parse import quote

_LONGEST = 100  # characters
_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
# Anything else is bytes: nothing that a browser could show as a page of ours, or run.
_KNOWN = frozenset({
    "application/json", "application/pdf", "application/xml", "application/zip", "text/csv", "text/plain",
    "image/jpeg", "image/png",
})  # fmt: skip
_NAMELESS = "pergjigjja"
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # devices of Windows


def safe_name(name: str) -> str:
    """Return a file's name without folders, control and direction marks, and not too long; its ending stays."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    shown = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    shown = _FORBIDDEN.sub("_", shown).strip(" .")
    if _RESERVED.match(shown):
        shown = f"_{shown}"
    stem, dot, ending = shown.rpartition(".")
    if dot and len(shown) > _LONGEST:
        shown = f"{stem[: _LONGEST - 1 - len(ending[:10])]}.{ending[:10]}"
    return shown[:_LONGEST] or _NAMELESS


def disposition(name: str) -> str:
    """Return the header that saves a file instead of showing it, its name in plain ASCII and whole (RFC 6266)."""
    shown = safe_name(name)
    plain = unicodedata.normalize("NFKD", shown).encode("ascii", "ignore").decode() or _NAMELESS
    return f"attachment; filename=\"{plain.replace('%', '_')}\"; filename*=UTF-8''{quote(shown, safe='')}"


def media_type(given: str) -> str:
    """Return a type that is safe to send; any that is not known is plain bytes."""
    return given if given in _KNOWN else "application/octet-stream"
