"""Two replicas that the quick tests share, and an empty town for those that stop and kill some."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.replicas.replicas import Town, town
from tests.tools import postgres


@pytest.fixture(scope="package")
def two(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two replicas: one only serves, the other does everything."""
    url = postgres_server.database()
    with town(url, tmp_path_factory.mktemp("two")) as made:
        made.replicas_of("all", "web")
        yield made
    postgres_server.drop(url)


@pytest.fixture
def place(postgres_url: str, tmp_path: Path) -> Iterator[Town]:
    """An empty database, no replica yet."""
    with town(postgres_url, tmp_path) as made:
        yield made
