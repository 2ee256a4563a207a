"""The log of acts in the console: searched, verified, taken along; and one case as a file for the agency."""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from bot.dialogue.effects import Shown
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Words
from bot.services.desk import Place
from bot.services.office import backoffice
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.records.audit_search import Found
from bot.services.records.case_check import check
from bot.services.records.sealed_file import PURPOSE, public_key
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.tools.console import Caller, Page, console_site, signed_in
from tests.tools.engines import looking
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

OURS, THEIRS = "7K2Q-9FXA-8", "N6QT-W4W2-J"
WORDS = "Dua kopjen e të dhënave të mia."
SCRIPT = "<script>alert(1)</script>"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A server with one case of each company, IPKO's taken by somebody."""
    async with console_site(settings, tmp_path_factory.mktemp("records")) as made:
        await made.office.store.transact(lambda tx: put_cases(tx, made))
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def zana(site: Site) -> AsyncIterator[Caller]:
    """IPKO's DPO."""
    async with signed_in(site, "zana", ipko=Role.DPO) as caller:
        yield caller


def put_cases(tx: Tx, site: Site) -> None:
    desk, now = site.office.desk, site.office.clock.now()
    place = Place(conversation="c1", channel="web", now=now)
    for reference, company, clause in ((OURS, "ipko", "e-drejta-e-qasjes"), (THEIRS, "paysera", "30.1")):
        basis = case_file.basis_of(desk, company, now, Shown(words="Po e regjistroj.", clauses=(clause,)))
        new = NewCase(
            company=company, action=Action.DSAR_ACCESS, identity=Identity.PENDING, subject=None, conversation=None,
            channel="web", body=Body(words=(Words(at=now, text=f"{WORDS} {SCRIPT}"),), basis=basis),
            reply_to="+383 44 000 102", flags=(), received_at=now,
        )  # fmt: skip
        case_file.create(tx, desk, place, reference, new)
    backoffice.take(tx, desk, Place(conversation="", channel="office", now=now), "agron", OURS)


async def logged(site: Site, act: Act) -> list[Found]:
    """Every entry of an act."""
    # In one look: what is being sealed meanwhile moves between two.
    sealed, rows = await site.office.store.read(
        lambda tx: (tx.all("audit.page", after=0, most=9_999), tx.all("audit.unsealed", most=9_999))
    )
    found = [
        Found(id=row["id"], at=row["at"], body=row["body"], seq=None, previous=None, hash=None)
        for row in (*sealed, *rows)
    ]
    return [entry for entry in found if entry.read["act"] == act]


async def posted(caller: Caller, page: Page, action: str, **fields: str) -> tuple[int, bytes, dict[str, str]]:
    """Send a form of a page and return what came, as bytes."""
    form = page.form(action)
    data = {**dict(form.fields), **fields}
    async with caller.http.post(
        caller.site.url + form.action, data=data, headers=caller.headers(), allow_redirects=False
    ) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


# ---- the log ------------------------------------------------------------------------------------------------


async def test_the_log_says_who_did_what_when_in_words(zana: Caller) -> None:  # R39
    page = await zana.get(f"/console/audit?reference={OURS.lower()}")
    assert page.status == 200
    assert "Kërkesa u mor përsipër" in page.words
    assert "agron" in page.words
    assert "5 mars 2026, 10:00" in page.words
    assert f'href="/console/find?reference={OURS}"' in page.text


async def test_another_company_s_entries_are_not_found(zana: Caller, site: Site) -> None:  # R56
    assert "Nuk ka hyrje të tillë." in (await zana.get(f"/console/audit?reference={THEIRS}")).words
    assert (await zana.get("/console/audit?company=paysera")).status == 404
    everything = await zana.get("/console/audit")
    assert "Paysera" not in everything.words
    async with signed_in(site, "both", ipko=Role.DPO, paysera=Role.DPO) as both:
        assert "Paysera" in (await both.get("/console/audit")).words
    async with signed_in(site, "mixed", ipko=Role.DPO, paysera=Role.CLERK) as mixed:
        assert "Paysera" not in (await mixed.get("/console/audit")).words
        assert (await mixed.get("/console/audit?company=paysera")).status == 403


