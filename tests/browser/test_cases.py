"""A request later on: found again in any browser by its number and a code, its answer fetched by a one-time link."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import COMPANIES, Visitors
from tests.browser.shop import Shop
from tests.browser.visitor import Visitor
from tests.tools.serving import Served

pytestmark = pytest.mark.thorough

ANSWER = "Të dhënat tuaja: emri i trilluar, numri i trilluar.\n" * 2_000


@pytest.fixture(scope="module")
def served(filled: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose time passes only when a test lets it: a new code for a number has to wait a minute."""
    sites = {company: [shop.address] for company in COMPANIES}
    with Served(tmp_path_factory.mktemp("served"), filled, sites=sites, clock=True) as started:
        yield started
        started.worked_well()


def looks_up(visitor: Visitor, reference: str, phone: str) -> None:
    """Write the number of a request on the page for it, and the code in the chat that opens."""
    visitor.served.passes(minutes=2)
    page = visitor.goes(f"{visitor.served.address}/case")
    page.get_by_role("radio", name=re.compile("IPKO")).check()
    page.get_by_role("textbox").fill(reference.lower().replace("-", " "))
    visitor.shot("case filled")
    page.get_by_role("button").click()
    page.wait_for_url(re.compile("/widget/ipko"))
    assert reference not in page.url
    visitor.hears("numrin e telefonit")
    visitor.proves(phone)
    expect(visitor.frame.locator("article.bot").last).to_contain_text(reference)


def test_a_request_is_found_again_in_another_browser(visitors: Visitors) -> None:  # R58
    phone = (one := visitors()).served.someone()
    reference = one.chats().files_request(phone)
    other = visitors()
    looks_up(other, reference, phone)
    other.accessible("case found")


def test_somebody_else_does_not_find_a_request_by_its_number(visitors: Visitors) -> None:  # R11
    one = visitors()
    reference = one.chats().files_request(one.served.someone())
    stranger = visitors()
    stranger.chats()
    stranger.says(reference)
    stranger.hears("numrin e telefonit")
    stranger.proves(stranger.served.someone())
    expect(stranger.messages).to_have_count(7)
    assert "Kopje" not in stranger.messages.last.inner_text()


def test_what_is_missing_on_the_page_for_a_request_is_told(visitor: Visitor) -> None:
    page = visitor.goes(f"{visitor.served.address}/case")
    visitor.accessible("case")
    page.get_by_role("button").click()
    visitor.accessible("case with faults")
    assert page.url.endswith("/case")
    page.get_by_role("radio", name=re.compile("IPKO")).check()
    field = page.get_by_role("textbox")
    field.fill("7K2Q")
    page.get_by_role("button").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


# ---- the answer ------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(visitor: Visitor, tmp_path: Path) -> tuple[Visitor, str, str]:
    """A customer whose request for a copy is answered; the number of the request, and their phone's."""
    phone = visitor.served.someone()
    reference = visitor.chats().files_request(phone)
    file = tmp_path / "Kopja juaj ë.txt"
    file.write_text(ANSWER, encoding="utf-8")
    office = visitor.served.office
    office("requests", "take", reference, "--by", "zyra")
    office("requests", "proof", reference, "--kind", "shop", "--by", "zyra")
    office("requests", "answer", reference, "--file", str(file), "--by", "zyra")
    return visitor, reference, phone


def opens_link(visitor: Visitor, reference: str, phone: str) -> Page:
    """Look the request up and follow the link in its status."""
    looks_up(visitor, reference, phone)
    link = visitor.frame.locator("article.bot").last.get_by_role("link").last
    with visitor.context.expect_page() as opened:
        link.click()
    page = opened.value
    page.wait_for_load_state()
    visitor.looks_at(page)
    return page


def test_an_answer_is_fetched_with_a_fresh_code(answered: tuple[Visitor, str, str], tmp_path: Path) -> None:  # R43
    visitor, reference, phone = answered
    page = opens_link(visitor, reference, phone)
    expect(page.get_by_text(reference)).to_be_visible()
    assert page.url.endswith("/answer")  # the token has left the address
    visitor.accessible("answer link")
    visitor.served.passes(minutes=2)
    page.get_by_role("button", name=re.compile("kodin")).first.click()
    field = page.get_by_role("textbox")
    expect(field).to_be_focused()
    visitor.accessible("answer code")
    field.fill(visitor.served.code_for(phone))
    field.press("Enter")
    save = page.get_by_role("listitem").get_by_role("button")
    expect(save).to_be_visible()
    visitor.accessible("answer files")
    with page.expect_download() as saving:
        save.click()
    kept = tmp_path / "kept"
    saving.value.save_as(kept)
    assert kept.read_text(encoding="utf-8") == ANSWER
    assert saving.value.suggested_filename.endswith(".txt")
    visitor.accessible("answer saved")


def test_a_link_that_was_used_opens_nothing_and_says_where_a_new_one_is(
    answered: tuple[Visitor, str, str],
) -> None:  # R43
    visitor, reference, phone = answered
    looks_up(visitor, reference, phone)
    link = visitor.frame.locator("article.bot").last.get_by_role("link").last.get_attribute("href")
    assert link
    visitor.says(reference)  # a new link takes the place of the one before
    visitor.watch.expects(r"404 \(Not Found\) \(\S+/api/answer/open\)")
    newer = visitor.frame.locator("article.bot").last.get_by_role("link").last
    expect(newer).not_to_have_attribute("href", link)
    page = visitor.goes(link)
    expect(page.get_by_role("link", name=re.compile("kërkes"))).to_be_visible()
    expect(page.get_by_text(reference)).to_be_hidden()
    visitor.accessible("answer gone")
