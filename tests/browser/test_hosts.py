"""The pages around the chat: two companies, a strict policy, a hostile script, sites that may not, refused cookies."""

import re
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Route, expect

from tests.browser.conftest import Visitors
from tests.browser.shop import Page, Shop, loader
from tests.browser.visitor import ANSWER, QUESTION, WISH, Visitor, named

pytestmark = pytest.mark.thorough


def test_two_companies_on_one_page_are_two_chats(visitor: Visitor) -> None:  # R56
    address = visitor.served.address
    visitor.shop.put("/both", Page(scripts=loader(address, "ipko") + loader(address, "paysera")))
    visitor.enters_shop("/both")
    for company in ("ipko", "paysera"):
        expect(visitor.launcher(company)).to_be_visible()
    one, other = (visitor.launcher(company).bounding_box() for company in ("ipko", "paysera"))
    assert one
    assert other
    assert one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    visitor.shot("two launchers")
    phone = visitor.served.someone()
    visitor.opens_chat("ipko")
    visitor.withdraws(phone)
    visitor.opens_chat("paysera")
    expect(visitor.messages.first).to_contain_text("Paysera")
    expect(visitor.messages).to_have_count(1)
    visitor.says(WISH)
    visitor.hears("numrin e telefonit")  # proven at one, a stranger at the other
    visitor.accessible("two chats")
    names = sorted(str(cookie["name"]) for cookie in visitor.context.cookies())
    assert names == ["__Host-mburoja-ipko", "__Host-mburoja-paysera"]
    visitor.opens_chat("ipko")
    assert visitor.has_receipt()


def test_a_strict_policy_of_the_page_is_no_hindrance_and_is_not_violated(visitor: Visitor) -> None:  # R25
    address = visitor.served.address
    policy = f"default-src 'none'; script-src {address}; frame-src {address}; style-src 'none'; img-src data:"
    visitor.shop.put("/strict", Page(scripts=loader(address, "ipko"), headers={"Content-Security-Policy": policy}))
    visitor.enters_shop("/strict")
    visitor.shot("strict launcher")
    visitor.opens_chat()
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    visitor.shot("strict chat")
    box = visitor.launcher().bounding_box()
    assert box
    assert box["x"] > 900  # our styles hold: it stands in the corner
    assert box["y"] > 600


def test_where_the_page_forbids_frames_the_chat_has_its_own_tab(visitor: Visitor) -> None:
    address = visitor.served.address
    policy = f"default-src 'none'; script-src {address}; frame-src 'none'; img-src data:"
    visitor.shop.put("/frameless", Page(scripts=loader(address, "ipko"), headers={"Content-Security-Policy": policy}))
    visitor.enters_shop("/frameless")
    visitor.watch.expects("Content Security Policy")
    with visitor.context.expect_page() as opened:
        visitor.launcher().click()
    visitor.looks_at(opened.value)
    visitor.is_greeted()


def test_the_page_loads_nothing_of_ours_but_the_loader_before_it_is_opened(visitor: Visitor) -> None:  # R22
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    visitor.enters_shop()
    expect(visitor.launcher()).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")
    assert [url for url in asked if url.startswith(visitor.served.address)] == [
        f"{visitor.served.address}/widget.js?company=ipko"
    ]
    assert visitor.context.cookies() == []


HOSTILE = """<script>
  window.caught = [];
  const catchAll = (what) => window.caught.push(JSON.stringify(what));
  addEventListener("message", (event) => catchAll([event.origin, event.data]), true);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function () { return attach.call(this, {mode: "open"}); };
  const post = window.postMessage;
  Object.defineProperty(Window.prototype, "postMessage", {value: (...all) => { catchAll(all); return post(...all); }});
  for (const name of ["fetch", "WebSocket", "XMLHttpRequest"]) window[name] = () => catchAll([name]);
  JSON.parse = () => { throw new Error("no"); };
  Object.prototype.mburoja = 1;
  Object.prototype.type = "close";
  Array.prototype.map = function () { return [...this].flatMap((one, at) => [arguments[0](one, at)]); };
</script>
<style>
  * { color: red !important; background: black !important; font-size: 3px !important; transform: scale(0.1) !important }
  body * { position: absolute !important; left: -9000px !important }
</style>"""
# What such a script tries once the chat is open.
ATTACK = """
async () => {
  const frame = document.querySelector("mburoja-chat").shadowRoot.querySelector("iframe");
  const tried = {};
  const attempt = async (name, work) => {
    try { tried[name] = String(await work()); } catch (error) { tried[name] = error.name; }
  };
  await attempt("document", () => frame.contentWindow.document.body.innerText);
  await attempt("contentDocument", () => frame.contentDocument.body.innerText);
  await attempt("storage", () => frame.contentWindow.localStorage.length);
  await attempt("location", () => frame.contentWindow.location.href);
  for (const type of ["say", "hello", "renew", "forgotten", "forget", "size", "unread", "open"]) {
    for (const data of [{mburoja: 1, type, text: "fshini krejt"}, {type, mburoja: "1"}, type, null, [type]]) {
      frame.contentWindow.postMessage(data, "*");
      window.postMessage(data, "*");
    }
  }
  const response = await new Promise((done) => {
    const inner = document.createElement("iframe");
    inner.onload = () => done(inner.contentWindow.fetch);
    document.body.append(inner);
  });
  const ours = new URL(frame.src).origin;
  await attempt("session", async () => (await response(ours + "/session/ipko", {
    method: "POST", credentials: "include", headers: {"Content-Type": "text/plain"}, body: "{}"})).status);
  await attempt("forget", async () => (await response(ours + "/session/ipko", {
    method: "DELETE", credentials: "include"})).status);
  return tried;
}
"""


