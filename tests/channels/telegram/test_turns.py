"""Telegram's turns: what a person does in a chat, what is said to it, and what is tidied up after it."""

import pytest

from bot.channels.telegram.turns import TelegramTurns
from bot.channels.turn import Incoming
from bot.delivery.telegram.calls import Button, Erase, Mark
from bot.dialogue.events import Brought, Thing
from bot.services import conversations
from tests.channels.people import FILAN
from tests.channels.telegram.phones import ALL, IPKO, Phone, said
from tests.tools.chatting import REFERENCE, Town, words

ADS = "te ipko, mos më dërgoni më reklama"
COOKIES = "te ipko, çka janë cookies?"
KEY = "📱 Send my number"

# ---- words --------------------------------------------------------------------------------------------------


def test_the_first_words_are_said_once(phone: Phone) -> None:  # R42
    phone.start()
    introduced = said(phone.sends[0]).partition("\n")[0]
    assert "Mburoja" in introduced
    for text in (COOKIES, "/privatesia", "menyja"):
        phone.say(text)
        assert introduced not in phone.text
    phone.start()
    assert introduced not in phone.text


def test_an_answer_comes_with_its_clause_and_with_what_may_be_asked_next(phone: Phone) -> None:  # R40
    phone.say(COOKIES)
    (send,) = phone.sends
    assert '<a href="https://mburoja.example/policy/ipko#cookies' in send.text
    assert "<blockquote expandable>" in send.text
    assert send.keyboard


def test_a_command_is_a_text_like_any_other(phone: Phone) -> None:
    phone.start()
    phone.say("/privatesia")
    assert "30 ditë" in phone.text
    assert phone.kept == ["/privatesia"]


def test_an_edited_message_is_answered_and_left_where_it_is(phone: Phone) -> None:
    phone.show(Thing.EDIT)
    assert phone.sends
    assert phone.tidied == []


# ---- links --------------------------------------------------------------------------------------------------


def test_a_bot_of_one_company_is_led_to_no_other_by_a_link(town: Town, telegram: TelegramTurns) -> None:  # R56
    linked = Phone(town, telegram, IPKO, chat=1)
    linked.start("paysera")
    plain = Phone(town, telegram, IPKO, chat=2)
    plain.start()
    assert [said(one) for one in linked.sends] == [said(one) for one in plain.sends]
    assert "Paysera" not in linked.seen


def test_a_bot_of_all_companies_is_led_to_one_by_a_link(
    town: Town, telegram: TelegramTurns, heard: list[Incoming]
) -> None:  # R56
    Phone(town, telegram, ALL, chat=1).start("paysera")
    Phone(town, telegram, ALL, chat=2).start("nobody")
    Phone(town, telegram, IPKO, chat=3).start("paysera")
    assert [(one.company, one.about) for one in heard] == [(None, "paysera"), (None, None), ("ipko", None)]


@pytest.mark.parametrize("link", ["paysera", "nobody", "", "\ud800", "c:1", "x" * 64])
def test_whatever_a_link_carries_is_answered(phone: Phone, link: str) -> None:
    assert "Mburoja" in str(phone.start(link))


# ---- buttons ------------------------------------------------------------------------------------------------


def test_the_button_that_was_pressed_is_marked(phone: Phone) -> None:
    phone.say(ADS)
    phone.press(words("Cancel"))
    (mark,) = phone.tidied
    assert isinstance(mark, Mark)
    assert [[button.text for button in row] for row in mark.keyboard] == [[f"✓ {words('Cancel')}"]]
    assert mark.message == phone.message


def test_a_topic_can_be_picked_after_another_one(phone: Phone) -> None:
    phone.say(COOKIES)
    first, second = phone.labels[:2]
    phone.press(first)
    assert [b.text for call in phone.tidied if isinstance(call, Mark) for row in call.keyboard for b in row][:2] == [
        f"✓ {first}", second,
    ]  # fmt: skip
    phone.press(second)
    assert words("That button is no longer valid; nothing was done with it.") not in phone.text


def test_a_button_that_holds_no_longer_is_answered_kindly_and_not_marked(phone: Phone) -> None:  # R60
    phone.say(ADS)
    cancel, without = words("Cancel"), words("Without a code")
    phone.press(cancel)
    old = next(send for send in phone.read if cancel in str(send.keyboard))
    before = phone.town.changes()
    button = next(b for row in old.keyboard for b in row if b.text == without)
    phone.touch(button, old.keyboard)  # the mark had not come through yet
    assert words("That button is no longer valid; nothing was done with it.") in phone.text
    assert phone.tidied == []
    assert phone.town.changes() == before


