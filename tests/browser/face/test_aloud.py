"""What screen readers are told: new things, once and shortly."""

import contextlib
import time

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.browser.scripted import Script, choices, paragraph, quote
from tests.browser.visitor import named

pytestmark = pytest.mark.thorough

LONG = [paragraph(f"Fjalia {number} e një përgjigjeje të gjatë.") for number in range(30)]


def test_a_reply_is_announced_once_with_what_there_is_to_read_and_to_choose(chat: Script) -> None:
    chat.opens().page.wait_for_timeout(500)
    chat.says(paragraph("Po."), quote("IPKO · 1", "Fjalët e pikës."), choices("A vazhdojmë?", "Po", "Jo"))
    told = "Mburoja: Po. 1 pikë e cituar. A vazhdojmë? 2 zgjedhje."
    said = chat.announced(told)
    assert said.count(told) == 1
    assert "Fjalët e pikës." not in said


def test_a_long_reply_is_announced_shortly(chat: Script) -> None:
    chat.opens()
    chat.says(*LONG, choices("A vazhdojmë?", "Po"))
    last = chat.announced("1 zgjedhje.").strip().splitlines()[-1]
    assert len(last) < 500
    assert last.endswith("… A vazhdojmë? 1 zgjedhje.")


def test_after_a_reload_old_messages_are_not_announced_one_by_one(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Së dyti."))
    chat.says(paragraph("Së treti."))
    chat.page.reload()
    expect(chat.articles).to_have_count(3)
    resumed = named("resumed", count=3)
    assert chat.announced(resumed).strip() == resumed


def test_a_line_that_is_back_at_once_is_not_spoken_of(chat: Script) -> None:
    chat.page.clock.install()
    chat.opens()
    chat.page.clock.pause_at(chat.page.evaluate("Date.now()") + 20_000)  # a busy machine takes none of the page's time
    chat.breaks()
    chat.mends()
    until = time.monotonic() + 30
    while chat.opened < 2:
        assert time.monotonic() < until, "it does not come back"
        chat.page.clock.run_for(100)
        chat.page.wait_for_timeout(50)
    chat.says(paragraph("Jam prapë këtu."))
    expect(chat.articles.last).to_contain_text("Jam prapë këtu.")
    chat.page.clock.run_for(2_500)
    expect(chat.page.locator("#status")).to_be_hidden()
    assert named("offline") not in chat.announced()
    assert named("online") not in chat.announced()


def test_a_line_that_is_gone_is_told_once_and_so_is_its_return(chat: Script) -> None:
    chat.opens()
    chat.breaks()
    expect(chat.page.locator("#status")).to_contain_text(named("offline"))
    chat.writes("a jeni aty?")
    expect(chat.articles.last).to_contain_text(named("waiting"))
    assert chat.announced(named("offline")).count(named("offline")) == 1
    chat.mends()
    with contextlib.suppress(PlaywrightError):  # it may have come back by itself by then
        chat.button(named("retry")).click(timeout=1_000)
    expect(chat.page.locator("#status")).to_contain_text(named("online"))
    expect(chat.articles.filter(has_text="a jeni aty?")).to_have_count(1)
    chat.has_said("a jeni aty?")
    assert chat.announced(named("online")).count(named("online")) == 1
