"""Programs at work: a claim is one worker's, a report is for people, and no key does anything twice."""

import asyncio

import pytest

from bot.clock import MINUTE
from bot.dialogue.events import CaseState
from bot.services.desk import OFFICE, Place
from bot.services.office import claims
from tests.tools.programs import filed, program, state_of, time_line
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio


async def test_of_two_workers_one_gets_a_request_and_the_other_is_told_whose_it_is(site: Site) -> None:
    reference = await filed(site.office)
    async with program(site, "crm") as crm, program(site, "arkivi") as archive:
        first = await crm.post(f"/requests/{reference}/claim")
        assert first.status == 200
        assert first.body["reference"] == reference
        second = await archive.post(f"/requests/{reference}/claim")
        assert (second.status, second.problem) == (409, "held")
        assert "api:crm" in second.body["detail"]
        assert int(second.headers["Retry-After"]) == 600
        again = await crm.post(f"/requests/{reference}/claim")  # another worker of the same program
        assert again.problem == "held"
        row = (await crm.get("/requests")).body["requests"][0]
        assert (row["claimed_by"], row["report"]) == ("api:crm", None)


async def test_a_heartbeat_keeps_a_request_and_without_one_another_takes_it(site: Site) -> None:
    reference = await filed(site.office)
    async with program(site, "crm") as crm, program(site, "arkivi") as archive:
        lease = await crm.claim(reference)
        site.clock.at += 9 * MINUTE
        kept = await crm.post(f"/requests/{reference}/heartbeat", {"lease": lease})
        assert (kept.status, kept.body["until"]) == (200, "2026-03-05T09:19:00Z")
        site.clock.at += 9 * MINUTE
        assert (await archive.post(f"/requests/{reference}/claim")).problem == "held"
        site.clock.at += 1 * MINUTE
        other = await archive.claim(reference)
        for path, more in (("heartbeat", {}), ("release", {}), ("report", {"state": "done", "text": "U krye"})):
            late = await crm.post(f"/requests/{reference}/{path}", {"lease": lease, **more})
            assert (late.status, late.problem) == (409, "lease-lost"), path
        done = await archive.post(f"/requests/{reference}/report", {"lease": other, "state": "done"})
        assert done.status == 200
    assert [kind for kind, _, _ in await time_line(site.office, reference)] == ["filed", "program_done"]


async def test_a_report_is_for_people_and_closes_nothing(site: Site) -> None:
    reference = await filed(site.office)
    async with program(site, "crm") as crm:
        lease = await crm.claim(reference)
        order = {"lease": lease, "state": "in_progress", "text": "Po e kërkojmë"}
        assert (await crm.post(f"/requests/{reference}/report", order)).body["until"]
        order = {"lease": lease, "state": "done", "text": "Adresa u ndreq"}
        assert (await crm.post(f"/requests/{reference}/report", order)).body["until"] is None
        assert await state_of(site.office, reference) is CaseState.RECEIVED
        assert (await time_line(site.office, reference))[1:] == [
            ("program_in_progress", "api:crm", "Po e kërkojmë"),
            ("program_done", "api:crm", "Adresa u ndreq"),
        ]
        changed = (await crm.get("/events?type=request.changed")).body["events"]
        assert [event["data"]["act"] for event in changed] == ["program_in_progress", "program_done"]
        assert (await crm.get("/requests?reported=false")).body["requests"] == []
        [row] = (await crm.get("/requests?reported=true")).body["requests"]
        assert (row["report"], row["claimed_by"]) == ("done", None)
        await crm.claim(reference)  # it was given back


async def test_a_person_who_takes_a_request_over_ends_the_lease(site: Site) -> None:
    reference = await filed(site.office)
    async with program(site) as crm:
        lease = await crm.claim(reference)
        place = Place(conversation="", channel=OFFICE, now=site.clock.now())
        await site.change(lambda tx: claims.take_over(tx, site.office.desk, place, reference, "zana"))
        assert (await crm.post(f"/requests/{reference}/heartbeat", {"lease": lease})).problem == "lease-lost"
        assert (await crm.post(f"/requests/{reference}/claim")).problem == "held"
        await site.change(lambda tx: claims.release(tx, reference, "zana"))
        lease = await crm.claim(reference)
        assert (await crm.post(f"/requests/{reference}/release", {"lease": lease})).body["until"] is None
        await crm.claim(reference)


async def test_what_is_closed_cannot_be_claimed(site: Site) -> None:
    reference = await filed(site.office)
    now = site.clock.now()
    await site.change(lambda tx: tx.run("requests.take_back", reference=reference, now=now))
    async with program(site) as crm:
        assert (await crm.post(f"/requests/{reference}/claim")).problem == "not-possible"


async def test_an_order_under_one_key_is_done_once_and_told_alike(site: Site) -> None:  # R31
    reference = await filed(site.office)
    async with program(site, "crm") as crm, program(site, "arkivi") as archive:
        first = await crm.post(f"/requests/{reference}/claim", key="k-1")
        again = await crm.post(f"/requests/{reference}/claim", key="k-1")
        assert (again.status, again.body) == (200, first.body)  # who lost the answer gets the same lease
        order = {"lease": first.body["lease"], "state": "in_progress", "text": "Një"}
        assert (await crm.post(f"/requests/{reference}/report", order, key="k-2")).status == 200
        assert (await crm.post(f"/requests/{reference}/report", order, key="k-2")).status == 200
        other = await crm.post(f"/requests/{reference}/report", {**order, "text": "Dy"}, key="k-2")
        assert (other.status, other.problem) == (422, "key-reused")
        elsewhere = await crm.post(f"/requests/{reference}/release", {"lease": order["lease"]}, key="k-2")
        assert elsewhere.problem == "key-reused"  # another path is another order
        assert (await archive.post(f"/requests/{reference}/claim", key="k-1")).problem == "held"  # keys are one's own
        site.clock.at += 10 * MINUTE
        assert (await archive.post(f"/requests/{reference}/claim", key="k-1")).status == 200  # a refusal is not kept
    assert [text for _, _, text in (await time_line(site.office, reference))[1:]] == ["Një"]


async def test_sixteen_at_once_under_one_key_are_one_act(site: Site) -> None:  # R31
    reference = await filed(site.office)
    async with program(site) as crm:
        lease = await crm.claim(reference)
        order = {"lease": lease, "state": "done", "text": "U krye"}
        told = await asyncio.gather(
            *(crm.post(f"/requests/{reference}/report", order, key="një-çelës".encode().hex()) for _ in range(16))
        )
        assert {each.status for each in told} <= {200, 409}
        assert {each.problem for each in told} <= {"", "under-way"}
        assert len({str(each.body) for each in told if each.status == 200}) == 1
    assert len(await time_line(site.office, reference)) == 2


async def test_a_key_that_is_none_is_refused(site: Site) -> None:  # R31
    reference = await filed(site.office)
    async with program(site) as crm:
        for key in ("a b", "x" * 129):
            assert (await crm.post(f"/requests/{reference}/claim", key=key)).problem == "bad-request"