@pytest.mark.parametrize("role", [Role.READER, Role.CLERK, Role.DECIDER])
async def test_only_the_dpo_sees_the_log_and_takes_cases_along(site: Site, role: Role) -> None:  # R27
    async with signed_in(site, f"one-{role.value}", ipko=role) as one:
        for path in ("/console/audit", "/console/audit/verify", f"/console/cases/{OURS}/export"):
            assert (await one.get(path)).status == 403


async def test_the_log_is_searched_by_act_person_and_day(zana: Caller) -> None:
    taken = await zana.get("/console/audit?act=request.taken&who=agron&from=2026-03-05&to=2026-03-05")
    assert rows_of(taken) == 1
    assert rows_of(await zana.get("/console/audit?act=request.taken&who=zana")) == 0
    assert rows_of(await zana.get("/console/audit?who=agron&from=2026-03-06")) == 0


def rows_of(page: Page) -> int:
    return page.text.partition("<tbody>")[2].partition("</tbody>")[0].count("<tr>")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("reference=ABCD", "«ABCD» nuk është numër kërkese."),
        ("from=2026-02-30", "«2026-02-30» nuk është datë."),
        ("to=%3Cscript%3E", "«<script>» nuk është datë."),
        ("to=0001-01-01", "«0001-01-01» nuk është datë."),
    ],
)
async def test_what_cannot_be_looked_for_is_told_and_finds_nothing(zana: Caller, query: str, told: str) -> None:  # R51
    page = await zana.get(f"/console/audit?{query}")
    assert (page.status, rows_of(page)) == (200, 0)
    assert told in page.words


async def test_older_entries_come_page_by_page(zana: Caller) -> None:
    page, seen = await zana.get("/console/audit"), 0
    while True:
        seen += rows_of(page)
        older = page.text.partition('href="/console/audit?after=')[2].partition('"')[0]
        if not older:
            break
        page = await zana.get(f"/console/audit?after={older}")
    status, raw, _ = await posted(zana, page, "/audit/export", format="jsonl")
    assert status == 200
    assert seen in {len(raw.splitlines()), len(raw.splitlines()) - 1}  # that it was taken along is in it, too


async def test_looking_at_the_log_is_logged_once_in_a_while(site: Site) -> None:  # R39
    async with signed_in(site, "vjosa", ipko=Role.DPO) as vjosa:
        for minutes in (0, 9, 1, 9, 1):
            site.clock.at += minutes * MINUTE
            await vjosa.get("/console/audit?who=somebody+private")
    looks = [entry for entry in await logged(site, Act.AUDIT_VIEWED) if entry.read["details"]["who"] == "vjosa"]
    assert len(looks) == 3
    assert "private" not in looks[0].body


# ---- taken along --------------------------------------------------------------------------------------------


async def test_the_search_is_taken_along_as_json_lines_that_can_be_checked(zana: Caller, site: Site) -> None:  # R39
    page = await zana.get(f"/console/audit?reference={OURS}")
    status, raw, headers = await posted(zana, page, "/audit/export", format="jsonl")
    entries = [json.loads(each) for each in raw.splitlines()]
    assert status == 200
    assert headers["Content-Disposition"] == 'attachment; filename="ditari-2026-03-05.jsonl"'
    assert {json.loads(entry["body"])["reference"] for entry in entries} == {OURS}
    assert entries[0].keys() == {"seq", "id", "previous", "hash", "body"}
    exported = [entry.read["details"] for entry in await logged(site, Act.AUDIT_EXPORTED)]
    assert {"who": "zana", "format": "jsonl", "search": f"reference={OURS}"} in exported


async def test_the_same_as_a_table(zana: Caller) -> None:
    page = await zana.get(f"/console/audit?reference={OURS}")
    _, raw, headers = await posted(zana, page, "/audit/export", format="csv")
    head, *rows = list(csv.reader(io.StringIO(raw.decode())))
    assert headers["Content-Type"].startswith("text/csv")
    assert head[:6] == ["seq", "time", "act", "company", "reference", "who"]
    assert ["request.taken", "ipko", OURS, "agron"] in [row[2:6] for row in rows]


