"""Moves what stands under a look-up to the same value's look-up by another key; knows no key's secret.

What is counted and locked moves with it (R5, R8): no lock falls away because a key was replaced. Every column that one
purpose's look-ups stand in moves in one transaction, for rows are joined by them.
"""

from bot.crypto import SealBrokenError, Vault
from bot.storage.store import Tx

# The columns that look-ups stand in, by purpose; a test compares this with the schema. None moves of those that stay.
COLUMNS = {
    "address": ("conversations.address_hash",),
    "customer": ("subjects.customer_hash",),
    "number": (
        "numbers.number_hash", "challenges.number_hash", "proofs.number_hash", "answer_links.grant_number",
        "failures.key_hash", "sendings.key_hash",
    ),
    "contact": (
        "challenges.contact_hash", "suppressions.contact_hash", "failures.key_hash", "sendings.key_hash",
        "jobs.ordering_key",
    ),
    "telegram-chat": ("updates.chat_hash", "jobs.ordering_key"),
}  # fmt: skip
ORDERS = ("telegram", "telegram-tidy")  # what stands before a chat in an ordering key


def move(tx: Tx, vault: Vault, purpose: str, within: str, old: str, new: str) -> int:
    """Move what stands under ``old`` to ``new``, both locked; ``within`` is the first part of what is looked up.

    Returns how many rows moved. A purpose that is never looked up in a table has nothing to move.
    """
    mover = _MOVERS.get(purpose)
    return mover(tx, vault, within, old, new) if mover else 0


def lock(tx: Tx, digest: str) -> str:
    """Lock a look-up until the transaction ends, whether anything stands under it or not; returns where it went."""
    row = tx.first("keys.lock", hash=digest)
    return str(row["moved"]) if row else ""


def note(tx: Tx, old: str, new: str) -> None:
    """Note where a look-up went, both locked."""
    for digest, moved in ((old, new), (new, "")):
        tx.run("keys.note_move", hash=digest, moved=moved)


def _address(tx: Tx, _vault: Vault, within: str, old: str, new: str) -> int:
    return tx.run("keys.move_address", within=within, old=old, new=new)


def _customer(tx: Tx, _vault: Vault, within: str, old: str, new: str) -> int:
    return tx.run("keys.move_customer", within=within, old=old, new=new)


def _number(tx: Tx, vault: Vault, within: str, old: str, new: str) -> int:
    moved = 0
    for row in tx.all("keys.numbers_under", within=within, old=old):
        subject = str(row["subject"])
        try:
            number = vault.open_bytes("numbers", row["number_sealed"], f"{subject}:{old}")
        except SealBrokenError:
            continue  # it says nothing any more, and must not hold up whoever else has the number
        sealed = vault.seal("numbers", number, f"{subject}:{new}")
        moved += tx.run("keys.move_number", subject=subject, old=old, new=new, sealed=sealed)
    moved += tx.run("keys.move_challenge_number", old=old, new=new)
    moved += tx.run("keys.move_proofs", old=old, new=new)
    moved += tx.run("keys.move_grants", old=old, new=new)
    return moved + _counted(tx, old, new)


def _contact(tx: Tx, vault: Vault, within: str, old: str, new: str) -> int:
    # A contact without a number has its failures under a decoy as well, which is made of the contact's look-up (R11).
    # Who read a code before the contact moved makes it of the look-up that was, so where it went is noted too.
    decoys = vault.index("decoy", old), vault.index("decoy", new)
    for digest in sorted(decoys):
        lock(tx, digest)
    moved = _counted(tx, old, new) + _failures(tx, *decoys)
    note(tx, *decoys)
    moved += tx.run("keys.move_challenge_contact", old=old, new=new)
    moved += tx.run("keys.move_suppressions", within=within, old=old, new=new)
    return moved + tx.run("keys.move_order", old=old, new=new)


def _chat(tx: Tx, _vault: Vault, within: str, old: str, new: str) -> int:
    moved = tx.run("keys.move_updates", within=within, old=old, new=new)
    return moved + sum(tx.run("keys.move_order", old=f"{kind}:{old}", new=f"{kind}:{new}") for kind in ORDERS)


def _counted(tx: Tx, old: str, new: str) -> int:
    return _failures(tx, old, new) + tx.run("keys.move_sendings", old=old, new=new)


def _failures(tx: Tx, old: str, new: str) -> int:
    if tx.run("keys.move_failures", old=old, new=new):
        return 1
    left = tx.first("keys.failures_under", old=old)
    if left is None:
        return 0
    tx.run(
        "keys.join_failures",
        new=new, count=left["count"], locked_until=int(left["locked_until"] or 0), told=left["told"],
    )  # fmt: skip
    return tx.run("keys.drop_failures", old=old)


_MOVERS = {
    "address": _address, "customer": _customer, "number": _number, "contact": _contact, "telegram-chat": _chat,
}  # fmt: skip
