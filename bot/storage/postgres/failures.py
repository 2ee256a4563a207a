"""What an error of PostgreSQL means for the work that met it, and what is said of it; knows no thread and no pool.

Nothing of the driver's own wording is shown: it may hold the server's address, a user's name, a value.
"""

import re
from typing import Any

import psycopg
from psycopg import errors

from bot.errors import StoreUnavailableError

BUSY = "Baza e të dhënave është e zënë; provoni prapë pas pak."
NO_ROOM = "Nuk ka më vend në disk dhe nuk u ruajt asgjë; lironi vend e provoni prapë."
READ_ONLY = "Baza e të dhënave tani vetëm lexohet dhe nuk u ruajt asgjë; provoni prapë."

# The transaction is gone by no fault of the work's: two got into each other's way.
_COLLIDED = (errors.SerializationFailure, errors.DeadlockDetected)
# A migration changed what a prepared statement gives: the same work is right with fresh plans.
_PLAN_CHANGED = errors.FeatureNotSupported
_BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.TooManyConnections)
# What the server, the network or the machine did, as against what a statement did.
_OUTSIDE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)

_AT_CONNECTING = {
    "authentication failed|no password supplied": "emri ose fjalëkalimi nuk pranohen",
    "no pg_hba.conf entry": "serveri nuk e pranon lidhjen prej këtu",
    'database ".*" does not exist': "baza me atë emër nuk ekziston",
    'role ".*" does not exist': "përdoruesi me atë emër nuk ekziston",
    "could not translate host name|name or service not known|failed to resolve host": "emri i serverit nuk gjendet",
    "connection refused|no such file or directory": "te ajo adresë nuk përgjigjet asnjë server",
    "too many clients|remaining connection slots": "serveri nuk pranon më shumë lidhje",
    "starting up|shutting down|in recovery mode": "serveri sapo po niset ose po ndalet",
    "invalid .* for connection option|invalid port": "adresa nuk lexohet",
    "certificate|SSL": "lidhja e mbrojtur (TLS) nuk u arrit",
    "closed the connection unexpectedly|connection reset": "serveri e ndërpreu lidhjen",
    "timeout|timed out": "serveri nuk u përgjigj me kohë",
}


class RunAgain(Exception):  # noqa: N818  it is no error: it asks for the work to be run again
    """The transaction was lost, surely without being kept, by no fault of the work's, which may simply be run again.

    ``fresh``: on another connection; ``lost``: because this one broke; ``told``: what is raised when it is enough.
    """

    def __init__(self, error: psycopg.Error, *, told: Exception, fresh: bool, lost: bool) -> None:
        """Take the driver's error, and what it comes to."""
        super().__init__(type(error).__name__)
        self.told, self.fresh, self.lost = told, fresh, lost


def meaning(error: psycopg.Error, connection: psycopg.Connection[Any], *, writing: bool) -> Exception:
    """Return what an error within a transaction comes to: RunAgain, StoreUnavailableError, or the error itself."""
    if isinstance(error, _COLLIDED):
        return RunAgain(error, told=StoreUnavailableError(BUSY), fresh=False, lost=False)
    if isinstance(error, _PLAN_CHANGED):
        return RunAgain(error, told=error, fresh=True, lost=False)
    if connection.closed:
        return RunAgain(error, told=unavailable(error), fresh=True, lost=True)
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return unavailable(error) if writing else error
    return unavailable(error) if isinstance(error, _OUTSIDE) else error


def unavailable(error: psycopg.Error) -> StoreUnavailableError:
    """Return what is told to whoever's work an error took with it."""
    if isinstance(error, errors.DiskFull):
        return StoreUnavailableError(NO_ROOM)
    if isinstance(error, _BUSY):
        return StoreUnavailableError(BUSY)
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreUnavailableError(READ_ONLY)
    return _away(error.sqlstate or type(error).__name__)


def unreachable(error: psycopg.Error) -> StoreUnavailableError:
    """Return what is told when no connection could be had."""
    said = str(error)
    for pattern, why in _AT_CONNECTING.items():
        if re.search(pattern, said, re.IGNORECASE):
            return _away(why)
    return _away(error.sqlstate or type(error).__name__)


def _away(why: str) -> StoreUnavailableError:
    return StoreUnavailableError(f"Baza e të dhënave nuk arrihet tani ({why}) dhe nuk u ruajt asgjë; provoni prapë.")
