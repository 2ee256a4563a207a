"""Keeps ``bot/locale/sq`` in step with the code: ``--write`` merges new messages in, ``--check`` fails on any gap.

Two catalogues: ``messages`` is what customers read, ``console`` what the company's own people read in the console.
"""

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "bot/locale/sq/LC_MESSAGES"
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2"), ("console/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "say": None, "paragraph": (2,)}
DOMAINS = ("messages", "console")
# What the back office is refused stands in the services, and is read in the console.
_REFUSALS = {"NotAllowedError": None}


def path(domain: str) -> Path:
    """Return where a catalogue stands."""
    return FOLDER / f"{domain}.po"


def extracted(domain: str) -> Catalog:
    """Return every message of a catalogue that stands in the code."""
    catalog = Catalog(project="mburoja", charset="utf-8")
    for keywords, refusals in ((KEYWORDS, False), (_REFUSALS, True)):
        for name, line, message, comments, context in extract_from_dir(
            str(ROOT / "bot"), method_map=METHODS, keywords=keywords
        ):
            staff = refusals or name.startswith("console/")
            if staff is (domain == "console"):
                catalog.add(message, locations=[(f"bot/{name}", line)], auto_comments=comments, context=context)
    return catalog


def merged(domain: str) -> Catalog:
    """Return the catalogue of the file with the messages of the code."""
    catalog = _read(domain)
    catalog.update(extracted(domain), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def faults(domain: str) -> list[str]:
    """Return what is missing in the file, or no longer in the code."""
    written, name = _read(domain), path(domain).name
    found = [f"{name}: {m.id!r} is not translated" for m in merged(domain) if m.id and not m.string]
    known = {m.id for m in extracted(domain) if m.id}
    found += [f"{name}: {m.id!r} is no longer in the code" for m in written if m.id and m.id not in known]
    found += [f"{name}: {error}" for message in written for error in message.check()]
    return found


def write(domain: str, more: dict[str, str] | None = None) -> None:
    """Merge new messages into the file; ``more`` are translations to put in."""
    catalog = merged(domain)
    for message in catalog:
        if isinstance(message.id, str) and message.id in (more or {}):
            message.string = (more or {})[message.id]
    out = io.BytesIO()
    write_po(out, catalog, width=100, no_location=True, sort_output=True)
    path(domain).write_bytes(out.getvalue())


def _read(domain: str) -> Catalog:
    if not path(domain).exists():
        return Catalog(locale="sq", project="mburoja", charset="utf-8")
    return read_po(io.BytesIO(path(domain).read_bytes()), locale="sq")


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--write", action="store_true")
    options = parser.parse_args()
    problems: list[str] = []
    for domain in DOMAINS:
        if options.write:
            write(domain)
        else:
            problems += faults(domain)
    print("\n".join(problems) or "The catalogues are up to date.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
