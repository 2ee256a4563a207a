"""Recovery codes for who has not the authenticator at hand: ten, kept as HMAC, each used once (R27); knows no page."""

from bot.services.desk import Desk
from bot.storage.store import Tx

COUNT = 10
_HALF = 5  # letters; two halves are 49 bits
_LONGEST = 40  # characters that are read


def make(tx: Tx, desk: Desk, staff: str) -> tuple[str, ...]:
    """Make an account's codes anew and return them; those before are dead. They are readable only now."""
    drop(tx, staff)
    codes = tuple(f"{desk.randomness.letters(_HALF)}-{desk.randomness.letters(_HALF)}" for _ in range(COUNT))
    for code in codes:
        tx.run("staff.add_recovery_code", staff=staff, code_hash=_hash(desk, staff, code))
    return codes


def use(tx: Tx, desk: Desk, now: int, staff: str, typed: str) -> bool:
    """Use a code up; tells whether it was one of the account's, not used yet."""
    return tx.run("staff.use_recovery_code", staff=staff, code_hash=_hash(desk, staff, typed), now=now) > 0


def left(tx: Tx, staff: str) -> int:
    """Return how many codes an account has left."""
    row = tx.first("staff.recovery_codes_left", staff=staff)
    return int(row["codes"]) if row else 0


def drop(tx: Tx, staff: str) -> None:
    """Let no code of an account hold."""
    tx.run("staff.drop_recovery_codes", staff=staff)


def _hash(desk: Desk, staff: str, typed: str) -> str:
    plain = "".join(c for c in typed[:_LONGEST].upper() if c.isalnum())
    return desk.vault.index("recovery_code", staff, plain.encode("utf-8", "replace").decode())
