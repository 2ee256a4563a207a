"""The door: who comes in, by which cookie, and what those are told who are turned away."""

from functools import partial

import pytest

from bot.clock import HOUR, MINUTE
from bot.console.door import COOKIE
from bot.services.staff import account_changes, accounts, staff_sessions
from bot.services.staff.roles import Role
from bot.services.staff.staff_sessions import Stage
from bot.storage.store import Tx
from tests.tools.console import caller, signed_in
from tests.tools.desks import place
from tests.tools.site import Site
from tests.tools.staff import Phone, make_cheap, ready, sign_in


@pytest.mark.asyncio
async def test_who_is_signed_in_is_led_to_the_first_place_of_their_role(site: Site) -> None:
    async with signed_in(site, "zana", ipko=Role.DPO) as zana:
        assert (await zana.get("/console")).location == "/console/queue"
    async with signed_in(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get("/console")).location == "/console/figures"


@pytest.mark.asyncio
async def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(site: Site) -> None:
    async with caller(site, None) as nobody:
        assert (await nobody.get("/console")).location == "/console/sign-in?next=%2Fconsole"


@pytest.mark.asyncio
async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_lines(site: Site) -> None:  # R22
    make_cheap(site)
    await ready(site, "zana")
    async with caller(site, None) as zana:
        half = await sign_in(zana, "zana")
        whole = await zana.send(await zana.follow(half), "/second", code=Phone(site).code())
        out = await zana.send(await zana.get("/console/account"), "/sign-out")
    for page in (half, whole):
        name, *told = page.headers["Set-Cookie"].split("; ")
        assert name.startswith("__Host-mburoja-console=")
        assert len(name.partition("=")[2]) == 64, "256 bits"
        assert sorted(told) == ["HttpOnly", "Path=/", "SameSite=Strict", "Secure"]
    assert sorted(out.headers["Set-Cookie"].split("; ")[1:]) == [
        "HttpOnly", "Max-Age=0", "Path=/", "SameSite=Strict", "Secure",
    ]  # fmt: skip
    assert not [page for page in (half, whole, out) if "token" in page.location]


@pytest.mark.asyncio
async def test_a_session_ends_after_eight_hours_however_much_it_is_used(site: Site) -> None:  # R20
    async with signed_in(site, "zana", ipko=Role.DPO) as zana:
        for _ in range(8):
            assert (await zana.get("/console")).location == "/console/queue"
            site.clock.at += HOUR - 1
        site.clock.at += 8
        assert (await zana.get("/console")).location.startswith("/console/sign-in")


@pytest.mark.asyncio
async def test_a_half_session_opens_nothing_but_its_next_step(site: Site) -> None:  # R27
    account, office = await ready(site, "zana"), site.office
    for stage in (Stage.HALF, Stage.CODES):
        begin = partial(
            staff_sessions.begin, desk=office.desk, now=office.clock.now(), staff=account.id, stage=stage, device="x"
        )
        token = await office.store.transact(begin)
        async with caller(site, None) as half:
            half.cookies[COOKIE] = token
            assert (await half.get("/console/account")).location.startswith("/console/sign-in?next=")


@pytest.mark.asyncio
async def test_a_cookie_that_is_none_of_ours_opens_nothing(site: Site) -> None:
    async with caller(site, None) as nobody:
        for token in ("x", "0" * 64, "ë", "%00", '"', "a" * 5000):
            nobody.cookies[COOKIE] = token
            assert (await nobody.get("/console")).status in (303, 400)


@pytest.mark.asyncio
async def test_use_of_a_session_is_noted_once_a_minute(site: Site) -> None:
    async with signed_in(site, "zana", ipko=Role.DPO) as zana:
        site.clock.at += MINUTE
        await zana.get("/console")
        last = await site.office.store.read(lambda tx: _last_use(tx, site))
    assert last == site.clock.at


@pytest.mark.asyncio
async def test_a_role_that_is_taken_away_is_gone_at_the_next_click(site: Site) -> None:  # R27
    office = site.office
    async with signed_in(site, "zana", ipko=Role.DPO) as zana:
        found = await office.store.read(lambda tx: accounts.by_login(tx, office.desk, "zana"))
        assert found
        await site.change(
            lambda tx: account_changes.set_role(tx, office.desk, place(), "arta", found, "ipko", Role.READER)
        )
        page = await zana.get("/console/queue")
        assert page.status == 403
        await site.change(lambda tx: account_changes.disable(tx, office.desk, place(), "arta", found))
        assert (await zana.get("/console/account")).status == 303


@pytest.mark.asyncio
async def test_who_may_not_is_told_which_role_may_and_whom_to_ask(site: Site) -> None:
    async with signed_in(site, "leka", ipko=Role.READER) as leka:
        page = await leka.get("/console/queue")
    assert page.status == 403
    assert (
        "Me rolin tuaj (IPKO: lexues/e shifrash) nuk mund të shihni radhën dhe kërkesat. Këtë e bën: zyrtar/e për "
        "mbrojtjen e të dhënave, vendimmarrës/e, punonjës/e. Nëse ju duhet, pyetni atë që i jep llogaritë"
    ) in page.words
    assert "Shifrat" in page.words, "the frame is there, to go on"


@pytest.mark.asyncio
async def test_a_page_that_is_not_there_is_told_with_the_way_on(site: Site) -> None:
    async with signed_in(site, "zana", ipko=Role.DPO) as zana, caller(site, None) as nobody:
        for who in (zana, nobody):
            page = await who.get("/console/nuk-ka")
            assert (page.status, "Këtu nuk ka asgjë" in page.words) == (404, True)
            assert page.headers["Content-Type"].startswith("text/html")
        assert (await zana.ask("GET", "/console/sign-out")).status == 405


@pytest.mark.asyncio
async def test_pages_may_not_be_framed_kept_or_scripted_from_elsewhere(site: Site) -> None:  # R25
    async with signed_in(site, "zana", ipko=Role.DPO) as zana, caller(site, None) as nobody:
        for page in (await zana.get("/console/account"), await nobody.get("/console/sign-in")):
            policy = page.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "object-src 'none'; form-action 'self'" in policy
            assert "unsafe" not in policy
            assert page.headers["Cache-Control"] == "no-store"
            assert " style=" not in page.text


@pytest.mark.asyncio
async def test_a_link_on_another_site_asks_anew_so_that_the_cookie_is_sent(site: Site) -> None:  # R22
    async with caller(site, None) as who:
        page = await who.ask("GET", "/console/account?x=1", None, **{"Sec-Fetch-Site": "cross-site"})
        assert (page.status, 'content="0; url=/console/account?x=1"' in page.text) == (200, True)
        page = await who.ask("GET", "/console/account", None, **{"Sec-Fetch-Site": "same-origin"})
        assert page.status == 303


def _last_use(tx: Tx, site: Site) -> int:
    found = accounts.by_login(tx, site.office.desk, "zana")
    assert found
    (session,) = staff_sessions.of_account(tx, site.office.desk, site.clock.at, found.id)
    return session.last_at
