"""With a keyboard and nothing else: from the shop's page to a receipt and out again; nobody takes the focus away."""

import re

from playwright.sync_api import Locator, expect

from tests.browser.visitor import QUESTION, WISH, Visitor, named


def tabs_to(visitor: Visitor, target: Locator, key: str = "Tab") -> None:
    """Press Tab until something has the focus, as somebody without a mouse does."""
    for _ in range(30):
        if target.evaluate("element => element.matches(':focus')"):
            return
        visitor.page.keyboard.press(key)
    raise AssertionError(f"{target} is not reached by {key}")


def test_from_the_page_to_a_receipt_with_a_keyboard_only(visitor: Visitor) -> None:
    phone = visitor.served.someone()
    keyboard = visitor.enters_shop().keyboard
    tabs_to(visitor, visitor.launcher())
    visitor.shot("launcher focused")
    keyboard.press("Enter")
    visitor.is_greeted()
    expect(visitor.box).to_be_focused()
    keyboard.type(WISH)
    keyboard.press("Enter")
    visitor.hears("numrin e telefonit")
    expect(visitor.box).to_be_focused()
    keyboard.type(phone)
    keyboard.press("Enter")
    visitor.hears("gjashtë shifrat")
    expect(visitor.code_field).to_be_focused()
    keyboard.type(visitor.served.code_for(phone))
    keyboard.press("Enter")
    # The next question has the focus: it is read, and its choices are the next stops.
    question = visitor.hears("A e konfirmoni?")
    expect(question).to_be_focused()
    visitor.shot("question focused")
    tabs_to(visitor, question.get_by_role("button", name=re.compile("^Po")))
    keyboard.press("Enter")
    assert visitor.has_receipt()
    save = visitor.button(named("saveReceipt"))
    keyboard.press("End")
    tabs_to(visitor, save)
    with visitor.page.expect_download():
        keyboard.press("Enter")


def test_the_transcript_is_one_stop_and_arrows_move_in_it(visitor: Visitor) -> None:
    visitor.chats()
    for text in ("tung", QUESTION):
        visitor.says(text)
    expect(visitor.messages).to_have_count(5)
    keyboard = visitor.page.keyboard
    assert visitor.frame.locator("article[tabindex='0']").count() == 1
    tabs_to(visitor, visitor.frame.locator("article[tabindex='0']"), "Shift+Tab")
    keyboard.press("End")
    expect(visitor.messages.nth(4)).to_be_focused()
    keyboard.press("ArrowUp")
    expect(visitor.messages.nth(3)).to_be_focused()
    keyboard.press("Home")
    expect(visitor.messages.nth(0)).to_be_focused()
    keyboard.press("ArrowUp")
    expect(visitor.messages.nth(0)).to_be_focused()
    keyboard.press("ArrowDown")
    expect(visitor.messages.nth(1)).to_be_focused()
    visitor.shot("message focused")
    assert visitor.frame.locator("article[tabindex='0']").count() == 1


def test_escape_goes_back_to_writing_and_then_to_the_page(visitor: Visitor) -> None:
    visitor.chats()
    keyboard = visitor.page.keyboard
    tabs_to(visitor, visitor.messages.first, "Shift+Tab")
    keyboard.press("Escape")
    expect(visitor.box).to_be_focused()
    keyboard.press("Escape")
    expect(visitor.launcher()).to_be_focused()
    expect(visitor.launcher()).to_have_attribute("aria-expanded", "false")
    keyboard.press("Enter")
    expect(visitor.box).to_be_focused()


def test_the_menu_and_the_question_before_the_end_are_closed_by_escape(visitor: Visitor) -> None:
    visitor.chats()
    keyboard = visitor.page.keyboard
    menu = visitor.button(named("menu"))
    tabs_to(visitor, menu, "Shift+Tab")
    keyboard.press("Enter")
    end = visitor.button(named("endChat"))
    expect(end).to_be_visible()
    keyboard.press("Escape")
    expect(end).to_be_hidden()
    expect(menu).to_be_focused()
    keyboard.press("Enter")
    tabs_to(visitor, end)
    keyboard.press("Enter")
    dialog = visitor.frame.get_by_role("dialog")
    expect(dialog).to_be_visible()
    keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(visitor.messages).to_have_count(1)


def test_an_arriving_message_never_moves_the_focus(visitor: Visitor) -> None:
    visitor.chats()
    first = visitor.page
    tabs_to(visitor, visitor.messages.first, "Shift+Tab")
    greeting = visitor.messages.first
    visitor.chats()
    visitor.says("tung")
    expect(visitor.messages).to_have_count(3)
    visitor.looks_at(first)
    expect(visitor.messages).to_have_count(3)
    expect(greeting).to_be_focused()


def test_one_key_asks_for_a_new_code(visitor: Visitor) -> None:
    phone = visitor.served.someone()
    visitor.chats()
    visitor.says(WISH)
    visitor.hears("numrin e telefonit")
    visitor.says(phone)
    visitor.hears("gjashtë shifrat")
    visitor.code_field.press("Alt+n")
    visitor.is_told(re.compile(re.escape(named("codeNewWait", count=7)).replace("7", r"\d+")))
    expect(visitor.box).to_be_focused()
    expect(visitor.messages).to_have_count(5)


def test_the_launcher_lets_the_focus_go_on(visitor: Visitor) -> None:
    keyboard = visitor.enters_shop().keyboard
    tabs_to(visitor, visitor.launcher())
    keyboard.press("Tab")
    expect(visitor.launcher()).not_to_be_focused()
