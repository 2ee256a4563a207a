"""Signing in through the front door: the first time, every time, and what happens when something is not right."""

import json
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import HOUR, MINUTE
from bot.console.door import COOKIE
from bot.console.entrance.keys import ENTRANCE
from bot.services.staff import account_changes
from bot.services.staff.accounts import Account
from bot.services.staff.passwords import Passwords
from bot.services.staff.roles import Role
from bot.services.staff.signing_in import ONE_TIME_LIVES
from bot.settings import Settings
from bot.storage.store import Tx
from bot.web.guard.addresses import AddressLimits
from tests.console.casing import audited
from tests.tools.console import Caller, Page, caller, console_site
from tests.tools.desks import place
from tests.tools.factors import CHEAP, PASSWORD, wrong
from tests.tools.site import Site
from tests.tools.staff import Phone, make_cheap, ready, sign_in

ONE_TIME = "PARA-HERËN-E-PARË-VETËM"
OWN = "një mal me shumë dëborë"


@pytest_asyncio.fixture
async def site(settings: Settings, tmp_path: Path) -> AsyncIterator[Site]:
    async with console_site(settings, tmp_path) as made:
        make_cheap(made)
        yield made


@pytest_asyncio.fixture
async def nobody(site: Site) -> AsyncIterator[Caller]:
    async with caller(site, None) as who:
        yield who


async def new_account(site: Site, login: str = "zana") -> Account:
    """An account as `mburoja staff add` makes it."""
    office, hashed = site.office, Passwords(CHEAP).hashed(ONE_TIME)

    def make(tx: Tx) -> Account:
        return account_changes.add(
            tx, office.desk, place(office.clock.now()), "arta", login, "Zana", "", {"ipko": Role.DPO}, hashed
        )

    return await office.store.transact(make)


async def acts(site: Site, prefix: str = "staff.") -> list[tuple[str, str | None]]:
    """Acts of accounts that were logged, with who did them."""
    bodies = [json.loads(body) for body in await audited(site)]
    return [(body["act"], body["details"].get("who")) for body in bodies if body["act"].startswith(prefix)]


def spelled(page: Page) -> str:
    """The secret that stands on a page, to be typed."""
    found = re.search(r'class="key">([A-Z2-7 ]+)<', page.text)
    assert found
    return found[1].replace(" ", "")


@pytest.mark.asyncio
async def test_a_first_password_that_lay_too_long_is_told_from_a_wrong_one(site: Site, nobody: Caller) -> None:  # R27
    await new_account(site)
    site.clock.at += ONE_TIME_LIVES
    page = await sign_in(nobody, "zana", ONE_TIME)
    assert (page.status, "vlente 7 ditë" in page.words) == (401, True)
    page = await sign_in(nobody, "zana", OWN)
    assert (page.status, "vlente" in page.words) == (401, False)


@pytest.mark.asyncio
async def test_the_first_sign_in_leads_to_an_own_password_the_app_and_the_recovery_codes(  # R27
    site: Site, nobody: Caller
) -> None:
    await new_account(site)
    page = await nobody.follow(await sign_in(nobody, "zana", ONE_TIME))
    assert "Zgjidhni një fjalëkalim tuajin" in page.words

    page = await nobody.send(page, "/password", password=OWN, again=OWN)
    assert page.location == "/console/sign-in/authenticator"
    page = await nobody.follow(page)
    assert 'src="data:image/svg+xml' in page.text
    phone = Phone(site, spelled(page))

    refused = await nobody.send(page, "/authenticator", code=wrong(phone.code()))
    assert (refused.status, "Kodi nuk është i saktë" in refused.words) == (422, True)
    page = await nobody.send(refused, "/authenticator", code=phone.code())
    codes = re.findall(r"<li><code>([A-Z2-9]{5}-[A-Z2-9]{5})</code></li>", page.text)
    assert len(set(codes)) == 10
    assert (await nobody.get("/console")).location.startswith("/console/sign-in"), "not before the codes are kept"

    unkept = await nobody.send(page, "/codes")
    assert unkept.status == 422
    assert (await nobody.send(page, "/codes", kept="on")).location == "/console"
    assert (await nobody.get("/console")).location == "/console/queue"
    assert Counter(await acts(site)) == {
        ("staff.added", "arta"): 1, ("staff.changed", "zana"): 1, ("staff.enrolled", "zana"): 1,
        ("staff.signed_in", "zana"): 1,
    }  # fmt: skip

    async with caller(site, None) as again:  # the second time
        page = await again.follow(await sign_in(again, "zana", OWN))
        assert (await again.send(page, "/second", code=phone.code())).location == "/console"
    async with caller(site, None) as old:
        assert (await sign_in(old, "zana", ONE_TIME)).status == 401


