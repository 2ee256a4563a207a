"""A reference in a message is chance: whatever its letters look like, the other words decide what is meant."""

import pytest

from bot.assistant import Assistant
from bot.channels.hearing import Hearing
from bot.dialogue.state import Form
from bot.services.records.references import new_reference
from tests.tools.desks import SeededRandomness


@pytest.mark.parametrize("company", [None, "ipko", "paysera"])
@pytest.mark.parametrize(
    "text",
    [
        "tung, e kom nje kerkes {}",
        "kam edhe diçka për kërkesën {}: adresa është ndryshuar",
        "{} a u krye",
        "anulo {}",
        "{}",
    ],
)
def test_any_reference_in_the_same_words_means_the_same(assistant: Assistant, text: str, company: str | None) -> None:
    hearing, randomness = Hearing(assistant, {one.id: one for one in assistant.companies}), SeededRandomness()
    # The last two were heard as authorities.
    references = [*(new_reference(randomness) for _ in range(30)), "UTBA-DG9M-Z", "HTTU-ZQY2-M"]
    heard = [hearing.hear(text.format(one), Form(company=company), picked=None) for one in references]
    assert {(one.kind, one.intent, one.action) for one in heard} == {(heard[0].kind, heard[0].intent, heard[0].action)}
    assert heard[0].intent != "authority"
