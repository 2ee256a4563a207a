"""The works that the contract's tests give to a store; knows no engine."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bot.storage.store import Store, Tx


def add(name: str, value: int = 0) -> Callable[[Tx], int]:
    return lambda tx: tx.run("contract.add", name=name, value=value)


def append(name: str) -> Callable[[Tx], None]:
    return lambda tx: _first(tx, "contract.append", name=name)


def _first(tx: Tx, statement: str, **parameters: str) -> None:
    assert tx.first(statement, **parameters) is not None


def names(tx: Tx) -> list[str]:
    return [row["name"] for row in tx.all("contract.read_all")]


def count(tx: Tx) -> int:
    row = tx.first("contract.count")
    assert row is not None
    return int(row["count"])


async def together(store: Store, *works: Callable[[Tx], Any]) -> list[Any]:
    """Run works that all wait at once, behind one that takes a while, so that they can share a batch."""
    return (await asyncio.gather(*begin(store, lambda _: time.sleep(0.02), *works), return_exceptions=True))[1:]


def begin(store: Store, *works: Callable[[Tx], Any]) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(store.transact(work)) for work in works]
