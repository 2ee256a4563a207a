"""By keyboard alone, several people at once, pages that are left open: what scripts of the console must get right."""

import re

import pytest
from playwright.sync_api import expect

from bot.console.pages import say
from tests.browser.conftest import Visitors
from tests.browser.console.conftest import Officers

pytestmark = pytest.mark.thorough

YESTERDAY = "2026-11-22"


def test_a_case_is_worked_on_by_keyboard_alone(officers: Officers) -> None:
    zana = officers().signs_in()
    reference = zana.enters("Ankesë", "Askush nuk përgjigjet.", on=YESTERDAY, reply_to="tasti@shembull.example")
    page, keys = zana.goes("/console/queue"), zana.page.keyboard
    focused = page.locator(":focus")
    for _ in range(30):
        keys.press("j")
        if reference in focused.inner_text():
            break
    expect(focused).to_have_text(reference)
    zana.shot("the line in focus")
    with page.expect_navigation():
        keys.press("t")
    expect(page.get_by_role("status").first).to_be_visible()
    keys.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    keys.type(reference.lower())
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(reference)
    page.get_by_role("link", name=say("Skip to the content")).focus()
    keys.press("Enter")
    summary = page.get_by_text(say("Note for colleagues"), exact=True)
    for _ in range(60):
        keys.press("Tab")
        if focused.inner_text().strip() == say("Note for colleagues"):
            break
    expect(summary).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    keys.type("U fol me dyqanin.")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_text("U fol me dyqanin.").first).to_be_visible()


def test_the_keys_are_told_and_can_be_put_off(officers: Officers) -> None:
    zana = officers().signs_in()
    zana.enters("Ankesë", "Askush nuk përgjigjet.", on=YESTERDAY, reply_to="tasti@shembull.example")
    page = zana.goes("/console/queue")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    zana.accessible("keys")
    dialog.get_by_role("checkbox").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()


def test_two_people_do_not_work_on_one_case_unknowingly(officers: Officers) -> None:
    zana, besa = officers().signs_in(), officers("besa").signs_in()
    reference = zana.enters("Ankesë", "Askush nuk përgjigjet.", on=YESTERDAY, reply_to="dy@shembull.example")
    besa.opens(reference)
    besa.watch.expects("status of 409")
    zana.presses(zana.page.get_by_role("button", name=say("Work on it now")))
    note = besa.page.get_by_text(say("Note for colleagues"), exact=True)
    note.click()
    besa.page.get_by_label(say("Note"), exact=True).fill("Po e shoh unë.")
    besa.page.get_by_role("button", name=say("Write the note")).click()
    refused = besa.page.get_by_role("alert")
    expect(refused).to_contain_text("zana")
    expect(besa.page.get_by_label(say("Note"), exact=True)).to_have_value("Po e shoh unë.")
    besa.accessible("refused")


def test_what_comes_in_is_seen_in_a_queue_that_is_open(officers: Officers, visitors: Visitors) -> None:
    zana = officers().signs_in()
    page = zana.goes("/console/queue")
    filan = visitors()
    reference = filan.chats().files_request(filan.served.someone())
    expect(zana.row(reference).first).to_be_visible()
    assert page.url.endswith("/console/queue")


def test_what_was_typed_is_not_lost_with_the_session(officers: Officers) -> None:  # R20
    zana = officers().signs_in()
    reference = zana.enters("Ankesë", "Askush nuk përgjigjet.", on=YESTERDAY, reply_to="skadon@shembull.example")
    zana.begins("reply")
    typed = "Po e shqyrtojmë ankesën tuaj me kujdes."
    zana.page.get_by_label(say("Your message")).fill(typed)
    zana.served.passes(minutes=8 * 60)
    zana.watch.expects("status of 401")
    zana.shows()
    expect(zana.page.get_by_role("textbox").first).to_have_value(re.compile(re.escape(typed)))
    zana.accessible("session over")
    assert reference in zana.page.url or reference in zana.page.content()


def test_a_reader_sees_figures_and_nothing_else(officers: Officers) -> None:  # R27
    leka = officers("leka").signs_in()
    expect(leka.page).to_have_url(re.compile("/console/figures"))
    assert leka.page.get_by_role("navigation", name=say("Places")).get_by_role("link").count() == 1
    leka.watch.expects("status of 403")
    leka.goes("/console/queue")
    expect(leka.page.get_by_role("heading", level=1)).to_be_visible()
    leka.accessible("not allowed")


def test_a_case_can_be_printed(officers: Officers) -> None:
    zana = officers().signs_in()
    zana.enters("Ankesë", "Askush nuk përgjigjet.", on=YESTERDAY, reply_to="letra@shembull.example")
    zana.page.emulate_media(media="print")
    zana.shot("case on paper")
    assert zana.page.get_by_role("navigation", name=say("Places")).count() == 0
    expect(zana.page.get_by_text("Askush nuk përgjigjet.").first).to_be_visible()
    assert len(zana.page.pdf()) > 10_000