async def test_another_company_s_entries_are_not_taken_along(zana: Caller) -> None:  # R56
    page = await zana.get("/console/audit")
    assert (await posted(zana, page, "/audit/export", company="paysera"))[0] == 404
    _, raw, _ = await posted(zana, page, "/audit/export", format="jsonl")
    assert THEIRS.encode() not in raw


async def test_nothing_is_taken_along_without_the_form_s_token(zana: Caller) -> None:  # R23
    page = await zana.get("/console/audit")
    assert (await posted(zana, page, "/audit/export", csrf="x"))[0] == 403
    assert (await posted(zana, page, "/audit/verify", csrf="x"))[0] == 403


# ---- verified -----------------------------------------------------------------------------------------------


async def verified(caller: Caller) -> Page:
    """Verify and wait for the result."""
    status, _, headers = await posted(caller, await caller.get("/console/audit"), "/audit/verify")
    assert (status, headers["Location"]) == (303, "/console/audit/verify")
    while True:
        page = await caller.get("/console/audit/verify")
        if "Refresh" not in page.headers:
            return page
        await asyncio.sleep(0.1)


async def test_the_chain_is_verified_and_said_to_be_whole(zana: Caller) -> None:  # R47
    page = await verified(zana)
    assert "hyrje, zinxhiri është i plotë." in page.words
    assert "NUK" not in page.words


async def test_what_was_tampered_with_is_named(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with console_site(settings, tmp_path_factory.mktemp("tampered")) as site:
        await site.office.store.transact(lambda tx: put_cases(tx, site))
        async with signed_in(site, "zana", ipko=Role.DPO) as zana:
            async with asyncio.timeout(30):
                while await site.office.store.read(audit.has_unsealed):  # what was logged is sealed beside us
                    await asyncio.sleep(0.05)
            assert "zinxhiri është i plotë" in (await verified(zana)).words
            with looking(site.office.database) as tables:
                tables.execute("UPDATE audit SET who = 'zana' WHERE who = 'agron'")
            page = await verified(zana)
            assert "zinxhiri NUK është i plotë" in page.words
            assert "kërkimi e gjen si diçka tjetër" in page.words


# ---- one case as a file -------------------------------------------------------------------------------------


async def test_a_case_is_a_file_that_the_agency_can_check(zana: Caller, site: Site) -> None:  # R39, R47
    page = await zana.get(f"/console/cases/{OURS}/export")
    key = public_key(site.office.desk.vault.signing_key(PURPOSE))
    assert f"--key {key}" in page.words
    status, raw, headers = await posted(zana, page, "/export")
    assert (status, headers["Content-Type"]) == (200, "application/zip")
    assert headers["Content-Disposition"] == f'attachment; filename="rasti-{OURS}.zip"'
    checked = check(raw, key)
    assert checked.faults == ()
    (entry,) = await logged(site, Act.CASE_EXPORTED)
    assert (entry.read["reference"], entry.read["details"]) == (OURS, {"who": "zana", "files": 0})
    assert entry.body in raw_log(raw)


def raw_log(raw: bytes) -> list[str]:
    return [json.loads(each)["body"] for each in unpacked(raw)["ditari.jsonl"].splitlines()]


def unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_its_page_is_read_without_anything_else_and_runs_nothing(zana: Caller) -> None:  # R26, R46
    page = await zana.get(f"/console/cases/{OURS}/export")
    html = unpacked((await posted(zana, page, "/export"))[1])["rasti.html"].decode()
    assert WORDS in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "src=" not in html
    assert "href=" not in html
    assert "Qasje në të dhëna" in html
    assert "000 102" not in html


async def test_another_company_s_case_is_not_there(zana: Caller) -> None:  # R56
    for reference in (THEIRS, "AAAA-AAAA-A", "x"):
        assert (await zana.get(f"/console/cases/{reference}/export")).status == 404
