"""The works that the contract's tests give to a store; knows no engine."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from bot.storage.store import Store, Tx
from tests.tools.races import LONGEST


def add(name: str, value: int = 0) -> Callable[[Tx], int]:
    return lambda tx: tx.run("contract.add", name=name, value=value)


def names(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.all("contract.read_all")]


def count(tx: Tx) -> int:
    row = tx.first("contract.count")
    assert row is not None
    return int(row["count"])


async def together(store: Store, *works: Callable[[Tx], Any]) -> list[Any]:
    """Run works that all wait at once, behind one that ends when they do, so that they can share a batch."""
    go = threading.Event()
    tasks = begin(store, lambda _: go.wait(LONGEST), *works)
    await asyncio.sleep(0)  # each is given to the store
    go.set()
    return (await asyncio.gather(*tasks, return_exceptions=True))[1:]


def begin(store: Store, *works: Callable[[Tx], Any]) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(store.transact(work)) for work in works]
