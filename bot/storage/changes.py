"""Who waits in this process for a commit, and which commits they know of; knows no engine."""

import asyncio
import contextlib
import threading
import weakref
from typing import Any


class Changes:
    """Told by whatever thread committed, or learnt of another process's commit; waited for by tasks of any loop."""

    def __init__(self) -> None:
        """Nobody waits, nothing was committed."""
        self._lock = threading.Lock()
        self._count = 0
        self._last = 0
        self._seen: weakref.WeakKeyDictionary[asyncio.Task[Any], int] = weakref.WeakKeyDictionary()
        self._waiting: dict[asyncio.Future[None], asyncio.AbstractEventLoop] = {}

    def tell(self) -> None:
        """Wake everybody who waits."""
        with self._lock:
            self._count += 1
            waiting, self._waiting = self._waiting, {}
        for future, loop in waiting.items():
            with contextlib.suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(_wake, future)

    async def wait(self, timeout: float) -> bool:
        """Wait until there was a commit that this task does not know of, or ``timeout`` seconds; tell which."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        assert task is not None  # noqa: S101  a coroutine runs in a task
        seen = self._seen.get(task, self._last)
        future: asyncio.Future[None] = loop.create_future()
        with self._lock:
            if self._count == seen:
                self._waiting[future] = loop
            else:
                future.set_result(None)
        try:
            await asyncio.wait([future], timeout=timeout)
        finally:
            with self._lock:
                self._waiting.pop(future, None)
        self._seen[task] = self._last = self._count
        return self._count != seen


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
