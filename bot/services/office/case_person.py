"""Who a case is about, as the back office sees it: name, masked numbers (R46), other cases, acts; changes nothing.

Of a case without a customer (R53) only what the same conversation, or the same letter, brought belongs to it.
"""

from dataclasses import dataclass

from bot.services.casework.case_file import stored_cases
from bot.services.casework.cases import Stored
from bot.services.desk import Desk
from bot.services.identity import customers, otp_unlocking, sim
from bot.services.identity.contacts import mask
from bot.services.records import receipts
from bot.storage.store import Row, Tx

MOST_ACTS = 20
_NOBODY_S = "recorded:{reference}"  # as whose the end of marketing stands that a letter asked for


@dataclass(frozen=True, kw_only=True)
class OnRecord:
    """An act on consents: when it was put on record (*u regjistrua*), and applied (*u zbatua*, None: not yet; R38)."""

    reference: str
    act: str
    purposes: tuple[str, ...]
    channel: str
    at: int
    applied_at: int | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """Whoever a case is about. ``known``: a customer on file; the rest is empty for anybody else.

    ``restricted_by`` is the objection on which a restriction of statistics rests (R41), ``locked_until`` ends the
    longest lock of codes (R5). ``others`` are their other cases, newest first.
    """

    known: bool
    name: str = ""
    customer_number: str = ""
    numbers: tuple[str, ...] = ()
    relationship: str = ""
    line: str = ""
    restricted: bool = False
    restricted_by: str | None = None
    sim_changed: bool = False
    locked_until: int | None = None
    others: tuple[Stored, ...] = ()
    acts: tuple[OnRecord, ...] = ()


def person_of(tx: Tx, desk: Desk, now: int, stored: Stored) -> Person:
    """Return whom a case is about."""
    if stored.erased_at is not None:
        return Person(known=False)
    if stored.subject is None:
        return _somebody(tx, desk, stored)
    row = tx.first("customers.subject", subject=stored.subject)
    restriction = tx.first("case_view.restriction", subject=stored.subject)
    others = stored_cases(desk, tx.all("requests.of_subject", company=stored.company, subject=stored.subject))
    own = tx.all("case_view.receipts_of_subject", subject=stored.subject, most=MOST_ACTS)
    return Person(
        known=True,
        name=customers.open_name(desk, row) if row else "",
        customer_number=customers.open_customer_number(desk, row) if row else "",
        numbers=tuple(mask(number) for number in customers.numbers_of(tx, desk, stored.subject)),
        relationship=str(row["relationship"]) if row else "",
        line=str(row["line"]) if row else "",
        restricted=restriction is not None and restriction["statistics_restricted"] == 1,
        restricted_by=restriction["statistics_reference"] if restriction else None,
        sim_changed=sim.changed_lately(tx, desk, now, stored.subject),
        locked_until=otp_unlocking.locked_until(tx, desk, now, stored.company, stored.subject) if row else None,
        others=_besides(stored, others),
        acts=(*_acts(tx, desk, own), *_brought(tx, desk, stored)),
    )


def _somebody(tx: Tx, desk: Desk, stored: Stored) -> Person:
    if stored.conversation is None:
        return Person(known=False, acts=_brought(tx, desk, stored))
    rows = tx.all("requests.of_conversation", company=stored.company, conversation=stored.conversation)
    others = _besides(stored, stored_cases(desk, rows))
    return Person(known=False, others=others, acts=_acts(tx, desk, _of(tx, stored, stored.conversation)))


def _brought(tx: Tx, desk: Desk, stored: Stored) -> tuple[OnRecord, ...]:
    """Return what a letter did at once, without proof (R54)."""
    return _acts(tx, desk, _of(tx, stored, _NOBODY_S.format(reference=stored.reference)))


def _of(tx: Tx, stored: Stored, conversation: str) -> list[Row]:
    return tx.all(
        "case_view.receipts_of_conversation", conversation=conversation, company=stored.company, most=MOST_ACTS
    )


def _besides(stored: Stored, cases: tuple[Stored, ...]) -> tuple[Stored, ...]:
    return tuple(case for case in cases if case.reference != stored.reference)


def _acts(tx: Tx, desk: Desk, rows: list[Row]) -> tuple[OnRecord, ...]:
    return tuple(
        OnRecord(
            reference=row["reference"],
            act=row["act"],
            purposes=_purposes(tx, desk, row["reference"]),
            channel=row["channel"],
            at=row["at"],
            applied_at=row["applied_at"],
        )
        for row in rows
    )


def _purposes(tx: Tx, desk: Desk, reference: str) -> tuple[str, ...]:
    record = receipts.read(tx, desk, reference)
    return tuple(purpose.name for purpose in record.purposes) if record else ()
