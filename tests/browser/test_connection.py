"""Tabs and servers come and go in mid-conversation: nothing is lost, nothing is said twice, nobody has to reload."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONGEST_WAIT, Visitors
from tests.browser.visitor import ANSWER, QUESTION, WISH, Visitor, named
from tests.tools.serving import Served

BROKEN = (r"ERR_", r"WebSocket connection", r"Failed to load resource")


def test_a_reload_keeps_the_conversation(visitor: Visitor) -> None:
    visitor.chats()
    visitor.says(QUESTION)
    visitor.hears(ANSWER)
    said = visitor.said()
    visitor.reloads()
    expect(visitor.messages).to_have_count(len(said))
    assert visitor.said() == said


def test_a_reload_in_the_middle_of_an_act_keeps_the_act(visitor: Visitor) -> None:
    phone = visitor.served.someone()
    visitor.chats()
    visitor.says(WISH)
    visitor.hears("numrin e telefonit")
    visitor.says(phone)
    visitor.hears("gjashtë shifrat")
    visitor.reloads()
    expect(visitor.code_field).to_be_visible()
    visitor.says(visitor.served.code_for(phone))
    visitor.hears("A e konfirmoni?")
    visitor.reloads()
    visitor.presses(re.compile("^Po"))
    assert visitor.has_receipt()


def test_a_second_tab_stays_in_step(visitor: Visitor) -> None:
    visitor.chats()
    first = visitor.page
    visitor.chats()
    second = visitor.page
    visitor.says("tung")
    expect(visitor.messages).to_have_count(3)
    said = visitor.said()
    visitor.looks_at(first)
    expect(visitor.messages).to_have_count(3)
    assert visitor.said() == said
    visitor.says(QUESTION)
    expect(visitor.messages).to_have_count(5)
    said = visitor.said()
    visitor.looks_at(second)
    expect(visitor.messages).to_have_count(5)
    assert visitor.said() == said


def test_proving_in_one_tab_goes_on_in_the_other(visitor: Visitor) -> None:  # R19
    phone = visitor.served.someone()
    visitor.chats()
    first = visitor.page
    visitor.chats()
    visitor.says(WISH)
    visitor.hears("numrin e telefonit")
    visitor.proves(phone)
    visitor.hears("A e konfirmoni?")
    visitor.looks_at(first)
    visitor.hears("A e konfirmoni?")
    visitor.presses(re.compile("^Po"))
    assert visitor.has_receipt()


def test_a_reply_of_the_office_arrives_by_itself(visitor: Visitor) -> None:  # R58
    visitor.chats()
    reference = visitor.files_request(visitor.served.someone())
    visitor.box.fill("po shkruaj diçka")
    visitor.served.office("requests", "take", reference, "--by", "zyra")
    visitor.served.office("requests", "reply", reference, "Po e shikojmë kërkesën tuaj.", "--by", "zyra")
    visitor.hears("Po e shikojmë kërkesën tuaj.")
    expect(visitor.box).to_be_focused()
    expect(visitor.box).to_have_value("po shkruaj diçka")
    visitor.accessible("reply of the office")


@pytest.mark.thorough
def test_messages_that_come_while_the_chat_is_shut_are_counted_on_the_launcher(visitor: Visitor) -> None:
    visitor.chats()
    reference = visitor.files_request(visitor.served.someone())
    visitor.presses(named("close"))
    visitor.served.office("requests", "take", reference, "--by", "zyra")
    visitor.served.office("requests", "reply", reference, "Po e shikojmë.", "--by", "zyra")
    expect(visitor.launcher()).to_have_accessible_name(re.compile(re.escape(named("newMessage"))))
    visitor.shot("new message")
    visitor.launcher().click()
    visitor.hears("Po e shikojmë.")
    expect(visitor.launcher()).not_to_have_accessible_name(re.compile(re.escape(named("newMessage"))))


# ---- the server goes away ---------------------------------------------------------------------------------------


@pytest.fixture
def own(visitors: Visitors, served: Served) -> Iterator[Visitor]:
    """A visitor of a server that is killed; it runs again afterwards."""
    visitor = visitors()
    visitor.watch.expects(*BROKEN)
    yield visitor
    if not served.ready():
        served.start()


@pytest.mark.thorough
def test_a_server_that_is_killed_and_comes_back_is_noticed_and_forgiven(own: Visitor) -> None:
    phone = own.served.someone()
    own.chats()
    own.says(WISH)
    own.hears("numrin e telefonit")
    own.served.kill()
    own.says(phone)
    expect(own.frame.locator("article.you").last).to_contain_text(re.compile("|".join(
        re.escape(named(key)) for key in ("waiting", "sending"))))  # fmt: skip
    own.shot("server gone")
    own.served.start()
    own.hears("gjashtë shifrat", within=LONGEST_WAIT)
    assert own.frame.locator("article.you").filter(has_text=phone[-6:]).count() <= 1
    own.says(own.served.code_for(phone))
    own.hears("A e konfirmoni?")
    own.served.kill()
    own.presses(re.compile("^Po"))
    own.served.start()
    expect(own.frame.locator("dl")).to_be_visible(timeout=LONGEST_WAIT)
    reference = own.has_receipt()
    own.reloads()
    assert own.has_receipt() == reference
    assert own.frame.locator("dl").count() == 1


def test_a_server_that_is_stopped_for_a_new_version_comes_back_unnoticed(own: Visitor) -> None:
    own.chats()
    own.says("tung")
    expect(own.messages).to_have_count(3)
    assert own.served.stop() == 0
    own.served.start()
    own.says(QUESTION)
    expect(own.messages).to_have_count(5)


@pytest.mark.thorough
def test_what_is_typed_offline_waits_and_is_said_once(own: Visitor) -> None:
    own.chats()
    own.context.set_offline(True)
    own.served.kill()  # set_offline leaves open sockets alone
    for text in ("tung", "a jeni aty?"):
        own.says(text)
    mine = own.frame.locator("article.you")
    expect(mine).to_have_count(2)
    expect(mine.last).to_contain_text(named("waiting"))
    own.sees(named("offline"))
    own.accessible("offline")
    own.served.start()
    own.context.set_offline(False)
    expect(own.messages).to_have_count(5, timeout=LONGEST_WAIT)
    assert ["tung" in text or "aty?" in text for text in own.said()] == [False, True, False, True, False]
    own.reloads()
    expect(own.messages).to_have_count(5)
