"""What the officer may read of a conversation: what the customer shared, as long as it is kept, and nothing else."""

import json
from typing import Any

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.blocks import encode
from bot.dialogue.effects import Escalation, ShareConversation, UnshareConversation
from bot.dialogue.events import ConversationShared, ConversationUnshared, NothingToShare
from bot.dialogue.reply import Paragraph
from bot.policy.actions import Action
from bot.services import conversations, retention
from bot.services.casework import escalations, sharing
from bot.services.conversations import BOT, YOU
from bot.services.desk import Place
from tests.services.acting import House, made_up_house
from tests.services.casework import DPO, filed, office
from tests.tools.desks import NOW

WORDS = ("Dua kopjen.", "E kuptova.", "Faleminderit.", "Me nderim.")


@pytest.fixture
def house() -> House:
    return made_up_house()


def talk(house: House, words: tuple[str, ...] = WORDS, address: str = "one", now: int = NOW) -> str:
    """A conversation in which this was said in turn; returns its id."""
    held = conversations.take(house.tx, house.desk, now, "terminal", address)
    for number, text in enumerate(words, start=held.last_seq + 1):
        body = encode([Paragraph(text=text)])
        conversations.add(house.tx, house.desk, now, held.id, number, BOT if number % 2 == 0 else YOU, body)
    conversations.keep(
        house.tx, house.desk, now, held, last_seq=held.last_seq + len(words), state="open", form=b"{}", company="alfa",
        proven=True,
    )  # fmt: skip
    return held.id


def at(conversation: str, now: int = NOW) -> Place:
    return Place(conversation=conversation, channel="terminal", now=now)


def asks(house: House, conversation: str, reference: str = "", up_to: int | None = None, now: int = NOW) -> object:
    effect = ShareConversation(reference=reference, up_to=up_to)
    return sharing.share_conversation(house.tx, house.desk, at(conversation, now), effect)


def takes_back(house: House, conversation: str, reference: str = "") -> object:
    return sharing.unshare_conversation(
        house.tx, house.desk, at(conversation), UnshareConversation(reference=reference)
    )


def read(house: House, reference: str) -> list[str]:
    return [message.blocks[0]["text"] for message in sharing.shared(house.tx, house.desk, reference)]


def logged(house: House) -> list[dict[str, Any]]:
    bodies = [json.loads(row["body"]) for row in house.rows("audit")]
    return [body for body in bodies if body["act"] == "transcript.shared"]


def escalated(house: House, conversation: str, kind: Escalation = Escalation.HAND_OFF) -> str:
    return escalations.open_escalation(house.tx, house.desk, at(conversation), kind, "alfa", "Dua një njeri.")


def test_nothing_is_shared_unasked(house: House) -> None:
    talked = talk(house)
    for reference in (filed(house, conversation=talked), escalated(house, talked), "nuk ka"):
        assert not sharing.is_shared(house.tx, reference)
        assert read(house, reference) == []


def test_what_was_said_up_to_then_is_shared_and_nothing_later(house: House) -> None:
    talked = talk(house)
    reference = filed(house, conversation=talked)
    assert asks(house, talked) == ConversationShared(reference=reference)
    talk(house, ("Kjo jo.",))
    assert read(house, reference) == list(WORDS)
    assert [message.sender for message in sharing.shared(house.tx, house.desk, reference)] == [YOU, BOT] * 2
    assert sharing.is_shared(house.tx, reference)


def test_what_was_said_after_the_offer_was_not_offered(house: House) -> None:
    talked = talk(house)
    reference = filed(house, conversation=talked)
    asks(house, talked, reference, up_to=2)
    assert read(house, reference) == list(WORDS[:2])
    assert asks(house, talked, reference, up_to=1) == ConversationShared(reference=reference, already=True)
    assert read(house, reference) == list(WORDS[:2])
    asks(house, talked, reference)  # asked for in words: up to now
    assert read(house, reference) == list(WORDS)
    assert asks(house, talked, reference, up_to=1_000) == ConversationShared(reference=reference, already=True)


def test_it_is_logged_and_the_office_is_told_without_a_word_of_it(house: House) -> None:  # R39
    talked = talk(house)
    reference = filed(house, conversation=talked)
    asks(house, talked)
    asks(house, talked)
    takes_back(house, talked)
    takes_back(house, talked)
    assert [(body["reference"], body["act"]) for body in logged(house)] == [(reference, "transcript.shared")] * 2
    assert [body["details"] for body in logged(house)] == [
        {"who": "customer", "act": "shared", "up_to": 4},
        {"who": "customer", "act": "unshared"},
    ]
    told = [row for row in house.rows("events") if row["kind"] == "request.changed"]
    opened = [json.loads(house.desk.vault.open("events", row["body_sealed"], row["id"])) for row in told]
    assert opened == [{"act": "shared", "state": "received"}, {"act": "unshared", "state": "received"}]


