"""One's own account: sessions, password, recovery codes, who stands in."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import DAY, MINUTE
from bot.console.door import COOKIE
from bot.console.entrance import words
from bot.services.casework.deadlines import local_day
from bot.services.staff import accounts, staff_sessions
from bot.services.staff.roles import Role
from bot.storage.store import Tx
from tests.tools.console import Caller, caller
from tests.tools.factors import PASSWORD, wrong
from tests.tools.site import Site
from tests.tools.staff import Phone, make_cheap, ready, sign_in

NEW = "shtatë zogj mbi ujë"


@pytest_asyncio.fixture
async def zana(site: Site) -> AsyncIterator[Caller]:
    """Signed in, at the account page's door."""
    make_cheap(site)
    account = await ready(site, "zana", ipko=Role.DPO, paysera=Role.READER)
    async with caller(site, account) as who:
        yield who


@pytest.mark.asyncio
async def test_the_account_tells_who_one_is_in_words(zana: Caller) -> None:
    page = await zana.get("/console/account")
    assert "IPKO zyrtar/e për mbrojtjen e të dhënave" in page.words
    assert "Paysera lexues/e shifrash" in page.words
    assert re.search(r"Prova kjo këtu \d+ mars 2026", page.words)


@pytest.mark.asyncio
async def test_one_other_session_is_ended_or_all_of_them(site: Site, zana: Caller) -> None:  # R27
    account = await ready(site, "zana", ipko=Role.DPO, paysera=Role.READER)
    async with caller(site, account) as one, caller(site, account) as two, caller(site, account) as three:
        page = await zana.get("/console/account")
        ending = [form for form in page.forms if "session" in dict(form.fields)]
        assert len(ending) == 3, "not this one"
        await zana.post("/console/account/sessions", dict(ending[0].fields))
        left = [who for who in (one, two, three) if (await who.get("/console")).location == "/console/queue"]
        assert len(left) == 2
        assert (await zana.post("/console/account/sessions", dict(ending[0].fields))).status == 409
        own = await site.office.store.read(lambda tx: _session(tx, site, zana))
        assert (await zana.post("/console/account/sessions", dict(ending[1].fields) | {"session": own})).status == 409

        done = await zana.post("/console/account/sessions", dict(ending[1].fields) | {"others": "1"})
        assert done.location == "/console/account?done=sessions"
        left = [who for who in (zana, one, two, three) if (await who.get("/console")).location == "/console/queue"]
        assert left == [zana]


@pytest.mark.asyncio
async def test_nobody_ends_a_session_of_somebody_else(site: Site, zana: Caller) -> None:  # R23
    async with caller(site, await ready(site, "leka")) as leka:
        page, theirs = await zana.get("/console/account"), await leka.get("/console/account")
        session = await site.office.store.read(
            lambda tx: tx.first("staff.sessions_of", staff=_id(tx, site, "leka"), since=0)
        )
        assert session
        fields = dict(page.form("/codes").fields) | {"session": session["id"]}
        assert (await zana.post("/console/account/sessions", fields)).status == 409
        assert (await leka.get("/console/account")).status == theirs.status == 200


@pytest.mark.asyncio
async def test_the_password_is_changed_by_who_knows_it_and_ends_other_sessions(site: Site, zana: Caller) -> None:
    # R27
    account = await ready(site, "zana", ipko=Role.DPO, paysera=Role.READER)
    async with caller(site, account) as other, caller(site, None) as anew:
        page = await zana.get("/console/account")
        refused = await zana.send(page, "/password", current="nuk është ky fjalëkalim", password=NEW, again=NEW)
        assert (refused.status, "i tanishëm nuk është i saktë" in refused.words) == (409, True)
        done = await zana.send(refused, "/password", current=PASSWORD, password=NEW, again=NEW)
        assert done.location == "/console/account?done=password"
        assert (await zana.get("/console")).location == "/console/queue"
        assert (await other.get("/console")).location.startswith("/console/sign-in")
        assert (await sign_in(anew, "zana", PASSWORD)).status == 401
        assert (await sign_in(anew, "zana", NEW)).status == 303


@pytest.mark.asyncio
async def test_guessing_the_password_inside_locks_as_outside(zana: Caller) -> None:  # R27
    told = []
    for _ in range(6):
        page = await zana.get("/console/account")
        page = await zana.send(page, "/password", current="nuk është ky fjalëkalim", password=NEW, again=NEW)
        told.append("Prisni 1 min" in page.words)
    assert told == [False] * 4 + [True] * 2