@pytest.mark.parametrize(
    "data", ["", "c:", "l:", "x", "c:\ud800", "p:", "p:1:1", "p:1:99", "p:" + "9" * 40 + ":1", "p:-1:0"]
)
def test_a_forged_button_does_nothing(phone: Phone, data: str) -> None:  # R60
    phone.start()
    before = phone.town.changes()
    phone.touch(Button(text="?", data=data), phone.sends[-1].keyboard)
    assert words("That button is no longer valid; nothing was done with it.") in phone.text
    assert phone.tidied == []
    assert phone.town.changes() == before


def test_a_button_of_a_conversation_that_was_erased_is_answered(phone: Phone) -> None:  # R45, R60
    phone.say(COOKIES)
    label = phone.labels[0]
    conversations.forget(phone.town.tx, phone.conversation)
    phone.press(label)
    assert "Mburoja" in phone.text  # somebody new, who is greeted
    assert words("That button is no longer valid; nothing was done with it.") in phone.text


def test_choices_are_turned_like_pages_where_they_stand(phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.channels.telegram.keyboards.MOST_ROWS", 4)
    phone.start()
    shown = phone.sends[-1].keyboard
    seen = [button.text for row in shown[:-1] for button in row]
    while later := [button for button in shown[-1] if button.text == words("More ›")]:
        phone.touch(later[0], shown)
        assert phone.sends == []
        (mark,) = phone.tidied
        assert isinstance(mark, Mark)
        shown = mark.keyboard
        seen += [button.text for row in shown[:-1] for button in row]
    assert len(seen) == len(set(seen)) == 7
    phone.touch(shown[0][0], shown)
    assert words("That button is no longer valid; nothing was done with it.") not in phone.text


def test_a_page_of_a_reply_that_was_forgotten_is_not_turned_to_another_replys(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.keyboards.MOST_ROWS", 4)
    phone.start()
    old = phone.sends[-1].keyboard
    conversations.forget(phone.town.tx, phone.conversation)
    phone.start()  # the first reply once more, under the same number
    phone.touch(old[-1][-1], old)
    assert phone.tidied == []
    assert words("That button is no longer valid; nothing was done with it.") in phone.text


def test_a_page_of_a_reply_that_is_not_kept_is_not_turned_to_the_next_one(phone: Phone) -> None:
    phone.start()
    phone.start()
    phone.town.tables.execute("DELETE FROM messages WHERE seq = 1")
    phone.touch(Button(text="›", data="p:1:0"))  # below a message that Telegram shows no more of
    assert phone.tidied == []
    assert words("That button is no longer valid; nothing was done with it.") in phone.text


# ---- numbers and codes --------------------------------------------------------------------------------------


def test_who_is_asked_for_a_number_gets_a_key_for_it_until_it_is_there(phone: Phone) -> None:
    phone.say(ADS)
    assert [send.contact for send in phone.sends] == [words(KEY), ""]
    phone.say(FILAN)
    assert [(send.contact, send.clears) for send in phone.sends] == [("", True), ("", False)]
    phone.press(words("Another number"))
    assert phone.sends[0].contact == words(KEY)
    phone.press(words("Cancel"))
    assert [send.clears for send in phone.sends][:1] == [True]
    phone.say("menyja")
    assert not any(send.clears or send.contact for send in phone.sends)


def test_a_typed_number_and_a_typed_code_are_taken_out_of_the_chat(phone: Phone) -> None:  # R16
    phone.say(ADS)
    assert phone.tidied == []
    phone.say(FILAN)
    assert phone.tidied == [Erase(message=phone.message)]
    code = phone.town.sms[-1].code
    phone.say(code)
    assert phone.tidied == [Erase(message=phone.message)]
    assert phone.kept[2:] == ["••••••"]
    assert code not in str(phone.read)


def test_a_shared_number_is_as_good_as_a_typed_one_and_is_taken_out_too(phone: Phone) -> None:  # R16, R28
    phone.say(ADS)
    phone.share("+38344000101")
    assert phone.tidied == [Erase(message=phone.message)]
    phone.say(phone.town.sms[-1].code)  # it still needs the code
    assert words("Yes, I confirm") in phone.labels


def test_a_shared_number_that_nobody_asked_for_is_taken_out_too(phone: Phone) -> None:  # R16
    phone.share("+38344000101")
    assert phone.tidied == [Erase(message=phone.message)]
    assert phone.town.sms == []


def test_a_number_is_masked_wherever_it_is_said(phone: Phone) -> None:  # R46
    phone.say(ADS)
    phone.prove(FILAN)
    phone.press(words("Yes, I confirm"))
    assert [send.protect for send in phone.sends].count(True) == 1  # the receipt
    digits = "".join(c for c in phone.seen if c not in " -/()")
    assert "*01" in digits
    assert "44000101" not in digits
    assert "A1001" not in digits


# ---- things -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", list(Thing))
def test_what_is_no_text_is_answered_and_files_are_taken_out(
    phone: Phone, heard: list[Incoming], thing: Thing
) -> None:  # R16
    phone.show(thing)
    assert phone.sends
    erased = thing in (Thing.FILE, Thing.CONTACT)
    assert phone.tidied == ([Erase(message=1)] if erased else [])
    assert [one.brought for one in heard] == [Brought(thing=thing, erased=erased)]  # it is said that they are


def test_an_album_is_answered_once_and_each_of_it_taken_out(phone: Phone) -> None:
    counts = []
    for number in (1, 2, 3):
        phone.show(Thing.FILE, album="pictures of a card")
        counts.append(len(phone.sends))
        assert phone.tidied == [Erase(message=number)]
    assert counts == [1, 0, 0]


def test_who_has_proven_nothing_may_have_the_answer_in_the_chat(phone: Phone) -> None:  # R53, R58
    phone.start("ipko")
    phone.say("/personi")
    phone.say("dua të flas me zyrtarin për të dhënat e mia")
    phone.press(words("Here, in this chat"))
    assert words("The answer comes here, into this chat.") in phone.seen
    phone.press(words("Yes, I confirm"))
    assert REFERENCE.search(phone.seen)


def test_a_number_that_nobody_asked_for_is_deleted_with_a_word(phone: Phone) -> None:  # R16
    phone.start("ipko")
    phone.say("044 999 157")
    assert phone.text.startswith(words("I deleted the number from the chat: I do not need it now."))
    assert [type(call) for call in phone.tidied] == [Erase]


# ---- numbers of a list --------------------------------------------------------------------------------------

STATISTICS = "te paysera, si mund t’i kundërshtoj statistikat?"


def test_a_number_right_after_a_numbered_list_picks_from_it(phone: Phone) -> None:
    phone.say(STATISTICS)
    label = next(text for text in phone.labels if text.startswith("2. "))
    phone.press(label)
    pressed = phone.text
    for typed in ("2", " 2. ", "2)"):
        phone.say(STATISTICS)
        phone.say(typed)
        assert phone.text == pressed


@pytest.mark.parametrize("typed", ["0", "9", "22", "2 5", "dy", "٢"])
def test_any_other_number_is_a_text(phone: Phone, heard: list[Incoming], typed: str) -> None:
    phone.say(STATISTICS)
    phone.say(typed)
    assert (heard[-1].text, heard[-1].choice) == (typed, None)


def test_a_list_that_is_not_the_last_word_or_has_no_numbers_is_not_picked_from(
    phone: Phone, heard: list[Incoming]
) -> None:
    phone.say(STATISTICS)
    phone.say("/privatesia")
    phone.say("2")
    assert heard[-1].text == "2"
    phone.say("menyja")
    phone.say("2")
    assert heard[-1].text == "2"


def test_a_number_is_never_a_yes(
    phone: Phone, heard: list[Incoming], monkeypatch: pytest.MonkeyPatch
) -> None:  # R21, R60
    monkeypatch.setattr("bot.channels.telegram.keyboards.LONGEST_LABEL", 1)  # as if every list had numbers
    phone.say(ADS)
    phone.say("1")
    assert heard[-1].text == "1"  # a number is waited for
    phone.prove(FILAN)
    assert words("Do you confirm it?") in phone.text
    phone.say("1")
    assert (heard[-1].text, heard[-1].choice) == ("1", None)
    assert not REFERENCE.search(phone.seen)


def test_help_names_the_commands(phone: Phone) -> None:
    phone.start("ipko")
    phone.say("/ndihme")
    for command in ("/pyet", "/pelqimet", "/kerkesat", "/kundershto", "/personi", "/anulo", "/privatesia", "/harro"):
        assert command in phone.text
    phone.say("menyja")
    assert "/pyet" not in phone.text