@pytest.mark.asyncio
async def test_recovery_codes_that_were_not_kept_are_made_anew(site: Site, nobody: Caller) -> None:  # R27
    await new_account(site)
    page = await nobody.follow(await sign_in(nobody, "zana", ONE_TIME))
    page = await nobody.follow(await nobody.send(page, "/password", password=OWN, again=OWN))
    first = await nobody.send(page, "/authenticator", code=Phone(site, spelled(page)).code())
    page = await nobody.get("/console/sign-in/codes")
    assert "<li><code>" not in page.text, "they are shown once"
    second = await nobody.post("/console/sign-in/codes", dict(page.forms[-1].fields) | {"again": "1"})
    codes = re.compile(r"<li><code>([^<]+)</code>")
    assert len(codes.findall(second.text)) == 10
    assert not set(codes.findall(first.text)) & set(codes.findall(second.text))


@pytest.mark.asyncio
async def test_a_password_that_cannot_be_one_is_refused_with_what_to_do(site: Site, nobody: Caller) -> None:  # R27
    await new_account(site)
    page = await nobody.follow(await sign_in(nobody, "zana", ONE_TIME))
    for password, again, told in (
        ("shkurt", "shkurt", "së paku 12 shenja"),
        ("Password12345", "Password12345", "e përdorin shumë njerëz"),
        (OWN, OWN + "!", "nuk janë njësoj"),
        (ONE_TIME, ONE_TIME, "që ju dhanë"),
    ):
        refused = await nobody.send(page, "/password", password=password, again=again)
        assert (refused.status, told in refused.words) == (422, True), refused.words
        assert password not in refused.text


@pytest.mark.asyncio
async def test_the_password_alone_opens_nothing_and_the_code_gives_a_new_token(site: Site, nobody: Caller) -> None:
    # R19, R27
    await ready(site, "zana")
    page = await sign_in(nobody, "zana")
    assert page.location == "/console/sign-in/second"
    half = nobody.cookies[COOKIE]
    assert (await nobody.get("/console/queue")).location.startswith("/console/sign-in?")
    page = await nobody.send(await nobody.follow(page), "/second", code=Phone(site).code())
    assert page.location == "/console"
    assert nobody.cookies[COOKIE] != half
    async with caller(site, None) as thief:
        thief.cookies[COOKIE] = half
        assert (await thief.get("/console")).location.startswith("/console/sign-in")
        assert (await thief.get("/console/sign-in/second")).location.startswith("/console/sign-in?done=over")


@pytest.mark.asyncio
async def test_a_half_session_ends_after_ten_minutes(site: Site, nobody: Caller) -> None:  # R20
    await ready(site, "zana")
    page = await nobody.follow(await sign_in(nobody, "zana"))
    site.clock.at += 10 * MINUTE
    page = await nobody.send(page, "/second", code=Phone(site).code())
    assert page.location == "/console/sign-in?done=over"


@pytest.mark.asyncio
async def test_a_code_works_once_and_that_it_was_used_is_told(site: Site, nobody: Caller) -> None:  # R27
    await ready(site, "zana")
    code = Phone(site).code()
    await nobody.send(await nobody.follow(await sign_in(nobody, "zana")), "/second", code=code)
    async with caller(site, None) as thief:
        refused = await thief.send(await thief.follow(await sign_in(thief, "zana")), "/second", code=code)
    assert (refused.status, "është përdorur tashmë" in refused.words) == (401, True)
    assert ("staff.refused", "zana") in await acts(site)


@pytest.mark.asyncio
async def test_a_recovery_code_lets_in_once(site: Site, nobody: Caller) -> None:  # R27
    account = await ready(site, "zana")
    office = site.office
    codes = await office.store.transact(
        lambda tx: account_changes.own_recovery_codes(tx, office.desk, place(office.clock.now()), account)
    )
    page = await nobody.follow(await sign_in(nobody, "zana"))
    let_in = await nobody.send(page, "/second/recovery", recovery=f" {codes[3].lower().replace('-', ' ')} ")
    assert let_in.location == "/console/account?done=recovered"
    page = await nobody.follow(let_in)
    assert "Kode rezervë të mbetura: 9." in page.words
    async with caller(site, None) as again:
        page = await again.follow(await sign_in(again, "zana"))
        assert (await again.send(page, "/second/recovery", recovery=codes[3])).status == 401
    assert ("staff.recovered", "zana") in await acts(site)


