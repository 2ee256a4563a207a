"""An officer's day: what is late, what is new, customers on the web and on Telegram, each case to its end."""

import re
import subprocess
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.console.pages import say
from tests.acceptance.telegram.conftest import Bots
from tests.acceptance.telegram.steps import filed
from tests.browser.conftest import PATIENCE, Visitors
from tests.browser.console.conftest import Officers
from tests.browser.console.officer import Officer
from tests.browser.parts import ROOT
from tests.browser.visitor import ANSWER, QUESTION, Visitor

TODAY, YESTERDAY, LONG_AGO = "2026-11-23", "2026-11-22", "2026-09-01"


@pytest.fixture
def zana(officers: Officers) -> Officer:
    return officers().signs_in()


def test_signing_in_takes_both_factors(officers: Officers) -> None:  # R27
    zana = officers()
    zana.watch.expects(r"status of 401 .*/console/sign-in")
    zana.goes("/console/queue")
    zana.accessible("sign in")
    zana.gives_password("jo kjo fare, besoni")
    expect(zana.page.get_by_role("alert")).to_be_visible()
    zana.gives_password()
    zana.accessible("second factor")
    zana.gives_code("000000")
    expect(zana.page.get_by_role("alert")).to_be_visible()
    zana.gives_code(zana.code())
    expect(zana.page).to_have_url(re.compile("/console/queue"))  # where they wanted to go
    (cookie,) = [each for each in zana.context.cookies() if each["name"] == "__Host-mburoja-console"]
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Strict")  # R22


def test_what_is_late_stands_first_and_is_taken_with_one_press(zana: Officer) -> None:  # R33
    late = zana.enters("Qasje në të dhëna", "Dua kopjen.", on=LONG_AGO, reply_to="vonesa@shembull.example")
    zana.enters("Qasje në të dhëna", "Dua kopjen.", on=YESTERDAY, reply_to="koha@shembull.example")
    page = zana.goes("/console/queue")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text(late)
    expect(first).to_contain_text("e vonuar")
    expect(page.get_by_role("heading", level=1)).to_contain_text("vonuar")
    zana.accessible("queue")
    zana.presses(first.get_by_role("button"))
    zana.opens(late)
    expect(page.get_by_text(say("It is with {who}").format(who="zana"))).to_be_visible()
    zana.accessible("late case")


def test_a_customer_in_the_widget_is_answered_as_it_was_previewed(zana: Officer, visitors: Visitors) -> None:  # R58
    filan = visitors()
    reference = filan.chats().files_request(filan.served.someone())
    zana.opens(reference)
    zana.begins("reply")
    zana.accessible("writing")
    zana.takes_words("E morëm dhe po e shqyrtojmë")
    shown = zana.previews().strip().split("\n")[0]
    assert reference in shown
    zana.accessible("preview")
    zana.sends()
    filan.hears(re.compile(re.escape(shown)))
    filan.shot("answered")


def test_a_customer_on_telegram_is_answered_there_without_a_number_of_theirs(
    zana: Officer, bots: Bots
) -> None:  # R43, R58
    drita, phone, reference = filed(bots)
    zana.watch.expects("status of 409")
    zana.opens(reference)
    zana.begins("reply")
    text = zana.page.get_by_label(say("Your message"))
    text.fill(f"Na thirrni te {phone}, ju lutem.")
    zana.shows()
    expect(zana.page.get_by_role("alert")).to_be_visible()
    zana.accessible("refused")
    expect(text).to_have_value(f"Na thirrni te {phone}, ju lutem.")  # nothing that was typed is lost
    text.fill("Po e përgatisim kopjen, ju lajmërojmë nesër.")
    zana.previews()
    zana.sends()
    bots.heard(drita, "Po e përgatisim kopjen, ju lajmërojmë nesër.")


@pytest.mark.thorough
def test_a_letter_is_asked_about_and_its_time_extended(zana: Officer) -> None:  # R34
    reference = zana.enters("Qasje në të dhëna", "Të gjitha.", on=YESTERDAY, reply_to="beni@shembull.example")
    zana.begins("ask")
    zana.page.get_by_role("radio").nth(1).check()  # scope
    zana.page.get_by_label(say("Your question")).fill("Cila periudhë ju intereson?")
    assert "Koha derisa të na përgjigjeni nuk llogaritet" in zana.previews()
    zana.sends()
    zana.opens(reference)
    _send_by_hand(zana, "Cila periudhë ju intereson?")
    summary = zana.page.get_by_text(say("What the customer said by another way"))
    summary.click()
    zana.page.get_by_label(say("In the customer's own words")).fill("Vitin 2025.")
    zana.presses(zana.page.get_by_role("button", name=say("Write it down")))
    zana.begins("extend")
    zana.takes_words("Shumë dokumente")
    assert "na duhet më shumë kohë" in zana.previews()
    zana.sends()
    zana.opens(reference)
    _send_by_hand(zana, "na duhet më shumë kohë")
    zana.accessible("asked and extended")


def test_a_request_is_refused_with_its_reasons_and_where_to_turn(zana: Officer) -> None:  # R35
    reference = zana.enters(
        "Korrigjim i të dhënave", "Ndryshoni emrin e fqinjit.", on=YESTERDAY, reply_to="b@shembull.example"
    )
    _prove(zana)
    zana.begins("refuse")
    zana.page.get_by_label(say("Why it is refused")).select_option(index=3)
    zana.takes_words("Të drejtat e personave të tjerë")
    zana.page.get_by_label(say("Why it is refused")).select_option(index=3)
    shown = zana.previews()
    assert "mund të ankoheni te" in shown
    assert "gjykatës" in shown
    zana.sends()
    zana.opens(reference)
    _send_by_hand(zana, "nuk mund ta plotësojmë")
    expect(zana.page.get_by_text("refuzuar").first).to_be_visible()


def test_the_end_of_marketing_cannot_be_refused_anywhere_on_the_page(zana: Officer) -> None:  # R40
    reference = zana.enters(
        "Kundërshtim", "Mos më dërgoni reklama.", on=YESTERDAY, reply_to="reklama@shembull.example", marketing=True
    )
    assert zana.page.locator('a[href$="/write/refuse"], a[href$="/write/decide"]').count() == 0
    zana.watch.expects("status of 40[349]")
    answer = zana.context.request.get(f"{zana.served.address}/console/cases/{reference}/write/refuse")
    assert answer.status in (403, 404, 409)


@pytest.mark.parametrize("upheld", [True, False])
def test_an_objection_to_statistics_is_decided_on_recorded_grounds(zana: Officer, *, upheld: bool) -> None:  # R41
    customer = "B-30" if upheld else "B-31"
    reference = zana.enters("Kundërshtim i statistikave", "Jo statistika.", on=YESTERDAY, customer=customer)
    zana.begins("decide")
    outcome = zana.page.get_by_role("radio")
    if upheld:
        outcome.first.check()
    else:
        outcome.nth(1).check()
        zana.page.get_by_label(say("On which ground")).select_option(index=2)
        zana.page.get_by_label(say("The clause of the policy that it rests on")).fill(_first_clause(zana))
        zana.page.get_by_role("textbox").last.fill("Ka një gjyq të hapur për faturat.")
    shown = zana.previews()
    assert ("u pranua" if upheld else "nuk u pranua") in shown
    zana.accessible("decision")
    zana.sends()
    expect(zana.page.get_by_role("heading", level=1)).to_contain_text(reference)


def test_an_erasure_is_decided_purpose_by_purpose(zana: Officer) -> None:  # R35
    reference = zana.enters("Fshirje e të dhënave", "Fshini krejt.", company="Paysera", on=YESTERDAY, customer="Q-30")
    zana.begins("partly")
    page = zana.page
    page.get_by_role("radio", name=say("erased")).first.check()
    page.locator("[name=what-1]").fill("të dhënat për marketing")
    page.get_by_role("radio", name=say("kept")).nth(1).check()
    page.locator("[name=what-2]").fill("të dhënat e pagesave")
    page.locator("[name=clause-2]").fill("9.4")
    page.locator("[name=until-2]").fill("pesë vjet nga fundi i marrëdhënies")
    page.locator("[name=due-2]").fill("2031-11-24")
    zana.accessible("purpose by purpose")
    shown = zana.previews()
    assert "I fshimë: të dhënat për marketing." in shown
    assert "pika 9.4" in shown
    zana.sends()
    zana.finds(reference)
    expect(page.get_by_text("të dhënat e pagesave").first).to_be_visible()


