"""Reads what getUpdates answers: each update apart, as the bytes that came; pure, knows no update.

One update that cannot be read must not hold up those beside it: it would be asked for again and again.
"""

import re

import msgspec

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


class _Answer(msgspec.Struct):
    result: list[msgspec.Raw]


_decode = msgspec.json.Decoder(_Answer).decode


def read_updates(payload: bytes) -> list[bytes]:
    """Return the updates of an answer, each as its JSON. Raises ValueError for what is no such answer."""
    try:
        return [bytes(raw) for raw in _decode(payload).result]
    except (msgspec.DecodeError, RecursionError):
        return _split(payload)


def _split(payload: bytes) -> list[bytes]:
    """Return the members of the list "result", whatever they are, by quotes and brackets alone."""
    found: list[bytes] = []
    depth, start, before = 0, 0, b""
    for token in _TOKEN.finditer(payload):
        sign = token.group()
        depth -= sign in (b"}", b"]")
        if start and (depth == 1 or (depth == 2 and sign == b",")):
            found.append(payload[start : token.start()].strip())
            start = token.end()
            if depth == 1:
                return [member for member in found if member]
        depth += sign in (b"{", b"[")
        if not start and depth == 2 and sign == b"[" and before == b'"result"':
            start = token.end()
        before = sign
    raise ValueError("no list of updates")
