"""Where the keyboard and the eye are, whatever arrives."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import Script, choices, paragraph
from tests.browser.visitor import named

pytestmark = pytest.mark.thorough

LONG = [paragraph(f"Fjalia {number} e një përgjigjeje të gjatë.") for number in range(30)]


def test_whoever_opens_the_chat_can_write_at_once(chat: Script) -> None:
    chat.opens()
    expect(chat.box).to_be_focused()
    assert chat.focused() == "text"


def test_the_transcript_is_one_tab_stop_and_then_the_buttons_of_its_message(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Po ju dëgjoj."), choices("A vazhdojmë?", "Po", "Jo"))
    expect(chat.articles).to_have_count(2)
    seen = []
    for _ in range(4):
        chat.page.keyboard.press("Shift+Tab")
        seen.append(chat.focused().split("\n")[0])
    assert seen[:3] == ["Jo", "Po", "Mburoja 10:05"]
    assert seen[3] == "more"


def test_arrow_keys_home_and_end_move_between_messages_and_escape_goes_back_to_writing(chat: Script) -> None:
    chat.opens()
    for text in ("Së dyti.", "Së treti."):
        chat.says(paragraph(text))
    expect(chat.articles).to_have_count(3)
    chat.articles.last.focus()
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "End", "Home"):
        chat.page.keyboard.press(key)
        seen.append(re.split(r"\n+", chat.focused())[1])
    assert seen == ["Së dyti.", "Jam Mburoja.", "Jam Mburoja.", "Së dyti.", "Së treti.", "Jam Mburoja."]
    chat.page.keyboard.press("Escape")
    assert chat.focused() == "text"


def test_a_message_that_arrives_takes_neither_the_focus_nor_the_place_of_somebody_who_reads(chat: Script) -> None:
    chat.opens()
    chat.says(*LONG)
    chat.says(*LONG)
    expect(chat.articles).to_have_count(3)
    chat.articles.first.focus()
    before = chat.page.evaluate("document.querySelector('#transcript').scrollTop")
    chat.says(paragraph("Diçka e re."))
    jump = chat.button(named("newMessage"))
    expect(jump).to_be_visible()
    assert chat.page.evaluate("document.querySelector('#transcript').scrollTop") == before
    assert "Jam Mburoja." in chat.focused()
    jump.click()
    expect(chat.articles.last).to_be_in_viewport()
    expect(jump).to_be_hidden()
    assert "Diçka e re." in chat.focused()


def test_whoever_is_at_the_end_stays_at_the_end(chat: Script) -> None:
    chat.opens()
    for number in range(12):
        chat.says(paragraph(f"Mesazhi {number}."))
    expect(chat.articles.filter(has_text="Mesazhi 11.")).to_be_in_viewport()
    expect(chat.page.locator("#jump")).to_be_hidden()


def test_the_mark_of_a_reply_that_takes_a_while_is_seen_until_it_comes(chat: Script) -> None:
    chat.opens()
    chat.says(*LONG)
    expect(chat.articles).to_have_count(2)
    chat.writes("po?")
    expect(chat.articles).to_have_count(3)
    dots = chat.page.locator(".typing")
    chat.is_busy()
    expect(dots).to_be_in_viewport(ratio=1)
    expect(dots).to_have_attribute("aria-hidden", "true")
    chat.says(paragraph("Po."))
    expect(dots).to_be_hidden()
    expect(chat.articles.last).to_be_in_viewport()