@pytest.mark.asyncio
@pytest.mark.parametrize("login", ["zana", "askush"])
async def test_wrong_passwords_lock_with_growing_waits_whether_there_is_such_a_login_or_not(  # R27
    site: Site, nobody: Caller, login: str
) -> None:
    await ready(site, "zana")
    told = []
    for wait in (0, 0, 0, 0, 1, 5, 15, 60, 60):
        page = await sign_in(nobody, login, "nuk është ky fjalëkalim")
        told.append((page.status, f"Prisni {wait} min" in page.words, page.headers.get("Retry-After")))
        site.clock.at += wait * MINUTE
    assert told == [(401, False, None)] * 4 + [(429, True, f"{wait * 60}") for wait in (1, 5, 15, 60, 60)]


@pytest.mark.asyncio
async def test_who_is_locked_out_is_so_with_the_right_password_too_until_the_wait_is_over(  # R27
    site: Site, nobody: Caller
) -> None:
    await ready(site, "zana")
    for _ in range(5):
        await sign_in(nobody, "zana", "nuk është ky fjalëkalim")
    assert (await sign_in(nobody, "zana")).status == 429
    site.clock.at += MINUTE
    page = await nobody.follow(await sign_in(nobody, "zana"))
    assert (await nobody.send(page, "/second", code=Phone(site).code())).location == "/console"
    async with caller(site, None) as other:
        assert (await sign_in(other, "zana", "nuk është ky fjalëkalim")).status == 401, "the count begins anew"
    assert [act for act, who in await acts(site) if who == "zana"].count("staff.locked") == 1


@pytest.mark.asyncio
async def test_who_knows_the_password_gets_no_more_tries_at_the_code(site: Site, nobody: Caller) -> None:  # R27
    await ready(site, "zana")
    phone, statuses = Phone(site), []
    for _ in range(6):
        page = await sign_in(nobody, "zana")
        if page.status == 303:
            page = await nobody.send(await nobody.follow(page), "/second", code=wrong(phone.code()))
        statuses.append(page.status)
    assert statuses == [401] * 4 + [429] * 2


@pytest.mark.asyncio
async def test_what_is_told_and_logged_does_not_name_logins_that_are_nobodys(site: Site, nobody: Caller) -> None:  # R32
    await ready(site, "zana")
    one = await sign_in(nobody, "zana", "nuk është ky fjalëkalim")
    other = await sign_in(nobody, "fjalekalimi-im-gabimisht-ketu", "nuk është ky fjalëkalim")
    assert one.words == other.words
    assert "gabimisht" not in "".join(await audited(site))
    assert Counter(await acts(site)) == {("staff.refused", "zana"): 1, ("staff.refused", None): 1}


@pytest.mark.asyncio
async def test_a_disabled_account_is_told_the_same_as_nobodys(site: Site, nobody: Caller) -> None:  # R27
    account, office = await ready(site, "zana"), site.office
    await site.change(lambda tx: account_changes.disable(tx, office.desk, place(), "arta", account))
    page = await sign_in(nobody, "zana")
    assert (page.status, "nuk është i saktë" in page.words) == (401, True)


@pytest.mark.asyncio
async def test_an_address_that_sends_too_many_forms_waits(site: Site, nobody: Caller) -> None:  # R27
    site.app[ENTRANCE].posts = AddressLimits(per_minute=3, per_hour=100)
    statuses = [(await sign_in(nobody, f"askush-{n}", "një fjalëkalim i gabuar")).status for n in range(4)]
    assert statuses == [401, 401, 401, 429]


@pytest.mark.asyncio
async def test_a_refusal_takes_its_time_whatever_was_found(site: Site, nobody: Caller) -> None:  # R27
    await ready(site, "zana")
    site.app[ENTRANCE].at_least = 0.3
    loop_times = []
    for login in ("zana", "askush"):
        page = await nobody.get("/console/sign-in")
        begin = time.monotonic()
        await nobody.send(page, "/console/sign-in", login=login, password=OWN)
        loop_times.append(time.monotonic() - begin)
    assert min(loop_times) > 0.29  # a loop's timers go by milliseconds


class Counting(Passwords):
    """Counts what is checked."""

    checked = 0

    def right(self, kept: str, password: str) -> bool:
        self.checked += 1
        return super().right(kept, password)


@pytest.mark.asyncio
async def test_a_password_is_checked_for_a_login_that_is_nobodys_too_and_for_none_that_is_locked(  # R27
    site: Site, nobody: Caller
) -> None:
    await ready(site, "zana")
    counting = site.app[ENTRANCE].passwords = Counting(CHEAP)
    for login in ("zana", "askush"):
        before = counting.checked
        for _ in range(7):
            await sign_in(nobody, login, "nuk është ky fjalëkalim")
        assert counting.checked - before == 5


