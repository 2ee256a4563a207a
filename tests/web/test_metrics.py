"""What is counted: each thing under its name, by closed sets of words, served on a port of its own."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families

from bot.app import Office, open_office
from bot.clock import MINUTE, SystemClock
from bot.errors import StoreUnavailableError
from bot.services import jobs
from bot.services.jobs import JobKind
from bot.settings import Settings
from bot.storage.store import Store, Tx
from bot.web.keys import HOUSE
from bot.web.server import listening
from bot.web.settings import ServerSettings
from bot.web.watch.metrics import Metrics
from bot.web.watch.scraping import metrics_app
from tests.tools.command import ROOT
from tests.tools.site import Site
from tests.web.guarding import serving

OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def samples(text: bytes | str) -> dict[str, float]:
    """Return every number that Prometheus reads, by name and labels."""
    told = text.decode() if isinstance(text, bytes) else text
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sample.labels.items()): sample.value
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if not sample.name.endswith(("_bucket", "_created"))
    }


class AwayStore:
    """A database that is away, or does not answer."""

    waiting = 0

    def __init__(self, *, answers: bool) -> None:
        self._answers = answers

    async def read(self, _work: object) -> None:
        if not self._answers:
            await asyncio.Event().wait()
        raise StoreUnavailableError("away")


def test_two_processes_worth_of_metrics_are_apart() -> None:
    one, other = Metrics(), Metrics()
    one.socket_opened()
    assert samples(one.text())["mburoja_sockets_open"] == 1
    assert samples(other.text())["mburoja_sockets_open"] == 0


def test_turns_are_counted_by_channel_and_outcome_with_their_time() -> None:
    metrics = Metrics()
    for outcome, seconds in (("taken", 0.02), ("taken", 0.04), ("repeated", 0.01)):
        metrics.turn("web", outcome, seconds)
    told = samples(metrics.text())
    assert told["mburoja_turns_total channel=web outcome=taken"] == 2
    assert told["mburoja_turns_total channel=web outcome=repeated"] == 1
    assert told["mburoja_turn_seconds_count channel=web"] == 3
    assert told["mburoja_turn_seconds_sum channel=web"] == pytest.approx(0.07)


def test_sockets_are_counted_in_and_out_with_their_codes_those_made_up_by_browsers_as_one() -> None:
    metrics = Metrics()
    for _ in range(5):
        metrics.socket_opened()
    for code in (1012, None, 4711, 3999):
        metrics.socket_closed(code)
    told = samples(metrics.text())
    assert told["mburoja_sockets_open"] == 1
    closed = {key.partition("code=")[2]: value for key, value in told.items() if "closed_total" in key}
    assert closed == {"1012": 1, "none": 1, "other": 2}


def test_refusals_are_counted_by_their_code() -> None:
    metrics = Metrics()
    metrics.refused("busy")
    assert samples(metrics.text())["mburoja_frames_refused_total code=busy"] == 1


@pytest.mark.asyncio
async def test_requests_are_counted_by_template_whatever_clients_make_up() -> None:  # R32
    async def well(_request: web.Request) -> web.Response:
        return web.Response()

    async with serving({"GET /policy/{company}": well}) as client:
        for number in range(20):
            await client.get(f"/policy/{number}")
            await client.get(f"/{number}")
            await client.request("PROPFIND", f"/{number}")
        told = samples(client.app[HOUSE].metrics.text())
    requests = {key: value for key, value in told.items() if key.startswith("mburoja_http_requests_total")}
    assert requests == {
        "mburoja_http_requests_total method=GET route=/policy/{company} status=200": 20,
        "mburoja_http_requests_total method=GET route=none status=404": 20,
        "mburoja_http_requests_total method=OTHER route=none status=404": 20,
    }


@pytest.mark.asyncio
async def test_a_talk_is_counted(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("a-1", "menyja")
        await socket.say("a-1", "menyja")
        told = samples(site.app[HOUSE].metrics.text())
        assert told["mburoja_sockets_open"] == 1
        assert told["mburoja_turns_total channel=web outcome=taken"] == 1
        assert told["mburoja_turns_total channel=web outcome=repeated"] == 1


@pytest.mark.asyncio
async def test_jobs_are_read_from_the_store_at_a_scrape_and_not_at_each(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.web.watch.scraping.GOOD_FOR", 120.0)
    async with open_office(settings, tmp_path / "m.db") as office:
        metrics = Metrics()
        app = metrics_app(metrics, office.store, office.clock, lambda: 7)
        async with TestClient(TestServer(app, access_log=None)) as client:

            async def scraped() -> dict[str, float]:
                answer = await client.get("/metrics")
                assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                return samples(await answer.text())

            async def add(key: str) -> None:
                now = office.clock.now()
                await office.store.transact(
                    lambda tx: jobs.add(
                        tx, office.desk, now, JobKind.SMS_SEND, {}, ordering_key=key, idempotency_key=key
                    )
                )

            await add("a")
            first = await scraped()
            assert first["mburoja_turns_waiting"] == 7
            assert (first["mburoja_jobs state=ready"], first["mburoja_jobs state=dead"]) == (1, 0)
            assert 0 <= first["mburoja_jobs_overdue_seconds"] < 60
            assert first["mburoja_audit_unsealed_seconds"] == 0
            # SQLite tells whole seconds, and tells them after we looked: at the end of one it is ahead.
            assert abs(first["mburoja_clock_ahead_seconds"]) < 60
            await add("b")
            assert (await scraped())["mburoja_jobs state=ready"] == 1  # of a moment ago
            await office.store.transact(lambda tx: _give_one_up(tx, office))
            monkeypatch.setattr("bot.web.watch.scraping.GOOD_FOR", 0.0)
            later = await scraped()
            assert (later["mburoja_jobs state=ready"], later["mburoja_jobs state=dead"]) == (1, 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("answers", [True, False])
async def test_a_database_that_is_away_leaves_the_rest_to_be_read(
    answers: bool, monkeypatch: pytest.MonkeyPatch  # noqa: FBT001  a case
) -> None:  # fmt: skip
    monkeypatch.setattr("bot.web.watch.scraping.PATIENCE", 0.05)
    metrics = Metrics()
    metrics.socket_opened()
    app = metrics_app(metrics, cast(Store, AwayStore(answers=answers)), SystemClock(), lambda: 0)
    async with TestClient(TestServer(app, access_log=None)) as client:
        told = samples(await (await client.get("/metrics")).text())
    assert told["mburoja_sockets_open"] == 1
    for name in (
        "mburoja_jobs state=ready", "mburoja_jobs_overdue_seconds", "mburoja_audit_unsealed_seconds",
        "mburoja_clock_ahead_seconds",
    ):  # fmt: skip
        assert math.isnan(told[name])


@pytest.mark.asyncio
async def test_metrics_stand_on_their_own_port_only(settings: Settings, tmp_path: Path) -> None:
    async with open_office(settings, tmp_path / "m.db") as office:
        told = ServerSettings(port=0, metrics_port=0)
        async with listening(office, told, lambda *_: None) as server, aiohttp.ClientSession() as http:
            assert server.metrics_url
            async with http.get(server.metrics_url) as answer:
                assert answer.status == 200
            async with http.get(server.metrics_url.replace("/metrics", "/healthz")) as answer:
                assert answer.status == 404
            async with http.get(f"{server.url}/metrics") as answer:
                assert answer.status == 404


def documented() -> Iterator[str]:
    for line in OPERATIONS.splitlines():
        if line.startswith("| `mburoja_"):
            yield line.split("`")[1].partition("{")[0].removesuffix("_total")


def test_every_metric_is_documented() -> None:
    families = [family.name for family in text_string_to_metric_families(Metrics().text().decode())]
    assert sorted(documented()) == sorted(families)


def _give_one_up(tx: Tx, office: Office) -> None:
    now = office.clock.now()
    (job,) = jobs.claim(tx, office.desk, now, [JobKind.SMS_SEND], 1, MINUTE)
    assert jobs.bury(tx, now, job, "sms.permanent")