def test_it_can_be_taken_back_while_the_case_is_open(house: House) -> None:
    talked = talk(house)
    reference = filed(house, conversation=talked)
    asks(house, talked)
    assert takes_back(house, talked, reference) == ConversationUnshared(references=(reference,))
    assert (sharing.is_shared(house.tx, reference), read(house, reference)) == (False, [])
    assert takes_back(house, talked, reference) == NothingToShare()
    asks(house, talked)
    house.tables.execute("UPDATE requests SET closed_at = 1")
    assert takes_back(house, talked, reference) == NothingToShare()
    assert read(house, reference) == list(WORDS)


def test_in_words_the_newest_open_case_is_shared_and_all_are_taken_back(house: House) -> None:
    talked = talk(house)
    first = filed(house, Action.DSAR_ERASURE, conversation=talked)
    house.tables.execute("UPDATE requests SET received_at = received_at - 1000")
    second = filed(house, conversation=talked)
    assert asks(house, talked) == ConversationShared(reference=second)
    asks(house, talked, first)
    taken_back = takes_back(house, talked)
    assert isinstance(taken_back, ConversationUnshared)
    assert set(taken_back.references) == {first, second}


def test_a_case_that_is_closed_or_none_cannot_be_shared(house: House) -> None:
    talked = talk(house)
    reference = filed(house, conversation=talked)
    house.tables.execute("UPDATE requests SET closed_at = 1")
    assert asks(house, talked, reference) == asks(house, talked) == asks(house, talked, "nuk ka") == NothingToShare()
    assert logged(house) == []


def test_only_the_conversation_that_brought_a_case_shares_itself(house: House) -> None:  # R11
    talked, other = talk(house), talk(house, address="two")
    reference = filed(house, conversation=talked)
    entered = filed(house)  # by post
    assert asks(house, other, reference) == NothingToShare()
    assert asks(house, talked, entered) == NothingToShare()
    asks(house, talked)
    assert takes_back(house, other, reference) == takes_back(house, other) == NothingToShare()
    assert read(house, reference) == list(WORDS)


def test_somebody_who_was_handed_to_a_person_shares_it_too(house: House) -> None:
    talked = talk(house)
    reference = escalated(house, talked)
    assert asks(house, talked) == ConversationShared(reference=reference)
    assert read(house, reference) == list(WORDS)
    became = escalations.to_request(house.tx, house.desk, office(), reference, Action.CONTACT_DPO, DPO)
    assert sharing.is_shared(house.tx, reference)
    assert takes_back(house, talked, reference) == ConversationUnshared(references=(reference,))
    asks(house, talked, reference)  # it is open as a request
    assert read(house, reference) == list(WORDS)
    house.tables.execute("UPDATE requests SET closed_at = 1 WHERE reference = ?", (became,))
    assert takes_back(house, talked, reference) == NothingToShare()


@pytest.mark.parametrize("kind", [Escalation.UNANSWERED, Escalation.ASKED_AGAIN, Escalation.ALARM])
def test_what_nobody_was_told_of_is_not_meant(house: House, kind: Escalation) -> None:
    talked = talk(house)
    escalated(house, talked, kind)
    assert asks(house, talked) == NothingToShare()


def test_sharing_keeps_no_message_longer(house: House) -> None:  # R45
    talked = talk(house)
    reference = filed(house, conversation=talked)
    talk(house, ("Edhe kjo.",), now=NOW + 10 * DAY)
    asks(house, talked, now=NOW + 10 * DAY)
    retention.sweep(house.tx, house.desk, NOW + 30 * DAY - HOUR)
    assert read(house, reference) == [*WORDS, "Edhe kjo."]
    retention.sweep(house.tx, house.desk, NOW + 30 * DAY + HOUR)
    assert read(house, reference) == ["Edhe kjo."]
    retention.sweep(house.tx, house.desk, NOW + 41 * DAY)
    assert (read(house, reference), sharing.is_shared(house.tx, reference)) == ([], True)


def test_a_conversation_that_was_forgotten_is_read_no_more(house: House) -> None:  # R45
    talked = talk(house)
    reference = filed(house, conversation=talked)
    asks(house, talked)
    conversations.forget(house.tx, talked)
    talk(house, ("Jam tjetër.",))
    assert read(house, reference) == []


def test_a_long_conversation_is_read_whole(house: House) -> None:
    talked = talk(house, tuple(str(number) for number in range(1_203)))
    reference = filed(house, conversation=talked)
    asks(house, talked, up_to=1_201)
    assert read(house, reference) == [str(number) for number in range(1_201)]


def test_what_is_none_cannot_be_shared_by_a_service_either(house: House) -> None:
    with pytest.raises(KeyError):
        sharing.share(house.tx, house.desk, office(), "nuk ka", 1)


def test_what_became_a_request_is_taken_back_without_a_number_too(house: House) -> None:
    talked = talk(house)
    identity = escalated(house, talked)
    asks(house, talked, identity)
    reference = escalations.to_request(house.tx, house.desk, office(), identity, Action.CONTACT_DPO, DPO)
    assert read(house, identity) == list(WORDS)  # as the page of the request reads it
    assert takes_back(house, talked) == ConversationUnshared(references=(identity,))
    assert (read(house, identity), sharing.is_shared(house.tx, reference)) == ([], False)
    assert takes_back(house, talked) == NothingToShare()
