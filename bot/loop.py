"""How a process with many sockets runs: the faster event loop where it installs, all the open files it may have."""

import asyncio
import contextlib
import resource
from collections.abc import Callable, Coroutine
from typing import Any


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run ``work`` to its end, with room for as many sockets as the system allows."""
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        runner.run(work)


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's; None (the standard one) where it does not install."""
    with contextlib.suppress(ImportError):
        import uvloop  # noqa: PLC0415  not there on every platform

        return uvloop.new_event_loop
    return None
