"""The queue: what burns at a glance, what waits and for how long, filters in the address, a way to everything."""

import contextlib
import datetime as dt
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import DAY
from bot.console import due, words
from bot.console.pages import say
from bot.dialogue.effects import Escalation, Flag
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework import kept_parts
from bot.services.casework.cases import Identity, NoteKind
from bot.services.casework.deadlines import local_day
from bot.services.casework.kept_parts import NewPart
from bot.services.office import backoffice, claims
from bot.services.office.backoffice import About, SecondProof
from bot.services.office.backoffice_record import Way
from bot.services.records import events
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.console.casing import DAY as LETTER_DAY
from tests.console.casing import at_desk, escalation, letter, logged, office, read
from tests.tools.console import Caller, Page, console_site
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all tests here; each looks for its own lines."""
    async with console_site(settings, tmp_path_factory.mktemp("queue")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """The DPO of IPKO."""
    async with at_desk(site, "zana", ipko=Role.DPO) as who:
        yield who


async def opened(who: Caller, query: str = "") -> Page:
    page = await who.get(f"/console/queue{query}")
    assert page.status == 200, page.words[:300]
    return page


def row(page: Page, reference: str) -> str:
    """What is read of one line; a letter of the case that is to be sent by hand is, sooner or later, another."""
    lines = re.findall(r"<tr role=\"row\" data-key.*?</tr>", page.text, re.DOTALL)
    found = [line for line in lines if reference in line and 'data-key="notice:' not in line]
    assert len(found) == 1, f"{reference} stands {len(found)} times in the queue"
    return Page(status=200, text=found[0], headers={}).words


def references(page: Page) -> list[str]:
    return re.findall(r'class="reference" href="[^"]*">([^<]+)<', page.text)


def tally(page: Page, name: str) -> int:
    return sum(int(count) for count in re.findall(rf"<b>(\d+)</b> {name}</a>", page.text))


async def withdrawn(site: Site, kind: EventKind = EventKind.CONSENT_WITHDRAWN, company: str = "ipko") -> str:
    """An act that the back office has to apply; returns the event's id."""

    def work(tx: Tx) -> str:
        desk, now = site.office.desk, site.office.clock.now()
        seq = events.publish(tx, desk, now, kind, company=company, reference="7K2Q-9FXA-8", body={"purposes": []})
        return events.page(tx, desk, company, seq - 1, kind=None, is_open=True, most=1)[0].id

    return await site.office.store.transact(work)


# ---- one look -----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def at(site: Site, moved: int) -> AsyncIterator[Caller]:
    """The DPO of IPKO at another time, signed in then."""
    before, site.clock.at = site.clock.at, site.clock.at + moved
    async with at_desk(site, "zana", ipko=Role.DPO) as who:
        yield who
    site.clock.at = before


async def test_the_heading_says_at_a_glance_what_burns(settings: Settings, tmp_path: Path) -> None:
    async with console_site(settings, tmp_path) as site:
        async with at(site, 0) as zana:
            page = await opened(zana)
            assert "Asgjë nuk pret" in page.words
            assert "pijeni kafen" in page.words
        first = await letter(site)  # due on 2 April, in 28 days
        await letter(site, on=LETTER_DAY - dt.timedelta(days=5))
        for days, heading, said in (
            (25, "1 e vonuar", "edhe 3 ditë"),
            (28, "1 e vonuar, 1 sot", "sot"),
            (36, "2 të vonuara", "e vonuar 8 ditë"),
        ):
            async with at(site, days * DAY) as zana:
                page = await opened(zana)
                assert re.findall(r"<h1[^>]*>\s*([^<]*?)\s*</h1>", page.text) == [heading]  # R33
                assert said in row(page, first)


