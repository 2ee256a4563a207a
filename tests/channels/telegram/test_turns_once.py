"""Every update once and in order; groups are left; who leaves is forgotten; the company’s letters reach the chat."""

import pytest

from bot.channels.telegram.arrivals import Arrival, Kind
from bot.channels.telegram.turns import CHANNEL, TelegramTurns
from bot.clock import DAY
from bot.delivery.telegram.calls import Leave, Send
from bot.dialogue.reply import Paragraph
from bot.services import conversations
from bot.services.conversations import DPO, Reach
from bot.services.updates import Ended
from tests.channels.telegram.phones import ALL, IPKO, Phone, said
from tests.tools.chatting import Town, words
from tests.tools.engines import undone

ADS = "te ipko, mos më dërgoni më reklama"
COOKIES = "te ipko, çka janë cookies?"

# ---- each once, in order ------------------------------------------------------------------------------------


def test_an_update_is_taken_once(phone: Phone) -> None:  # R29
    number, arrival = phone.keep(), phone.arrival(kind=Kind.TEXT, text=ADS)
    assert phone.handle(number, arrival)
    first = phone.kept
    assert not phone.handle(number, arrival)
    assert phone.made == []
    assert phone.kept == first == [ADS]


def test_the_same_id_of_another_bot_is_another_update(town: Town, telegram: TelegramTurns) -> None:  # R29
    one, other = Phone(town, telegram, ALL), Phone(town, telegram, IPKO)
    number = one.keep()
    other._numbers = iter([number])  # type: ignore[assignment]
    assert other.keep() == number
    assert one.handle(number, one.arrival(kind=Kind.START))
    assert other.handle(number, other.arrival(kind=Kind.START))


def test_an_update_waits_for_an_earlier_one_of_its_chat(town: Town, telegram: TelegramTurns) -> None:  # R29
    filan, other = Phone(town, telegram), Phone(town, telegram, chat=500_200)
    first, second, elses = filan.keep(), filan.keep(), other.keep()
    said_first, said_second = (filan.arrival(kind=Kind.TEXT, text=text) for text in (COOKIES, "menyja"))
    assert not filan.handle(second, said_second)
    assert filan.made == []
    assert other.handle(elses, other.arrival(kind=Kind.START))  # another chat does not wait
    assert filan.handle(first, said_first)
    assert filan.handle(second, said_second)
    assert filan.kept == [COOKIES, "menyja"]


def test_what_an_update_said_is_erased_with_the_turn_or_neither_happens(phone: Phone) -> None:  # R29, R45
    number, arrival = phone.keep(), phone.arrival(kind=Kind.TEXT, text=ADS)
    tx = phone.town.tx
    with undone(phone.town.tables):
        phone.telegram.take(tx, phone.town.now, phone.bot, number, arrival)
    (row,) = phone.town.rows("updates")
    assert (row["state"], bool(row["payload_sealed"])) == ("ready", True)
    assert phone.town.rows("messages") == phone.town.rows("jobs") == []
    phone.handle(number, arrival)
    (row,) = phone.town.rows("updates")
    assert (row["state"], row["payload_sealed"]) == ("done", "")


@pytest.mark.parametrize("how", [Ended.UNREADABLE, Ended.FAILED])
def test_what_cannot_be_handled_is_ended_and_its_person_told(phone: Phone, how: Ended) -> None:
    number, tx, now = phone.keep(), phone.town.tx, phone.town.now
    phone.telegram.give_up(tx, now, phone.bot, number, phone.chat, how)
    phone.collect()
    assert phone.sends
    assert [row["state"] for row in phone.town.rows("updates")] == [str(how)]
    phone.telegram.give_up(tx, now, phone.bot, number, phone.chat, how)
    phone.collect()
    assert phone.made == []


@pytest.mark.parametrize("chat", [None, -100_200])
def test_nobody_is_told_where_no_person_is_known(phone: Phone, chat: int | None) -> None:  # R28
    number = phone.keep()
    phone.telegram.give_up(phone.town.tx, phone.town.now, phone.bot, number, chat, Ended.UNREADABLE)
    phone.collect()
    assert phone.made == []
    assert phone.town.rows("conversations") == []
    assert [row["state"] for row in phone.town.rows("updates")] == ["unreadable"]


