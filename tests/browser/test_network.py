"""The bad network that other tests go through is as bad as it is told to be, and no worse."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.browser.network import Network
from tests.browser.shop import Page, Shop

BODY = "x" * 100_000


@pytest.fixture
def shop() -> Iterator[Shop]:
    with Shop() as opened:
        opened.put("/", Page(scripts=BODY))
        yield opened


@pytest.fixture
def network(shop: Shop) -> Iterator[Network]:
    with Network(shop.port, seed=1) as between:
        yield between


def fetched(network: Network, **headers: str) -> int:
    """Fetch the page; return its status. Raises OSError or HTTPException where that fails."""
    patience = 1 if network.weather.silent else 20  # seconds
    line = http.client.HTTPConnection("127.0.0.1", network.port, timeout=patience)
    try:
        line.request("GET", "/", headers=headers)
        answer = line.getresponse()
        assert answer.status != 200 or BODY in answer.read().decode()
        return answer.status
    finally:
        line.close()


def fails(network: Network) -> bool:
    try:
        return fetched(network) != 200
    except (OSError, http.client.HTTPException):
        return True


def test_in_good_weather_all_passes_and_fast(network: Network) -> None:
    with ThreadPoolExecutor(10) as many:
        assert not any(many.map(fails, [network] * 100))
    assert (network.counted.opened, network.counted.cut) == (100, 0)


def test_a_delay_is_felt_each_way(network: Network) -> None:
    network.weather.delay = 0.1
    times = []
    for _ in range(5):
        begun = time.monotonic()
        assert fetched(network) == 200
        times.append(time.monotonic() - begun)
    assert 0.2 <= min(times) < 1  # what else the machine does makes some of them longer


def test_some_connections_fail_and_most_do_not(network: Network) -> None:
    network.weather.failing = 0.05
    failed = sum(fails(network) for _ in range(60))
    assert 0 < failed < 60
    assert network.counted.cut == failed


def test_offline_nothing_passes_until_it_is_back(network: Network) -> None:
    network.goes(offline=True)
    assert fails(network)
    network.goes(offline=False)
    assert fetched(network) == 200


def test_a_silent_line_stays_open_and_brings_nothing(network: Network) -> None:
    network.weather.silent = True
    assert fails(network)
    network.weather.silent = False
    assert fetched(network) == 200


def test_only_websockets_are_refused(network: Network) -> None:
    network.weather.websockets = False
    assert fetched(network, Upgrade="websocket", Connection="Upgrade") == 403
    assert fetched(network) == 200
    assert network.counted.refused == 1
