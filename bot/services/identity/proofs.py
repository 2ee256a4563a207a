"""Who a conversation has proven to be, per company, and when that ends; knows no code and no text.

A proof rests on a number: it begins with a redeemed code (``otp``), and ends with idleness (R20), with the
person's wish, with another account, or when the number is no longer on file (R55). Times are milliseconds UTC.
"""

import datetime as dt
from dataclasses import dataclass

from bot.dialogue.effects import UseAccount
from bot.dialogue.events import Account, AccountProven, Noted, ProofMissing
from bot.services.casework.deadlines import start_of
from bot.services.desk import Desk, Place
from bot.services.identity import customers
from bot.services.records import audit
from bot.storage.store import Row, Tx


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A live proof. ``shared``: it suffices for withdrawing and objecting only (R55)."""

    id: str
    subject: str
    number_hash: str
    shared: bool
    ended_relationship: bool


def use_account(tx: Tx, desk: Desk, place: Place, effect: UseAccount) -> AccountProven | ProofMissing:
    """Let the conversation act as one of the accounts that a code of its own proved (R7, R55).

    The code must have been redeemed within the idle time (R20). What the conversation had proven to this
    company before ends.
    """
    number_hash = _number_of_code(tx, place, effect)
    if number_hash is not None:
        tx.run("customers.hold_number", number_hash=number_hash)  # nobody gives it away until the proof is begun
        number_hash = _number_of_code(tx, place, effect)
    if number_hash is None:
        return ProofMissing(company=effect.company)
    offered = accounts(tx, desk, effect.company, effect.challenge, number_hash, place.now)
    account = next((a for a in offered if a.subject == effect.subject), None)
    if account is None:
        return ProofMissing(company=effect.company)
    ended = tx.all("proofs.end_of_company", conversation=place.conversation, company=effect.company, now=place.now)
    _log_ended(tx, desk, place, ended)
    tx.run(
        "proofs.begin",
        id=desk.randomness.token(),
        conversation=place.conversation,
        company=effect.company,
        subject=account.subject,
        number=number_hash,
        shared=int(account.shared),
        now=place.now,
    )
    return AccountProven(
        company=effect.company,
        subject=account.subject,
        masked=account.masked,
        shared=account.shared,
        ended=account.ended,
    )


def accounts(tx: Tx, desk: Desk, company: str, challenge: str, number_hash: str, now: int) -> tuple[Account, ...]:
    """Return the accounts that a challenge proves now: those it was opened for whose number is still the same.

    Read afresh from the customers' records. Empty when the number was taken off file (R55) or its SIM was
    changed meanwhile (R13).
    """
    subjects = [str(row["subject"]) for row in tx.all("proofs.subjects", challenge=challenge)]
    number = next((n for s in subjects if (n := number_of(tx, desk, company, s, number_hash))), None)
    if number is None:
        return ()
    return tuple(
        Account(subject=found.subject, masked=found.masked_account, shared=found.shared, ended=found.ended)
        for found in customers.find(tx, desk, company, "number", number)
        if found.subject in subjects and not sim_changed_lately(desk, found.sim_changed_on, now)
    )


def number_of(tx: Tx, desk: Desk, company: str, subject: str, number_hash: str) -> str | None:
    """Return a customer's number (E.164) that has this hash; None when it is not on file (any more)."""
    numbers = customers.numbers_of(tx, desk, subject)
    return next((n for n in numbers if desk.vault.is_index(number_hash, "number", company, n)), None)


def sim_changed_lately(desk: Desk, changed_on: dt.date | None, now: int) -> bool:
    """Tell whether a SIM was changed or ported in the quiet time, counted from the end of that day (R13)."""
    return changed_on is not None and now < start_of(changed_on + dt.timedelta(days=1)) + desk.limits.sim_quiet


def live(tx: Tx, conversation: str, company: str, subject: str) -> Proof | None:
    """Return the proof by which a conversation acts as a customer; None when there is none (any more)."""
    row = tx.first("proofs.live", conversation=conversation, company=company, subject=subject)
    if row is None:
        return None
    ended = row["relationship"] == "ended"
    return Proof(
        id=row["id"],
        subject=row["subject"],
        number_hash=row["number_hash"],
        shared=bool(row["shared"]) or ended,
        ended_relationship=ended,
    )


def end_all(tx: Tx, desk: Desk, place: Place) -> Noted:
    """End what a conversation has proven, everywhere; its redeemed codes open no more accounts (R20)."""
    tx.run("proofs.spend", conversation=place.conversation, now=place.now)
    _log_ended(tx, desk, place, tx.all("proofs.end_of_conversation", conversation=place.conversation, now=place.now))
    return Noted()


def end_for_number(tx: Tx, now: int, number_hash: str) -> int:
    """End every proof that rests on a number, because it changed (R55); return how many there were."""
    tx.run("customers.hold_number", number_hash=number_hash)  # a proof that is being begun is ended too
    tx.run("proofs.spend_number", number=number_hash, now=now)
    return tx.run("proofs.end_of_number", number=number_hash, now=now)


def _number_of_code(tx: Tx, place: Place, effect: UseAccount) -> str | None:
    """Return the number (its hash) that a code went to which this conversation may still act on, or None."""
    row = tx.first(
        "proofs.accepted",
        challenge=effect.challenge,
        conversation=place.conversation,
        company=effect.company,
        now=place.now,
    )
    return None if row is None else str(row["number_hash"])


def _log_ended(tx: Tx, desk: Desk, place: Place, ended: list[Row]) -> None:
    for row in ended:
        audit.write(tx, desk, place, audit.Act.PROOF_ENDED, company=row["company"], subject=row["subject"])
