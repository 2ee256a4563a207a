"""The one thread that writes a SQLite database: group commit; knows no statement and no caller's purpose.

It takes what waits in batches: ``BEGIN IMMEDIATE``, a savepoint for each work, one ``COMMIT``, then every
caller is told. What is lost with the transaction is lost for the whole batch, and the thread goes on.
"""

import asyncio
import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from bot.errors import StoreUnavailableError
from bot.storage.sqlite.connection import BUSY_MS, SqliteTx, begin, is_lost, unavailable
from bot.storage.statements import Statements
from bot.storage.store import CLOSED, NOT_NOW, Tx, settable

BATCH = 64  # works in one transaction at most
BATCH_S = 0.005  # no work is begun later than this after its batch was
POLL_S = 0.2  # how often other processes' commits are looked for

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Turn(NamedTuple):
    """Somebody's work; ``reads``: it must not write (for a database in memory, which has one connection)."""

    work: Callable[[Tx], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    reads: bool = False


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    result: Any
    error: BaseException | None
    wrote: bool = False


class Writer:
    """Owns the connection it is given, until it was stopped."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        statements: Statements,
        on_change: Callable[[], None],
        *,
        busy_ms: int = BUSY_MS,
    ) -> None:
        """Take the connection, and what to call (in the thread) after something was committed, here or elsewhere.

        ``busy_ms``: how long another process that writes is waited for.
        """
        self._connection, self._busy_ms = connection, busy_ms
        self._statements = statements
        self._on_change = on_change
        self._queue: SimpleQueue[Turn | None] = SimpleQueue()
        self._held: Turn | None = None  # taken, and belongs into the next batch
        self._ending = False
        self._looked_at = 0.0
        self._data_version = self._others()
        self._thread = threading.Thread(target=self._serve, name="mburoja-writer", daemon=True)
        self._thread.start()

    def put(self, turn: Turn) -> None:
        """Let a work wait for its batch."""
        self._queue.put(turn)

    def waiting(self) -> int:
        """Return how many works wait."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what waits, then close the connection; blocks until then."""
        self._queue.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while not self._ending:
            try:
                turn = self._take(POLL_S)
                if turn is not None and turn.reads:
                    self._publish([self._read(turn)])
                elif turn is not None:
                    self._batch(turn)
                turn = None  # nothing of it is kept while the next one is waited for
                self._look_around()
            except Exception:  # the thread must outlive whatever happens to a batch
                _log.exception("a batch ended unexpectedly")
        while (turn := self._take(0)) is not None:
            self._publish([_Outcome(turn.future, turn.loop, None, StoreUnavailableError(CLOSED))])
        self._connection.close()

    def _take(self, wait: float) -> Turn | None:
        turn, self._held = self._held, None
        if turn is None:
            try:
                turn = self._queue.get(timeout=wait) if wait else self._queue.get_nowait()
            except Empty:
                return None
            if turn is None:
                self._ending = True
        return turn

    def _batch(self, first: Turn) -> None:
        before = self._queue.qsize()
        outcomes: list[_Outcome] = []
        try:
            begin(self._connection, busy_ms=self._busy_ms)
        except sqlite3.Error as error:
            # Whoever waited since before the BEGIN has waited as long as anybody is made to wait.
            self._fail([first, *self._drain(before)], error)
            return
        taken: list[Turn] = []
        try:
            self._run(first, taken, outcomes)
            if self._connection.in_transaction:
                self._connection.execute("COMMIT")
        except BaseException as error:
            self._fail(taken, error)
            return
        if any(outcome.wrote for outcome in outcomes):
            self._on_change()
        self._publish(outcomes)

    def _run(self, first: Turn, taken: list[Turn], outcomes: list[_Outcome]) -> None:
        """Run a batch, noting what was taken and what came of it. Raises what the transaction was lost with."""
        connection, tx = self._connection, SqliteTx(self._connection, self._statements)
        alone = self._queue.empty()  # then there are no neighbours to keep apart
        until = time.monotonic() + BATCH_S
        turn: Turn | None = first
        while turn is not None:
            if turn.reads:
                self._held = turn
                return
            taken.append(turn)
            if not turn.future.cancelled():
                outcomes.append(_attempt(connection, tx, turn, alone=alone))
            if alone or len(taken) == BATCH or time.monotonic() > until:
                return
            turn = self._take(0)

    def _read(self, turn: Turn) -> _Outcome:
        try:
            self._connection.execute("PRAGMA query_only = ON")
            try:
                return _Outcome(turn.future, turn.loop, read(self._connection, self._statements, turn.work), None)
            finally:
                self._connection.execute("PRAGMA query_only = OFF")
        except BaseException as error:
            return _Outcome(turn.future, turn.loop, None, error)

    def _drain(self, most: int) -> list[Turn]:
        turns: list[Turn] = []
        while len(turns) < most and (turn := self._take(0)) is not None:
            turns.append(turn)
        return turns

    def _fail(self, turns: list[Turn], error: BaseException) -> None:
        with contextlib.suppress(sqlite3.Error):  # then the next BEGIN fails, and this is tried again
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        _log.warning("a batch of %d was lost: %s", len(turns), type(error).__name__)
        if isinstance(error, sqlite3.Error):
            error = unavailable(error)
        told = str(error) if isinstance(error, StoreUnavailableError) else NOT_NOW
        # An error of one's own for each: they gather their callers' tracebacks.
        self._publish([_Outcome(turn.future, turn.loop, None, StoreUnavailableError(told)) for turn in turns])

    def _publish(self, outcomes: list[_Outcome]) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
        for outcome in outcomes:
            loops.setdefault(outcome.loop, []).append(outcome)
        for loop, its in loops.items():
            try:
                loop.call_soon_threadsafe(_tell, its)
            except RuntimeError:  # the loop was closed: nobody waits there any more
                _log.debug("a loop was closed before its callers were told")

    def _look_around(self) -> None:
        now = time.monotonic()
        if now - self._looked_at >= POLL_S:
            self._looked_at = now
            version = self._others()
            if version != self._data_version:
                self._data_version = version
                self._on_change()

    def _others(self) -> int:
        """Return a number that changes when another process commits; this connection's own commits do not."""
        try:
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            return self._data_version


def read(connection: sqlite3.Connection, statements: Statements, work: Callable[[Tx], T]) -> T:
    """Run a work in one transaction of a connection that cannot write. Raises what it raises."""
    try:
        connection.execute("BEGIN")
        try:
            tx = SqliteTx(connection, statements)
            result = work(tx)
            if tx.failed is not None:
                raise tx.failed
            return result
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        if is_lost(error):
            raise unavailable(error) from error
        raise
    except StopIteration as error:
        raise settable(error) from error


def _attempt(connection: sqlite3.Connection, tx: SqliteTx, turn: Turn, *, alone: bool) -> _Outcome:
    """Run one work; its own error undoes it alone. Raises StoreUnavailableError when the transaction is lost."""
    if not alone:
        connection.execute("SAVEPOINT turn")
    failure: BaseException | None = None
    result = tx.failed = None
    changes = connection.total_changes
    try:
        result = turn.work(tx)
        if tx.failed is not None:
            raise tx.failed
    except BaseException as error:  # whatever it is, it is its caller's
        failure = settable(error)
    if tx.lost is not None or not connection.in_transaction:
        raise tx.lost or StoreUnavailableError(NOT_NOW)
    if failure is not None:
        connection.execute("ROLLBACK" if alone else "ROLLBACK TO turn")
    if not alone:
        connection.execute("RELEASE turn")
    wrote = failure is None and connection.total_changes != changes
    return _Outcome(turn.future, turn.loop, result, failure, wrote)


def _tell(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        if outcome.future.done():  # its caller was cancelled
            continue
        if outcome.error is None:
            outcome.future.set_result(outcome.result)
        else:
            outcome.future.set_exception(outcome.error)
