"""Tells other processes that something was committed, and hears it from them (LISTEN/NOTIFY); knows no table.

Nothing depends on a signal: one that is lost with a connection is made up for by looking again, each second.
"""

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable

import psycopg

from bot.errors import StoreUnavailableError
from bot.storage.postgres.connection import WRITING, Connection, connect

CHANNEL = "mburoja"
AT_MOST_EACH_S = 0.005  # between two signals: many commits make one
RETRY_EACH_S = 0.5  # while the server is away

_ANSWERS_WITHIN_S = 3.0  # a signal takes no time; a server that stands still must not hold closing up

_log = logging.getLogger(__name__)


class Listener:
    """One connection and one thread of its own."""

    def __init__(self, url: str, on_change: Callable[[], None]) -> None:
        """Take the server, and what to call (in the thread) when another process committed something.

        Whatever is committed from now on is heard of. Raises StoreUnavailableError.
        """
        self._url, self._on_change = url, on_change
        first = self._listening()
        self._wake, self._woken = socket.socketpair()
        for end in (self._wake, self._woken):
            end.setblocking(False)  # noqa: FBT003  the socket's own method
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, args=(first,), name="mburoja-listener", daemon=True)
        self._thread.start()

    def tell(self) -> None:
        """Tell the other processes, soon, that something was committed here."""
        with contextlib.suppress(OSError):  # it is full: told already
            self._wake.send(b"\0")

    def stop(self) -> None:
        """End the thread and its connection; blocks until then."""
        self._ending.set()
        self.tell()
        self._thread.join()
        self._wake.close()
        self._woken.close()

    def _listening(self) -> Connection:
        connection = connect(self._url, WRITING, purpose="listener")
        connection.answers_within = _ANSWERS_WITHIN_S
        try:
            connection.execute("SET synchronous_commit = off")  # a signal need not be on the disk
            connection.execute(f"LISTEN {CHANNEL}")
        except BaseException:
            connection.close()
            raise
        return connection

    def _serve(self, first: Connection) -> None:
        connection: Connection | None = first
        while not self._ending.is_set():
            try:
                if connection is None:
                    connection = self._listening()
                    self._on_change()  # something may have been missed
                self._follow(connection)
            except (psycopg.Error, StoreUnavailableError, OSError) as error:  # OSError: no file is free
                _log.debug("no signals: %s", type(error).__name__)
                if connection is not None:
                    connection.close()
                    connection = None
                self._ending.wait(RETRY_EACH_S)
        if connection is not None:
            connection.close()

    def _follow(self, connection: Connection) -> None:
        own = connection.info.backend_pid
        # Not select(): a server with a thousand customers has files numbered past what that can take.
        with selectors.DefaultSelector() as ready:
            ready.register(connection.fileno(), selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._ending.is_set():
                woken = [key.fileobj for key, _ in ready.select()]
                if self._woken in woken:
                    self._drain()
                    connection.execute(f"NOTIFY {CHANNEL}")
                    time.sleep(AT_MOST_EACH_S)
                others = [signal for signal in connection.notifies(timeout=0) if signal.pid != own]
                if others:
                    self._on_change()

    def _drain(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass
