"""The whole way on Telegram: asked, proven, done, filed, handed over, answered, by the real process over real HTTP."""

from tests.acceptance.telegram.conftest import TOKENS, Bots
from tests.acceptance.telegram.steps import until
from tests.tools.botapi import RunningPerson
from tests.tools.chatting import REFERENCE
from tests.tools.logged import without_chance


def reference_in(text: str) -> str:
    found = REFERENCE.search(text)
    assert found, text
    return found[0]


def begun(bots: Bots, company: str, phone: str = "") -> RunningPerson:
    """Return somebody who was greeted."""
    filan = bots.person(company, phone)
    filan.start()
    assert "Telegram" in bots.heard(filan, "Mburoja")  # R42
    return filan


def test_a_question_is_answered_with_its_clause_and_a_short_one_leans_on_it(bots: Bots) -> None:
    filan = begun(bots, "paysera")
    bots.says(filan, "sa gjat i rujni t'dhanat per marketing?", "15.4")
    quotes = [words for one in filan.said for words in one.marked("blockquote") + one.marked("expandable_blockquote")]
    assert any(words.startswith("15.4 Periudha e ruajtjes") for words in quotes)
    assert "Paysera" in bots.says(filan, "po kush i merr?", "Paysera")


def test_who_shares_the_own_number_proves_it_by_code_and_withdraws(bots: Bots) -> None:  # R16, R28
    phone = bots.served.someone()
    filan = begun(bots, "ipko", phone)
    bots.says(filan, "nuk dua më reklama", "numrin e telefonit")
    until(filan, lambda: filan.keyboard is not None)
    shared = filan.shares_contact()
    bots.heard(filan, "gjashtë shifrat")
    until(filan, lambda: filan.keyboard is None)

    typed = filan.says(bots.served.code_for(phone))
    bots.heard(filan, "A e konfirmoni?")
    receipt = reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))

    (shown,) = [one for one in filan.said if receipt in one.text]
    assert shown.protected
    until(filan, lambda: {shared.message_id, typed.message_id} <= {one.message_id for one in filan.deleted})
    until(
        filan,
        lambda: [one.labels for one in filan.said if "✓ Po, konfirmoj" in one.labels] == [("✓ Po, konfirmoj",)],
    )
    until(filan, lambda: not filan.unanswered)


def test_who_types_the_own_number_objects_to_statistics(bots: Bots) -> None:
    phone = bots.served.someone()
    filan = begun(bots, "paysera")
    bots.says(filan, "/kundershto", "numrin e telefonit")
    bots.says(filan, phone.replace("+383", "0"), "gjashtë shifrat")
    bots.says(filan, bots.served.code_for(phone), "A e konfirmoni?")
    assert reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))


def test_a_request_is_filed_followed_and_answered_by_a_person(bots: Bots) -> None:  # R58
    phone = bots.served.someone()
    filan = begun(bots, "ipko", phone)
    bots.says(filan, "e du nje kopje te t dhanave t mia", "numrin e telefonit")
    filan.shares_contact()
    bots.heard(filan, "gjashtë shifrat")
    bots.says(filan, bots.served.code_for(phone), "Për cilat të dhëna")
    bots.presses(filan, "Të gjitha", "A e konfirmoni?")
    reference = reference_in(bots.presses(filan, "Po, konfirmoj", "-"))

    assert reference in bots.says(filan, "/kerkesat", reference)
    bots.served.office("requests", "reply", reference, "Po merremi me kërkesën tuaj.", "--by", "zyrtari")
    bots.heard(filan, "Po merremi me kërkesën tuaj.")


def test_who_wants_a_person_is_handed_over_and_hears_from_one(bots: Bots) -> None:
    filan = begun(bots, "paysera")
    bots.says(filan, "/personi", "zyrtarit")
    bots.says(filan, "dua të flas me njeri për një gabim në llogarinë time", "përgjigj")
    while not REFERENCE.search(filan.last.text):
        if "Po, konfirmoj" in filan.last.labels:
            bots.presses(filan, "Po, konfirmoj", "")
        else:
            bots.says(filan, "filan@example.com", "")
    reference = reference_in(filan.last.text)
    bots.served.office("requests", "reply", reference, "Jam zyrtari; ju lexoj.", "--by", "zyrtari")
    bots.heard(filan, "Jam zyrtari; ju lexoj.")


def test_nothing_that_was_said_stands_in_a_log_line_and_no_token_anywhere(bots: Bots) -> None:  # R32
    filan = begun(bots, "ipko", phone="+38344999157")
    bots.says(filan, "Xhevrije Fisteku pyet: çka janë cookies?", "skedarë")
    logged = without_chance("\n".join(line for line in bots.served.lines if line.startswith("{")))
    assert '"logger": "bot.delivery.pump"' in logged
    said = {one.text[:40] for person in bots.people for one in person.screen + person.deleted if len(one.text) > 5}
    named = {str(person.id) for person in bots.people} | {person.user.phone for person in bots.people} - {""}
    assert [words for words in said | named if words in logged] == []
    assert [token for token in TOKENS.values() if token.partition(":")[2] in bots.served.said] == []