async def test_a_line_says_what_it_is_when_it_is_due_and_who_has_it(site: Site, zana: Caller) -> None:  # R34
    reference = await letter(site, Action.DSAR_ERASURE)
    line = row(await opened(zana), reference)
    for said in (
        "Fshirje e të dhënave",
        "e pavërtetuar",
        "e pranuar",
        "askush",
        "Merre",
        "2 prill 2026",
        "e-mail",
        "e re",
    ):
        assert said in line, line
    desk = site.office.desk
    await site.change(lambda tx: backoffice.take(tx, desk, office(site), "leka", reference))
    await site.change(lambda tx: claims.claim(tx, desk, site.clock.at, reference, "drita"))
    await site.change(lambda tx: backoffice.ask(tx, desk, office(site), "leka", reference, "Cilin vit?", About.SCOPE))
    line = row(await opened(zana), reference)
    for said in ("leka", "po punon drita", "pret klientin"):
        assert said in line, line
    assert "Merre" not in line


async def test_what_is_not_confirmed_is_shown_as_a_target(site: Site, zana: Caller) -> None:  # R33, R44
    confirmed = site.office.desk.companies["ipko"].rights.deadline.confirmed is not None
    reference = await letter(site)
    assert ("synim" in row(await opened(zana), reference)) is not confirmed


async def test_a_withdrawal_that_nobody_applied_for_a_day_is_late_until_it_is(site: Site, zana: Caller) -> None:  # R38
    event = await withdrawn(site)
    assert "Tërheqje e pëlqimit" in row(await opened(zana, "?what=withdrawal"), event)
    assert "e vonuar" not in row(await opened(zana, "?what=withdrawal"), event)
    async with at(site, DAY) as later:
        page = await opened(later, "?what=withdrawal&due=late")
        assert "e vonuar që sot" in row(page, event)
        before = tally(page, "tërheqje të pazbatuara me kohë")
        shown = await later.get(f"/console/events/{event}")
        assert "e vonuar; duhej bërë deri më" in shown.words
        page = await later.follow(await later.send(shown, "/acknowledge"))
        assert "U shënua" in page.words
        assert tally(page, "tërheqje të pazbatuara me kohë") == before - 1
        shown = await later.get(f"/console/events/{event}")
        assert "zana" in shown.words
        assert not [form for form in shown.forms if form.action.endswith("/acknowledge")]


async def test_what_was_applied_by_two_at_once_is_recorded_once(site: Site, zana: Caller) -> None:  # R38
    async def acknowledged() -> int:
        return [act for act, _ in await logged(site, "7K2Q-9FXA-8")].count(Act.EVENT_ACKNOWLEDGED)

    event, before = await withdrawn(site), await acknowledged()
    page = await zana.get(f"/console/events/{event}")
    assert [(await zana.send(page, "/acknowledge")).status for _ in range(2)] == [303, 303]
    stored = await read(site, lambda tx: events.load(tx, site.office.desk, event))
    assert stored.acknowledged_by == "zana"
    assert await acknowledged() == before + 1


async def test_what_is_for_a_person_and_what_was_kept_stand_in_the_same_list(site: Site, zana: Caller) -> None:
    person, unanswered = await escalation(site), await escalation(site, Escalation.UNANSWERED)
    reference = await letter(site, Action.DSAR_ERASURE)
    part = NewPart(what="faturat", until="pesë vjet", clause="1", due_on=local_day(site.clock.at))
    await site.change(lambda tx: kept_parts.keep(tx, site.office.desk, "ipko", reference, [part]))
    page = await opened(zana, "?what=person")
    assert "Kërkon të flasë me një njeri" in row(page, person)
    assert unanswered not in page.text
    assert f'href="/console/escalations/{person}"' in page.text
    page = await opened(zana, "?what=kept")
    assert "Pjesë që ruhej, për t’u fshirë" in row(page, reference)
    assert "faturat" not in page.text, "nothing is opened that is sealed"


# ---- filters --------------------------------------------------------------------------------------------------------


async def test_filters_stand_in_the_address_and_in_the_form(site: Site, zana: Caller) -> None:
    mine, other = await letter(site, Action.COMPLAINT), await letter(site, Action.DSAR_ACCESS, way=Way.SHOP)
    await site.change(lambda tx: backoffice.take(tx, site.office.desk, office(site), "zana", mine))
    page = await opened(zana, "?kind=complaint&who=me")
    assert references(page) == [mine]
    assert ("kind", "complaint") in page.form("/console/queue").fields
    assert ("who", "me") in page.form("/console/queue").fields
    assert other in references(await opened(zana, "?channel=shop"))
    assert mine not in references(await opened(zana, "?who=nobody"))
    assert mine in references(await opened(zana, "?state=in_progress&who=zana"))
    assert other in references(await opened(zana, f"?flag={Flag.IDENTITY_PENDING}&company=ipko"))
    nothing = await opened(zana, "?kind=human_review&state=waiting")
    assert "Me këtë filtër nuk pret asgjë" in nothing.words


