"""Where people act from any thread, while everything happens in the one loop of the server."""

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
LONGEST = 30.0  # seconds that a call from another thread may take


class Stage:
    """The server's loop, and a bell that rings whenever something may look different."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._rung = asyncio.Event()

    def enter(self) -> None:
        """Take the loop that runs now."""
        self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()

    def leave(self) -> None:
        """Have no loop any more: what is read afterwards is read directly."""
        self._loop = None

    def run(self, act: Callable[[], T]) -> T:
        """Do something in the loop; return what it returns, from whichever thread."""
        if self._loop is None or threading.get_ident() == self._thread:
            return act()

        async def acting() -> T:
            return act()

        return self.wait_for(acting())

    def wait_for(self, work: Coroutine[Any, Any, T], seconds: float = LONGEST) -> T:
        """Wait in another thread until work of the loop is done."""
        assert self._loop, "the fake does not run"
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def ring(self) -> None:
        """Let those who wait look again."""
        self._rung.set()
        self._rung = asyncio.Event()

    async def rings(self, seconds: float) -> bool:
        """Wait for the bell; return whether it rang in time."""
        try:
            await asyncio.wait_for(self._rung.wait(), max(0.0, seconds))
        except TimeoutError:
            return False
        return True


class OnStage(Protocol):
    """Who acts on a stage."""

    stage: Stage


S = TypeVar("S", bound=OnStage)


def on_stage(act: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let a method happen in the server's loop."""

    @functools.wraps(act)
    def acting(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self.stage.run(lambda: act(self, *args, **kwargs))

    return acting
