"""What an erasure left because it must be kept for a time: it comes back when the time is over; knows no notice.

What is kept and the words of until when are sealed. Days are those of Kosovo, times milliseconds UTC.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.desk import Desk, Place
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Row, Tx

_SEALED = "kept_parts"


@dataclass(frozen=True, kw_only=True)
class NewPart:
    """Something that is to be kept: what, the words of until when, the clause's id, the day on which it comes back."""

    what: str
    until: str
    clause: str
    due_on: dt.date


@dataclass(frozen=True, kw_only=True)
class KeptPart:
    """Something that was kept; ``position`` is its number in the case, from 1. ``done_at``: erased since then."""

    reference: str
    position: int
    company: str
    what: str
    until: str
    clause: str
    due_on: dt.date
    done_at: int | None
    done_by: str | None


def keep(tx: Tx, desk: Desk, company: str, reference: str, parts: Iterable[NewPart]) -> None:
    """Keep what comes back, in the transaction of the answer that says so; after what the case kept before."""
    last = tx.first("kept.last", reference=reference)
    for position, part in enumerate(parts, start=int(last["position"]) + 1 if last else 1):
        body = json.dumps({"what": part.what, "until": part.until}, ensure_ascii=False, sort_keys=True)
        tx.run(
            "kept.add",
            reference=reference,
            position=position,
            company=company,
            body_sealed=desk.vault.seal(_SEALED, body, f"{reference}:{position}"),
            clause=part.clause,
            due_on=part.due_on.isoformat(),
        )


def of_case(tx: Tx, desk: Desk, reference: str) -> tuple[KeptPart, ...]:
    """Return what a case left, in its order, erased by now or not."""
    return tuple(_part(desk, row) for row in tx.all("kept.of_case", reference=reference))


def done(tx: Tx, desk: Desk, place: Place, who: str, reference: str, position: int) -> None:
    """Record that a part was erased in the company's systems. Raises NotAllowedError where none waits for that.

    What a part was outlives its case's file for as long as it waits, and no longer (R45).
    """
    stored = case_file.locked(tx, desk, reference)
    if stored is None or not tx.run("kept.done", reference=reference, position=position, now=place.now, who=who):
        raise NotAllowedError(
            "There is no such part of {reference} that waits to be erased; look at the case, somebody was quicker.",
            reference=reference,
        )
    part = next(part for part in of_case(tx, desk, reference) if part.position == position)
    facts: dict[str, str | int] = {"position": position, "clauses": part.clause, "due_on": part.due_on.isoformat()}
    words = {"text": part.what} if stored.erased_at is None else {}
    case_file.note(tx, desk, place.now, reference, "kept_erased", who, {**words, **facts})
    if stored.erased_at is not None:
        tx.run("kept.erase", reference=reference, position=position)
    case_file.log(tx, desk, place, Act.KEPT_ERASED, stored, {"who": who, **facts})
    body = {"act": "kept_erased", "state": stored.state.value, "who": who, **facts}
    case_file.publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)


def _part(desk: Desk, row: Row) -> KeptPart:
    reference, position, sealed = str(row["reference"]), int(row["position"]), row["body_sealed"]
    # Retention leaves nothing where a sealed text stood.
    body = json.loads(desk.vault.open(_SEALED, sealed, f"{reference}:{position}")) if sealed else {}
    return KeptPart(
        reference=reference,
        position=position,
        company=row["company"],
        what=body.get("what", ""),
        until=body.get("until", ""),
        clause=row["clause"],
        due_on=dt.date.fromisoformat(row["due_on"]),
        done_at=row["done_at"],
        done_by=row["done_by"],
    )
