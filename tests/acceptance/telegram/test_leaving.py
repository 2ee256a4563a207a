"""/harro: where open answers go from then on, what is kept, what is not, and answers that never come into a chat."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from bot.app import open_office
from bot.channels.telegram.turns import CHANNEL
from bot.services import conversations
from bot.settings import read_settings
from tests.acceptance.telegram.conftest import Bots
from tests.acceptance.telegram.steps import GREETING, asked_to_confirm, begun, count, filed, until
from tests.tools.command import mburoja

ADDRESS = "filan@shembull.example"
FORGOTTEN = "E harrova kush jeni"
LETTER = "Po merremi me kërkesën tuaj."
BY = ("--by", "zyrtari")


def letters(bots: Bots, reference: str) -> list[str]:
    """Return the addresses to which the office is to send letters about a case."""
    told = json.loads(bots.served.office("requests", "events", "--open", "--type", "notice.to_send", "--json"))
    return [str(one["data"]["address"]) for one in told if one["reference"] == reference]


def notices_sent(bots: Bots, reference: str) -> list[str]:
    """Return the SMS about a case."""
    return [line for line in bots.served.lines if line.startswith("SMS") and reference in line]


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What is kept of a chat: its conversation, if it is found, and what was said there."""

    conversation: str | None
    words: list[conversations.Message]


async def of_the_chat(bots: Bots, chat: int, conversation: str | None = None) -> Kept:
    """Look with the services' own eyes, which have the key."""
    async with open_office(read_settings(), bots.served.database) as office:
        desk = office.desk
        found = await office.store.read(lambda tx: conversations.find(tx, desk, CHANNEL, f"ipko:{chat}"))
        of = conversation or found or ""
        return Kept(
            conversation=found, words=await office.store.read(lambda tx: conversations.messages(tx, desk, of, 0))
        )


def test_who_has_nothing_open_is_forgotten_at_once_and_greeted_as_new(town: Bots) -> None:
    filan = begun(town)
    town.says(filan, "çka janë cookies?", "skedarë")
    before = count(town, "conversations")
    assert "fshijeni bisedën edhe aty" in town.says(filan, "/harro", FORGOTTEN)
    assert count(town, "conversations") == before - 1
    town.says(filan, "/start", GREETING)  # R42


def test_of_a_conversation_that_was_forgotten_the_evidence_stays_and_no_word(town: Bots) -> None:  # R39, R45
    phone = town.served.someone()
    filan = begun(town, phone=phone)
    asked_to_confirm(town, filan, "nuk dua më reklama", phone)
    town.presses(filan, "Po, konfirmoj", "u regjistrua")
    kept = asyncio.run(of_the_chat(town, filan.id))
    assert (kept.conversation is not None, len(kept.words) > 5) == (True, True)
    evidence = [count(town, table) for table in ("consents", "receipts", "subjects")]

    town.says(filan, "/harro", FORGOTTEN)
    left = asyncio.run(of_the_chat(town, filan.id, kept.conversation))
    assert (left.conversation, left.words) == (None, [])
    assert [count(town, table) for table in ("consents", "receipts", "subjects")] == evidence
    for table in ("inbox", "proofs"):
        assert count(town, f"{table} WHERE conversation = '{kept.conversation}'") == 0
    until(filan, lambda: count(town, "jobs WHERE kind = 'telegram.call' AND payload_sealed <> ''") == 0)
    until(filan, lambda: count(town, "updates WHERE payload_sealed <> ''") == 0)
    assert mburoja("audit", "verify", "--db", str(town.served.database)).returncode == 0

    town.says(filan, "/pelqimet", GREETING)
    until(filan, lambda: "Pa kod" in filan.last.labels)  # a stranger: asked for the number anew


def test_an_address_that_is_given_gets_the_answer_and_the_chat_does_not(town: Bots) -> None:  # R58
    filan, _, reference = filed(town)
    asked = town.says(filan, "/harro", "ku doni t’ju vijë përgjigjja?")
    assert reference in asked
    typed = filan.says(ADDRESS)
    told = town.heard(filan, FORGOTTEN)
    assert (reference in told, ADDRESS in told) == (True, True)
    until(filan, lambda: typed.message_id in [one.message_id for one in filan.deleted])  # R16

    town.served.office("requests", "reply", reference, LETTER, *BY)
    until(filan, lambda: letters(town, reference) == [ADDRESS])
    town.says(filan, "/start", GREETING)
    assert LETTER not in "".join(one.text for one in filan.screen)
    assert notices_sent(town, reference) == []


def test_an_sms_that_is_chosen_tells_of_the_answer_without_its_content(town: Bots) -> None:  # R58
    filan, _, reference = filed(town)
    town.says(filan, "/harro", "ku doni t’ju vijë përgjigjja?")
    town.presses(filan, "Me SMS", FORGOTTEN)
    town.served.office("requests", "reply", reference, LETTER, *BY)
    until(filan, lambda: bool(notices_sent(town, reference)))
    (sms,) = notices_sent(town, reference)
    assert LETTER not in sms
    assert LETTER not in "".join(one.text for one in filan.screen)


def test_who_cancels_keeps_everything(town: Bots) -> None:  # R58
    filan, _, reference = filed(town)
    town.says(filan, "/harro", "ku doni t’ju vijë përgjigjja?")
    town.says(filan, "/anulo", "Nuk harrova asgjë.")
    town.says(filan, "/harro", "ku doni t’ju vijë përgjigjja?")
    town.presses(filan, "Anulo", "Nuk harrova asgjë.")
    assert reference in town.says(filan, "/kerkesat", reference)  # still proven
    town.served.office("requests", "reply", reference, LETTER, *BY)
    town.heard(filan, LETTER)


def test_a_question_while_leaving_is_answered_and_the_choice_asked_again(town: Bots) -> None:
    filan, _, _ = filed(town)
    town.says(filan, "/harro", "ku doni t’ju vijë përgjigjja?")
    town.says(filan, "çka janë cookies?", "skedarë")
    until(filan, lambda: "Me SMS në numrin tim te kompania" in filan.last.labels)


def test_an_answer_with_personal_data_never_comes_into_the_chat(town: Bots, tmp_path: Path) -> None:  # R17, R43
    filan, _, reference = filed(town)
    answer = tmp_path / "kopja.pdf"
    answer.write_bytes(b"%PDF te dhenat e Filanit")
    town.served.office("requests", "proof", reference, "--kind", "email_on_file", *BY)
    town.served.office("requests", "answer", reference, "--file", str(answer), *BY)
    notice = town.heard(filan, "është gati")
    assert "nuk dërgohet në bisedë" in notice
    assert "/answer" not in notice

    town.says(filan, "/kerkesat", "/answer#")
    (shown,) = [one for one in filan.said if "/answer#" in one.text]
    assert (shown.preview_disabled, shown.protected) == (True, True)
    assert town.api.calls.uploads == []
