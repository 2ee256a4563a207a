"""Keeps requests and their time lines; knows neither who may see a request nor whether an act on it is allowed.

What is personal is sealed under the reference. Times are milliseconds UTC.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace

import msgspec

from bot.dialogue.effects import Shown
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework.cases import (
    CUSTOMER,
    FORBIDDEN_FIELDS,
    Basis,
    Body,
    Entry,
    Identity,
    NewCase,
    NoteKind,
    Stored,
)
from bot.services.casework.deadlines import Due, due_on, extended_with_pause, with_pause
from bot.services.desk import Desk, Place
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Row, Tx

# ---- filing -------------------------------------------------------------------------------------------------


def create(tx: Tx, desk: Desk, place: Place, reference: str, new: NewCase, who: str = CUSTOMER) -> Stored:
    """File a request with its due date, first entry, audit and event (R33, R39, R48); return it as stored.

    Raises ValueError when a field would keep what R37 forbids.
    """
    if forbidden := FORBIDDEN_FIELDS & new.body.fields.keys():
        raise ValueError(f"a request keeps no {', '.join(sorted(forbidden))} (R37)")
    due = due_on(new.received_at, desk.companies[new.company].rights.deadline)
    address = desk.vault.seal("requests", new.reply_to, f"{reference}:address") if new.reply_to else None
    tx.run(
        "requests.add",
        reference=reference,
        company=new.company,
        kind=new.action.value,
        proof=new.identity.value,
        subject=new.subject,
        conversation=new.conversation,
        channel=new.channel,
        body_sealed=_seal_body(desk, reference, new.body),
        address_sealed=address,
        flags=json.dumps(new.flags),
        received_at=new.received_at,
        due_on=due.date.isoformat(),
        due_rule=due.rule,
    )
    facts: dict[str, str | int] = {
        "kind": new.action.value,
        "identity": new.identity.value,
        "received_at": new.received_at,
        "due_on": due.date.isoformat(),
        "due_rule": due.rule,
    }
    stored = loaded(tx, desk, reference)
    note(tx, desk, place.now, reference, NoteKind.FILED, who, facts)
    log(tx, desk, place, Act.REQUEST_FILED, stored, {**facts, "who": who, **basis_facts(new.body.basis)})
    publish(tx, desk, place.now, EventKind.REQUEST_FILED, stored, {**facts, "flags": list(new.flags)})
    return stored


def basis_of(desk: Desk, company: str, now: int, shown: Shown) -> Basis:
    """Return what was shown with its hash, and the text of the policy in force (R39, R60)."""
    version = desk.edition(company, now).text.version
    raw = json.dumps(asdict(shown), ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")
    return Basis(
        words=shown.words,
        clauses=shown.clauses,
        sha256=hashlib.sha256(raw).hexdigest(),
        policy=version.id,
        policy_sha256=version.sha256,
    )


def basis_facts(basis: Basis | None) -> dict[str, str | int]:
    """Return what the audit keeps of it: clauses and hashes; the words stay sealed in the request."""
    if basis is None:
        return {}
    return {
        "clauses": " ".join(basis.clauses),
        "shown_sha256": basis.sha256,
        "policy": basis.policy,
        "policy_sha256": basis.policy_sha256,
    }


# ---- reading ------------------------------------------------------------------------------------------------


def load(tx: Tx, desk: Desk, reference: str) -> Stored | None:
    """Return a request, or None where there is no such one."""
    row = tx.first("requests.load", reference=reference)
    return stored_case(desk, row) if row else None


def loaded(tx: Tx, desk: Desk, reference: str) -> Stored:
    """Return a request that is known to be there. Raises KeyError."""
    stored = load(tx, desk, reference)
    if stored is None:
        raise KeyError(reference)
    return stored


def locked(tx: Tx, desk: Desk, reference: str) -> Stored | None:
    """Return a request and hold it until the transaction ends, for whoever is about to change it."""
    return load(tx, desk, reference) if tx.run("requests.lock", reference=reference) else None


def stored_cases(desk: Desk, rows: Iterable[Row]) -> tuple[Stored, ...]:
    """Return rows of the table as requests, in their order."""
    return tuple(stored_case(desk, row) for row in rows)


def stored_case(desk: Desk, row: Row) -> Stored:
    """Return a row of the table as a request, opened."""
    reference = row["reference"]
    body = _open(desk, "requests", row["body_sealed"], f"{reference}:body")
    return Stored(
        reference=reference,
        company=row["company"],
        action=Action(row["kind"]),
        state=CaseState(row["state"]),
        identity=Identity(row["proof"]),
        subject=row["subject"],
        conversation=row["conversation"],
        channel=row["channel"],
        body=msgspec.convert(json.loads(body), type=Body) if body else Body(),
        reply_to=_open(desk, "requests", row["address_sealed"], f"{reference}:address"),
        flags=tuple(json.loads(row["flags"])),
        received_at=row["received_at"],
        due=Due(date=dt.date.fromisoformat(row["due_on"]), rule=row["due_rule"]),
        extended_to=dt.date.fromisoformat(row["extended_to"]) if row["extended_to"] else None,
        paused_at=row["paused_at"],
        paused_ms=row["paused_ms"],
        taken_by=row["taken_by"],
        second_proof=row["second_proof"],
        closed_at=row["closed_at"],
        erased_at=row["erased_at"],
    )


def told(tx: Tx, desk: Desk, reference: str) -> tuple[str, ...]:
    """Return what the company told the customer about a request: the notices that were delivered, oldest first."""
    rows = tx.all("requests.told", reference=reference)
    return tuple(text for row in rows if (text := _open(desk, "notices", row["body_sealed"], row["id"])))


# ---- the time line ------------------------------------------------------------------------------------------


def note(tx: Tx, desk: Desk, now: int, reference: str, kind: str, who: str, body: Mapping[str, object]) -> int:
    """Write an entry on a request's time line and return its number. ``body``: see ``Entry``; it is sealed."""
    tx.run("requests.lock", reference=reference)  # numbers are given one after another on either engine
    row = tx.first("requests.next_event", reference=reference)
    seq = int(row["seq"]) if row else 1
    sealed = desk.vault.seal("request_events", _json(body), f"{reference}:{seq}")
    tx.run("requests.add_event", reference=reference, seq=seq, kind=str(kind), who=who, body_sealed=sealed, at=now)
    return seq


