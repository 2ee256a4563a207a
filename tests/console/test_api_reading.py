"""What programs read: their company's, row by row without words, and words only for who works."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from bot.clock import DAY, moment
from bot.policy.actions import Action
from bot.services.programs.tokens import Scope
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.storage.store import Tx
from tests.console.casing import audited
from tests.tools.programs import WORDS, Program, filed, program
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio


def publishing(site: Site, kind: EventKind, company: str = "ipko", /, **body: object) -> Callable[[Tx], int]:
    """Write an event."""
    now = site.clock.now()
    return lambda tx: events.publish(tx, site.office.desk, now, kind, company=company, body=body)


async def views(site: Site) -> list[dict[str, Any]]:
    """What the log has of readings."""
    bodies = [json.loads(body) for body in await audited(site)]
    return [body for body in bodies if body["act"] == "case.viewed"]


async def references(one: Program, path: str) -> list[str]:
    """The numbers of every page from a path on."""
    found: list[str] = []
    following: str | None = path
    while following:
        told = await one.get(following)
        assert told.status == 200, told.body
        found += [row["reference"] for row in told.body["requests"]]
        following = told.body["next"]
        assert told.headers.get("Link", "") == (f'<{following}>; rel="next"' if following else "")
    return found


async def test_rows_have_no_word_and_no_contact_and_are_of_ones_own_company(site: Site) -> None:
    mine, theirs = await filed(site.office), await filed(site.office, "paysera")
    async with program(site, scopes=[Scope.REQUESTS_READ]) as crm:
        told = await crm.get("/requests")
        [row] = told.body["requests"]
        assert row["reference"] == mine
        assert (row["kind"], row["state"], row["identity"]) == ("dsar_rectification", "received", "pending")
        assert row["received_at"] == "2026-03-05T09:00:00Z"
        whole = await crm.get(f"/requests/{mine}")
        assert whole.body["work"] is None
        assert [entry["kind"] for entry in whole.body["time_line"]] == ["filed"]
        for each in (told, whole):
            assert WORDS not in json.dumps(each.body, ensure_ascii=False)
            assert "filan@" not in json.dumps(each.body)
        assert (await crm.get(f"/requests/{theirs}")).problem == "not-found"
    async with program(site) as crm:
        for path in ("", "/claim", "/heartbeat", "/release", "/report"):
            order = {"lease": "x", "state": "done"} if path == "/report" else {"lease": "x"}
            for reference in (theirs, "7K2Q-9FXA-8"):
                where = f"/requests/{reference}{path}"
                told = await (crm.post(where, {} if path == "/claim" else order) if path else crm.get(where))
                assert (told.status, told.problem) == (404, "not-found"), where


async def test_who_works_gets_the_words_and_that_is_logged(site: Site) -> None:  # R39
    reference = await filed(site.office)
    async with program(site, scopes=[Scope.REQUESTS_READ]) as reader:
        await reader.get(f"/requests/{reference}")
    async with program(site) as crm:
        told = await crm.get(f"/requests/{reference.lower().replace('-', '')}")
        assert told.body["work"]["fields"] == {"what": "adresa"}
        assert [said["text"] for said in told.body["work"]["words"]] == [WORDS]
        assert "filan@" not in json.dumps(told.body)
    assert [(body["details"]["who"], body["reference"]) for body in await views(site)] == [("api:crm", reference)]


async def test_pages_stay_as_they_are_while_rows_come(site: Site) -> None:
    first = [await filed(site.office, days_ago=days) for days in (9, 9, 7, 5, 3, 1)]
    async with program(site) as crm:
        told = await crm.get("/requests?limit=2")
        shown = [row["reference"] for row in told.body["requests"]]
        late = await filed(site.office, days_ago=12)  # entered late: it stands before what was read
        coming = await filed(site.office)
        rest = await references(crm, told.body["next"])
        assert shown == sorted(first[:2])
        assert rest == [*first[2:], coming]
        assert await references(crm, "/requests?limit=1") == [late, *shown, *rest]


async def test_the_queue_is_sifted(site: Site) -> None:
    office = site.office
    old = await filed(office, days_ago=60, action=Action.COMPLAINT)
    new, closed, taken = await filed(office, days_ago=2), await filed(office), await filed(office, days_ago=1)
    now = site.clock.now()
    await site.change(lambda tx: tx.run("requests.take_back", reference=closed, now=now))
    await site.change(lambda tx: tx.run("backoffice.take", reference=taken, who="zana"))
    day = moment(now).date().isoformat()
    async with program(site) as crm:
        expected = {
            "": [old, new, taken],
            "?late=true": [old],
            "?late=false": [new, taken],
            "?kind=complaint": [old],
            f"?due_before={day}": [old],
            "?state=received": [old, new],
            "?state=in_progress&taken_by=zana": [taken],
            "?taken_by=agron": [],
            "?state=withdrawn": [closed],
            "?state=withdrawn&late=true": [],
            "?state=withdrawn&reported=true": [],
            "?state=answered": [],
        }
        for asked, found in expected.items():
            assert await references(crm, f"/requests{asked}") == found, asked
        [row] = (await crm.get("/requests?late=true")).body["requests"]
        assert row["late"] is True
        assert (await crm.get("/requests?state=withdrawn")).body["requests"][0]["late"] is False


async def test_events_come_in_their_order_without_a_gap(site: Site) -> None:
    for at in range(5):
        await site.change(publishing(site, EventKind.CONSENT_WITHDRAWN, purpose=f"p{at}", seq=1))
    await site.change(publishing(site, EventKind.CONSENT_WITHDRAWN, "paysera", purpose="theirs", seq=1))
    await site.change(publishing(site, EventKind.MARKETING_STOPPED, kind="email", contact="a@shembull.example"))
    async with program(site, scopes=[Scope.EVENTS_READ]) as crm:
        page = await crm.get("/events?limit=4&open=true")
        assert [event["data"]["purpose"] for event in page.body["events"]] == ["p0", "p1", "p2", "p3"]
        rest = await crm.get(page.body["next"])
        assert [event["type"] for event in rest.body["events"]] == ["consent.withdrawn", "marketing.stopped"]
        assert rest.body["next"] is None
        last = rest.body["events"][-1]["seq"]
        assert (await crm.get(f"/events?after={last}")).body["events"] == []
        assert (await crm.get("/events?open=false")).body["events"] == []
        assert len((await crm.get("/events?type=marketing.stopped")).body["events"]) == 1
    # Of the five readings two gave somebody's address (R39).
    assert [body["details"]["events"] for body in await views(site)] == [1, 1]


async def test_a_withdrawal_is_acknowledged_once_and_the_first_name_stands(site: Site) -> None:  # R38
    await site.change(publishing(site, EventKind.CONSENT_WITHDRAWN, purpose="p", seq=1))
    await site.change(publishing(site, EventKind.CONSENT_WITHDRAWN, "paysera", purpose="p", seq=1))
    async with program(site, "crm") as crm, program(site, "other") as other, program(site, company="paysera") as them:
        [event] = (await crm.get("/events?open=true")).body["events"]
        [theirs] = (await them.get("/events?open=true")).body["events"]
        assert (await crm.post(f"/events/{theirs['id']}/acknowledge")).problem == "not-found"
        told = await crm.post(f"/events/{event['id']}/acknowledge", key="a")
        assert (told.body["acknowledged_by"], told.body["acknowledged_at"]) == ("api:crm", "2026-03-05T09:00:00Z")
        site.clock.at += DAY
        again = await other.post(f"/events/{event['id']}/acknowledge")
        assert (again.status, again.body) == (200, told.body)
        assert (await crm.get("/events?open=true")).body["events"] == []
        assert len((await them.get("/events?open=true")).body["events"]) == 1


async def test_no_line_of_the_log_has_a_token_a_lease_or_a_word(  # R32
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reference = await filed(site.office)
    async with program(site) as crm:
        lease = await crm.claim(reference)
        await crm.get(f"/requests/{reference}")
        order = {"lease": lease, "state": "done", "text": "Fjala e fshehtë"}
        await crm.post(f"/requests/{reference}/report", order, key="k-1")
        await crm.ask("POST", f"/requests/{reference}/report", b'{"text": "Fjala e fsheht')
        for word in (crm.token, lease, "Fjala", WORDS, reference):
            assert word not in caplog.text
    assert "request" in caplog.messages  # there are lines