@pytest.mark.parametrize(
    "query",
    ["?what=x&kind=y&state=z&flag=q&due=w&since=v", "?after=x", "?after=2026-01-01.x.y", "?after=0001-01-01.5.z",
     "?after=9999-12-31.99999999999999999999.z", "?who=%27%3B--&channel=%00&company=%F0%9F%98%80",
     "?due=late&due=today"],
)  # fmt: skip
async def test_an_address_that_nobody_made_opens_the_queue(zana: Caller, query: str) -> None:  # R51
    await opened(zana, query)


async def test_every_count_leads_to_what_it_counts(zana: Caller) -> None:
    page = await opened(zana)
    links = re.findall(r'<a class="tally[^"]*" href="([^"]+)"[^>]*><b>(\d+)</b>', page.text)
    assert len(links) >= 6
    for href, count in links:
        shown = await zana.get(href.replace("&amp;", "&"))
        assert len(references(shown)) == min(int(count), 50), href


async def test_pages_go_on_where_the_one_before_ended(site: Site, zana: Caller) -> None:
    made = {await letter(site, Action.DSAR_PORTABILITY) for _ in range(60)}
    page = await opened(zana, "?kind=dsar_portability")
    first = references(page)
    assert len(first) == 50
    (href,) = re.findall(r'href="([^"]+)" rel="next"', page.text)
    assert "kind=dsar_portability" in href
    page = await zana.get(href.replace("&amp;", "&"))
    assert made == set(first) | set(references(page))
    assert not set(first) & set(references(page))
    assert "Faqja tjetër" not in page.words


# ---- who ------------------------------------------------------------------------------------------------------------


async def test_each_sees_their_own_companies_queue_only(site: Site, zana: Caller) -> None:
    theirs = await letter(site, company="paysera")
    everybodys = await escalation(site, company=None)
    assert theirs not in (await opened(zana)).text
    assert theirs not in (await opened(zana, "?company=paysera")).text
    assert everybodys in (await opened(zana)).text
    async with at_desk(site, "besa", paysera=Role.CLERK, ipko=Role.READER) as besa:
        page = await opened(besa)
        assert theirs in page.text
        assert "IPKO" not in page.words, "a reader sees figures, no queue"
        event = await withdrawn(site)
        assert (await besa.get(f"/console/events/{event}")).status == 403
    own = await letter(site, on=LETTER_DAY - dt.timedelta(days=3))  # before the many of other tests
    async with at_desk(site, "vesa", paysera=Role.DPO, ipko=Role.DPO) as vesa:
        for company, seen, unseen in (("ipko", own, theirs), ("paysera", theirs, own)):
            page = await opened(vesa, f"?company={company}")
            assert seen in page.text
            assert unseen not in page.text
    async with at_desk(site, "agim", paysera=Role.CLERK) as agim:
        assert (await agim.get(f"/console/events/{event}")).status == 404
        refused = await agim.post(f"/console/events/{event}/acknowledge", {"csrf": "x"})
        assert refused.status == 403
    async with at_desk(site, "lis", ipko=Role.READER) as lis:
        for path in ("/console/queue", "/console/queue/rows", "/console/live", "/console/find?reference=x"):
            assert (await lis.get(path)).status == 403


async def test_whose_withdrawal_was_looked_at_is_on_record(site: Site, zana: Caller) -> None:  # R39
    def work(tx: Tx) -> str:
        desk, now = site.office.desk, site.office.clock.now()
        body = {"kind": "email", "contact": "filan@shembull.example"}
        seq = events.publish(
            tx, desk, now, EventKind.MARKETING_STOPPED, company="ipko", reference="9FXA-7K2Q-8", body=body
        )
        return events.page(tx, desk, "ipko", seq - 1, kind=None, is_open=True, most=1)[0].id

    event = await site.office.store.transact(work)
    page = await zana.get(f"/console/events/{event}")
    assert "filan@shembull.example" in page.words
    assert (Act.CASE_VIEWED, "zana") in await logged(site, "9FXA-7K2Q-8")


