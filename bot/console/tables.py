"""Tables as files: CSV that a spreadsheet opens without taking a text for a formula; knows no table."""

import csv
import io
from collections.abc import Iterable, Sequence

from aiohttp import hdrs, web

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of one


def line(cells: Sequence[str | float]) -> str:
    """Return one line, with its end (RFC 4180)."""
    written = io.StringIO()
    csv.writer(written).writerow([_harmless(cell) if isinstance(cell, str) else _plain(cell) for cell in cells])
    return written.getvalue()


def text(rows: Iterable[Sequence[str | float]]) -> str:
    """Return a whole table."""
    return "".join(map(line, rows))


def attachment(name: str, body: str | bytes, kind: str) -> web.Response:
    """Return a file to be downloaded; ``name`` is plain ASCII."""
    content = body.encode("utf-8", "replace") if isinstance(body, str) else body
    made = web.Response(body=content, headers={hdrs.CONTENT_TYPE: kind})
    made.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}"'
    return made


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: float) -> str:
    return str(cell) if isinstance(cell, int) else f"{cell:.4f}".rstrip("0").rstrip(".")
