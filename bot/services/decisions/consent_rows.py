"""The rows of consents as acts write and read them, whoever's act it is; knows no proof and no effect.

A change is a new row with the next number of its subject and purpose; the highest holds (R59). Who changes
something holds the subject first, so that numbers are given one after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.dialogue.effects import Shown
from bot.dialogue.events import ConsentState
from bot.policy.rights import Purpose
from bot.services.desk import Desk, Place
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.records.receipts import LawfulBasis, RecordedPurpose
from bot.storage.store import Tx

CUSTOMER = "customer"  # the source of what a customer said here
_WITHDRAWN = frozenset({ConsentState.WITHDRAWN, ConsentState.NOT_GIVEN})


@dataclass(frozen=True, kw_only=True)
class Held:
    """What holds for one purpose, since when (None: not known), and when that was put on record; ms UTC."""

    state: ConsentState
    since: int | None
    at: int

    @property
    def known(self) -> int:
        """The time that another statement must be newer than."""
        return self.at if self.since is None else self.since


NOTHING = Held(state=ConsentState.UNKNOWN, since=None, at=0)


@dataclass(frozen=True, kw_only=True)
class Change:
    """One wish of a customer on their consents."""

    company: str
    subject: str
    purposes: tuple[Purpose, ...]
    state: ConsentState
    shown: Shown

    def held_before(self, before: Mapping[str, Held]) -> bool:
        """Tell whether all of it was so before; what was never given counts as withdrawn."""
        same = _WITHDRAWN if self.state is ConsentState.WITHDRAWN else {self.state}
        return all(before.get(purpose.id, NOTHING).state in same for purpose in self.purposes)


def purposes_of(desk: Desk, company: str, identities: Iterable[str]) -> tuple[Purpose, ...]:
    """Return a company's purposes by their ids, each once. Raises KeyError for one that it does not have."""
    rights = desk.companies[company].rights
    return tuple(rights.purpose(identity) for identity in dict.fromkeys(identities))


def hold(tx: Tx, subject: str) -> str | None:
    """Lock a subject until the transaction ends, and return its company; None where there is no such subject."""
    row = tx.first("consents.hold", subject=subject)
    return None if row is None else str(row["company"])


def held(tx: Tx, subject: str) -> Mapping[str, Held]:
    """Return what holds for a subject, by purpose."""
    return {
        row["purpose"]: Held(state=ConsentState(row["state"]), since=row["since"], at=row["at"])
        for row in tx.all("consents.held", subject=subject)
    }


def recorded(purposes: Sequence[Purpose], before: Mapping[str, Held]) -> tuple[RecordedPurpose, ...]:
    """Return the purposes as a record names them."""
    return tuple(
        RecordedPurpose(
            id=purpose.id,
            name=purpose.name,
            clauses=purpose.clauses,
            lawful_basis=LawfulBasis.CONSENT,
            before=before.get(purpose.id, NOTHING).state,
        )
        for purpose in purposes
    )


def put_withdrawals(tx: Tx, desk: Desk, place: Place, change: Change, reference: str) -> None:
    """Put withdrawals on record, log them, and tell the back office of each purpose with its number (R38)."""
    numbers = _put(tx, place, change, reference)
    _log(tx, desk, place, change, reference, Act.CONSENT_WITHDRAWN)
    for purpose, seq in numbers.items():
        body = {"purpose": purpose, "seq": seq}
        _tell(tx, desk, place, change, reference, EventKind.CONSENT_WITHDRAWN, body)


def put_grants(tx: Tx, desk: Desk, place: Place, change: Change, reference: str, resumed: Sequence[str]) -> None:
    """Put grants on record, log them, and tell the back office of each purpose with its number.

    ``resumed`` are the references of stopped marketing that the grant lifted (R54); marketing's events name them.
    """
    numbers = _put(tx, place, change, reference)
    _log(tx, desk, place, change, reference, Act.CONSENT_GRANTED)
    for purpose in change.purposes:
        body: dict[str, object] = {"purpose": purpose.id, "seq": numbers[purpose.id]}
        if purpose.marketing and resumed:
            body["resumed"] = list(resumed)
        _tell(tx, desk, place, change, reference, EventKind.CONSENT_GRANTED, body)


def _put(tx: Tx, place: Place, change: Change, reference: str) -> dict[str, int]:
    """Write a row for each purpose and return its number."""
    numbers: dict[str, int] = {}
    for purpose in change.purposes:
        row = tx.first(
            "consents.add",
            subject=change.subject,
            purpose=purpose.id,
            state=change.state,
            since=place.now,
            at=place.now,
            source=CUSTOMER,
            reference=reference,
        )
        if row is None:
            raise RuntimeError("a consent got no number")
        numbers[purpose.id] = int(row["seq"])
    return numbers


def _log(tx: Tx, desk: Desk, place: Place, change: Change, reference: str, act: Act) -> None:
    details = {"purposes": ",".join(purpose.id for purpose in change.purposes)}
    audit.write(
        tx, desk, place, act, company=change.company, subject=change.subject, reference=reference, details=details
    )


def _tell(
    tx: Tx, desk: Desk, place: Place, change: Change, reference: str, kind: EventKind, body: Mapping[str, object]
) -> None:
    events.publish(
        tx, desk, place.now, kind, company=change.company, subject=change.subject, reference=reference, body=body
    )