def time_line(tx: Tx, desk: Desk, reference: str) -> tuple[Entry, ...]:
    """Return a request's time line, oldest first; an entry that was erased (R45) says nothing more."""
    return tuple(_entry(desk, row) for row in tx.all("requests.events", reference=reference))


# ---- changing -----------------------------------------------------------------------------------------------


def keep_body(tx: Tx, desk: Desk, stored: Stored, body: Body) -> Stored:
    """Replace what is sealed of a request that is held (``locked``); return it so."""
    tx.run("requests.set_body", reference=stored.reference, body_sealed=_seal_body(desk, stored.reference, body))
    return replace(stored, body=body)


def resume(
    tx: Tx, desk: Desk, place: Place, stored: Stored, who: str = CUSTOMER, heard_at: int | None = None
) -> Stored:
    """Go on with a request that waited for its customer, and return it; any other is returned as it is.

    Where the clock stood still (``paused_at``), the pause is added up and moves the dates by its whole days (R34). It
    ends when the customer was heard (``heard_at``; None: now).
    """
    if stored.state is not CaseState.WAITING:
        return stored
    deadline = desk.companies[stored.company].rights.deadline
    until = max(place.now if heard_at is None else heard_at, stored.paused_at or 0)
    paused_ms = stored.paused_ms + (until - stored.paused_at if stored.paused_at is not None else 0)
    due = with_pause(stored.due, stored.received_at, paused_ms, deadline)
    extended = stored.extended_to
    if extended:
        extended = extended_with_pause(extended, stored.received_at, paused_ms, deadline)
    tx.run(
        "requests.resume",
        reference=stored.reference,
        state=(CaseState.EXTENDED if extended else CaseState.IN_PROGRESS).value,
        due_on=due.date.isoformat(),
        due_rule=due.rule,
        extended_to=extended.isoformat() if extended else None,
        paused_ms=paused_ms,
    )
    resumed = loaded(tx, desk, stored.reference)
    facts: dict[str, str | int] = {"due_on": resumed.due_date.isoformat(), "due_rule": due.rule}
    if stored.paused_at is not None:
        facts |= {"paused_at": stored.paused_at, "resumed_at": until}
    note(tx, desk, place.now, stored.reference, NoteKind.RESUMED, who, facts)
    log(tx, desk, place, Act.REQUEST_RESUMED, resumed, {**facts, "who": who})
    return resumed


# ---- telling ------------------------------------------------------------------------------------------------


def log(tx: Tx, desk: Desk, place: Place, act: Act, stored: Stored, details: Mapping[str, str | int]) -> None:
    """Log an act on a request (R39)."""
    audit.write(
        tx,
        desk,
        place,
        act,
        company=stored.company,
        subject=stored.subject,
        reference=stored.reference,
        details=details,
    )


def publish(tx: Tx, desk: Desk, now: int, kind: EventKind, stored: Stored, body: Mapping[str, object]) -> None:
    """Tell the back office of what happened to a request."""
    events.publish(
        tx,
        desk,
        now,
        kind,
        company=stored.company,
        subject=stored.subject,
        reference=stored.reference,
        body=body,
    )


def _entry(desk: Desk, row: Row) -> Entry:
    sealed = _open(desk, "request_events", row["body_sealed"], f"{row['reference']}:{row['seq']}")
    return Entry(
        seq=row["seq"], kind=row["kind"], who=row["who"], at=row["at"], body=json.loads(sealed) if sealed else {}
    )


def _seal_body(desk: Desk, reference: str, body: Body) -> str:
    return desk.vault.seal("requests", _json(asdict(body)), f"{reference}:body")


def _open(desk: Desk, purpose: str, sealed: str | None, place: str) -> str:
    # Retention leaves nothing where a sealed text stood.
    return desk.vault.open(purpose, sealed, place) if sealed else ""


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