def test_a_hostile_script_on_the_page_reads_and_does_nothing(visitor: Visitor) -> None:  # R22, R24, R25
    page = Page(head=HOSTILE, scripts=loader(visitor.served.address, "ipko"))
    visitor.shop.put("/hostile", page)
    visitor.watch.expects("CORS", "ERR_FAILED", "Failed to load resource")
    visitor.enters_shop("/hostile")
    visitor.launcher().dispatch_event(
        "click"
    )  # the page has shrunk the button; what the person can still do is another matter
    visitor.is_greeted()
    visitor.says(QUESTION)
    answer = visitor.hears(ANSWER).inner_text()
    tried = visitor.page.evaluate(ATTACK)
    assert set(tried.values()) <= {"SecurityError", "TypeError"}, tried
    visitor.page.wait_for_timeout(300)
    expect(visitor.messages).to_have_count(3)  # nothing was said in the person's name
    assert visitor.said()[2] == answer
    caught = "".join(visitor.page.evaluate("window.caught"))
    assert QUESTION not in caught
    assert not any(token in caught for token in visitor.tokens())
    assert {"csrf", "blocks", "ticket", "token"}.isdisjoint(re.findall(r"\w+", caught))
    visitor.says("tung")
    expect(visitor.messages).to_have_count(5)
    visitor.shot("hostile")


def test_styles_of_the_page_do_not_reach_the_launcher(visitor: Visitor) -> None:
    style = (
        "<style>body > *, button, div { background: red !important; font-size: 90px !important; display: none }</style>"
    )
    visitor.shop.put("/styled", Page(head=style, scripts=loader(visitor.served.address, "ipko")))
    visitor.enters_shop("/styled")
    expect(visitor.launcher()).to_be_visible()
    box = visitor.launcher().bounding_box()
    assert box
    assert (box["width"], box["height"]) == (56, 56)
    visitor.shot("styled")


# ---- who may embed ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stranger() -> Iterator[Shop]:
    """A site that is on no company's list."""
    with Shop("127.0.0.1") as opened:
        yield opened


def test_a_site_that_is_not_on_the_list_cannot_embed_the_chat(visitor: Visitor, stranger: Shop) -> None:  # R25
    visitor.watch.expects("frame-ancestors", "Framing", "Refused to")
    framed = f'<iframe src="{visitor.served.address}/widget/ipko"></iframe>'
    visitor.goes(stranger.put("/", Page(scripts=framed)))
    visitor.page.wait_for_load_state("networkidle")
    for frame in visitor.page.frames[1:]:
        assert not is_chat(frame)
    assert visitor.context.cookies() == []
    visitor.shot("stranger")


def test_our_other_pages_are_framed_by_nobody(visitor: Visitor) -> None:
    visitor.watch.expects("frame-ancestors", "Framing", "Refused to")
    framed = "".join(
        f'<iframe src="{visitor.served.address}{path}"></iframe>' for path in ("/case", "/answer", "/policy/ipko", "/")
    )
    visitor.goes(visitor.shop.put("/framing", Page(scripts=framed)))
    visitor.page.wait_for_load_state("networkidle")
    visitor.eventually(lambda: all(frame.url.startswith("chrome-error:") for frame in visitor.page.frames[1:]))


def is_chat(frame: Frame) -> bool:
    return frame.get_by_role("textbox").count() > 0 or frame.locator("#chat").count() > 0


# ---- cookies refused -------------------------------------------------------------------------------------------


def test_where_cookies_are_refused_the_chat_lives_in_memory_and_offers_its_own_tab(visitors: Visitors) -> None:  # R22
    visitor = visitors()
    refuse_cookies(visitor)
    visitor.chats()
    visitor.sees(named("ownTabWhy"))
    visitor.accessible("cookies refused")
    assert visitor.context.cookies() == []
    assert visitor.withdraws(visitor.served.someone())  # the token is renewed in memory too
    with visitor.context.expect_page() as opened:
        visitor.frame.get_by_role("link", name=re.compile(re.escape(named("ownTab")))).first.click()
    visitor.looks_at(opened.value)
    visitor.is_greeted()
    assert visitor.page.url == f"{visitor.served.address}/widget/ipko"


_PASSED = ("origin", "content-type", "authorization", "x-csrf-token")


def refuse_cookies(visitor: Visitor) -> None:
    """Let the browser drop every cookie that our server sets, as some do for frames of others."""

    def without(route: Route) -> None:
        asked = route.request
        headers = {name: asked.headers[name] for name in _PASSED if name in asked.headers}
        request = urllib.request.Request(asked.url, data=asked.post_data_buffer, headers=headers, method=asked.method)
        with urllib.request.urlopen(request) as answer:
            route.fulfill(status=answer.status, body=answer.read(), content_type="application/json")

    visitor.context.route(re.compile("/session/"), without)


def test_in_memory_a_reload_begins_anew_and_says_nothing_wrong(visitors: Visitors) -> None:
    visitor = visitors()
    refuse_cookies(visitor)
    visitor.chats()
    visitor.says("tung")
    expect(visitor.messages).to_have_count(3)
    visitor.reloads()
    expect(visitor.messages).to_have_count(1)


def test_without_javascript_the_chat_names_another_way(browser: Browser, visitor: Visitor) -> None:
    context = browser.new_context(java_script_enabled=False, locale="sq-XK")
    page = context.new_page()
    page.goto(f"{visitor.served.address}/widget/ipko")
    told = page.locator("noscript")  # by its name: whatever looks for words and roles passes over it
    expect(told).to_be_visible()
    assert "JavaScript" in told.inner_text()
    assert "@" in told.inner_text()
    assert told.locator("a").get_attribute("href") == "/policy/ipko"
    visitor.shot("no javascript", page)
    context.close()
