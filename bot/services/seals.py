"""Tells whether a database was sealed with this secret, before anything is written with another; knows no meaning."""

from bot.crypto import SealBrokenError, Vault
from bot.services.desk import Desk
from bot.storage.store import Row, Tx


def fit(tx: Tx, desk: Desk) -> bool:
    """Tell whether the secret opens what is sealed; of a few samples one is enough, for others may be damaged."""
    rows = tx.all("seals.samples")
    return not rows or any(_opens(desk.vault, row) for row in rows)


def _opens(vault: Vault, row: Row) -> bool:
    try:
        vault.open_bytes(row["purpose"], row["sealed"], row["place"])
    except SealBrokenError:
        return False
    return True