# ---- groups, and what needs no answer -----------------------------------------------------------------------


def test_a_group_is_left_with_a_word_and_nothing_of_it_is_stored(town: Town, telegram: TelegramTurns) -> None:  # R28
    group = Phone(town, telegram, chat=-100_500)
    group.bring(kind=Kind.ELSEWHERE, text=ADS)
    why, leave = group.made
    assert isinstance(why, Send)
    assert leave == Leave()
    for table in ("conversations", "messages", "inbox"):
        assert town.rows(table) == []
    assert {row["payload_sealed"] for table in ("updates", "jobs") for row in town.rows(table)} == {""}


def test_a_group_is_left_once_a_day(town: Town, telegram: TelegramTurns) -> None:  # R28
    group = Phone(town, telegram, chat=-100_500)
    made = [len(group.bring(kind=Kind.ELSEWHERE)) for _ in range(3)]
    town.now += DAY
    assert [*made, len(group.bring(kind=Kind.ELSEWHERE))] == [2, 0, 0, 2]


@pytest.mark.parametrize("kind", [Kind.NOTHING, Kind.INLINE, Kind.BLOCKED, Kind.UNBLOCKED])
def test_what_needs_no_answer_gets_none_and_makes_no_conversation(phone: Phone, kind: Kind) -> None:
    assert phone.bring(kind=kind) == []
    assert phone.town.rows("conversations") == []


def test_an_update_without_a_chat_is_ended(phone: Phone) -> None:
    assert phone.handle(phone.keep(), Arrival(kind=Kind.INLINE))
    assert phone.made == []
    assert [row["state"] for row in phone.town.rows("updates")] == ["done"]


# ---- leaving and letters ------------------------------------------------------------------------------------


def test_who_wants_to_be_forgotten_is_told_so_and_forgotten(phone: Phone) -> None:  # R45
    phone.say(COOKIES)
    before = phone.conversation
    phone.say("/harro")
    assert phone.sends
    assert words("Send my number") not in phone.text
    assert phone.town.rows("messages") == []
    assert conversations.find(phone.town.tx, phone.town.desk, CHANNEL, phone.address) is None
    phone.start()
    assert phone.conversation != before
    assert "Mburoja" in said(phone.sends[0])


def test_what_the_company_writes_comes_into_the_chat(phone: Phone) -> None:  # R58
    phone.start()
    text = [Paragraph(text="Për kërkesën <7K2Q>:"), Paragraph(text=""), Paragraph(text="u krye.")]
    reach = conversations.append(phone.town.tx, phone.town.desk, phone.town.now, phone.conversation, DPO, text, "n1")
    assert reach is Reach.UNDER_WAY
    (ordered,) = phone.collect()
    assert phone.text == "Për kërkesën <7K2Q>:\n\nu krye."
    assert ordered.notice == "n1"


def test_the_last_message_of_a_long_letter_brings_its_notice(phone: Phone) -> None:  # R58
    phone.start()
    text = [Paragraph(text="a" * 9_000)]
    conversations.append(phone.town.tx, phone.town.desk, phone.town.now, phone.conversation, DPO, text, "n1")
    assert [(part.notice, part.completes) for part in phone.collect()] == [("n1", False), ("n1", False), ("n1", True)]


def test_who_blocked_the_bot_is_not_written_to_until_they_are_back(phone: Phone) -> None:  # R58
    phone.start()
    town, there = phone.town, phone.conversation

    def letter() -> Reach:
        return conversations.append(town.tx, town.desk, town.now, there, DPO, [Paragraph(text="Tung.")], "n1")

    phone.bring(kind=Kind.BLOCKED)
    assert letter() is Reach.NOBODY
    phone.bring(kind=Kind.UNBLOCKED)
    assert letter() is Reach.UNDER_WAY
    phone.bring(kind=Kind.BLOCKED)
    phone.say("menyja")  # who writes can be written to
    assert letter() is Reach.UNDER_WAY
