"""The page of a case: what it shows, what is done on it, by whom, once, and never on a page that is out of date."""

import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from bot.dialogue.effects import Escalation
from bot.policy.actions import Action
from bot.policy.company import Decides
from bot.services import conversations
from bot.services.casework import case_file, escalations, sharing
from bot.services.casework.cases import Stored
from bot.services.desk import Place
from bot.services.office import backoffice, claims
from bot.services.office.backoffice import SecondProof
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.console.casing import at_desk, bring, letter, line, logged, office, read
from tests.tools.console import Caller, Page, console_site
from tests.tools.site import Site, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP: dict[str, Any] = {"customer": "A-1001", "checked": SecondProof.SHOP}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all tests here: each has cases of its own."""
    async with console_site(settings, tmp_path_factory.mktemp("cases")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """The DPO of IPKO, who decides there."""
    async with at_desk(site, "zana", ipko=Role.DPO) as who:
        yield who


def arta(site: Site) -> AbstractAsyncContextManager[Caller]:
    """A clerk of IPKO."""
    return at_desk(site, "arta", ipko=Role.CLERK)


async def opened(who: Caller, reference: str) -> Page:
    page = await who.get(f"/console/cases/{reference}")
    assert page.status == 200, page.words[:300]
    return page


async def stored(site: Site, reference: str) -> Stored:
    found: Stored = await read(site, lambda tx: case_file.loaded(tx, site.office.desk, reference))
    return found


def typed(page: Page, action: str, name: str) -> str:
    return next(value for field, value in page.form(action).fields if field == name)


# ---- what is shown ------------------------------------------------------------------------------------------


async def test_a_page_says_what_whose_until_when_and_what_is_next(site: Site, zana: Caller) -> None:  # R33
    reference = await letter(site, **SHOP)
    words = (await opened(zana, reference)).words
    for shown in (reference, "Qasje në të dhëna", "IPKO", "edhe 28 ditë", "2 prill 2026", "Filan Fisteku", "A-1001",
                  "+383 44 *** *01", "Hapi i radhës: Merreni përsipër kërkesën."):  # fmt: skip
        assert shown in words
    assert "+38344000101" not in words  # R46
    assert "Synimi" in words  # the rule is not confirmed


async def test_what_a_customer_wrote_is_text_and_never_a_tag(site: Site, zana: Caller) -> None:  # R26
    evil = '<script>alert("1")</script><img src=x onerror=alert(2)>'
    reference = await letter(site, Action.COMPLAINT, words=evil, reply_to=evil, fields={"happened": evil})
    page = await opened(zana, reference)
    assert "<img src=x" not in page.text
    assert "<script>alert" not in page.text
    assert page.words.count(evil) == 3
    refused = await zana.send(page, "/hand-over", to=evil)
    assert (refused.status, "<script>alert" in refused.text) == (409, False)


async def test_a_case_of_another_company_is_not_there(site: Site) -> None:  # R27, R56
    reference = await letter(site)
    async with at_desk(site, "agron", paysera=Role.DPO) as agron:
        for path in (reference, "7K2Q-9FXA-8", "..%2f", "drejtperdrejt"):
            assert (await agron.get(f"/console/cases/{path}")).status == 404
        csrf = {"csrf": typed(await agron.get("/console/enter"), "/enter", "csrf")}
        for act in ("take", "note", "advise", "unlock", "hold", "acknowledge"):
            sent = {**csrf, "once": "o", "seen": "3", "text": "x"}
            assert (await agron.post(f"/console/cases/{reference}/{act}", sent)).status == 404


async def test_a_reader_sees_no_case(site: Site) -> None:  # R27
    reference = await letter(site)
    async with at_desk(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get(f"/console/cases/{reference}")).status == 403


async def test_a_clerk_works_and_does_not_decide_advise_or_unlock(site: Site) -> None:  # R27
    reference = await letter(site, Action.COMPLAINT)
    async with arta(site) as clerk:
        page = await opened(clerk, reference)
        links = set(re.findall(r"/write/([a-z-]+)", page.text))
        assert links == {"reply", "ask"}
        assert f"{reference}/export" not in page.text
        for act in ("advise", "unlock"):
            sent = {"csrf": typed(page, "/note", "csrf"), "once": act, "seen": "3", "text": "x"}
            assert (await clerk.post(f"/console/cases/{reference}/{act}", sent)).status == 403
        assert [entry.kind for entry in await line(site, reference)] == ["filed", "recorded"]


async def test_there_is_no_refusal_on_the_page_of_who_wants_no_advertising(site: Site, zana: Caller) -> None:  # R40
    for reference in (
        await letter(site, Action.WITHDRAW_MARKETING),
        await letter(site, Action.DSAR_OBJECTION, fields={"against": "marketing"}),
    ):
        page = await opened(zana, reference)
        assert not re.search(r"/write/(refuse|decide|partly|fee)", page.text)
        assert "efuzo" not in page.words
        assert "/write/answer" in page.text
    assert "/write/refuse" in (await opened(zana, await letter(site, Action.COMPLAINT))).text


async def test_an_act_that_a_rule_forbids_is_shown_with_the_rule_and_no_link(site: Site, zana: Caller) -> None:  # R17
    reference = await letter(site, customer="A-1001")
    page = await opened(zana, reference)
    assert "/write/answer" not in page.text
    assert "Përgjigjuni kërkesës, Përgjigjuni pjesërisht: Jo tani." in page.words
    await zana.send(page, "/proof", kind="shop")
    assert f'href="/console/cases/{reference}/write/answer"' in (await opened(zana, reference)).text


async def test_whoever_opens_a_case_is_logged_once_in_a_while(site: Site, zana: Caller) -> None:  # R39
    reference = await letter(site)
    for _ in range(3):
        await opened(zana, reference)
    async with arta(site) as clerk:
        await opened(clerk, reference)
    looks = [who for act, who in await logged(site, reference) if act == "case.viewed"]
    assert sorted(looks) == ["arta", "zana"]
    site.clock.at += 11 * MINUTE
    await opened(zana, reference)
    assert len([act for act, _ in await logged(site, reference) if act == "case.viewed"]) == 3


async def test_a_conversation_that_was_not_shared_is_not_shown(site: Site, zana: Caller) -> None:  # R45
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("t-1", "sa kohë i ruani faturat e mia, more mik?")
        reference = await socket.file_a_request()
    words = (await opened(zana, reference)).words
    assert "more mik" not in words
    assert "Klienti nuk e ka ndarë bisedën." in words
    assert "shkruaj zyrtarit" in words  # the request's own words


# ---- what is done -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "fields", "kind", "logs"),
    [
        ("take", {}, "taken", "request.taken"),
        ("note", {"text": "U fol me arkivin"}, "noted", "request.noted"),
        ("words", {"text": "Vitin 2025", "on": "2026-03-03"}, "words", "request.noted"),
        ("proof", {"kind": "contract_facts"}, "proven", "request.proven"),
        ("advise", {"text": "Duhet pranuar"}, "advised", "case.advised"),
    ],
)
async def test_an_act_leaves_its_trace_on_the_time_line_and_in_the_log(
    site: Site, zana: Caller, act: str, fields: dict[str, Any], kind: str, logs: str
) -> None:  # R17, R39
    reference = await letter(site, Action.COMPLAINT)
    answer = await zana.send(await opened(zana, reference), f"/{act}", **fields)
    assert answer.location == f"/console/cases/{reference}?done={act}"
    entries = await line(site, reference)
    assert ("zana", kind) in [(entry.who, entry.kind) for entry in entries]
    assert (logs, "zana") in await logged(site, reference)
    page = await zana.follow(answer)
    assert fields.get("text", "") in page.words
    assert 'class="told"' in page.text


async def test_a_double_submit_does_it_once(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    page = await opened(zana, reference)
    first, second = [await zana.send(page, "/note", text="Vetëm një herë") for _ in range(2)]
    assert (first.status, second.status) == (303, 303)
    assert [entry.kind for entry in await line(site, reference)].count("noted") == 1


async def test_a_page_that_is_out_of_date_is_refused_and_keeps_what_was_typed(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    before = await opened(zana, reference)
    await zana.send(before, "/note", text="Diçka e re")
    refused = await zana.send(before, "/words", text="Fjalët e klientit <i>", on="2026-03-03")
    assert refused.status == 409
    assert 'role="alert"' in refused.text
    assert typed(refused, "/words", "text").strip() == "Fjalët e klientit <i>"
    assert typed(refused, "/words", "on") == "2026-03-03"
    assert "words" not in [entry.kind for entry in await line(site, reference)]
    again = await zana.ask("POST", f"/console/cases/{reference}/words", dict(refused.form("/words").fields))
    assert again.status == 303
    assert "words" in [entry.kind for entry in await line(site, reference)]


async def test_two_people_do_not_work_on_one_case_unknowingly(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    await zana.send(await opened(zana, reference), "/claim")
    async with arta(site) as clerk:
        page = await opened(clerk, reference)
        assert "po punon zana deri" in page.words
        refused = await clerk.send(page, "/note", text="Edhe unë")
        assert refused.status == 409
        assert "zana" in refused.words
        assert typed(refused, "/note", "text").strip() == "Edhe unë"
        await clerk.send(page, "/claim")  # its button takes over
        assert (await read(site, lambda tx: claims.current(tx, site.clock.at, reference))).holder == "arta"
        assert ("claim.taken_over", "arta") in await logged(site, reference)
        assert (await clerk.send(page, "/note", text="Tash unë")).status == 303
    refused = await zana.send(await opened(zana, reference), "/note", text="Jo më")
    assert (refused.status, "arta" in refused.words) == (409, True)


async def test_a_claim_is_given_back(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    await zana.send(await opened(zana, reference), "/claim")
    await zana.send(await opened(zana, reference), "/release")
    assert await read(site, lambda tx: claims.current(tx, site.clock.at, reference)) is None


async def test_a_case_is_handed_to_a_colleague_who_may_work_there(site: Site, zana: Caller) -> None:
    reference = await letter(site)
    async with arta(site):
        pass  # the account is there
    async with at_desk(site, "leka", ipko=Role.READER):
        pass
    page = await opened(zana, reference)
    assert "leka" not in dict(page.form("/hand-over").fields).values()
    for stranger in ("leka", "agron", "askush", ""):
        assert (await zana.send(page, "/hand-over", to=stranger)).status == 409
    await zana.send(page, "/hand-over", to="arta")
    assert (await stored(site, reference)).taken_by == "arta"
    assert "te arta" in (await opened(zana, reference)).words
    refused = await zana.send(await opened(zana, reference), "/give-back")
    assert refused.status == 303
    assert (await stored(site, reference)).taken_by is None


async def test_what_was_sent_by_hand_is_confirmed_and_so_delivered(site: Site, zana: Caller) -> None:  # R38, R58
    reference = await letter(site, Action.COMPLAINT)
    await site.change(
        lambda tx: backoffice.reply(tx, site.office.desk, office(site), "zana", reference, "Po e shohim.")
    )
    await bring(site, reference)
    page = await opened(zana, reference)
    assert "Dërgojeni këtë te: filan@shembull.example" in page.words
    assert (await zana.send(page, "/acknowledge")).status == 303
    assert "Dërgojeni këtë te:" not in (await opened(zana, reference)).words
    assert ("event.acknowledged", "zana") in await logged(site, reference)


async def test_only_what_belongs_to_the_case_is_confirmed_in_it(site: Site, zana: Caller) -> None:
    mine, other = await letter(site), await letter(site)
    foreign = dict((await opened(zana, other)).form("/acknowledge").fields)["event"]
    page = await opened(zana, mine)
    assert (await zana.send(page, "/acknowledge", event=foreign)).status == 409
    assert ("event.acknowledged", "zana") not in await logged(site, other)


async def test_the_conversation_is_taken_and_given_back(site: Site, zana: Caller) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        reference = await socket.file_a_request()
        assert (await zana.send(await opened(zana, reference), "/hold")).status == 303
        assert "Bisedën e ka marrë një njeri" in (await opened(zana, reference)).words
        await socket.say("h-1", "Kjo është për njeriun.")
        assert "Kjo është për njeriun." in (await opened(zana, reference)).words
        await zana.send(await opened(zana, reference), "/unhold")
        assert "Po e shoh" not in text_of(await socket.say("h-2", "sa kohë i ruani faturat?"))
    assert [entry.kind for entry in await line(site, reference)][-1] == "released"


async def test_a_letter_has_no_conversation_to_take(site: Site, zana: Caller) -> None:
    page = await opened(zana, await letter(site))
    assert not [form for form in page.forms if form.action.endswith("/hold")]
    fields = {name: value for name, value in page.form("/note").fields if name != "text"}
    refused = await zana.post(page.form("/note").action.replace("/note", "/hold"), fields)
    assert refused.status == 409


async def test_a_proof_by_call_is_not_taken_while_the_sim_is_fresh(site: Site) -> None:  # R13, R17
    async with at_desk(site, "drita", paysera=Role.DPO) as drita:
        reference = await letter(
            site, company="paysera", customer="P-2004", checked=SecondProof.CONTRACT_FACTS, action=Action.DSAR_ACCESS
        )
        page = await opened(drita, reference)
        assert "SIM" in page.words
        refused = await drita.send(page, "/proof", kind="call_back")
        assert (refused.status, "R13" in refused.words or "SIM" in refused.words) == (409, True)
        assert (await stored(site, reference)).second_proof == "contract_facts"


async def test_nothing_is_unlocked_that_is_not_locked(site: Site, zana: Caller) -> None:  # R5
    reference = await letter(site, **SHOP)
    page = await opened(zana, reference)
    fields = {name: value for name, value in page.form("/note").fields if name != "text"}
    assert (await zana.post(f"/console/cases/{reference}/unlock", fields)).status == 409


async def test_the_dpo_unlocks_a_customer_s_codes_in_their_case(site: Site, zana: Caller) -> None:  # R5
    reference = await letter(site, customer="A-1002", checked=SecondProof.SHOP)
    desk = site.office.desk
    key = desk.vault.index("contact", "ipko", "customer", "A1002")
    until = site.clock.at + 60 * MINUTE

    def lock(tx: Tx) -> None:
        tx.all("otp.hold_failures", key=key, company="ipko", now=site.clock.at)
        tx.all("otp.count_failure", key=key, most=1, until=until, now=site.clock.at)

    await site.change(lock)
    page = await opened(zana, reference)
    assert "Kodet janë bllokuar" in page.words
    assert (await zana.send(page, "/unlock")).status == 303
    assert "Kodet janë bllokuar" not in (await opened(zana, reference)).words
    assert ("customer.unlocked", "zana") in await logged(site, reference)
    assert [entry.kind for entry in await line(site, reference)][-1] == "unlocked"


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("note", {"text": "  "}),
        ("words", {"text": "Po", "on": "2027-01-01"}),
        ("words", {"text": "Po", "on": "dje"}),
        ("proof", {"kind": "leternjoftimi"}),
        ("advise", {"text": ""}),
        ("acknowledge", {"event": ""}),
    ],
)
async def test_what_cannot_be_is_refused_in_words_and_changes_nothing(
    site: Site, zana: Caller, act: str, fields: dict[str, Any]
) -> None:
    reference = await letter(site, Action.COMPLAINT)
    refused = await zana.send(await opened(zana, reference), f"/{act}", **fields)
    assert refused.status == 409
    assert [entry.kind for entry in await line(site, reference)] == ["filed", "recorded"]


async def test_every_form_of_the_page_is_sent_with_its_edition_and_csrf(site: Site, zana: Caller) -> None:  # R23
    reference = await letter(site)
    page = await opened(zana, reference)
    for form in page.forms:
        if f"/cases/{reference}/" in form.action:
            assert {"csrf", "once", "seen"} <= {name for name, _ in form.fields}
    fields = dict(page.form("/note").fields) | {"csrf": "a" * 64, "text": "Jo"}
    assert (await zana.post(page.form("/note").action, fields)).status == 403


async def test_a_conversation_that_was_shared_is_read_up_to_there(site: Site, zana: Caller) -> None:  # R45
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("s-1", "sa kohë i ruani faturat e mia, more mik?")
        reference = await socket.file_a_request()
        conversation = (await stored(site, reference)).conversation
        desk = site.office.desk
        said = await read(site, lambda tx: conversations.messages(tx, desk, conversation or "", 0))
        place = Place(conversation=conversation or "", channel="web", now=site.clock.at)
        await site.change(lambda tx: sharing.share(tx, desk, place, reference, said[-1].seq))
        await socket.say("s-2", "këtë nuk e ndava me askënd")
    words = (await opened(zana, reference)).words
    assert "more mik" in words
    assert "nuk e ndava me askënd" not in words
    assert "Klienti ju lejoi ta lexoni." in words


async def test_where_the_controller_decides_the_dpo_advises_and_is_told_so(
    site: Site, zana: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:  # R27
    ipko = site.office.desk.companies["ipko"]
    monkeypatch.setitem(site.office.desk.companies, "ipko", replace(ipko, decides=Decides.CONTROLLER))
    reference = await letter(site, Action.COMPLAINT)
    page = await opened(zana, reference)
    assert page.text.count(f'action="/console/cases/{reference}/take"') == 1, "with the next step, and nowhere else"
    page = await zana.follow(await zana.send(page, "/take"))
    assert "Te kjo kompani vendos dikush tjetër." in page.words
    assert "Hapi i radhës: Këtu vendos dikush tjetër. Jepni këshillën tuaj me shkrim." in page.words
    assert set(re.findall(r"/write/([a-z-]+)", page.text)) == {"reply", "ask"}
    page = await zana.follow(await zana.send(page, "/advise", text="Duhet pranuar."))
    assert "Duhet pranuar." in page.words
    async with at_desk(site, "vesa", ipko=Role.DECIDER) as vesa:
        page = await opened(vesa, reference)
        assert "Te kjo kompani vendosni ju" in page.words
        assert {"answer", "refuse"} <= set(re.findall(r"/write/([a-z-]+)", page.text))


async def test_what_was_shared_of_a_hand_off_is_read_in_the_request_too(site: Site, zana: Caller) -> None:  # R45
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        await socket.say("e-1", "a mund të më ndihmojë dikush, o njerëz?")
        filed = await stored(site, await socket.file_a_request())
    desk, place = site.office.desk, Place(conversation=filed.conversation or "", channel="web", now=site.clock.at)

    def work(tx: Tx) -> str:
        identity = escalations.open_escalation(tx, desk, place, Escalation.HAND_OFF, "ipko", "Njeri")
        sharing.share(tx, desk, place, identity, 99)
        return escalations.to_request(tx, desk, place, identity, Action.CONTACT_DPO, "zana")

    reference = await site.office.store.transact(work)
    assert "a mund të më ndihmojë dikush, o njerëz?" in (await opened(zana, reference)).words
