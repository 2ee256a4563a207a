"""Webhooks brought to a real receiver: signed, tried again by the schedule, and never into a private network."""

import asyncio
import contextlib
import datetime as dt
import ipaddress
import itertools
import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from standardwebhooks.webhooks import Webhook as Check
from standardwebhooks.webhooks import WebhookVerificationError

from bot.clock import DAY, HOUR, MINUTE, SECOND
from bot.delivery.house import Chore
from bot.delivery.outside import Outside, is_outside
from bot.delivery.webhooks import Poster
from bot.delivery.worker import Worker
from bot.services import jobs
from bot.services.outward import webhooks
from bot.services.outward.webhooks import Webhook
from bot.services.records import events
from bot.services.records.events import EventKind
from tests.delivery.working import House, sms, until
from tests.tools.desks import place
from tests.tools.engines import looking

pytestmark = pytest.mark.asyncio

OWN = (ipaddress.ip_network("127.0.0.0/8"),)
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Receiver:
    """A receiver of webhooks that listens; ``answers`` says how, ``taken`` is what it got."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers = 204, dict[str, str]()
        self.waits: asyncio.Event | None = None
        self.url = ""

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append((dict(request.headers), await request.read()))
        if self.waits:
            await self.waits.wait()
        return web.Response(status=self.status, headers=self.headers)


class Names(AbstractResolver):
    """Resolves every name to the addresses of its next turn."""

    def __init__(self, *turns: Sequence[str]) -> None:
        self.turns = list(turns)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002  the port's
    ) -> list[ResolveResult]:
        addresses = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        return [
            ResolveResult(
                hostname=host, host=each, port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET6 if ":" in each else socket.AF_INET,
            )
            for each in addresses
        ]  # fmt: skip

    async def close(self) -> None:
        return None


class Post:
    """A house whose worker posts webhooks."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.worker = self.posting(Outside(OWN))

    def posting(self, outside: Outside, patience: float = 15.0) -> Worker:
        house = self.house
        return Worker(
            house.store, house.desk, house.clock,
            sms=house.phone, directory=house.register, heads_path=house.heads,
            more=Poster(house.store, house.desk, house.clock, outside, patience).handlers(),
            chores=[Chore(name="w", seconds=1, work=lambda tx, now: webhooks.fan_out(tx, house.desk, now))],
        )  # fmt: skip

    async def hook(self, url: str, *kinds: EventKind) -> Webhook:
        """Add a webhook."""
        house = self.house
        return await house.store.transact(
            lambda tx: webhooks.add(tx, house.desk, place(house.clock.at), "prova", url, "alfa", kinds)
        )

    async def publish(
        self, kind: EventKind = EventKind.CONSENT_WITHDRAWN, company: str = "alfa", /, **body: object
    ) -> str:
        """Write an event; returns its id."""
        house, now = self.house, self.house.clock.at
        await house.store.transact(
            lambda tx: events.publish(tx, house.desk, now, kind, company=company, body={"purpose": "offers", **body})
        )
        return str(house.rows("SELECT id FROM events ORDER BY seq DESC LIMIT 1")[0]["id"])

    async def round(self, worker: Worker | None = None) -> None:
        """Make jobs of the events, and do what is due."""
        await self.worker.house.do_chores()
        await (worker or self.worker).drain(30)

    async def state(self, identity: str) -> Webhook:
        house = self.house
        found = await house.store.read(lambda tx: webhooks.load(tx, house.desk, house.clock.at, identity))
        assert found
        return found

    @property
    def sendings(self) -> list[tuple[str, int, str | None]]:
        """State, tries and error of each posting, in the order of the events."""
        rows = self.house.rows("SELECT state, attempts, error FROM jobs WHERE kind = 'webhook.send' ORDER BY rowid")
        return [(row["state"], row["attempts"], row["error"]) for row in rows]


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    house = House(tmp_path)
    house.clock.at = int(dt.datetime.now(dt.UTC).timestamp() * 1000)  # receivers compare the time with theirs
    yield Post(house)
    await house.store.close()


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    async with listening(made.take) as made.url:
        yield made


