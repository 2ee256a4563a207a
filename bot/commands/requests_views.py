"""What ``mburoja requests`` shows: the queue, one case, events, escalations; as columns, JSON or CSV."""

import argparse
import asyncio
import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar

from bot.app import open_office
from bot.commands.requests_acts import clock_of
from bot.dialogue.effects import IN_CHAT
from bot.errors import InputError
from bot.services.casework import escalations
from bot.services.desk import Desk
from bot.services.office import backoffice_view
from bot.services.office.backoffice_view import CaseRow, iso
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.settings import Settings
from bot.storage.store import Tx

T = TypeVar("T")
OK = 0
_KINDS = {
    "withdraw_marketing": "ndalja e reklamave",
    "object_statistics": "kundërshtim i statistikave",
    "dsar_access": "qasje në të dhëna",
    "dsar_rectification": "korrigjim",
    "dsar_erasure": "fshirje",
    "dsar_restriction": "kufizim",
    "dsar_objection": "kundërshtim",
    "dsar_portability": "bartje e të dhënave",
    "human_review": "shqyrtim nga njeriu",
    "contact_dpo": "pyetje për zyrtarin",
    "complaint": "ankesë",
}
_STATES = {
    "received": "e pranuar",
    "in_progress": "në shqyrtim",
    "waiting": "pret klientin",
    "extended": "e zgjatur",
    "answered": "e përgjigjur",
    "partly": "e përgjigjur pjesërisht",
    "refused": "e refuzuar",
    "withdrawn": "e tërhequr",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def show_list(options: argparse.Namespace, settings: Settings) -> int:
    """Print the queue."""
    rows = _read(
        options,
        settings,
        lambda tx, desk, now: backoffice_view.queue(tx, desk, now, options.company, options.state, late=options.late),
    )
    if options.json:
        return _print_json([asdict(row) for row in rows])
    if not rows:
        return _print("Asnjë kërkesë.")
    heads = ("NUMRI", "KOMPANIA", "KËRKESA", "GJENDJA", "AFATI", "TE KUSH", "SHENJA")
    return _print(_columns(heads, [_cells(row) for row in rows]))


def show_case(options: argparse.Namespace, settings: Settings) -> int:
    """Print one case whole."""
    case = _read(options, settings, lambda tx, desk, now: backoffice_view.show(tx, desk, now, options.reference))
    if options.json:
        return _print_json(case)
    lines = [
        f"Kërkesa {case['reference']}: {_KINDS[case['kind']]}, {case['company']}",
        f"Gjendja: {_STATES[case['state']]}",
        f"Erdhi: {case['received_at']} ({case['channel']})",
        f"Afati: {case['due_on']}"
        + ("" if case["confirmed"] else " (synim: klientit i thuhet «brenda afatit ligjor»)"),
        f"Identiteti: {case['identity']}" + (f", prova e dytë: {case['second_proof']}" if case["second_proof"] else ""),
    ]
    optional = {
        "Ndalur që nga": case["paused_since"],
        "Te kush": case["taken_by"],
        "Klienti": " ".join((case["customer"], case["name"])).strip(),
        "Adresa për përgjigje": "në bisedë" if case["reply_to"] == IN_CHAT else case["reply_to"],
        "Shenja": case["flags"],
        "Mbyllur": case["closed_at"],
    }
    lines += [f"{label}: {value}" for label, value in optional.items() if value]
    lines += [f"  {name}: {value}" for name, value in case["fields"].items()]
    lines += [f"  «{words['text']}»" for words in case["words"]]
    lines += ["", "Rrjedha:"]
    lines += [_entry(entry) for entry in case["time_line"]]
    if case["notices"]:
        lines += ["", "Njoftimet:"]
        lines += [f"  {n['sent_at']}  {n['kind']}  {_how(n)}" for n in case["notices"]]
    return _print("\n".join(lines))


def show_events(options: argparse.Namespace, settings: Settings) -> int:
    """Print the events that wait to be acknowledged, as the versioned message with ``--json``."""

    def work(tx: Tx, desk: Desk, now: int) -> list[events.StoredEvent]:
        if options.late:
            return events.late(tx, desk, now, options.company)
        return events.open_events(tx, desk, options.company, most=backoffice_view.MOST)

    wanted = set(options.type or EventKind)
    found = [event for event in _read(options, settings, work) if event.kind in wanted]
    if options.json:
        return _print_json([events.message(event) for event in found])
    if not found:
        return _print("Asnjë ngjarje nuk pret konfirmim.")
    rows = [(event.id, iso(event.at), event.kind.value, event.company, event.reference or "") for event in found]
    table = _columns(("ID", "KOHA", "NGJARJA", "KOMPANIA", "NUMRI"), rows)
    letters = [_letter(event.id, event.body) for event in found if event.kind is EventKind.NOTICE_TO_SEND]
    return _print("\n\n".join((table, *letters)))


def show_escalations(options: argparse.Namespace, settings: Settings) -> int:
    """Print the open escalations."""
    found = _read(options, settings, lambda tx, desk, _now: escalations.list_open(tx, desk, options.company))
    if options.json:
        rows = [
            {"id": e.id, "kind": e.kind.value, "company": e.company, "at": iso(e.at), "channel": e.channel,
             "words": e.words}
            for e in found
        ]  # fmt: skip
        return _print_json(rows)
    if not found:
        return _print("Asgjë nuk pret.")
    cells = [(e.id, iso(e.at), e.kind.value, e.company or "", " ".join(e.words.split())) for e in found]
    return _print(_columns(("NUMRI", "KOHA", "ARSYEJA", "KOMPANIA", "FJALËT"), cells))


def export(options: argparse.Namespace, settings: Settings) -> int:
    """Write every case as CSV (UTF-8) or JSON."""
    rows = _read(
        options, settings, lambda tx, desk, now: backoffice_view.export(tx, desk, now, options.company, options.state)
    )
    plain = [asdict(row) for row in rows]
    text = _csv(plain) if options.format == "csv" else json.dumps(plain, ensure_ascii=False, indent=2) + "\n"
    if options.out is None:
        print(text, end="")
        return OK
    _write(options.out, text)
    return _print(f"U shkruan {len(plain)} kërkesa në {options.out}.")


def _read(options: argparse.Namespace, settings: Settings, work: Callable[[Tx, Desk, int], T]) -> T:
    async def run() -> T:
        async with open_office(settings, options.db, clock=clock_of(options)) as office:
            now = office.clock.now()
            return await office.store.read(lambda tx: work(tx, office.desk, now))

    return asyncio.run(run())


def _cells(row: CaseRow) -> tuple[str, ...]:
    due = row.due_on if row.confirmed else f"{row.due_on} (synim)"
    marks = ["VONESË"] if row.late else []
    marks += ["e ndalur"] if row.paused_since else []
    marks += row.flags.split()
    return (
        row.reference, row.company, _KINDS[row.kind], _STATES[row.state], due, row.taken_by or "–", ", ".join(marks),
    )  # fmt: skip


def _entry(entry: dict[str, Any]) -> str:
    text = entry["body"].get("text") or ""
    rest = ", ".join(f"{name}={value}" for name, value in entry["body"].items() if name != "text" and value != "")
    return "  ".join(part for part in (f"  {entry['at']}", entry["kind"], entry["who"], rest, text) if part)


def _letter(event: str, body: Mapping[str, Any]) -> str:
    address = body["address"] or "nuk ka; gjejeni te klienti"
    return f"Dërgojeni vetë, pastaj: mburoja requests acknowledge {event}\nAdresa: {address}\n{body['text']}"


def _how(notice: dict[str, Any]) -> str:
    if notice["delivered_at"]:
        return f"u dorëzua {notice['delivered_at']} ({notice['route']})"
    return f"rrugës ({notice['route']})" if notice["route"] else "pret `mburoja worker`"


def _columns(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in (heads, *rows)]
    return "\n".join(line.rstrip() for line in lines)


def _csv(rows: Sequence[dict[str, Any]]) -> str:
    names = [field.name for field in fields(CaseRow)]
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\r\n")  # RFC 4180
    writer.writeheader()
    writer.writerows({name: _harmless(row[name]) for name in names} for row in rows)
    return out.getvalue()


def _harmless(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(f"Skedari {path} nuk shkruhet: {error.strerror}.") from None


def _print_json(value: object) -> int:
    return _print(json.dumps(value, ensure_ascii=False, indent=2))


def _print(text: str) -> int:
    print(text)
    return OK
