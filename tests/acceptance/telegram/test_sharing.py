"""On Telegram, too, the officer reads the conversation only if the customer shares it."""

from tests.acceptance.telegram.conftest import Bots
from tests.acceptance.telegram.steps import begun, count, reference_in, until

LABEL = "Ndaje bisedën me zyrtarin"


def shared(town: Bots) -> int:
    return count(town, "requests WHERE shared_to IS NOT NULL")


def test_a_chat_is_shared_by_a_button_and_taken_back_by_one(town: Bots) -> None:
    filan = begun(town)
    town.says(filan, "dua t'i shkruaj zyrtarit për mbrojtjen e të dhënave", "Ku doni")
    town.says(filan, "filan@shembull.example")
    until(filan, lambda: "Po, konfirmoj" in filan.last.labels)
    reference = reference_in(town.presses(filan, "Po, konfirmoj", "u regjistrua"))
    until(filan, lambda: LABEL in filan.last.labels)
    before = shared(town)
    assert reference in town.presses(filan, LABEL, "mund ta lexojë këtë bisedë")
    assert shared(town) == before + 1
    until(filan, lambda: "Mos e ndaj më" in filan.last.labels)
    town.presses(filan, "Mos e ndaj më", "nuk mund ta lexojë më")
    assert shared(town) == before
    until(filan, lambda: not filan.unanswered)
