"""Telegram, the person or the process fails: nothing that was asked is lost, and what is said comes when it can."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.telegram.conftest import IPKO, PAYSERA, Bots, served
from tests.acceptance.telegram.steps import GREETING, asked_to_confirm, begun, count, filed, reference_in, until
from tests.tools.botapi import (
    RunningBotApi,
    RunningPerson,
    answers_bad_gateway,
    answers_forbidden,
    answers_server_error,
    answers_too_many,
    cuts_after,
    cuts_before,
)  # fmt: skip

pytestmark = pytest.mark.thorough

LETTER = "Po merremi me kërkesën tuaj."
ADDRESS = "filan@shembull.example"
BY = ("--by", "zyrtari")
KEPT = "Këtë bisedë e ruaj"
NOTHING = "Nuk ka asgjë të nisur."


def served_by(mode: str, filled: Path, folder: Path) -> Iterator[Bots]:
    """Serve both bots; calls are refused here, but nothing may be wrong with the process."""
    with RunningBotApi({IPKO: "ipko_bot", PAYSERA: "paysera_bot"}, back_off=0.1) as api:
        with served(folder, filled, api, mode, TELEGRAM_PER_CHAT="30") as server:
            yield Bots(server, api)
        server.worked_well()
        assert api.calls.uploads == []


@pytest.fixture(scope="module")
def bots(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """Both bots, by long polling."""
    yield from served_by("polling", filled, tmp_path_factory.mktemp("failures"))


@pytest.fixture
def posted(filled: Path, tmp_path: Path) -> Iterator[Bots]:
    """Both bots, by webhook."""
    yield from served_by("webhook", filled, tmp_path)


def times(filan: RunningPerson, words: str) -> int:
    """Return in how many messages of the bot some words stand."""
    return len([one for one in filan.said if words in one.text])


def written_while_away(bots: Bots, fails: str) -> None:
    """Let people write while Telegram is away; all are answered, in order, once it is back."""
    people = [begun(bots) for _ in range(3)]
    getattr(bots.api, fails)()
    try:
        for filan in people:
            filan.says("/privatesia")
            filan.says("/anulo")
        until(people[0], bots.served.ready)
    finally:
        bots.api.up()
    for filan in people:
        bots.heard(filan, NOTHING)
        assert [times(filan, KEPT), times(filan, NOTHING)] == [1, 1]


@pytest.mark.parametrize("fails", ["down", "bad_gateway"])
def test_what_is_written_while_telegram_is_away_is_answered_afterwards(bots: Bots, fails: str) -> None:  # R50
    written_while_away(bots, fails)


def test_what_could_not_be_posted_to_the_webhook_is_answered_afterwards(posted: Bots) -> None:  # R50
    written_while_away(posted, "down")


def test_who_is_told_to_wait_holds_up_nobody(bots: Bots) -> None:
    filan, tjetri = begun(bots), begun(bots)
    bots.api.order(answers_too_many(5), method="sendMessage", chat=filan.id)
    filan.says("çka janë cookies?")
    until(filan, lambda: not len(bots.api.faults))
    bots.says(tjetri, "çka janë cookies?", "skedarë")
    bots.heard(filan, "skedarë")
    assert times(filan, "skedarë") == 1
    assert tjetri.last.message_id < filan.last.message_id  # numbered as they came


def test_a_call_that_failed_is_made_again_before_what_comes_after_it(bots: Bots) -> None:  # R50
    faults = answers_server_error(), answers_bad_gateway(), cuts_before()
    people = [begun(bots) for _ in faults]
    for filan, fault in zip(people, faults, strict=True):
        bots.api.order(fault, method="sendMessage", chat=filan.id)
        filan.says("/privatesia")
        filan.says("/anulo")
    for filan in people:
        bots.heard(filan, NOTHING)
        said = [one.text for one in filan.said if KEPT in one.text or NOTHING in one.text]
        assert [KEPT in said[0], NOTHING in said[1], len(said)] == [True, True, 2]


def test_a_message_whose_answer_was_lost_may_come_twice_and_is_never_missing(bots: Bots) -> None:  # R50
    phone = bots.served.someone()
    filan = begun(bots, phone=phone)
    asked_to_confirm(bots, filan, "nuk dua më reklama", phone)
    bots.api.order(cuts_after(), method="sendMessage", chat=filan.id)
    filan.presses("Po, konfirmoj")
    bots.says(filan, "/privatesia", KEPT)
    assert times(filan, "u regjistrua") in (1, 2)
    reference_in("".join(one.text for one in filan.said))  # the act was done once
    assert times(filan, KEPT) == 1


@pytest.mark.parametrize("known_by", ["an update", "a refused call"])
def test_a_letter_to_who_blocked_the_bot_goes_by_sms_without_content(bots: Bots, known_by: str) -> None:  # R58
    filan, phone, reference = filed(bots)
    if known_by == "an update":
        filan.blocks()
    else:
        bots.api.order(answers_forbidden(), method="sendMessage", chat=filan.id)
    bots.served.office("requests", "reply", reference, LETTER, *BY)
    until(filan, lambda: bool(sms_about(bots, reference)))
    (sms,) = sms_about(bots, reference)
    assert (f"*{phone[-2:]}" in sms, LETTER in sms) == (True, False)
    assert times(filan, LETTER) == 0

    filan.start()  # whoever comes back finds it
    assert LETTER in bots.says(filan, "/kerkesat", LETTER)


def test_a_letter_to_who_has_no_number_is_put_before_a_person(bots: Bots) -> None:  # R53, R58
    filan = begun(bots)
    bots.says(filan, "e du nje kopje te t dhanave t mia", "numrin e telefonit")
    bots.presses(filan, "Pa kod", "Për cilat të dhëna")
    bots.presses(filan, "Të gjitha", "Ku doni t’ju vijë përgjigjja?")
    bots.says(filan, ADDRESS, "A e konfirmoni?")
    reference = reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))
    filan.blocks()
    bots.served.office("requests", "reply", reference, LETTER, *BY)
    until(filan, lambda: ADDRESS in bots.served.office("requests", "events", "--open", "--type", "notice.to_send"))
    assert (sms_about(bots, reference), times(filan, LETTER)) == ([], 0)


def sms_about(bots: Bots, reference: str) -> list[str]:
    """Return the SMS that name a case."""
    return [line for line in bots.served.lines if line.startswith("SMS") and reference in line]


def test_a_group_that_becomes_another_before_it_was_left_is_left(bots: Bots) -> None:  # R28
    filan = begun(bots)
    group = bots.api.group(IPKO)
    group.adds_bot()
    group.migrates()
    until(filan, lambda: group.bot_is == "left")
    bots.says(filan, "/privatesia", KEPT)


def test_a_form_goes_on_where_it_was_after_the_process_was_killed(bots: Bots) -> None:  # R29, R49
    phone = bots.served.someone()
    filan, tjetri = begun(bots, phone=phone), begun(bots)
    bots.says(filan, "nuk dua më reklama", "numrin e telefonit")
    bots.says(filan, phone, "gjashtë shifrat")
    code = bots.served.code_for(phone)
    # What is under way when the process dies waits until its lease ends; that is not what is looked at here.
    until(filan, lambda: count(bots, "jobs WHERE kind = 'telegram.call' AND state = 'ready'") == 0)
    bots.served.kill()
    filan.says(code)
    tjetri.says("çka janë cookies?")
    bots.served.start()

    assert GREETING not in bots.heard(filan, "A e konfirmoni?")
    bots.heard(tjetri, "skedarë")
    reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))
    assert times(filan, "A e konfirmoni?") == 1
