"""Somebody exercises a right in the chat: proves who they are, confirms, and has a receipt in hand."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.visitor import WISH, Visitor, named


def until_code(visitor: Visitor, phone: str, wish: str = WISH) -> None:
    visitor.says(wish)
    visitor.hears("numrin e telefonit")
    visitor.says(phone)
    visitor.hears("gjashtë shifrat")


def test_a_proven_customer_withdraws_a_consent_and_saves_the_receipt(visitor: Visitor, tmp_path: Path) -> None:
    phone = visitor.served.someone()  # R38
    visitor.chats()
    until_code(visitor, phone)
    visitor.accessible("code asked")
    visitor.says(visitor.served.code_for(phone))
    visitor.hears("A e konfirmoni?")
    visitor.accessible("confirmation")
    visitor.presses(re.compile("^Po"))
    reference = visitor.has_receipt()
    visitor.accessible("receipt")
    with visitor.page.expect_download() as saving:
        visitor.presses(named("saveReceipt"))
    kept = tmp_path / "receipt.txt"
    saving.value.save_as(kept)
    assert reference in saving.value.suggested_filename
    text = kept.read_text(encoding="utf-8")
    assert reference in text
    assert "IPKO" in text
    assert phone not in text  # R46
    visitor.sees(named("receiptSaved", file=saving.value.suggested_filename))


def test_a_code_pasted_with_a_space_is_taken(visitor: Visitor) -> None:
    phone = visitor.served.someone()
    visitor.chats()
    until_code(visitor, phone)
    code = visitor.served.code_for(phone)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visitor.page.evaluate("text => navigator.clipboard.writeText(text)", f"{code[:3]} {code[3:]}")
    visitor.code_field.focus()
    visitor.page.keyboard.press("Control+V")
    visitor.hears("A e konfirmoni?")


def test_a_code_typed_with_a_space_is_taken(visitor: Visitor) -> None:
    phone = visitor.served.someone()
    visitor.chats()
    until_code(visitor, phone)
    code = visitor.served.code_for(phone)
    visitor.code_field.press_sequentially(f"{code[:3]} {code[3:]}")
    visitor.code_field.press("Enter")
    visitor.hears("A e konfirmoni?")


def test_the_field_for_the_code_is_made_for_codes(visitor: Visitor) -> None:
    visitor.chats()
    until_code(visitor, visitor.served.someone())
    field = visitor.code_field
    expect(field).to_have_attribute("inputmode", "numeric")
    expect(field).to_have_attribute("autocomplete", "one-time-code")
    assert visitor.frame.get_by_role("textbox").count() == 1


def test_a_wrong_code_says_how_many_tries_are_left(visitor: Visitor) -> None:  # R4
    phone = visitor.served.someone()
    visitor.chats()
    until_code(visitor, phone)
    visitor.sees(named("codeTries", count=5))
    code = visitor.served.code_for(phone)
    visitor.says("000000" if code != "000000" else "000001")
    visitor.sees(named("codeTries", count=4))
    visitor.accessible("wrong code")
    visitor.says(code)
    visitor.hears("A e konfirmoni?")


def test_the_code_that_was_typed_stands_nowhere(visitor: Visitor) -> None:  # R16
    phone = visitor.served.someone()
    visitor.chats()
    until_code(visitor, phone)
    code = visitor.served.code_for(phone)
    visitor.says(code)
    visitor.hears("A e konfirmoni?")
    assert code not in visitor.frame.content()
    visitor.reloads()
    visitor.hears("A e konfirmoni?")
    assert code not in visitor.frame.content()


def test_the_session_is_another_one_once_somebody_is_proven(visitor: Visitor) -> None:  # R19
    phone = visitor.served.someone()
    visitor.chats()
    until_code(visitor, phone)
    before = visitor.tokens()
    visitor.says(visitor.served.code_for(phone))
    visitor.hears("A e konfirmoni?")
    visitor.eventually(lambda: visitor.tokens() != before)
    visitor.presses(re.compile("^Po"))
    assert visitor.has_receipt()
    assert len(visitor.tokens()) == 1


def test_an_objection_to_statistics_is_confirmed_and_taken(visitor: Visitor) -> None:  # R41
    visitor.chats("paysera")
    visitor.says("kundërshtoj që të dhënat e mia të përdoren për statistika")
    visitor.hears("numrin e telefonit")
    visitor.proves(visitor.served.someone())
    visitor.hears("A e konfirmoni?")
    visitor.presses(re.compile("^Po"))
    assert visitor.has_receipt()
    visitor.shot("objection")


def test_a_request_has_a_number_and_a_date(visitor: Visitor) -> None:  # R33
    visitor.chats()
    visitor.says("dua një kopje të të gjitha të dhënave të mia")
    visitor.hears("numrin e telefonit")
    visitor.proves(visitor.served.someone())
    visitor.hears("A e konfirmoni?")
    visitor.presses(re.compile("^Po"))
    reference = visitor.has_receipt()
    visitor.hears("brenda afatit ligjor")
    expect(visitor.messages.last.locator("dl")).to_contain_text(re.compile(r"\d{1,2} \S+ \d{4}"))
    visitor.accessible("request filed")
    assert reference in visitor.served.office("requests", "list")


def test_a_number_on_the_receipt_can_be_copied(visitor: Visitor) -> None:
    visitor.chats()
    reference = visitor.withdraws(visitor.served.someone())
    visitor.context.grant_permissions(["clipboard-read"])
    visitor.presses(named("copyReference"))
    visitor.sees(re.compile(re.escape(named("copied"))))
    assert visitor.page.evaluate("navigator.clipboard.readText()") == reference