# ---- finding --------------------------------------------------------------------------------------------------------


async def test_a_number_is_found_however_it_is_typed(site: Site, zana: Caller) -> None:
    case, person = await letter(site), await escalation(site)
    for typed in (case, case.lower(), case.replace("-", ""), f"%20{case.replace('-', '%20')}%20", f"nr.%20{case}"):
        assert (await zana.get(f"/console/find?reference={typed}")).location == f"/console/cases/{case}"
    assert (await zana.get(f"/console/find?reference={person}")).location == f"/console/escalations/{person}"


async def test_a_receipt_leads_to_what_is_to_be_applied_of_it(site: Site, zana: Caller) -> None:
    def work(tx: Tx) -> str:
        desk, now = site.office.desk, site.office.clock.now()
        seq = events.publish(tx, desk, now, EventKind.CONSENT_GRANTED, company="ipko", reference=RECEIPT, body={})
        return events.page(tx, desk, "ipko", seq - 1, kind=None, is_open=True, most=1)[0].id

    event = await site.office.store.transact(work)
    assert (await zana.get(f"/console/find?reference={RECEIPT}")).location == f"/console/events/{event}"


RECEIPT = "2222-222A-Z"


async def test_what_is_not_there_or_not_ones_own_is_said_kindly(site: Site, zana: Caller) -> None:
    theirs = await letter(site, company="paysera")
    page = await zana.get(f"/console/find?reference={theirs}")
    assert (page.status, page.location) == (200, "")
    assert f"Nuk ka asgjë me numrin {theirs}" in page.words
    assert "Ky nuk është tamam një numër yni" in (await zana.get("/console/find?reference=%3Cb%3E7K2Q")).words
    assert "Gjeni me numrin e kërkesës" in (await zana.get("/console/find")).words


# ---- words --------------------------------------------------------------------------------------------------------


async def test_everything_that_is_stored_has_words() -> None:
    said = {
        words.kind: Action, words.state: CaseState, words.flag: Flag, words.event_kind: EventKind,
        words.escalation_kind: Escalation, words.identity: Identity, words.second_proof: SecondProof,
        words.entry_kind: NoteKind, words.act_name: Act,
    }  # fmt: skip
    for name, values in said.items():
        missing = [value.value for value in values if name(value.value) == value.value]
        assert not missing, f"words.{name.__name__} does not know {missing}"
    assert words.kind("something new") == "something new"
    assert words.proof("proven", "shop") == "e vërtetuar, prova e dytë: vetë në dyqan"
    assert say("Take") == "Merre"


@pytest.mark.parametrize(
    ("days", "late", "said"),
    [(-12, True, "e vonuar 12 ditë"), (-1, True, "e vonuar 1 ditë"), (0, True, "e vonuar që sot"), (0, False, "sot"),
     (1, False, "edhe 1 ditë"), (33, False, "edhe 33 ditë")],
)  # fmt: skip
async def test_days_left_are_said_in_words(days: int, late: object, said: str) -> None:
    assert due.words(days, late=bool(late)) == said


@pytest.mark.parametrize(
    ("at", "channel", "said"),
    [
        ("2026-03-05T12:00+01:00", "post", "5 mars 2026"),
        ("2026-07-05T12:00+02:00", "email", "5 korrik 2026"),
        ("2026-03-05T09:41+01:00", "shop", "5 mars 2026, 09:41"),  # entered on that very day, before noon
        ("2026-03-05T12:00+01:00", "web", "5 mars 2026, 12:00"),
    ],
)
async def test_of_a_letter_the_day_is_told_and_no_hour_that_nobody_knows(at: str, channel: str, said: str) -> None:
    moment = int(dt.datetime.fromisoformat(at).timestamp() * 1000)
    assert due.came(moment, channel) == said