def test_an_answer_with_a_file_waits_for_the_second_proof_and_is_fetched_by_the_customer(
    zana: Officer, visitors: Visitors, tmp_path: Path
) -> None:  # R17, R43
    filan = visitors()
    phone = filan.served.someone()
    reference = filan.chats().files_request(phone)
    page = zana.opens(reference)
    assert page.locator('a[href$="/write/answer"]').count() == 0
    _prove(zana)
    zana.begins("answer")
    copy = tmp_path / "kopja.txt"
    copy.write_text("Të dhënat e trilluara të Filanit.\n" * 50, encoding="utf-8")
    assert "gati" in zana.previews()
    zana.accessible("answer preview")
    zana.sends(files=[copy])
    filan.hears("është gati")
    _fetches(filan, reference, phone, copy.read_bytes())
    zana.finds(reference)
    zana.accessible("answered")


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["answers", "figures", "audit", "account", "enter"])
def test_every_other_place_is_accessible(zana: Officer, path: str) -> None:
    zana.goes(f"/console/{path}")
    zana.accessible(path)


@pytest.mark.thorough
def test_a_question_that_was_asked_again_becomes_a_phrase_in_a_patch(
    zana: Officer, visitors: Visitors, tmp_path: Path
) -> None:
    filan = visitors().chats()
    filan.says(QUESTION)
    filan.hears(ANSWER)
    filan.says("nuk e pyeta këtë")
    expect(filan.messages).to_have_count(5)
    page = zana.goes("/console/questions?order=new")
    question = page.get_by_role("listitem").filter(has_text=QUESTION)
    question.get_by_role("checkbox").first.check()
    zana.accessible("questions")
    page.get_by_role("button", name=say("Make phrases of those ticked")).click()
    page.get_by_label(say("Phrase"), exact=True).fill("deri kur i leni shënimet e mia te ju")
    page.get_by_role("group", name=say("Add it to")).get_by_role("radio").first.check()
    zana.accessible("phrases")
    page.get_by_role("button", name=say("Make the patch")).click()
    expect(page.get_by_role("heading", name=say("Patch for the files"))).to_be_visible()
    with page.expect_download() as saving:
        page.locator("a[download]").click()
    patch = tmp_path / "phrase.patch"
    saving.value.save_as(patch)
    applies = subprocess.run(["git", "apply", "--check", str(patch)], cwd=ROOT, capture_output=True, check=False)
    assert applies.returncode == 0, applies.stderr.decode()
    assert "+" in patch.read_text(encoding="utf-8")
    zana.accessible("patch")


def _prove(officer: Officer) -> None:
    """Record that the identity was checked in the shop too."""
    form = officer.page.locator("#proof")
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    form.locator("input[value=shop]").check()
    officer.presses(form.get_by_role("button"))


def _send_by_hand(officer: Officer, words: str) -> None:
    """Send a notice to the address that a letter named, as the page asks, and say so."""
    section = officer.page.locator("section", has=officer.page.get_by_role("heading", name=say("To be done by you")))
    item = section.get_by_role("listitem").filter(has_text=words)
    until = time.monotonic() + PATIENCE / 1000
    while not item.count():
        assert time.monotonic() < until, f"nobody is asked to send «{words}»"
        officer.page.wait_for_timeout(250)
        officer.page.reload()
    officer.presses(item.get_by_role("button", name=say("I sent it")))


def _first_clause(officer: Officer) -> str:
    clause = officer.page.locator("datalist#clauses option").first.get_attribute("value")
    assert clause
    return clause


def _fetches(filan: Visitor, reference: str, phone: str, content: bytes) -> None:
    """Follow the link to the answer from where the request stands, and download it by a fresh code."""
    filan.says(reference)
    # The office's own words, which came before, name the request as ready too: they have no link.
    answer = filan.frame.locator("article.bot").filter(has_text=re.compile(f"{reference}.*gati", re.DOTALL))
    link = answer.get_by_role("link").last
    expect(link).to_be_visible()
    with filan.context.expect_page() as opened:
        link.click()
    page = opened.value
    filan.looks_at(page)
    filan.served.passes(minutes=2)
    page.get_by_role("button", name=re.compile("kodin")).first.click()
    field = page.get_by_role("textbox")
    expect(field).to_be_focused()
    field.fill(filan.served.code_for(phone))
    field.press("Enter")
    with page.expect_download() as saving:
        page.get_by_role("listitem").get_by_role("button").click()
    assert Path(saving.value.path()).read_bytes() == content
