"""The chat on small and large screens, in the dark, in strong contrast, enlarged: all of it there, nothing cut off."""

import os
import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitors
from tests.browser.visitor import ANSWER, QUESTION, Visitor, named, violations

THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
SCHEMES = ["light", "dark"] if THOROUGH else ["light"]
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
SMALL = {**PHONE, "viewport": {"width": 320, "height": 568}}
# A desktop window of 1280 × 1024 at 200 % zoom has as many CSS pixels as this.
ZOOMED: dict[str, Any] = {"viewport": {"width": 640, "height": 512}, "device_scale_factor": 2}
_WIDER = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# Things to press that are smaller than WCAG 2.2's 24 × 24 px and stand in no text.
_TINY = """
() => [...document.querySelectorAll("button, a, summary, textarea, input")].filter((one) => {
  const {width, height} = one.getBoundingClientRect();
  return width > 0 && height > 0 && (width < 24 || height < 24) && getComputedStyle(one).display !== "inline";
}).map((one) => one.outerHTML)
"""


def whole_way(visitor: Visitor) -> None:
    """From the launcher to a receipt and the question before the end; every screen is looked at."""
    visitor.enters_shop()
    visitor.accessible("launcher")
    visitor.opens_chat()
    fits(visitor, "greeting")
    visitor.says(QUESTION)
    quote = visitor.hears(ANSWER).locator("details").first
    quote.locator("summary").click()
    fits(visitor, "quote")
    visitor.says("dua një kopje të të gjitha të dhënave të mia")
    visitor.hears("numrin e telefonit")
    fits(visitor, "number")
    phone = visitor.served.someone()
    visitor.says(phone)
    visitor.hears("gjashtë shifrat")
    fits(visitor, "code")
    visitor.says(visitor.served.code_for(phone))
    visitor.hears("A e konfirmoni?")
    fits(visitor, "confirmation")
    visitor.presses(re.compile("^Po"))
    visitor.has_receipt()
    fits(visitor, "receipt")
    visitor.presses(named("menu"))
    fits(visitor, "menu")
    visitor.presses(named("endChat"))
    expect(visitor.frame.get_by_role("dialog")).to_be_visible()
    fits(visitor, "end")


def fits(visitor: Visitor, name: str) -> None:
    """Nothing is wider than the screen, nothing too small to press, nothing that axe-core finds wrong."""
    visitor.accessible(name)
    assert visitor.page.evaluate(_WIDER) <= 0, name
    assert visitor.frame.evaluate(_WIDER) <= 0, name
    assert visitor.frame.evaluate(_TINY) == [], name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_on_a_phone_the_chat_fills_the_screen(visitors: Visitors, scheme: str) -> None:
    visitor = visitors(**PHONE, color_scheme=scheme)
    whole_way(visitor)
    frame = visitor.page.locator("mburoja-chat iframe").bounding_box()
    assert frame
    assert (frame["x"], frame["width"]) == (0, 390)
    assert frame["height"] > 800


def test_on_a_phone_opening_brings_no_keyboard_over_the_greeting(visitors: Visitors) -> None:
    visitor = visitors(**PHONE)
    visitor.chats()
    expect(visitor.box).not_to_be_focused()


def test_at_320_pixels_all_is_there(visitors: Visitors) -> None:
    whole_way(visitors(**SMALL))


@pytest.mark.thorough
def test_at_200_percent_all_is_there(visitors: Visitors) -> None:
    whole_way(visitors(**ZOOMED))


def test_large_text_does_not_cut_anything(visitors: Visitors) -> None:
    visitor = visitors()
    visitor.chats_alone()
    visitor.frame.evaluate("document.documentElement.style.fontSize = '200%'")
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    fits(visitor, "large text")


@pytest.mark.thorough
def test_in_the_dark_every_screen_is_readable(visitors: Visitors) -> None:
    visitor = visitors(color_scheme="dark")
    whole_way(visitor)
    back = visitor.frame.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", back)[:3]) < 80, back


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", SCHEMES)
def test_in_forced_colours_every_screen_is_readable(visitors: Visitors, scheme: str) -> None:
    whole_way(visitors(forced_colors="active", color_scheme=scheme))


@pytest.mark.thorough
def test_with_more_contrast_every_screen_is_readable(visitors: Visitors) -> None:
    whole_way(visitors(contrast="more"))


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_is_accessible(visitors: Visitors, scheme: str) -> None:
    visitor = visitors(color_scheme=scheme, **PHONE)
    visitor.watch.expects("404")
    for path in ("/", "/case", "/answer", "/policy/ipko", "/policy/paysera", "/nowhere", "/widget/ipko"):
        page = visitor.goes(visitor.served.address + path)
        page.wait_for_load_state("load")
        visitor.accessible(f"{path} {scheme}".replace("/", " ").strip())
        assert page.evaluate(_WIDER) <= 0, path
        page.close()


def test_the_policy_can_be_printed(visitors: Visitors) -> None:
    visitor = visitors()
    page = visitor.goes(f"{visitor.served.address}/policy/ipko")
    page.emulate_media(media="print")
    visitor.shot("printed")
    assert len(page.pdf()) > 10_000
    assert page.evaluate(_WIDER) <= 0


# ---- those who look ----------------------------------------------------------------------------------------------


def test_what_is_wrong_with_a_page_is_found(visitor: Visitor) -> None:
    visitor.chats()
    assert violations(visitor.frame) == []
    visitor.frame.evaluate("document.querySelector('button[aria-label]').removeAttribute('aria-label')")
    assert [each["id"] for each in violations(visitor.frame)] == ["button-name"]


def test_what_a_browser_complains_of_is_heard(visitor: Visitor) -> None:
    visitor.chats()
    assert visitor.watch.complaints == []
    visitor.frame.evaluate("console.error('e para')")
    visitor.frame.evaluate("setTimeout(() => { throw new Error('e dyta') })")
    visitor.frame.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: '1'}))")
    visitor.eventually(lambda: len(visitor.watch.unexpected) == 3)
    visitor.watch.expects("e para", "e dyta", "Content Security Policy")
    assert visitor.watch.unexpected == []
