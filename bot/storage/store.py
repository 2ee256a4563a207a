"""The store's contract: transactions, reads, and being told of changes; knows no engine and no table.

A ``Tx`` runs named statements (``sql/<file>.sql``, ``-- name:``), never text put together in code. Engines
keep the same contract, proven by one suite (``tests/contract``).
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

CLOSED = "Baza e të dhënave është mbyllur."
NOT_NOW = "Baza e të dhënave nuk shkruan tani dhe nuk u ruajt asgjë; provoni prapë."
UNKNOWN = (
    "Lidhja me bazën e të dhënave u ndërpre gjatë ruajtjes dhe nuk dihet nëse u ruajt; "
    "provoni prapë: i njëjti mesazh nuk merret dy herë."
)
Value = str | int | None


class Row(Protocol):
    """One row of a result; columns by name."""

    def __getitem__(self, column: str, /) -> Any:
        """Return a column's value."""
        ...


class Tx(Protocol):
    """An open transaction. Statements are named ``<file>.<name>``; parameters go by keyword."""

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        """Run a statement and return every row of its result, in its order."""
        ...

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        """Run a statement and return its first row, or None."""
        ...

    def run(self, statement: str, /, **parameters: Value) -> int:
        """Run a statement and return how many rows it changed."""
        ...


class Store(Protocol):
    """A database.

    ``transact`` runs ``work`` in a transaction and returns its result once that is committed (on SQLite
    with fsync). ``work`` may run again, so it has no effect outside the transaction. An error that it
    raises undoes its own statements only and comes back to its caller; so does an error of a statement,
    even where ``work`` went on after it. A commit that fails (disk full, connection lost) raises
    StoreUnavailableError to every caller whose work was in it, and nothing of it is kept; where nobody can
    tell whether it was, OutcomeUnknownError. A caller that awaits sees its works done in their order; works
    that wait at the same time may run side by side. Who is cancelled before its work was begun gets it not done.
    """

    @property
    def waiting(self) -> int:
        """How many works wait to be begun."""
        ...

    async def transact(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` and commit. Raises what ``work`` raises, or StoreUnavailableError."""
        ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` on a connection that cannot write; it sees one consistent, committed state."""
        ...

    async def changed(self, timeout: float) -> bool:
        """Wait until something was committed since the last call (or ``timeout`` seconds); tell which."""
        ...

    async def close(self) -> None:
        """Finish what is under way, then close every connection. Idempotent."""
        ...


def settable(error: BaseException) -> BaseException:
    """Return an error that a future takes: it refuses StopIteration."""
    return RuntimeError("a work raised StopIteration") if isinstance(error, StopIteration) else error
