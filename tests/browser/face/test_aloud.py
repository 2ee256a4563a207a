"""What screen readers are told: new things, once and shortly."""

from playwright.sync_api import expect

from tests.browser.scripted import Script, choices, paragraph, quote
from tests.browser.visitor import named

LONG = [paragraph(f"Fjalia {number} e një përgjigjeje të gjatë.") for number in range(30)]


def test_a_reply_is_announced_once_with_what_there_is_to_read_and_to_choose(chat: Script) -> None:
    chat.opens().page.wait_for_timeout(500)
    chat.says(paragraph("Po."), quote("IPKO · 1", "Fjalët e pikës."), choices("A vazhdojmë?", "Po", "Jo"))
    said = chat.announced()
    assert said.count("Mburoja: Po. 1 pikë e cituar. A vazhdojmë? 2 zgjedhje.") == 1
    assert "Fjalët e pikës." not in said


def test_a_long_reply_is_announced_shortly(chat: Script) -> None:
    chat.opens()
    chat.says(*LONG, choices("A vazhdojmë?", "Po"))
    last = chat.announced().strip().splitlines()[-1]
    assert len(last) < 500
    assert last.endswith("… A vazhdojmë? 1 zgjedhje.")


def test_after_a_reload_old_messages_are_not_announced_one_by_one(chat: Script) -> None:
    chat.opens()
    chat.says(paragraph("Së dyti."))
    chat.says(paragraph("Së treti."))
    chat.page.reload()
    expect(chat.articles).to_have_count(3)
    assert chat.announced().strip() == named("resumed", count=3)


def test_a_line_that_is_back_at_once_is_not_spoken_of(chat: Script) -> None:
    chat.opens()
    chat.breaks()
    chat.mends()
    expect(chat.page.locator("#status")).to_be_hidden()
    chat.page.wait_for_timeout(2_500)
    assert named("offline") not in chat.announced()
    assert named("online") not in chat.announced()


def test_a_line_that_is_gone_is_told_once_and_so_is_its_return(chat: Script) -> None:
    chat.opens()
    chat.breaks()
    expect(chat.page.locator("#status")).to_contain_text(named("offline"))
    chat.writes("a jeni aty?")
    expect(chat.articles.last).to_contain_text(named("waiting"))
    assert chat.announced().count(named("offline")) == 1
    chat.mends()
    chat.button(named("retry")).click()
    expect(chat.page.locator("#status")).to_contain_text(named("online"))
    expect(chat.articles.filter(has_text="a jeni aty?")).to_have_count(1)
    assert [frame["text"] for frame in chat.heard] == ["a jeni aty?"]
    assert chat.announced().count(named("online")) == 1
