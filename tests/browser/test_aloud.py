"""What a screen reader is given: names and roles, what is announced and what is not, and how often."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import COMPANIES, Visitors
from tests.browser.shop import Shop
from tests.browser.visitor import ANSWER, QUESTION, WISH, Visitor, named
from tests.tools.serving import Served


@pytest.fixture(scope="module")
def served(filled: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose time passes as the browser's does: as it is told."""
    sites = {company: [shop.address] for company in COMPANIES}
    with Served(tmp_path_factory.mktemp("served"), filled, sites=sites, clock=True) as started:
        yield started
        started.worked_well()


def until_code(visitor: Visitor) -> str:
    phone = visitor.served.someone()
    visitor.chats()
    visitor.says(WISH)
    visitor.hears("numrin e telefonit")
    visitor.says(phone)
    visitor.hears("gjashtë shifrat")
    return phone


def test_every_part_has_its_role_and_an_albanian_name(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("tung")
    expect(visitor.messages).to_have_count(3)
    expect(visitor.page.get_by_role("dialog", name=re.compile("IPKO"))).to_be_visible()
    frame = visitor.frame
    assert frame.evaluate("document.documentElement.lang") == "sq"
    expect(frame.get_by_role("log", name=named("transcript"))).to_be_visible()
    expect(frame.get_by_role("textbox", name=named("inputLabel"))).to_be_visible()
    for key in ("send", "menu", "close"):
        expect(frame.get_by_role("button", name=named(key), exact=True)).to_be_visible()
    expect(frame.get_by_role("heading", level=1)).to_contain_text("IPKO")
    for message in visitor.messages.all():
        expect(message).to_have_accessible_name(re.compile(rf"^(Mburoja|{named('you')}) \d\d:\d\d$"))


def test_the_live_region_stands_apart_from_the_transcript(visitor: Visitor) -> None:
    visitor.chats()
    live = visitor.frame.locator("[aria-live=polite], [role=status], [role=alert]")
    assert live.count() >= 1
    assert visitor.frame.get_by_role("log").locator("[aria-live=polite], [role=status]").count() == 0
    expect(visitor.frame.get_by_role("log")).to_have_attribute("aria-live", "off")


def test_a_reply_is_announced_once_and_ones_own_words_are_not(visitor: Visitor) -> None:
    visitor.chats()
    visitor.listens()
    visitor.says(QUESTION)
    answer = visitor.hears(ANSWER).locator("p.said").first.inner_text()
    visitor.is_told(re.compile(re.escape(answer[:40])))
    visitor.page.wait_for_timeout(600)
    told = visitor.told()
    assert sum(answer[:40] in each for each in told) == 1
    assert not any(QUESTION in each for each in told)


def test_what_was_said_before_is_not_read_out_again(visitor: Visitor) -> None:
    visitor.chats()
    for text in ("tung", QUESTION):
        visitor.says(text)
    expect(visitor.messages).to_have_count(5)
    visitor.reloads()
    visitor.is_told(named("resumed", count=5))
    assert not any("Jam Mburoja" in each for each in visitor.told())


@pytest.mark.thorough
def test_the_life_of_a_code_is_announced_at_the_start_and_at_one_minute_only(visitor: Visitor) -> None:
    visitor.has_clock()
    until_code(visitor)
    visitor.is_told(re.compile(re.escape(named("codeMinutes", count=5))))
    shown = visitor.frame.get_by_text(re.compile(re.escape(named("codeTimeLeft", time=4)).replace("4", r"\d+:\d\d")))
    expect(shown).to_be_visible()
    visitor.listens()
    visitor.passes(200)
    assert _but_of_the_line(visitor.told()) == []
    visitor.passes(45)
    visitor.is_told(named("codeMinute"))
    visitor.passes(25)
    assert _but_of_the_line(visitor.told()) == [named("codeMinute")]


@pytest.mark.thorough
def test_a_code_that_ran_out_is_told_and_the_form_stays(visitor: Visitor) -> None:
    visitor.has_clock()
    until_code(visitor)
    visitor.listens()
    visitor.code_field.fill("12")
    visitor.passes(310)
    visitor.sees(named("codeExpired"))
    visitor.is_told(named("codeExpired"))
    field = visitor.code_field
    expect(field).to_be_visible()
    expect(field).to_have_value("12")
    expect(visitor.button(named("codeNew"))).to_be_enabled()
    visitor.accessible("code ran out")


def test_an_accepted_code_is_announced_and_the_next_question_has_the_focus(visitor: Visitor) -> None:
    phone = until_code(visitor)
    visitor.listens()
    visitor.says(visitor.served.code_for(phone))
    expect(visitor.hears("A e konfirmoni?")).to_be_focused()
    visitor.is_told(named("codeAccepted"))


def test_a_wrong_code_is_announced(visitor: Visitor) -> None:
    phone = until_code(visitor)
    code = visitor.served.code_for(phone)
    visitor.listens()
    visitor.says("000000" if code != "000000" else "000001")
    visitor.sees(named("codeTries", count=4))
    visitor.is_told(re.compile("."))
    expect(visitor.box).to_be_focused()


def test_whoever_wants_less_motion_sees_none(visitors: Visitors) -> None:
    visitor = visitors(reduced_motion="reduce")
    visitor.chats()
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    moving = "document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 1).length"
    assert visitor.frame.evaluate(moving) == 0
    assert visitor.page.evaluate(moving) == 0


def _but_of_the_line(told: list[str]) -> list[str]:
    """Leave out what is told of the connection: where time is let pass fast, a slow machine seems to be silent."""
    return [each for each in told if each not in (named("connecting"), named("online"))]
