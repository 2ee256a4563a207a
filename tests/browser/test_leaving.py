"""The end of a chat: what is told before, what is erased, and that nothing of it stays in the browser."""

from playwright.sync_api import expect

from tests.browser.visitor import ANSWER, QUESTION, Visitor, named

# What a page kept wherever a page can keep something; in a frame on another's page most of it is refused anyway.
_KEPT = """
async () => {
  const places = {
    cookies: () => document.cookie.length,
    local: () => localStorage.length,
    session: () => sessionStorage.length,
    databases: async () => (await indexedDB.databases()).length,
    caches: async () => (await caches.keys()).length,
    workers: async () => (await navigator.serviceWorker.getRegistrations()).length,
  };
  const kept = {};
  for (const [name, count] of Object.entries(places)) {
    try {
      kept[name] = await count();
    } catch {
      kept[name] = "refused";
    }
  }
  return kept;
}
"""


def keeps_nothing(visitor: Visitor) -> bool:
    """Tell whether the chat's page has kept nothing."""
    kept = visitor.frame.evaluate(_KEPT)
    return set(kept.values()) <= {0, "refused"}


def ends(visitor: Visitor) -> None:
    """Press "end the chat and forget it", and confirm."""
    visitor.presses(named("menu"))
    visitor.presses(named("endChat"))
    dialog = visitor.frame.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name=named("endConfirm")).click()
    visitor.sees(named("ended"))


def test_nothing_is_kept_but_one_cookie_that_no_script_sees(visitor: Visitor) -> None:  # R22
    visitor.chats()
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    assert keeps_nothing(visitor)
    (cookie,) = visitor.context.cookies()
    assert cookie["name"] == "__Host-mburoja-ipko"
    kept = {key: cookie.get(key) for key in ("httpOnly", "secure", "sameSite", "path", "expires")}
    assert kept == {"httpOnly": True, "secure": True, "sameSite": "None", "path": "/", "expires": -1}
    assert cookie.get("partitionKey") == "http://localhost"
    assert len(cookie["value"]) >= 22  # 128 bits
    assert visitor.page.evaluate("localStorage.length + sessionStorage.length") == 0


def test_in_a_tab_of_its_own_it_keeps_no_more(visitor: Visitor) -> None:  # R22
    visitor.chats_alone()
    visitor.withdraws(visitor.served.someone())
    assert visitor.frame.evaluate(_KEPT) == dict.fromkeys(
        ("cookies", "local", "session", "databases", "caches", "workers"), 0
    )


def test_no_address_holds_a_token(visitor: Visitor) -> None:  # R22
    asked: list[str] = []
    visitor.context.on("request", lambda request: asked.append(request.url))
    visitor.chats()
    visitor.withdraws(visitor.served.someone())
    (token,) = visitor.tokens()
    assert asked
    assert not any(token in address for address in asked)


def test_the_chat_is_ended_and_forgotten(visitor: Visitor) -> None:  # R45
    visitor.chats()
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    visitor.presses(named("menu"))
    visitor.shot("menu")
    visitor.presses(named("endChat"))
    visitor.accessible("end question")
    visitor.frame.get_by_role("dialog").get_by_role("button", name=named("endConfirm")).click()
    visitor.sees(named("ended"))
    expect(visitor.frame.get_by_role("heading", name=named("ended"))).to_be_focused()
    visitor.accessible("ended")
    assert visitor.tokens() == []
    assert keeps_nothing(visitor)
    assert QUESTION not in visitor.frame.content()
    visitor.presses(named("startAgain"))
    visitor.is_greeted()
    expect(visitor.messages).to_have_count(1)


def test_who_changes_their_mind_goes_on(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("tung")
    expect(visitor.messages).to_have_count(3)
    visitor.presses(named("menu"))
    visitor.presses(named("endChat"))
    visitor.presses(named("endCancel"))
    visitor.says(QUESTION)
    expect(visitor.messages).to_have_count(5)


def test_other_tabs_are_told_of_the_end(visitor: Visitor) -> None:
    visitor.chats()
    first = visitor.page
    visitor.chats()
    ends(visitor)
    visitor.looks_at(first)
    visitor.sees(named("ended"))
    assert visitor.messages.count() == 0


def test_forgetting_can_be_asked_for_in_words(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says("/harro")
    visitor.sees(named("ended"))
    visitor.reloads()
    expect(visitor.messages).to_have_count(1)


def test_before_a_chat_with_an_open_request_ends_it_says_how_the_reply_comes(visitor: Visitor) -> None:  # R58
    visitor.chats()
    reference = visitor.files_request(visitor.served.someone())
    visitor.presses(named("menu"))
    visitor.presses(named("endChat"))
    dialog = visitor.frame.get_by_role("dialog")
    expect(dialog).to_contain_text(reference)
    expect(dialog).to_contain_text("SMS")
    visitor.accessible("leaving with an open request")
    dialog.get_by_role("button", name=named("endConfirm")).click()
    visitor.sees(named("ended"))
    assert reference in visitor.served.office("requests", "list")  # the request goes on