@contextlib.asynccontextmanager
async def listening(take: Answering) -> AsyncIterator[str]:
    """Listen somewhere on this machine; gives the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    finally:
        await runner.cleanup()


async def test_an_event_comes_signed_as_standard_webhooks_says(post: Post, receiver: Receiver) -> None:  # R30
    hook = await post.hook(receiver.url)
    event = await post.publish(words="Ë ç")
    await post.round()
    [(headers, body)] = receiver.taken
    told = Check(hook.secrets[0]).verify(body, headers)
    assert (told["id"], told["type"], told["company"]) == (event, "consent.withdrawn", "alfa")
    assert told["data"] == {"purpose": "offers", "words": "Ë ç"}
    lower = {name.lower(): value for name, value in headers.items()}
    assert (lower["webhook-id"], lower["content-type"]) == (event, "application/json")
    with pytest.raises(WebhookVerificationError):
        Check(hook.secrets[0]).verify(body.replace(b"alfa", b"beta"), headers)
    assert post.sendings == [("done", 1, None)]


async def test_while_a_secret_is_rotated_both_sign_and_then_the_new_one_only(  # R30
    post: Post, receiver: Receiver
) -> None:
    old, house = await post.hook(receiver.url), post.house
    at = place(house.clock.at)
    new = await house.store.transact(lambda tx: webhooks.rotate(tx, house.desk, at, "prova", old.id))
    assert new.secrets == (new.secrets[0], old.secrets[0])
    await post.publish()
    await post.round()
    headers, body = receiver.taken[0]
    for secret in new.secrets:
        Check(secret).verify(body, headers)
    house.clock.at += DAY
    await post.publish()
    await post.round()
    assert len(receiver.taken[1][0]["webhook-signature"].split()) == 1
    assert (await post.state(old.id)).secrets == new.secrets[:1]


async def test_each_webhook_gets_what_it_wants_of_its_company_from_its_beginning_on(
    post: Post, receiver: Receiver
) -> None:
    house = post.house
    await post.publish()  # before there was any webhook
    await post.round()
    every, some = await post.hook(receiver.url), await post.hook(receiver.url + "/2", EventKind.REQUEST_FILED)
    event = await post.publish()
    now = house.clock.at
    for company in ("alfa", "beta"):
        await post.publish(EventKind.REQUEST_FILED, company, of=company)
    await post.round()
    await post.round()
    assert sorted((m["type"], m["data"].get("of")) for m in receiver.messages) == [
        ("consent.withdrawn", None), ("request.filed", "alfa"), ("request.filed", "alfa"),
    ]  # fmt: skip
    assert event in {message["id"] for message in receiver.messages}
    await house.store.transact(lambda tx: webhooks.disable(tx, house.desk, place(now), "prova", every.id))
    await post.publish()
    await post.round()
    assert len(receiver.taken) == 3
    await house.store.transact(lambda tx: webhooks.enable(tx, house.desk, place(now), "prova", every.id))
    await post.publish()
    await post.round()
    assert len(receiver.taken) == 4  # what came meanwhile waits at GET /events
    assert (await post.state(some.id)).kinds == {EventKind.REQUEST_FILED}


async def test_a_receiver_that_fails_is_tried_ten_times_over_three_days_then_people_are_told(  # R30
    post: Post, receiver: Receiver
) -> None:
    receiver.status = 500
    hook, house = await post.hook(receiver.url), post.house
    event = await post.publish()
    began = house.clock.at
    tried = []
    for _ in range(400):
        before = len(receiver.taken)
        await post.round()
        if any(message["id"] == event for message in receiver.messages[before:]):
            tried.append(house.clock.at - began)
        waiting = house.rows("SELECT not_before FROM jobs WHERE state = 'ready' AND kind = 'webhook.send'")
        if post.sendings[0][0] == "dead" or not waiting:
            break
        house.clock.at = max(house.clock.at, min(int(row["not_before"]) for row in waiting))
    waits = [later - earlier for earlier, later in itertools.pairwise(tried)]
    assert waits == [
        5 * SECOND,
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
    ]
    assert post.sendings[0] == ("dead", 10, "webhook.500")
    assert tried[-1] > 75 * HOUR
    assert (await post.state(hook.id)).disabled_at is None
    told = [row["kind"] for row in house.rows("SELECT kind FROM events ORDER BY seq")]
    assert told == ["consent.withdrawn", "escalation.opened", "alarm.raised"]
    assert house.rows("SELECT COUNT(*) AS open FROM events WHERE acknowledged_at IS NULL") == [{"open": 3}]


async def test_what_fails_together_is_one_alarm_a_day(post: Post, receiver: Receiver) -> None:
    receiver.status = 500
    await post.hook(receiver.url)
    for at in range(5):
        await post.publish(at=at)
    await post.round()
    house = post.house
    for wait in jobs.SCHEDULES[jobs.JobKind.WEBHOOK_SEND]:
        house.clock.at += wait
        await post.worker.drain(30)
    assert [state for state, _, _ in post.sendings] == ["dead"] * 5
    assert len(house.rows("SELECT seq FROM events WHERE kind = 'alarm.raised'")) == 1


async def test_a_receiver_that_was_down_for_a_day_gets_everything_once_in_the_end(  # R30
    post: Post, receiver: Receiver
) -> None:
    house = post.house
    await post.hook(receiver.url)
    receiver.status = 503
    published = []
    for _ in range(24):
        published.append(await post.publish())
        await post.round()
        house.clock.at += HOUR
    receiver.status, failed = 200, len(receiver.taken)
    for _ in range(60):
        await post.round()
        house.clock.at += HOUR
    assert [state for state, _, _ in post.sendings] == ["done"] * 24
    assert sorted(message["id"] for message in receiver.messages[failed:]) == sorted(published)


async def test_one_that_is_gone_gets_nothing_more_and_people_are_told(post: Post, receiver: Receiver) -> None:  # R30
    receiver.status = 410
    hook = await post.hook(receiver.url)
    await post.publish()
    await post.round()
    assert ((await post.state(hook.id)).disabled_at, (await post.state(hook.id)).disabled_why) == (
        post.house.clock.at, "410",
    )  # fmt: skip
    await post.publish()
    await post.round()
    assert len(receiver.taken) == 1
    assert [row["kind"] for row in post.house.rows("SELECT kind FROM events WHERE kind = 'alarm.raised'")] != []
    assert "webhook.disabled" in post.house.acts()


async def test_one_that_is_slow_or_sends_elsewhere_has_not_taken_it(post: Post, receiver: Receiver) -> None:
    await post.hook(receiver.url)
    receiver.waits = asyncio.Event()
    await post.publish()
    await post.round(post.posting(Outside(OWN), patience=0.1))
    assert post.sendings == [("ready", 1, "webhook.slow")]
    receiver.waits.set()
    receiver.waits = None
    for status in (302, 307, 404):
        receiver.status, receiver.headers = status, {"Location": receiver.url + "/elsewhere"}
        before = len(receiver.taken)
        await post.publish()
        await post.round()
        assert post.sendings[-1] == ("ready", 1, f"webhook.{status}")
        assert len(receiver.taken) == before + 1  # nobody went on


async def test_one_that_fails_holds_up_no_other(post: Post, receiver: Receiver) -> None:
    await post.hook("http://127.0.0.1:9/nobody")
    await post.hook(receiver.url)
    for _ in range(3):
        await post.publish()
    await post.round()
    assert len(receiver.taken) == 3
    assert sorted(state for state, _, _ in post.sendings) == ["done"] * 3 + ["ready"] * 3


async def test_a_receiver_that_hangs_keeps_no_room_of_a_code(post: Post, receiver: Receiver) -> None:  # R52
    receiver.waits = asyncio.Event()
    await post.hook(receiver.url)
    for _ in range(20):
        await post.publish()
    await post.worker.house.do_chores()
    draining = asyncio.create_task(post.worker.drain(30))
    await until(lambda: len(receiver.taken) == 8)
    await sms(post.house, "k", "Kodi")
    await post.worker.run_once()
    assert [text for _, text in post.house.phone.taken] == ["Kodi"]
    assert len(receiver.taken) == 8
    receiver.waits.set()
    await draining
    assert len(receiver.taken) == 20


async def test_jobs_hold_ids_only_and_the_log_no_address(
    post: Post, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    receiver.status = 500
    hook = await post.hook(receiver.url + "?key=secret-of-theirs")
    await post.publish(contact="+38344000101")
    await post.worker.house.do_chores()
    house = post.house
    claimed = await house.store.transact(
        lambda tx: jobs.claim(tx, house.desk, house.clock.at, [jobs.JobKind.WEBHOOK_SEND], 9, SECOND)
    )
    assert set(claimed[0].payload) == {"webhook", "event", "company"}
    house.clock.at += SECOND
    await post.round()
    assert receiver.taken
    with looking(house.path) as tables:
        stored = tables.everything()
    for word in ("+38344000101", "secret-of-theirs", hook.secrets[0]):
        assert word not in caplog.text + stored


async def test_private_addresses_are_refused_however_they_are_written(post: Post, receiver: Receiver) -> None:  # R30
    port = receiver.url.split(":")[2].split("/")[0]
    inside = ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "localhost")  # noqa: S104
    for host in (*inside, "127.1", "2130706433"):
        for scheme in ("http", "https"):
            await post.hook(f"{scheme}://{host}:{port}/")
    await post.publish()
    await post.round(post.posting(Outside()))
    assert receiver.taken == []
    told = sorted(str(error) for _, _, error in post.sendings)  # webhooks come in no order
    assert told == ["webhook.address"] * 10 + ["webhook.unreachable"] * 4  # the last ones are addresses in no way


async def test_a_name_that_leads_inside_the_second_time_leads_nowhere(post: Post, receiver: Receiver) -> None:  # R30
    port = receiver.url.split(":")[2].split("/")[0]
    await post.hook(f"https://rebinding.example:{port}/")
    await post.publish()
    for turns in (["127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "169.254.169.254"]):
        await post.round(post.posting(Outside((), Names(turns))))
        assert post.sendings[0][2] == "webhook.address"
        post.house.clock.at += DAY
    assert receiver.taken == []


@pytest.mark.parametrize("scheme", ["http", "HTTP"])
async def test_what_is_not_encrypted_goes_into_ones_own_networks_only(  # R30
    post: Post, receiver: Receiver, scheme: str
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    await post.hook(f"{scheme}://outside.example:{port}/")
    await post.publish()
    await post.round(post.posting(Outside(OWN, Names(["8.8.8.8"]))))
    assert post.sendings[0][2] == "webhook.address"
    post.house.clock.at += DAY
    await post.round(post.posting(Outside(OWN, Names(["8.8.8.8", "127.0.0.1"]))))
    assert len(receiver.taken) == 1


@pytest.mark.parametrize(
    ("address", "outside"),
    [
        ("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False), ("fe80::1", False),
        ("fc00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("2001::1", False), ("fec0::1", False),
        ("::10.0.0.1", False),
    ],
)  # fmt: skip
async def test_outside_is_what_anybody_can_reach(address: str, outside: bool) -> None:  # noqa: FBT001  # R30
    assert is_outside(ipaddress.ip_address(address)) is outside


async def test_an_event_that_is_written_while_jobs_are_made_is_not_missed(post: Post, receiver: Receiver) -> None:
    await post.hook(receiver.url)
    published = list(await asyncio.gather(*(post.publish() for _ in range(450)), post.worker.house.do_chores()))
    await post.worker.house.do_chores()
    assert len(post.sendings) == len(published) - 1
