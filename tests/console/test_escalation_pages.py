"""What is for a person and no request yet: seen, made a request with its own time, answered, closed with a reason."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import DAY, MINUTE
from bot.dialogue.effects import Escalation
from bot.policy.actions import Action
from bot.services.casework import case_file, escalations
from bot.services.casework.escalations import StoredEscalation
from bot.services.office import claims
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.console.casing import at_desk, escalation, letter, logged, office, read
from tests.tools.console import Caller, Page, console_site
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all tests here."""
    async with console_site(settings, tmp_path_factory.mktemp("escalations")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """The DPO of both companies."""
    async with at_desk(site, "zana", ipko=Role.DPO, paysera=Role.DPO) as who:
        yield who


async def opened(who: Caller, identity: str) -> Page:
    page = await who.get(f"/console/escalations/{identity}")
    assert page.status == 200, page.words[:300]
    return page


async def stored(site: Site, identity: str) -> StoredEscalation:
    found: StoredEscalation = await read(site, lambda tx: escalations.load(tx, site.office.desk, identity))
    return found


@pytest.mark.parametrize("kind", Escalation)
async def test_each_kind_says_what_to_do(site: Site, zana: Caller, kind: Escalation) -> None:
    words = (await opened(zana, await escalation(site, kind))).words
    assert "Hapi i radhës:" in words
    assert "Dua të flas me njeri." in words
    offered = kind in {Escalation.HAND_OFF, Escalation.AUTHORITY, Escalation.PRESS}
    assert ("Përgjigjuni klientit" in words) is offered


async def test_it_becomes_a_request_with_its_own_time(site: Site) -> None:  # R33, R53
    identity = await escalation(site)
    wrote = site.clock.at
    site.clock.at += 3 * DAY
    async with at_desk(site, "zana", ipko=Role.DPO, paysera=Role.DPO) as zana:
        await _converts(site, zana, identity, wrote)


async def _converts(site: Site, zana: Caller, identity: str, wrote: int) -> None:
    page = await opened(zana, identity)
    form = next(form for form in page.forms if any(name == "kind" for name, _ in form.fields))
    answer = await zana.post(form.action, dict(form.fields) | {"kind": "dsar_erasure"})
    reference = answer.location.removeprefix("/console/cases/").partition("?")[0]
    made = await read(site, lambda tx: case_file.loaded(tx, site.office.desk, reference))
    assert (made.action, made.received_at, made.identity) == (Action.DSAR_ERASURE, wrote, "pending")
    assert ("escalation.converted", "zana") in await logged(site, identity)
    again = await zana.post(form.action, dict(form.fields) | {"kind": "dsar_erasure"})  # the same form, sent twice
    assert again.location == answer.location
    page = await opened(zana, identity)
    assert reference in page.words
    assert not [form for form in page.forms if "/escalations/" in form.action]


async def test_to_answer_it_becomes_a_question_and_leads_to_the_letter(site: Site, zana: Caller) -> None:
    identity = await escalation(site)
    page = await opened(zana, identity)
    answer = await zana.send(page, "/convert")  # the first form of the two: to answer
    reference = (await stored(site, identity)).reference or ""
    assert answer.location == f"/console/cases/{reference}/write/answer"
    made = await read(site, lambda tx: case_file.loaded(tx, site.office.desk, reference))
    assert made.action is Action.CONTACT_DPO


async def test_one_without_a_company_asks_for_it(site: Site, zana: Caller) -> None:  # R56
    identity = await escalation(site, company=None)
    page = await opened(zana, identity)
    refused = await zana.send(page, "/convert")
    assert (refused.status, "cilën kompani" in refused.words) == (409, True)
    await zana.send(page, "/convert", company="paysera", once="other")
    assert (await stored(site, identity)).company == "paysera"


async def test_nobody_makes_it_a_request_of_a_company_that_is_not_theirs(site: Site) -> None:  # R27, R56
    identity = await escalation(site, company=None)
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        page = await opened(arta, identity)
        assert (await arta.send(page, "/convert", company="paysera")).status == 404
        answer = await arta.send(page, "/convert", company="ipko")
        assert answer.location.endswith("/write/reply")  # a clerk decides nothing


async def test_one_of_another_company_is_not_there(site: Site) -> None:  # R27, R56
    identity = await escalation(site, company="paysera")
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        assert (await arta.get(f"/console/escalations/{identity}")).status == 404
        assert (await arta.get("/console/escalations/7K2Q-9FXA-8")).status == 404
        assert (await arta.get(f"/console/escalations/{await letter(site)}")).status == 404


async def test_a_reader_sees_none(site: Site) -> None:  # R27
    identity = await escalation(site)
    async with at_desk(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get(f"/console/escalations/{identity}")).status == 403


async def test_it_is_closed_with_how_it_was_seen_to(site: Site, zana: Caller) -> None:  # R39
    identity = await escalation(site, Escalation.PRESS)
    page = await opened(zana, identity)
    refused = await zana.send(page, "/close", why=" ")
    assert refused.status == 409
    assert (await zana.send(page, "/close", why="I thashë <b>zëdhënësit</b>", once="second")).status == 303
    found = await stored(site, identity)
    assert (found.state, found.closed_by, found.closed_why) == ("closed", "zana", "I thashë <b>zëdhënësit</b>")
    assert ("escalation.closed", "zana") in await logged(site, identity)
    page = await opened(zana, identity)
    assert "I thashë <b>zëdhënësit</b>" in page.words
    assert "<b>zëdhënësit" not in page.text


async def test_who_comes_second_is_told_and_keeps_what_was_typed(site: Site, zana: Caller) -> None:
    identity = await escalation(site, Escalation.PRESS)
    page = await opened(zana, identity)
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        other = await opened(arta, identity)
        await site.change(lambda tx: claims.claim(tx, site.office.desk, site.clock.at, identity, "arta"))
        refused = await zana.send(page, "/close", why="U krye")
        assert (refused.status, "arta" in refused.words, "U krye" in refused.text) == (409, True, True)
        assert (await arta.send(other, "/close", why="E krye Arta")).status == 303
    late = await zana.send(page, "/close", why="U krye", once="second")
    assert late.status == 409
    assert (await stored(site, identity)).closed_why == "E krye Arta"


async def test_where_the_answer_goes_is_shown_before_it_becomes_a_request(site: Site, zana: Caller) -> None:  # R58
    identity = await escalation(site)
    assert "Përgjigja shkon te në bisedë" in (await opened(zana, identity)).words
    address = "filan@shembull.example"
    await site.change(lambda tx: escalations.redirect(tx, site.office.desk, office(site), identity, address))
    assert f"Përgjigja shkon te {address}" in (await opened(zana, identity)).words


async def test_looking_at_one_is_logged(site: Site, zana: Caller) -> None:  # R39
    identity = await escalation(site)
    await opened(zana, identity)
    await opened(zana, identity)
    assert [act for act, _ in await logged(site, identity)].count("case.viewed") == 1


async def test_a_lock_is_ended_by_the_dpo_only(site: Site, zana: Caller) -> None:  # R5, R27
    desk, until = site.office.desk, site.clock.at + 60 * MINUTE
    key = desk.vault.index("contact", "ipko", "customer", "A1001")

    def lock(tx: Tx) -> str:
        tx.all("otp.hold_failures", key=key, company="ipko", now=site.clock.at)
        tx.all("otp.count_failure", key=key, most=1, until=until, now=site.clock.at)
        hashed = desk.vault.index("customer", "ipko", "A1001")
        row = tx.first("backoffice.subject_of_customer", company="ipko", customer_hash=hashed)
        assert row is not None
        return escalations.open_escalation(tx, desk, office(site), Escalation.LOCKED, "ipko", "", str(row["id"]))

    identity = await site.office.store.transact(lock)
    async with at_desk(site, "arta", ipko=Role.CLERK) as arta:
        page = await opened(arta, identity)
        assert "Kodet janë të bllokuara deri më" in page.words
        fields = {name: value for name, value in page.form("/close").fields if name != "why"}
        assert (await arta.post(f"/console/escalations/{identity}/unlock", fields)).status == 403
    assert (await zana.send(await opened(zana, identity), "/unlock")).status == 303
    assert ("customer.unlocked", "zana") in await logged(site, identity)
    assert "Kodet janë të bllokuara" not in (await opened(zana, identity)).words
