"""Choices, links, and messages that the server did not take."""

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import GREETING, Script, choices, link
from tests.browser.visitor import named

pytestmark = pytest.mark.thorough


def test_a_pressed_choice_says_so_also_after_a_reload_and_the_others_take_no_press(chat: Script) -> None:
    chat.opens()
    chat.button("Reklamat").click()
    picked = chat.page.get_by_role("button", pressed=True)
    for _ in range(2):
        chat.has_said("value-Reklamat")
        expect(picked).to_have_count(1)
        expect(picked).to_contain_text(named("chosen"))
        expect(chat.button("Kërkesë")).to_have_attribute("aria-disabled", "true")
        chat.page.reload()
    expect(picked).to_have_count(1)
    chat.button("Kërkesë").click(force=True)
    chat.page.wait_for_timeout(300)
    chat.has_said("value-Reklamat")


def test_suggestions_can_be_pressed_one_after_another(chat: Script) -> None:
    chat.opens()
    offered = choices("Mund të pyesni edhe:", "Sa gjatë?", "Kujt?", "Anulo")
    for item in offered["items"][:2]:
        item["lasting"] = True
    chat.says(offered)
    chat.button("Sa gjatë?").click()
    expect(chat.button("Anulo")).to_have_attribute("aria-disabled", "true")
    expect(chat.button("Kujt?")).not_to_have_attribute("aria-disabled", "true")
    chat.button("Kujt?").click()
    chat.has_said("value-Sa gjatë?", "value-Kujt?")


def test_a_choice_that_was_not_taken_can_be_pressed_again(chat: Script) -> None:
    chat.opens()
    chat.refusal = "Nuk e mora."
    chat.button("Reklamat").click()
    expect(chat.page.get_by_text("Nuk e mora.")).to_have_count(2)  # beside it, and aloud
    expect(chat.page.get_by_role("button", pressed=True)).to_have_count(0)
    chat.refusal = None
    chat.button("Kërkesë").click()
    expect(chat.page.get_by_role("button", pressed=True)).to_have_count(1)


def test_a_text_that_was_not_taken_can_be_sent_again_or_changed(chat: Script) -> None:
    chat.opens()
    chat.refusal = "Nuk e mora."
    chat.writes("një pyetje")
    chat.button(named("sendAgain")).click()
    expect(chat.articles.filter(has_text="një pyetje")).to_have_count(1)
    chat.button(named("takeBack")).click()
    expect(chat.box).to_have_value("një pyetje")
    expect(chat.articles).to_have_count(len([GREETING]))
    assert len(chat.heard) == 2


def test_a_link_opens_nothing_but_pages_and_mail(chat: Script) -> None:  # R26
    chat.opens()
    chat.says(
        link("e keqe", "javascript:document.title='x'"), link("të dhëna", "data:text/html,x"),
        link("faqe", "https://example.org/"), link("postë", "mailto:a@example.org"), link("jona", "/case"),
    )  # fmt: skip
    expect(chat.page.get_by_text("e keqe", exact=True)).to_be_visible()
    links = chat.articles.last.get_by_role("link")
    assert [each.split(" ")[0] for each in links.all_inner_texts()] == ["faqe", "postë", "jona"]
    for each in links.all():
        expect(each).to_have_attribute("rel", "noopener noreferrer")
        expect(each).to_have_attribute("target", "_blank")
