"""Buttons that mean nothing any more, pressed twice, forged, or another person's: answered kindly, nothing done."""

from collections.abc import Callable

import pytest

from tests.acceptance.telegram.conftest import Bots
from tests.acceptance.telegram.steps import asked_to_confirm, begun, count, reference_in, until
from tests.tools.botapi import RunningPerson, Shown
from tests.tools.chatting import REFERENCE

OLD = "nuk vlen më"


def with_button(filan: RunningPerson, label: str) -> Shown:
    return next(one for one in reversed(filan.said) if label in one.labels)


def receipts(filan: RunningPerson) -> list[str]:
    return [number for one in filan.said for number in REFERENCE.findall(one.text)]


def test_an_old_button_is_explained_with_what_can_be_done_now(town: Bots) -> None:  # R60
    filan = begun(town)
    town.presses(filan, "Kërkesë për të dhënat e mia", "Çfarë kërkese")
    kinds = filan.last
    town.says(filan, "nuk dua më reklama", "numrin e telefonit")
    filan.presses("Fshirje e të dhënave", kinds)
    town.heard(filan, OLD)
    until(filan, lambda: "Pa kod" in filan.last.labels)  # the number is still asked for
    assert with_button(filan, "Fshirje e të dhënave").message_id == kinds.message_id  # no choice: no mark

    asked = with_button(filan, "Anulo")
    town.presses(filan, "Anulo", "U anulua")
    filan.presses("Pa kod", asked)
    assert not REFERENCE.search(town.heard(filan, OLD))
    assert "Ndali reklamat" in filan.last.labels
    until(filan, lambda: not filan.unanswered)


def test_an_old_menu_begins_what_it_says_and_does_nothing_of_it(town: Bots) -> None:  # R21, R60
    filan = begun(town)
    menu, before = filan.last, count(town, "receipts")
    town.says(filan, "nuk dua më reklama", "numrin e telefonit")
    filan.presses("Kundërshto statistikat dhe analizat", menu)
    town.heard(filan, "e lashë")
    until(filan, lambda: "Pa kod" in filan.last.labels)
    filan.presses("Ndali reklamat", menu)
    town.heard(filan, "e lashë")
    until(filan, lambda: not filan.unanswered)
    assert (receipts(filan), count(town, "receipts")) == ([], before)


def test_a_confirmation_that_is_pressed_twice_counts_once(town: Bots) -> None:  # R60
    phone = town.served.someone()
    filan = begun(town, phone=phone)
    asked_to_confirm(town, filan, "nuk dua më reklama", phone)
    asking, before = with_button(filan, "Po, konfirmoj"), count(town, "receipts")
    for _ in range(2):
        filan.presses("Po, konfirmoj", asking)
    receipt = reference_in(town.heard(filan, OLD))
    town.presses(filan, "✓ Po, konfirmoj", OLD)  # and once more, as it is marked
    assert receipts(filan) == [receipt]
    assert count(town, "receipts") == before + 1
    until(filan, lambda: not filan.unanswered)


@pytest.mark.parametrize(
    "forged",
    [
        lambda _: "c:0123456789abcdef", lambda _: "c:yes", lambda _: "do:withdraw", lambda _: "yes:",
        lambda _: "l:do:withdraw", lambda _: "p:1:0", lambda _: "p:999999999:999", lambda _: "\u202e' OR 1=1 --",
        lambda data: data[:-1], lambda data: data + "0", lambda data: data.replace("c:", "l:") + "\x00",
    ],
)  # fmt: skip
def test_forged_data_does_nothing(town: Bots, confirming: RunningPerson, forged: Callable[[str], str]) -> None:  # R60
    asking = with_button(confirming, "Po, konfirmoj")
    before = count(town, "receipts")
    button = asking.button("Po, konfirmoj")
    assert button
    confirming.forges(forged(button.data), asking)
    town.heard(confirming, OLD)
    assert (receipts(confirming), count(town, "receipts")) == ([], before)
    until(confirming, lambda: not confirming.unanswered)


def test_anothers_button_does_nothing_and_its_owner_still_has_it(town: Bots, confirming: RunningPerson) -> None:  # R60
    asking = with_button(confirming, "Po, konfirmoj")
    stranger = begun(town)
    stranger.presses("Po, konfirmoj", asking)
    town.heard(stranger, OLD)
    assert receipts(stranger) == []
    town.presses(confirming, "Po, konfirmoj", "u regjistrua")
    assert len(receipts(confirming)) == 1
    until(stranger, lambda: not stranger.unanswered)


@pytest.fixture(scope="module")
def confirming(town: Bots) -> RunningPerson:
    """Somebody who is asked to confirm a withdrawal."""
    phone = town.served.someone()
    filan = begun(town, phone=phone)
    asked_to_confirm(town, filan, "nuk dua më reklama", phone)
    return filan
