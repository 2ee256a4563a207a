"""How a chat is come to, and left."""

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import Script
from tests.browser.visitor import named

pytestmark = pytest.mark.thorough


def test_a_reference_in_the_address_is_said_once_and_taken_from_it(chat: Script) -> None:  # R58
    chat.opens("#case=7K2Q-9FXA-8")
    expect(chat.articles.filter(has_text="7K2Q-9FXA-8")).to_have_count(1)
    assert "#" not in chat.page.url
    chat.has_said("7K2Q-9FXA-8")  # a message that had not left the page goes with it
    chat.page.reload()
    expect(chat.articles).to_have_count(2)
    chat.has_said("7K2Q-9FXA-8")


@pytest.mark.parametrize(
    "fragment", ["#case=", "#case=a b", "#case=%3Cb%3E", "#case=" + "7" * 99, "#other=7K2Q-9FXA-8"]
)
def test_any_other_fragment_is_not_said(chat: Script, fragment: str) -> None:
    chat.opens(fragment).page.wait_for_timeout(200)
    assert chat.heard == []


def test_where_cookies_are_refused_the_chat_says_so_and_offers_a_tab_of_its_own(chat: Script) -> None:
    chat.takes_cookies = False
    chat.opens()
    notice = chat.page.get_by_text(named("ownTabWhy"))
    expect(notice).to_be_visible()
    expect(notice.get_by_role("link")).to_have_attribute("href", "/widget/ipko")


def test_before_the_chat_is_erased_the_open_cases_are_shown_with_how_their_reply_comes(chat: Script) -> None:  # R58
    chat.leaving = {"cases": [{"reference": "7K2Q-9FXA-8", "text": "Përgjigjja vjen me SMS."}], "text": "Një e hapur."}
    chat.opens()
    chat.button(named("menu")).click()
    chat.button(named("endChat")).click()
    dialog = chat.page.get_by_role("dialog")
    expect(dialog).to_contain_text("7K2Q-9FXA-8")
    expect(dialog).to_contain_text("Përgjigjja vjen me SMS.")
    assert chat.erased == 0
    chat.button(named("endConfirm")).click()
    expect(chat.page.get_by_role("heading", name=named("ended"))).to_be_focused()
    expect(chat.page.get_by_text("Krejt u fshi.")).to_be_visible()
    assert "Jam Mburoja." not in chat.page.content()
    assert chat.erased == 1


def test_without_an_answer_about_open_cases_nothing_is_erased(chat: Script) -> None:  # R58
    chat.leaving = None
    chat.opens()
    chat.button(named("menu")).click()
    chat.button(named("endChat")).click()
    expect(chat.page.get_by_role("dialog")).to_contain_text(named("endFailed"))
    chat.button(named("endConfirm")).click(force=True)
    assert chat.erased == 0
    chat.leaving = {"cases": [], "text": "Biseda fshihet."}
    chat.button(named("retry")).click()
    expect(chat.page.get_by_role("dialog")).to_contain_text("Biseda fshihet.")
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_be_hidden()
    expect(chat.articles).to_have_count(1)
