"""The worker of docs/worker as a process, against the real server: killed wherever, nothing is lost or done twice."""

import asyncio
import datetime as dt
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from bot.delivery.webhooks import signed
from bot.services.desk import OFFICE, Place
from bot.services.outward import webhooks
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.settings import Settings
from tests.tools.command import ROOT
from tests.tools.console import console_site
from tests.tools.ports import free_port
from tests.tools.processes import LONGEST
from tests.tools.programs import Program, filed, program, time_line
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio

WORKER = ROOT / "docs/worker/worker.py"
# What the company's own systems do: they note what they were given, and may take their time.
WORK = """
import json, pathlib, sys, time
told, folder = json.load(sys.stdin), pathlib.Path(sys.argv[1])
with (folder / "done").open("a") as noted:
    print(told.get("reference"), told.get("work", {}).get("fields"), file=noted)
while (folder / "slow").exists():
    time.sleep(0.02)
print("u krye")
"""


class Worker:
    """One worker under way."""

    def __init__(self, crm: Program, folder: Path) -> None:
        self.crm, self.folder = crm, folder
        (folder / "work.py").write_text(WORK, encoding="utf-8")
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, *arguments: str, **settings: str) -> None:
        command = f"{sys.executable} {self.folder / 'work.py'} {self.folder}"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(WORKER), *arguments,
            env={
                **os.environ, "MBUROJA_URL": self.crm.site.url, "MBUROJA_TOKEN": self.crm.token, "WORK": command,
                "APPLY": command, "LOOK_EACH": "60", **settings,
            },
        )  # fmt: skip

    async def once(self) -> None:
        """Let it do what there is to do, and end well."""
        await self.start("--once")
        await self.ended()

    async def ended(self) -> None:
        """Wait until it has ended well."""
        assert self._process
        async with asyncio.timeout(LONGEST):
            assert await self._process.wait() == 0

    async def kill(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()

    async def close(self) -> None:
        """Kill it; the work that it left ends by itself."""
        await self.kill()
        (self.folder / "slow").unlink(missing_ok=True)

    @property
    def done(self) -> list[str]:
        """What the company's systems were given, in order."""
        noted = self.folder / "done"
        return noted.read_text(encoding="utf-8").splitlines() if noted.exists() else []

    async def until(self, count: int) -> None:
        """Wait until they were given so much."""
        async with asyncio.timeout(LONGEST):
            while len(self.done) < count:
                await asyncio.sleep(0.02)

    async def lease(self) -> int:
        """Until when the one request that there is is claimed (ms)."""
        [row] = (await self.crm.get("/requests")).body["requests"]
        return int(dt.datetime.fromisoformat(row["claimed_until"]).timestamp() * 1000)

    def work_slowly(self) -> None:
        """Let the work take its time."""
        (self.folder / "slow").touch()

    def work_on(self) -> None:
        """Let it be done."""
        (self.folder / "slow").unlink()


@pytest_asyncio.fixture
async def site(settings: Settings, tmp_path: Path) -> AsyncIterator[Site]:
    async with console_site(settings, tmp_path, webhook_networks=("127.0.0.0/8",)) as made:
        yield made


@pytest_asyncio.fixture
async def worker(site: Site, tmp_path: Path) -> AsyncIterator[Worker]:
    async with program(site) as crm:
        made = Worker(crm, tmp_path)
        yield made
        await made.close()


async def test_it_does_what_waits_and_reports_and_applies_withdrawals(site: Site, worker: Worker) -> None:  # R38
    first, second = await filed(site.office, days_ago=1), await filed(site.office)
    office, now = site.office, site.clock.now()
    await site.change(
        lambda tx: events.publish(
            tx, office.desk, now, EventKind.CONSENT_WITHDRAWN, company="ipko", body={"purpose": "p", "seq": 1}
        )
    )
    await worker.once()
    assert worker.done == ["None None", f"{first} {{'what': 'adresa'}}", f"{second} {{'what': 'adresa'}}"]
    for reference in (first, second):
        assert (await time_line(office, reference))[1:] == [("program_done", "api:crm", "u krye")]
    assert (await worker.crm.get("/events?open=true&type=consent.withdrawn")).body["events"] == []
    await worker.once()
    assert len(worker.done) == 3  # nothing twice


async def test_killed_between_claim_and_report_another_takes_it_after_the_lease(site: Site, worker: Worker) -> None:
    reference = await filed(site.office)
    worker.work_slowly()
    await worker.start()
    await worker.until(1)  # claimed, and at work
    await worker.kill()
    worker.work_on()
    await worker.once()  # the lease holds: nobody works on it twice at a time
    assert len(await time_line(site.office, reference)) == 1
    assert len(worker.done) == 1
    site.clock.at += 10 * MINUTE
    await worker.once()
    assert (await time_line(site.office, reference))[1:] == [("program_done", "api:crm", "u krye")]
    assert len(worker.done) == 2  # the work itself must be repeatable
    await worker.once()
    assert len(worker.done) == 2


async def test_a_heartbeat_keeps_what_takes_long(site: Site, worker: Worker) -> None:
    reference = await filed(site.office)
    worker.work_slowly()
    await worker.start("--once", BEAT_EACH="0.05")
    await worker.until(1)
    for _ in range(3):
        site.clock.at += 9 * MINUTE
        async with asyncio.timeout(LONGEST):
            while await worker.lease() < site.clock.at + 10 * MINUTE:
                await asyncio.sleep(0.02)
    worker.work_on()
    await worker.ended()
    assert (await time_line(site.office, reference))[1:] == [("program_done", "api:crm", "u krye")]


async def test_one_that_lost_its_lease_reports_nothing(site: Site, worker: Worker) -> None:
    reference = await filed(site.office)
    worker.work_slowly()
    await worker.start("--once", BEAT_EACH="0.05")
    await worker.until(1)
    site.clock.at += 10 * MINUTE  # it was asleep, and another took over
    async with program(site, "arkivi") as other:
        lease = await other.claim(reference)
        await worker.ended()
        assert len(await time_line(site.office, reference)) == 1
        await other.post(f"/requests/{reference}/report", {"lease": lease, "state": "failed", "text": "S’u gjet"})
    worker.work_on()
    assert (await time_line(site.office, reference))[1:] == [("program_failed", "api:arkivi", "S’u gjet")]


async def test_a_webhook_wakes_it(site: Site, worker: Worker) -> None:  # R30
    office, port = site.office, free_port()
    place = Place(conversation="", channel=OFFICE, now=site.clock.now())
    url = f"http://127.0.0.1:{port}/"
    hook = await office.store.transact(
        lambda tx: webhooks.add(tx, office.desk, place, "prova", url, "ipko", [EventKind.REQUEST_FILED])
    )
    first = await filed(office)  # it looks when it starts; what comes then is told by webhook only
    await worker.start(WEBHOOK_PORT=str(port), WEBHOOK_SECRET=hook.secrets[0])
    await worker.until(1)
    second = await filed(office)
    async with asyncio.timeout(LONGEST):
        while len(worker.done) < 2:
            site.clock.at += 1_000  # what could not be posted is tried again
            await asyncio.sleep(0.1)
    assert {line.split()[0] for line in worker.done} == {first, second}


async def test_the_guides_signature_check_is_right() -> None:  # R30
    guide = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    source = guide.partition("```python\n")[2].partition("```")[0]
    space: dict[str, object] = {}
    exec(source, space)  # noqa: S102  our own guide
    assert callable(is_genuine := space["is_genuine"])
    secret, now = "whsec_c2VjcmV0", int(time.time())
    body = json.dumps({"a": "ë"}).encode()
    headers = signed([secret, "whsec_b3RoZXI="], "abc", now, body)
    assert is_genuine(secret, headers, body)
    assert not is_genuine(secret, headers, body + b" ")
    assert not is_genuine("whsec_eA==", headers, body)
    assert not is_genuine(secret, signed([secret], "abc", now - 400, body), body)
