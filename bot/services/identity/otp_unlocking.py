"""Locks after wrong codes as the DPO sees and ends them (R5); knows no code and no page.

A lock belongs to a contact or to a number, by HMAC: a customer's are those of the customer number and of every number
on file. Times are milliseconds UTC.
"""

from bot.services.desk import Desk, Place
from bot.services.identity import customers, otp_limits
from bot.services.identity.contacts import Contact, ContactKind, fold_customer, read_contact
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Tx


def unlock(tx: Tx, desk: Desk, place: Place, company: str, typed: str) -> bool:
    """End the locks and counts of a contact and of its numbers, by the DPO (R5); tell whether there were any.

    The customer number is the better name: it ends those of all the customer's numbers too.
    """
    contact = read_contact(typed)
    if not isinstance(contact, Contact):
        return False
    keys = {desk.vault.index("contact", company, contact.kind.value, contact.value)}
    for found in customers.find(tx, desk, company, contact.kind.value, contact.value):
        keys |= _number_keys(tx, desk, company, found.subject)
    if not _forget(tx, place.now, keys):
        return False
    audit.write(tx, desk, place, Act.CUSTOMER_UNLOCKED, company=company, details={"what": "code"})
    return True


def unlock_customer(tx: Tx, desk: Desk, place: Place, who: str, company: str, subject: str, reference: str) -> bool:
    """End every lock and count of a customer, in a case of theirs; tell whether there were any."""
    if not _forget(tx, place.now, _keys(tx, desk, company, subject)):
        return False
    audit.write(
        tx, desk, place, Act.CUSTOMER_UNLOCKED, company=company, subject=subject, reference=reference,
        details={"who": who, "what": "code"},
    )  # fmt: skip
    return True


def locked_until(tx: Tx, desk: Desk, now: int, company: str, subject: str) -> int | None:
    """Return until when codes to a customer are locked, the longest lock of any contact of theirs; None: not."""
    rows = [tx.first("case_view.locked_until", key=key, now=now) for key in sorted(_keys(tx, desk, company, subject))]
    return max((int(row["locked_until"]) for row in rows if row), default=None)


def _keys(tx: Tx, desk: Desk, company: str, subject: str) -> set[str]:
    number = fold_customer(customers.customer_number_of(tx, desk, subject))
    own = {desk.vault.index("contact", company, ContactKind.CUSTOMER.value, number)}
    return own | _number_keys(tx, desk, company, subject)


def _number_keys(tx: Tx, desk: Desk, company: str, subject: str) -> set[str]:
    keys: set[str] = set()
    for number in customers.numbers_of(tx, desk, subject):
        keys.add(desk.vault.index("number", company, number))
        keys.add(desk.vault.index("contact", company, ContactKind.NUMBER.value, number))
    return keys


def _forget(tx: Tx, now: int, keys: set[str]) -> bool:
    # Sorted: rows are locked in one order. Every key is tried, whatever the first says.
    ended = [otp_limits.forget_failures(tx, key, now) for key in sorted(keys)]
    return any(ended)
