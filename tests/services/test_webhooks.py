"""Webhooks as they are kept: sealed, logged, and each event made one job for each, whatever happens between."""

from collections.abc import Callable

import pytest

from bot.clock import DAY
from bot.errors import NotAllowedError
from bot.services.outward import webhooks
from bot.services.outward.webhooks import Webhook
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.storage.store import Row, Tx, Value
from tests.services.acting import House, made_up_house
from tests.tools.desks import NOW, place

URL = "https://www.shembull.example/mburoja"


def added(house: House, url: str = URL) -> Webhook:
    """Add a webhook of all events."""
    return webhooks.add(house.tx, house.desk, place(NOW), "zana", url, "alfa")


def published(house: House, count: int = 1) -> None:
    """Write events."""
    for at in range(count):
        body = {"purpose": f"p{at}"}
        events.publish(house.tx, house.desk, NOW, EventKind.CONSENT_WITHDRAWN, company="alfa", body=body)


def test_address_and_secret_are_sealed_and_every_change_is_logged() -> None:
    house = made_up_house()
    hook = added(house)
    webhooks.rotate(house.tx, house.desk, place(NOW), "zana", hook.id)
    assert webhooks.disable(house.tx, house.desk, place(NOW), "zana", hook.id)
    assert not webhooks.disable(house.tx, house.desk, place(NOW), "zana", hook.id)
    assert webhooks.enable(house.tx, house.desk, place(NOW), "zana", hook.id)
    assert not webhooks.enable(house.tx, house.desk, place(NOW), "zana", hook.id)
    kept = str(house.rows("webhooks")) + str(house.rows("audit"))
    assert "shembull" not in kept
    assert hook.secrets[0] not in kept
    assert [row["act"] for row in house.rows("audit")] == [
        "webhook.added", "webhook.changed", "webhook.disabled", "webhook.changed",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "url",
    ["", "www.shembull.example", "ftp://shembull.example", "https://", "https://a:b@shembull.example", "https://[::1",
     "https://shembull.example/#part", "https://shembull.example/ a", "https://shembull.example:99999/",
     "https://shembull.example/" + "a" * 2_000, "file:///etc/hosts"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(NotAllowedError):
        added(made_up_house(), url)


def test_each_event_is_one_job_for_each_webhook_however_often_it_is_looked_at() -> None:  # R30
    house = made_up_house()
    one, two = added(house), added(house)
    published(house, 3)
    assert webhooks.fan_out(house.tx, house.desk, NOW) == 3
    assert webhooks.fan_out(house.tx, house.desk, NOW) == 0
    keys = {row["ordering_key"] for row in house.rows("jobs")}
    assert keys == {f"webhook:{hook.id}:{row['id']}" for hook in (one, two) for row in house.rows("events")}
    # A cursor that was lost brings no job twice.
    house.tx.run("webhooks.move_cursor", name="webhooks", value=0)
    webhooks.fan_out(house.tx, house.desk, NOW)
    assert len(house.rows("jobs")) == 6


def test_what_nobody_wants_is_passed_over() -> None:
    house = made_up_house()
    published(house, 500)
    assert webhooks.fan_out(house.tx, house.desk, NOW) == 0
    hook = added(house)
    published(house)
    assert webhooks.fan_out(house.tx, house.desk, NOW) == 1
    assert [row["ordering_key"].split(":")[1] for row in house.rows("jobs")] == [hook.id]


def test_what_was_written_before_a_webhook_is_not_its_even_where_it_waits_for_another() -> None:
    house = made_up_house()
    first = added(house)
    published(house)
    added(house)
    webhooks.fan_out(house.tx, house.desk, NOW)
    assert [row["ordering_key"].split(":")[1] for row in house.rows("jobs")] == [first.id]


def test_people_are_told_once_a_day_of_each_and_never_without_end() -> None:
    house = made_up_house()
    hook = added(house)
    for day in range(3):
        for _ in range(5):
            webhooks.given_up(house.tx, house.desk, NOW + day * DAY, hook.id, "webhook.500")
    assert [row["kind"] for row in house.rows("events")] == ["escalation.opened", "alarm.raised"] * 3
    webhooks.given_up(house.tx, house.desk, NOW, "nobody", "webhook.500")
    assert len(house.rows("events")) == 6


class Between(Tx):
    """A transaction beside which another one commits, once, between two of its reads."""

    def __init__(self, tx: Tx, other: Callable[[], None] | None) -> None:
        self.tx, self.other = tx, other

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        return self.tx.first(statement, **parameters)

    def run(self, statement: str, /, **parameters: Value) -> int:
        return self.tx.run(statement, **parameters)

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        found = self.tx.all(statement, **parameters)
        if statement in {"webhooks.posted_to", "webhooks.events_after"} and self.other:
            other, self.other = self.other, None
            other()
        return found


@pytest.mark.parametrize("hooks", [0, 1])
def test_a_webhook_that_is_added_while_events_are_looked_at_misses_none_after_it(hooks: int) -> None:  # R30
    house = made_up_house()
    for _ in range(hooks):
        added(house)

    def meanwhile() -> None:
        added(house)
        published(house)

    here = Between(house.tx, meanwhile)
    for _ in range(2):
        webhooks.fan_out(here, house.desk, NOW)
    assert len(house.rows("jobs")) == hooks + 1
