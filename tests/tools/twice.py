"""A store that runs every work twice: what an engine does that lost a transaction to a deadlock; knows no engine."""

import contextlib
from collections.abc import Callable
from typing import TypeVar

from bot.storage.store import Row, Store, Tx, Value

T = TypeVar("T")


class _Undone(Exception):  # noqa: N818  it is no error: it takes the first run back
    """The first run is over."""


class Rehearsal(Tx):
    """The ``tx`` of a first run: who notes in a test what was done does not note what is undone."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        return self._tx.all(statement, **parameters)

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        return self._tx.first(statement, **parameters)

    def run(self, statement: str, /, **parameters: Value) -> int:
        return self._tx.run(statement, **parameters)


class TwiceStore(Store):
    """Another store; of each work the first run is undone, and the second kept."""

    def __init__(self, real: Store) -> None:
        self.real = real

    @property
    def waiting(self) -> int:
        return self.real.waiting

    async def transact(self, work: Callable[[Tx], T]) -> T:
        def first(tx: Tx) -> None:
            work(Rehearsal(tx))
            raise _Undone

        with contextlib.suppress(Exception):  # what the second run ends with is what its caller is told
            await self.real.transact(first)
        return await self.real.transact(work)

    async def read(self, work: Callable[[Tx], T]) -> T:
        return await self.real.read(work)

    async def changed(self, timeout: float) -> bool:
        return await self.real.changed(timeout)

    async def close(self) -> None:
        await self.real.close()
