"""A letter is looked at with its due date, then entered with its true day; what was typed is never lost."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.policy.actions import Action
from bot.services.casework import case_file, case_queue
from bot.services.casework.case_queue import Filter
from bot.services.casework.cases import Stored
from bot.services.office.backoffice import SecondProof
from bot.services.staff.roles import Role
from bot.settings import Settings
from tests.console.casing import at_desk, letter, logged, read
from tests.tools.console import Caller, Page, console_site
from tests.tools.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPED = {
    "company": "ipko", "kind": "dsar_erasure", "way": "post", "on": "2026-03-02", "words": "Fshini llogarinë time.",
    "reply_to": "Rr. e Shembullit 1, Prishtinë", "customer": "", "checked": "", "field.erase": "llogaria",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def site(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One server for all tests here."""
    async with console_site(settings, tmp_path_factory.mktemp("enter")) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def arta(site: Site) -> AsyncIterator[Caller]:
    """A clerk of IPKO."""
    async with at_desk(site, "arta", ipko=Role.CLERK) as who:
        yield who


async def looked(who: Caller, **typed: str) -> Page:
    return await who.send(await who.get("/console/enter"), "/enter", **dict[str, Any](TYPED | typed))


async def entered(site: Site, who: Caller, **typed: str) -> Stored:
    answer = await who.send(await looked(who, **typed), "/enter", save="1")
    assert answer.status == 303, answer.words[:500]
    reference = answer.location.removeprefix("/console/cases/").partition("?")[0]
    found: Stored = await read(site, lambda tx: case_file.loaded(tx, site.office.desk, reference))
    return found


async def count(site: Site) -> int:
    return len(await read(site, lambda tx: case_queue.open_cases(tx, site.office.desk, Filter(company="ipko"), 1000)))


def kept(page: Page) -> dict[str, str]:
    return {name: value.strip() for name, value in page.form("/enter").fields if name in TYPED}


async def test_the_due_date_is_shown_before_anything_is_entered(site: Site, arta: Caller) -> None:  # R33
    before = await count(site)
    page = await looked(arta)
    assert page.status == 200
    assert "Synimi do të jetë 2 prill 2026" in page.words
    assert kept(page) == TYPED
    assert await count(site) == before


async def test_it_is_entered_with_its_true_day_and_who_entered_it(site: Site, arta: Caller) -> None:  # R33, R39
    stored = await entered(site, arta, on="2026-02-27", reply_to="tjeter@shembull.example")
    assert (stored.action, stored.channel, stored.due_date.isoformat()) == (Action.DSAR_ERASURE, "post", "2026-03-27")
    assert (stored.body.words[0].text, dict(stored.body.fields)) == (TYPED["words"], {"erase": "llogaria"})
    assert ("request.recorded", "arta") in await logged(site, stored.reference)
    assert "27 mars 2026" in (await arta.get(f"/console/cases/{stored.reference}")).words


async def test_a_checked_customer_is_that_customer_with_the_proof(site: Site, arta: Caller) -> None:  # R17, R37
    stored = await entered(site, arta, customer="A-1001", checked="shop", reply_to="")
    assert (stored.identity, stored.second_proof) == ("proven", SecondProof.SHOP)


async def test_an_objection_to_advertising_is_entered_as_such(site: Site, arta: Caller) -> None:  # R40, R54
    stored = await entered(site, arta, kind="dsar_objection", against_marketing="1", way="shop")
    assert dict(stored.body.fields) == {"against": "marketing"}
    assert "Çfarë kundërshtohet reklamat" in (await arta.get(f"/console/cases/{stored.reference}")).words


@pytest.mark.parametrize(
    "typed",
    [
        {"on": "2026-03-06"},  # still to come
        {"on": "1926-03-02"},
        {"on": "2 mars"},
        {"on": ""},
        {"kind": ""},
        {"way": "pigeon"},
        {"words": "  "},
        {"reply_to": ""},
        {"customer": "A-9999", "checked": "shop"},
        {"checked": "leternjoftimi"},
        {"company": "paysera"},
        {"company": "gama"},
    ],
)
async def test_what_cannot_be_entered_is_refused_and_all_that_was_typed_is_kept(
    site: Site, arta: Caller, typed: dict[str, str]
) -> None:  # R33, R53
    before = await count(site)
    page = await looked(arta, **typed)
    if page.status == 200:  # the service refuses it
        page = await arta.send(page, "/enter", save="1")
    assert page.status == 409
    assert 'role="alert"' in page.text
    expected = {**TYPED, **typed}
    for name in ("words", "reply_to", "customer", "field.erase", "on"):
        assert kept(page)[name] == expected[name].strip()
    assert await count(site) == before


async def test_what_is_missing_is_said_when_it_is_looked_at_with_days_as_people_write_them(
    arta: Caller,
) -> None:  # R33, R53
    assert "shkruani një adresë" in (await looked(arta, reply_to="")).words
    assert "jo më vonë se 5 mars 2026; 6 mars 2026 nuk mund të jetë" in (await looked(arta, on="2026-03-06")).words


async def test_only_the_fields_of_the_kind_that_was_chosen_are_left(arta: Caller) -> None:
    assert 'name="field.wrong"' in (await arta.get("/console/enter")).text
    page = await looked(arta)
    assert 'name="field.erase"' in page.text
    assert 'name="field.wrong"' not in page.text


async def test_who_asked_for_the_same_before_is_shown_before_it_is_entered(site: Site, arta: Caller) -> None:
    address = "dyfish@shembull.example"
    first = await letter(site, Action.COMPLAINT, reply_to=address, customer="A-1007")
    other = await letter(site, Action.DSAR_ACCESS, reply_to=address)
    words = (await looked(arta, kind="complaint", reply_to=address.upper())).words
    assert first in words
    assert other not in words
    assert first in (await looked(arta, kind="complaint", customer="a 1007")).words
    assert first not in (await looked(arta, kind="complaint", customer="A-1008")).words


async def test_a_checked_customer_s_open_request_is_found_by_the_number(site: Site, arta: Caller) -> None:
    first = await letter(site, Action.DSAR_RESTRICTION, customer="A-1002", checked=SecondProof.SHOP, reply_to="")
    assert first in (await looked(arta, kind="dsar_restriction", customer="A-1002", reply_to="tjetër rrugë 9")).words


async def test_a_double_submit_enters_one(site: Site, arta: Caller) -> None:
    page = await looked(arta, reply_to="nje@shembull.example")
    before = await count(site)
    first, second = [await arta.send(page, "/enter", save="1") for _ in range(2)]
    assert (first.status, second.status, first.location == second.location) == (303, 303, True)
    assert await count(site) == before + 1


async def test_what_changed_since_it_was_looked_at_is_looked_at_again(site: Site, arta: Caller) -> None:  # R33
    page = await looked(arta, reply_to="vonesa@shembull.example")
    before = await count(site)
    refused = await arta.send(page, "/enter", save="1", on="2026-02-25")
    assert (refused.status, "25 mars 2026" in refused.words) == (409, True)
    assert await count(site) == before
    assert (await arta.send(refused, "/enter", save="1")).status == 303


async def test_who_does_not_work_on_requests_enters_none(site: Site) -> None:  # R27
    async with at_desk(site, "leka", ipko=Role.READER) as leka:
        assert (await leka.get("/console/enter")).status == 403


async def test_a_look_alike_form_without_a_token_enters_nothing(site: Site, arta: Caller) -> None:  # R23
    before = await count(site)
    assert (await arta.post("/console/enter", {**TYPED, "save": "1", "once": "o"})).status == 403
    assert await count(site) == before