@pytest.mark.asyncio
async def test_new_recovery_codes_take_a_code_of_the_app_and_kill_the_old_ones(site: Site, zana: Caller) -> None:
    # R27
    phone, codes = Phone(site), re.compile(r"<li><code>([^<]+)</code>")
    page = await zana.get("/console/account")
    assert (await zana.send(page, "/account/codes", code=wrong(phone.code()))).status == 409
    first = codes.findall((await zana.send(page, "/account/codes", code=(code := phone.code()))).text)
    assert (await zana.send(page, "/account/codes", code=code)).status == 409, "it was taken"
    second = codes.findall((await zana.send(page, "/account/codes", code=phone.code())).text)
    assert (len(first), len(second), set(first) & set(second)) == (10, 10, set())
    async with caller(site, None) as anew:
        page = await anew.follow(await sign_in(anew, "zana"))
        assert (await anew.send(page, "/second/recovery", recovery=first[0])).status == 401
        assert (await anew.send(page, "/second/recovery", recovery=second[0])).status == 303


@pytest.mark.asyncio
async def test_somebody_of_the_same_company_stands_in_while_one_is_away(site: Site, zana: Caller) -> None:
    await ready(site, "arta", ipko=Role.CLERK)
    await ready(site, "besa", paysera=Role.DPO)
    today = local_day(site.clock.at)
    page = await zana.get("/console/account")
    assert "Besa (besa)" in page.words
    artas, until = await site.office.store.read(lambda tx: _id(tx, site, "arta")), today.replace(day=20)
    done = await zana.send(page, "/away", deputy=artas, until=until.isoformat())
    page = await zana.follow(done)
    assert "Arta ju zëvendëson deri më 20 mars 2026, edhe atë ditë." in page.words
    site.clock.at += 30 * DAY
    async with caller(site, await ready(site, "zana")) as later:
        assert "ju zëvendëson deri" not in (await later.get("/console/account")).words
        page = await later.get("/console/account")
        past = await later.send(page, "/away", deputy=artas, until=today.isoformat())
        assert (past.status, "sot ose më vonë" in past.words) == (409, True)
        own = await site.office.store.read(lambda tx: _id(tx, site, "zana"))
        refused = await later.send(page, "/away", deputy=own, until=until.replace(month=5).isoformat())
        assert "Askush nuk e zëvendëson veten" in refused.words
        assert f'value="{until.replace(month=5).isoformat()}"' in refused.text, "what was typed stays"


@pytest.mark.asyncio
async def test_who_is_back_says_so(site: Site, zana: Caller) -> None:
    artas = (await ready(site, "arta", ipko=Role.CLERK)).id
    page = await zana.get("/console/account")
    await zana.send(page, "/away", deputy=artas, until="2026-03-20")
    page = await zana.get("/console/account")
    await zana.post("/console/account/away", dict(page.form("/away").fields) | {"back": "1"})
    found = await site.office.store.read(lambda tx: accounts.by_login(tx, site.office.desk, "zana"))
    assert found
    assert (found.deputy, found.away_until) == (None, None)


@pytest.mark.asyncio
async def test_the_list_of_sessions_tells_when_each_was_used_last(site: Site, zana: Caller) -> None:
    site.clock.at += 3 * MINUTE
    await zana.get("/console/account")
    assert "5 mars 2026, 10:00 5 mars 2026, 10:03" in (await zana.get("/console/account")).words


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox në Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge në Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537 Chrome/140.0 Mobile Safari/537", "Chrome në Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) Version/18 Safari/604", "Safari në iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "Safari në macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 HeadlessChrome/140.0 Safari/537", "Chrome në Linux"),
        ("curl/8.0 <script>", "shfletues tjetër"),
        ("", "shfletues tjetër"),
    ],
)
def test_a_device_is_named_in_words(agent: str, told: str) -> None:
    assert words.device(agent) == told


def _session(tx: Tx, site: Site, who: Caller) -> str:
    found = staff_sessions.find(tx, site.office.desk, site.clock.at, who.cookies[COOKIE])
    assert found
    return found[0].id


def _id(tx: Tx, site: Site, login: str) -> str:
    found = accounts.by_login(tx, site.office.desk, login)
    assert found
    return found.id
