"""The fields for a number and for a code."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import NUMBER, TEXT, Script, choices, code_state, paragraph
from tests.browser.visitor import LISTEN, named

pytestmark = pytest.mark.thorough


def test_a_number_is_asked_for_with_the_keyboard_for_numbers_and_text_stays_possible(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Numri?"), state=NUMBER)
    expect(chat.box).to_have_attribute("autocomplete", "tel")
    expect(chat.box).to_have_attribute("inputmode", "tel")
    expect(chat.box).to_be_focused()
    chat.button(named("toText")).click()
    chat.writes("pse ju duhet?")
    chat.has_said("pse ju duhet?")


def test_a_code_that_is_filled_in_goes_by_itself_and_one_that_is_typed_waits_for_enter(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.press_sequentially("123 456")
    assert chat.heard == []
    chat.box.press("Enter")
    expect(chat.box).to_have_value("")
    chat.box.fill("654-321")
    expect(chat.box).to_have_value("")
    chat.has_said("123456", "654321")
    assert "123456" not in chat.page.content()


def test_a_code_that_waits_for_the_line_is_not_shown_either(chat: Script) -> None:  # R16
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    expect(chat.box).to_be_focused()
    chat.breaks()
    chat.box.fill("123456")
    expect(chat.articles.last).to_contain_text("••••••")
    assert "123456" not in chat.page.content()


def test_a_slip_is_told_and_not_sent(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.press_sequentially("1234")
    chat.box.press("Enter")
    expect(chat.page.get_by_text(named("codeIncomplete")).first).to_be_visible()
    expect(chat.box).to_have_attribute("aria-invalid", "true")
    assert chat.heard == []


def test_a_question_can_be_asked_while_a_code_is_waited_for(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.press_sequentially("pse kod?")
    chat.box.press("Enter")
    chat.button(named("toText")).click()
    chat.writes("kush e sheh?")
    chat.button(named("toCode")).click()
    expect(chat.box).to_have_attribute("autocomplete", "one-time-code")
    chat.has_said("pse kod?", "kush e sheh?")


def test_what_somebody_is_writing_is_not_taken_away_by_a_question_for_a_code(chat: Script) -> None:
    chat.opens()
    chat.box.press_sequentially("po shkruaj")
    chat.says(paragraph("Kodi?"), state=code_state())
    expect(chat.button(named("toCode"))).to_be_visible()
    expect(chat.box).to_have_value("po shkruaj")
    expect(chat.box).to_be_focused()


def test_the_time_of_a_code_is_announced_at_the_start_at_one_minute_and_at_the_end_only(chat: Script) -> None:
    chat.page.clock.install()
    chat.opens()
    chat.page.evaluate(LISTEN)
    chat.says(paragraph("Kodi?"), state=code_state(seconds=290))
    expect(chat.page.locator("#code-left")).to_contain_text("4:")
    chat.is_up = False  # a page whose clock leaps asks the server anew, and this one's clock stands still
    chat.page.clock.run_for(317_000)
    first, *later = [line for line in chat.page.evaluate("window.heard") if "Kodi " in line]
    assert named("codeMinutes", count=5) in first
    assert later == [named("codeMinute"), named("codeExpired")]  # never each second
    expect(chat.page.locator("#code-left")).to_have_text(named("codeExpired"))
    expect(chat.box).to_have_attribute("autocomplete", "one-time-code")  # what was begun is kept


def test_one_key_asks_for_a_new_code_once_it_may(chat: Script) -> None:
    chat.page.clock.install()
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state(resend_seconds=42))
    expect(chat.box).to_be_focused()
    chat.page.keyboard.press("Alt+n")
    expect(chat.page.locator("#announcer")).to_contain_text(re.compile(r"pas [1-4]?\d sekondash"))
    assert chat.heard == []
    chat.is_up = False  # a page whose clock leaps asks the server anew, and this one's clock stands still
    chat.page.clock.run_for(43_000)
    expect(chat.button(named("codeNew"))).to_be_enabled()
    chat.page.keyboard.press("Alt+n")
    expect(chat.articles.last).to_contain_text(named("codeNew"))
    chat.mends()
    chat.page.clock.run_for(60_000)
    expect(chat.articles.filter(has_text="Kod i ri")).to_have_count(1)
    chat.has_said("value-Kod i ri")


def test_an_accepted_code_is_announced_and_the_focus_goes_to_the_next_question(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.fill("123456")
    expect(chat.articles.filter(has_text="••••••")).to_have_count(1)
    chat.says(paragraph("Faleminderit."), choices("A e konfirmoni?", "Po", "Jo"), state=TEXT)
    expect(chat.articles.last).to_be_focused()
    assert named("codeAccepted") in chat.announced()


def test_the_focus_goes_to_the_next_question_where_the_line_stops_just_after_it_too(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.fill("123456")
    expect(chat.articles.filter(has_text="••••••")).to_have_count(1)
    chat.says_without_state(paragraph("Faleminderit."), choices("A e konfirmoni?", "Po", "Jo"))
    expect(chat.page.locator("#announcer")).to_contain_text("Faleminderit.")
    chat.is_waiting(TEXT)
    expect(chat.articles.last).to_be_focused()


def test_an_accepted_code_leaves_the_focus_where_somebody_put_it(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.fill("123456")
    expect(chat.articles.filter(has_text="••••••")).to_have_count(1)
    chat.articles.first.focus()
    chat.says(paragraph("Faleminderit."), state=TEXT)
    expect(chat.articles.filter(has_text="Faleminderit.")).to_be_visible()
    expect(chat.articles.first).to_be_focused()


def test_a_wrong_code_keeps_the_field_and_the_focus(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Kodi?"), state=code_state())
    chat.box.fill("123456")
    chat.says(paragraph("Ky kod nuk është i saktë."), state=code_state(seconds=250, tries=1))
    expect(chat.page.locator("#code-tries")).to_have_text(named("codeLastTry"))
    expect(chat.box).to_be_focused()
    assert named("codeAccepted") not in chat.announced()
