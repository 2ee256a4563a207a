"""Tells whether an SVG is nothing but a drawing: no script, nothing that is fetched, nothing that reacts.

What is known to be harmless is allowed and all else refused: SVG has more ways to run something than a list would hold.
"""

import contextlib
import re
from collections.abc import Mapping
from xml.parsers import expat

_SVG = "http://www.w3.org/2000/svg"
_SHAPES = frozenset({
    "svg", "g", "defs", "symbol", "use", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline",
    "polygon", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
})  # fmt: skip
_REFERENCES = frozenset({"href", "xlink:href", "http://www.w3.org/1999/xlink href"})
# A backslash would let a style write these words so that they are not seen here.
_FETCHES = re.compile(r"url\((?!\s*['\"]?\s*#)|@import|image-set\(|\\|\b(?:javascript|data|https?):", re.IGNORECASE)

Faults = list[tuple[int, str]]


def drawing_faults(raw: bytes) -> Faults:
    """Return the line and the name of every fault; none for a plain drawing."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return [(1, "it is not UTF-8 (save the file as UTF-8)")]
    reader = _Reader()
    try:
        reader.read(raw)
    except expat.ExpatError as error:
        return [(error.lineno, f"it is no XML: {expat.ErrorString(error.code)} (export the drawing again)")]
    return reader.faults


class _StoppedError(Exception):
    """Nothing more is to be read."""


class _Reader:
    def __init__(self) -> None:
        self.faults: Faults = []
        self._begun = False
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.StartElementHandler = self._element
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.ProcessingInstructionHandler = self._instruction

    def read(self, raw: bytes) -> None:
        with contextlib.suppress(_StoppedError):
            self._parser.Parse(raw, True)  # noqa: FBT003 - expat's own

    def _fault(self, what: str) -> None:
        self.faults.append((self._parser.CurrentLineNumber, what))

    def _doctype(self, *_: object) -> None:
        self._fault("a DOCTYPE may bring anything with it (take it out)")
        raise _StoppedError  # what it declares is not read: an entity may stand for a gigabyte

    def _instruction(self, target: str, _: str) -> None:
        self._fault(f"<?{target}?> may fetch something (take it out)")

    def _element(self, tag: str, attributes: Mapping[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        if not self._begun and (space, name) != (_SVG, "svg"):
            self._fault(f'the file must begin with <svg xmlns="{_SVG}"> (export the drawing as SVG)')
        elif space != _SVG or name not in _SHAPES:
            self._fault(f"<{name}> is no plain shape (draw it as a path, or take it out)")
        self._begun = True
        for key, value in attributes.items():
            self._attribute(key, value)

    def _attribute(self, key: str, value: str) -> None:
        if key.lower().startswith("on"):
            self._fault(f"the attribute {key!r} runs a script (take it out)")
        elif key in _REFERENCES and not value.strip().startswith("#"):
            self._fault(f"{key.rpartition(' ')[2]!r} points out of the drawing (refer to an id in it: #…)")
        elif _FETCHES.search(value):
            self._fault(f"{key.rpartition(' ')[2]!r} fetches something (take it out)")
