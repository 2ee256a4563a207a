"""Tells which key a database was sealed with, before anything is written with another; knows no meaning."""

from bot.crypto import KeyMissingError, SealBrokenError, Vault
from bot.services.desk import Desk
from bot.storage.store import Row, Tx


def fit(tx: Tx, desk: Desk) -> bool:
    """Tell whether a secret opens what is sealed; of a few samples one is enough, for others may be damaged."""
    return fitting(tx, desk.vault) is not None


def fitting(tx: Tx, vault: Vault) -> str | None:
    """Return the id of a key that opens a sample, the current one first; where nothing is sealed yet, that one."""
    rows = tx.all("seals.samples")
    if not rows:
        return vault.standing.current
    return next((found for row in rows if (found := _opened_by(vault, row))), None)


def _opened_by(vault: Vault, row: Row) -> str | None:
    try:
        return vault.opened_by(row["purpose"], row["sealed"], row["place"])[0]
    except (SealBrokenError, KeyMissingError):
        return None
