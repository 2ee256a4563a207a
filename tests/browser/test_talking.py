"""Somebody asks and reads: the answer, its quote, the way to the whole policy, choices, and how the chat looks."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.visitor import ANSWER, QUESTION, WISH, Visitor, named


def test_the_chat_opens_with_who_it_is_and_what_it_keeps(visitor: Visitor) -> None:  # R42, R56
    visitor.enters_shop()
    visitor.shot("launcher")
    assert len(visitor.page.frames) == 1  # nothing is loaded before it is wanted
    visitor.opens_chat()
    greeting = visitor.messages.first
    for told in ("Mburoja", "IPKO", "jo njeri", "24 orë"):
        expect(greeting).to_contain_text(told)
    expect(visitor.box).to_be_focused()
    visitor.accessible("greeting")


def test_an_answer_comes_with_its_clause_quoted(visitor: Visitor) -> None:
    visitor.chats("paysera")
    visitor.says("sa gjatë i ruani të dhënat e mia pasi ta mbyll llogarinë?")
    answer = visitor.hears("5 vjet")
    quote = answer.locator("details").first
    quoted = quote.locator("blockquote")
    expect(quoted).to_be_hidden()
    visitor.accessible("answer")
    quote.locator("summary").click()
    expect(quoted).to_contain_text("9.4")
    visitor.accessible("quote unfolded")
    quote.locator("summary").click()
    expect(quoted).to_be_hidden()


def test_a_quote_leads_to_its_clause_in_the_whole_policy(visitor: Visitor) -> None:
    visitor.chats("paysera")
    visitor.says("sa gjatë i ruani të dhënat e mia pasi ta mbyll llogarinë?")
    quote = visitor.hears("5 vjet").locator("details").first
    quote.locator("summary").click()
    with visitor.context.expect_page() as opened:
        quote.get_by_role("link", name=named("openPolicy")).click()
    policy = opened.value
    policy.wait_for_load_state()
    assert re.search(r"/policy/paysera(\?.*)?#9\.4$", policy.url)
    clause = policy.locator('[id="9.4"]')
    expect(clause).to_be_in_viewport()
    expect(clause).to_contain_text("Periudha e ruajtjes")
    visitor.looks_at(policy)
    visitor.accessible("policy")
    assert policy.evaluate("window.opener") is None


def test_what_is_said_is_shown_with_who_and_when(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("tung")
    mine = visitor.frame.locator("article.you").last
    expect(mine).to_contain_text(named("you"))
    expect(mine).to_contain_text("tung")
    expect(mine.locator("time")).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_pressed_choice_says_so_and_holds_once(visitor: Visitor) -> None:  # R60
    visitor.chats()
    visitor.says(WISH)
    asked = visitor.hears("numrin e telefonit")
    choice = asked.get_by_role("button").last
    label = choice.inner_text()
    choice.click()
    expect(choice).to_have_attribute("aria-pressed", "true")
    expect(choice).to_contain_text(named("chosen"))
    expect(visitor.frame.locator("article.you").last).to_contain_text(label)
    expect(visitor.messages).to_have_count(5)
    for other in asked.get_by_role("button").all():
        expect(other).to_be_disabled()
        other.click(force=True)
    visitor.page.wait_for_timeout(300)
    assert visitor.messages.count() == 5
    visitor.accessible("choice pressed")


def test_a_choice_of_the_menu_holds_as_long_as_it_is_seen(visitor: Visitor) -> None:
    visitor.chats()
    choice = visitor.messages.first.get_by_role("button").first
    for said in (3, 5):
        choice.click()
        expect(visitor.messages).to_have_count(said)
        expect(choice).to_have_attribute("aria-pressed", "true")


def test_markup_that_somebody_writes_stays_text(visitor: Visitor) -> None:  # R26
    visitor.chats()
    markup = "<img src=x onerror=alert(1)><b>fort</b><script>alert(2)</script>"
    visitor.says(markup)
    expect(visitor.messages).to_have_count(3)  # it has come back from the server
    expect(visitor.frame.locator("article.you").last).to_contain_text(markup)
    assert visitor.frame.locator("article img, article b, article script").count() == 0


def test_a_long_word_and_a_long_text_do_not_break_the_page(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("ë" * 500 + " " + "fjalë " * 200)
    expect(visitor.messages).to_have_count(3)
    wide = visitor.frame.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
    assert wide == 0
    visitor.shot("long")


def test_a_text_that_is_too_long_is_kept_and_told(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("a" * 2_010)
    visitor.sees(named("tooLong", count=10))
    expect(visitor.box).to_have_value("a" * 2_010)
    visitor.accessible("too long")


def test_a_new_line_can_be_written(visitor: Visitor) -> None:
    visitor.chats()
    visitor.box.press_sequentially("tung")
    visitor.box.press("Shift+Enter")
    visitor.box.press_sequentially("a jeni?")
    visitor.box.press("Enter")
    expect(visitor.frame.locator("article.you").last).to_contain_text(re.compile(r"tung\s+a jeni\?"))


def test_two_people_do_not_see_each_others_chat(visitors: Visitors) -> None:
    one, other = visitors().chats(), visitors().chats()
    one.says(QUESTION)
    one.hears(ANSWER)
    assert other.messages.count() == 1
    other.reloads()
    assert other.messages.count() == 1