@pytest.mark.asyncio
@pytest.mark.parametrize("step", ["second", "second/recovery", "password", "authenticator"])
async def test_each_step_takes_only_forms_of_its_own_half_session(site: Site, nobody: Caller, step: str) -> None:
    # R23
    await (ready(site, "zana") if step.startswith("second") else new_account(site))
    await sign_in(nobody, "zana", PASSWORD if step.startswith("second") else ONE_TIME)
    code = Phone(site).code()
    for csrf in ("", "0" * 64):
        fields = {"csrf": csrf, "code": code, "recovery": "x", "password": OWN, "again": OWN}
        assert (await nobody.post(f"/console/sign-in/{step}", fields)).status == 403
    assert not [act for act, _ in await acts(site) if act in ("staff.refused", "staff.signed_in", "staff.changed")]


@pytest.mark.asyncio
async def test_without_a_half_session_every_step_leads_to_the_beginning(nobody: Caller) -> None:  # R27
    for step in ("second", "second/recovery", "password", "authenticator", "codes"):
        for page in (
            await nobody.post(f"/console/sign-in/{step}", {"csrf": "x", "next": "/console/queue"}),
            await nobody.get(f"/console/sign-in/{step.partition('/')[0]}?next=/console/queue"),
        ):
            assert page.location == "/console/sign-in?done=over&next=%2Fconsole%2Fqueue"


@pytest.mark.asyncio
async def test_signing_in_leads_on_to_where_one_wanted_to_go(site: Site, nobody: Caller) -> None:
    await ready(site, "zana")
    wanted = (await nobody.get("/console/account?done=away")).location
    page = await nobody.send(await nobody.get(wanted), "/console/sign-in", login="zana", password=PASSWORD)
    page = await nobody.send(await nobody.follow(page), "/second", code=Phone(site).code())
    assert page.location == "/console/account?done=away"


_ELSEWHERE = (
    "https://shembull.example/", "//shembull.example", "/console/../../shembull", "/console//shembull.example",
    "/console\\..\\x", "/consolex", "/console/%2e%2e/x", "javascript:alert(1)", "/console/a\r\nSet-Cookie: a=b",
    "/console/sign-out", "/console/sign-in", "/console/" + "a" * 600, "/console/%0d%0a", "/console?next=\"><script>",
)  # fmt: skip


@pytest.mark.asyncio
async def test_signing_in_never_leads_elsewhere(nobody: Caller) -> None:
    for elsewhere in _ELSEWHERE:
        page = await nobody.post("/console/sign-in", {"login": "askush", "password": "x", "next": elsewhere})
        assert dict(page.form("/console/sign-in").fields)["next"] == "/console", elsewhere


@pytest.mark.asyncio
async def test_a_form_that_was_sent_after_the_session_was_over_keeps_what_was_typed(site: Site) -> None:  # R20
    async with caller(site, await ready(site, "zana")) as zana:
        site.clock.at += 8 * HOUR
        text = "Një letër e gjatë\nme dy rreshta & <shenja>"
        page = await zana.post(
            "/console/account/away", {"csrf": "x", "once": "o-n-c-e", "reasons": text, "password": "sekreti im i madh"}
        )
    assert page.status == 401
    assert "Një letër e gjatë\nme dy rreshta &amp; &lt;shenja&gt;" in page.text
    assert "sekreti im" not in page.text
    assert "o-n-c-e" not in page.text
    assert 'href="/console/sign-in?next=%2Fconsole%2Faccount" target="_blank"' in page.text


@pytest.mark.asyncio
async def test_a_form_of_the_session_before_keeps_what_was_typed_too(site: Site) -> None:  # R23
    account = await ready(site, "zana")
    async with caller(site, account) as before, caller(site, account) as after:
        form = dict((await before.get("/console/account")).form("/codes").fields)
        page = await after.post("/console/account/away", form | {"reasons": "Fjalët e mia"})
    assert (page.status, "Fjalët e mia" in page.words, "është vjetruar" in page.words) == (403, True, True)


@pytest.mark.asyncio
async def test_signing_out_ends_the_session_at_once(site: Site) -> None:  # R22
    async with caller(site, await ready(site, "zana")) as zana:
        token = zana.cookies[COOKIE]
        page = await zana.send(await zana.get("/console/account"), "/console/sign-out")
        assert (page.location, COOKIE in zana.cookies) == ("/console/sign-in?done=out", False)
        zana.cookies[COOKIE] = token
        assert (await zana.get("/console")).location.startswith("/console/sign-in")
    assert await acts(site) == [("staff.signed_out", "zana")]
