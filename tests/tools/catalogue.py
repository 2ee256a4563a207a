"""Keeps ``bot/locale/sq`` in step with the code: ``--write`` merges new messages in, ``--check`` fails on any gap."""

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[2]
PO = ROOT / "bot/locale/sq/LC_MESSAGES/messages.po"
METHODS = [("**.py", "python"), ("web/templates/**.html", "jinja2")]


def extracted() -> Catalog:
    """Return every message that stands in the code."""
    catalog = Catalog(project="mburoja", charset="utf-8")
    for name, line, message, comments, context in extract_from_dir(
        str(ROOT / "bot"), method_map=METHODS, keywords={"_": None, "say": None, "paragraph": (2,)}
    ):
        catalog.add(message, locations=[(f"bot/{name}", line)], auto_comments=comments, context=context)
    return catalog


def merged() -> Catalog:
    """Return the catalogue of the file with the messages of the code."""
    catalog = read_po(io.BytesIO(PO.read_bytes()), locale="sq")
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def faults() -> list[str]:
    """Return what is missing in the file, or no longer in the code."""
    written = read_po(io.BytesIO(PO.read_bytes()), locale="sq")
    found = [f"{PO.name}: {m.id!r} is not translated" for m in merged() if m.id and not m.string]
    known = {m.id for m in extracted() if m.id}
    found += [f"{PO.name}: {m.id!r} is no longer in the code" for m in written if m.id and m.id not in known]
    found += [f"{PO.name}: {error}" for message in written for error in message.check()]
    return found


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--check", action="store_true")
    mode.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.write:
        out = io.BytesIO()
        write_po(out, merged(), width=100, no_location=True, sort_output=True)
        PO.write_bytes(out.getvalue())
    problems = faults() if options.check else []
    print("\n".join(problems) or "The catalogue is up to date.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
