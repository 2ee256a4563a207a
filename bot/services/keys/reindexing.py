"""Moves the look-ups of values that stand sealed beside them, page by page; knows no transaction of its own.

The rest moves when it is touched, or ends by itself (docs/keys.md).
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from bot.crypto import Index, SealBrokenError, Vault
from bot.services.identity.contacts import ContactKind, fold_customer
from bot.storage.store import Row


def stale(vault: Vault, table: str, rows: Sequence[Row]) -> list[Index]:
    """Return the look-ups of rows of a table that stand under the other key yet, in the order in which they are locked.

    What cannot be opened is passed over: nobody finds it by its value anyhow.
    """
    read = READERS[table]
    found: dict[str, Index] = {}
    for row in rows:
        try:
            index = read(vault, row)
        except SealBrokenError:
            continue
        if isinstance(index, Index):
            found[index] = index
    return sorted(found.values())


def _address(vault: Vault, row: Row) -> str | None:
    if not row["address_sealed"]:
        return None  # it was erased
    address = vault.open("conversations", row["address_sealed"], "address")
    return _other(vault.index("address", row["channel"], address), row["address_hash"])


def _customer(vault: Vault, row: Row) -> str | None:
    number = vault.open("subjects", row["customer_sealed"], f"{row['id']}:customer")
    return _other(vault.index("customer", row["company"], fold_customer(number)), row["customer_hash"])


def _number(vault: Vault, row: Row) -> str | None:
    number = vault.open("numbers", row["number_sealed"], f"{row['subject']}:{row['number_hash']}")
    return _other(vault.index("number", row["company"], number), row["number_hash"])


def _contact(vault: Vault, row: Row) -> str | None:
    contact = vault.open("suppressions", row["contact_sealed"], row["id"])
    kinds = (vault.index("contact", row["company"], kind, contact) for kind in ContactKind)
    return next((found for kind in kinds if (found := _other(kind, row["contact_hash"]))), None)


def _other(index: str, stands: str) -> str | None:
    """Return a look-up whose row stands under the other key."""
    return index if isinstance(index, Index) and index.other == stands else None


READERS: Mapping[str, Callable[[Vault, Row], str | None]] = MappingProxyType(
    {"conversations": _address, "subjects": _customer, "numbers": _number, "suppressions": _contact}
)
