"""A store in which every look-up finds its rows while a key is being replaced; knows no table.

Where a work writes, rows that stand under the other key's look-up of a value are moved before a statement names that
value. Both look-ups are locked first, in one order, so that of two transactions one waits for the other, and no second
row is made for one person. Where a work only reads, the look-up is named under which the rows stand. While no key is
being replaced a work gets the engine's own transaction, and none of this is done.
"""

import re
from collections.abc import Callable
from typing import TypeVar

from bot.crypto import Index, Vault
from bot.services.keys.moves import lock, move, note
from bot.storage.store import Row, Store, Tx, Value

T = TypeVar("T")

# Parameters that take a look-up which was read from a row: it may have moved since.
_NAMES = frozenset(
    {
        "address_hash", "chat_hash", "contact", "contact_hash", "customer", "customer_hash", "key", "number",
        "number_hash", "ordering_key",
    }
)  # fmt: skip
_DIGEST = re.compile(r"[0-9a-f]{64}")


class SettlingStore(Store):
    """Another store, with look-ups settled."""

    def __init__(self, store: Store, vault: Vault) -> None:
        """Take the store and the vault whose look-ups it meets."""
        self._store, self._vault = store, vault

    @property
    def engine(self) -> Store:
        """The store as it is, for works that name no value."""
        return self._store

    @property
    def waiting(self) -> int:
        """How many works wait to be begun."""
        return self._store.waiting

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and commit. Raises what ``work`` raises, or StoreUnavailableError."""
        if not self._vault.is_changing:
            return await self._store.transact(work)

        def steadily(tx: Tx) -> T:
            with self._vault.steady():
                return work(SettlingTx(tx, self._vault))

        return await self._store.transact(steadily)

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a connection that cannot write."""
        if not self._vault.is_changing:
            return await self._store.read(work)

        def steadily(tx: Tx) -> T:
            with self._vault.steady():
                return work(ReadingTx(tx, self._vault))

        return await self._store.read(steadily)

    async def changed(self, timeout: float) -> bool:
        """Wait until something was committed since the last call (or ``timeout`` seconds); tell which."""
        return await self._store.changed(timeout)

    async def close(self) -> None:
        """Finish what is under way, then close every connection."""
        await self._store.close()


class _Tx:
    """A ``Tx`` that replaces look-ups among the parameters."""

    def __init__(self, tx: Tx, vault: Vault) -> None:
        self._inner, self._vault = tx, vault
        self._known: dict[str, str] = {}

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        """Run a statement and return every row of its result, in its order."""
        return self._inner.all(statement, **self._replaced(parameters))

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        """Run a statement and return its first row, or None."""
        return self._inner.first(statement, **self._replaced(parameters))

    def run(self, statement: str, /, **parameters: Value) -> int:
        """Run a statement and return how many rows it changed."""
        return self._inner.run(statement, **self._replaced(parameters))

    def _replaced(self, parameters: dict[str, Value]) -> dict[str, Value]:
        for name, value in parameters.items():
            if isinstance(value, Index):
                parameters[name] = self._of_value(value)
            elif name in _NAMES and isinstance(value, str) and _DIGEST.fullmatch(value):
                parameters[name] = self._followed(value)
        return parameters

    def _of_value(self, index: Index) -> str:
        # It may have been made before this work was begun, when the current key was another.
        made = self._vault.index(index.purpose, *index.parts)
        return self._settled(made) if isinstance(made, Index) else made

    def _settled(self, index: Index) -> str:
        raise NotImplementedError

    def _followed(self, digest: str) -> str:
        raise NotImplementedError


class SettlingTx(_Tx):
    """For a work that writes."""

    def move(self, index: Index) -> int:
        """Move a look-up's rows, whatever is noted of where they went: some were seen there. Returns how many moved."""
        self._locked(index)
        return self._moved(index)

    def _settled(self, index: Index) -> str:
        new, old = str(index), index.other
        if self._known.get(old) != new:
            if self._locked(index) != new:
                self._moved(index)
            self._known[old] = self._known[new] = new
        return new

    def _locked(self, index: Index) -> str:
        """Lock both of a value's look-ups, and return where the other one went."""
        went = {digest: lock(self._inner, digest) for digest in sorted((str(index), index.other))}
        return went[index.other]

    def _moved(self, index: Index) -> int:
        new, old = str(index), index.other
        moved = move(self._inner, self._vault, index.purpose, index.parts[0], old, new)
        note(self._inner, old, new)
        return moved

    def _followed(self, digest: str) -> str:
        if digest not in self._known:
            self._known[digest] = lock(self._inner, digest) or digest
        return self._known[digest]


class ReadingTx(_Tx):
    """For a work that only reads: what nobody has touched stands under the key that was there first."""

    def _settled(self, index: Index) -> str:
        row = self._inner.first("keys.went", hash=str(index))
        return index.elder if row is None else str(row["moved"]) or str(index)

    def _followed(self, digest: str) -> str:
        row = self._inner.first("keys.went", hash=digest)
        return (str(row["moved"]) if row else "") or digest


def settle(tx: Tx, digest: str) -> None:
    """Have rows of a look-up moved before others are read that are compared with it in Python."""
    if isinstance(digest, Index):
        tx.first("keys.settle", address_hash=digest)
