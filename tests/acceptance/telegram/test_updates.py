"""What is not a text, and what is not a private chat: each is met as docs/telegram.md says, by the real process."""

from tests.acceptance.telegram.conftest import IPKO, Bots
from tests.acceptance.telegram.steps import GREETING, asked_to_confirm, begun, count, until
from tests.tools.chatting import REFERENCE
from tests.tools.serving import number


def test_what_is_no_text_is_met_with_a_kind_word(town: Bots) -> None:
    filan = begun(town)
    for sends, hears in (
        (filan.sends_sticker, "vetëm tekst"),
        (filan.sends_voice, "Zërin dhe thirrjet nuk i dëgjoj"),
        (filan.sends_video_note, "Zërin dhe thirrjet nuk i dëgjoj"),
        (filan.sends_location, "Vendndodhjen tuaj nuk e lexoj"),
    ):
        sends()
        town.heard(filan, hears)
    assert filan.deleted == []


def test_pictures_and_documents_are_deleted_and_never_fetched(town: Bots) -> None:
    filan = begun(town)
    sent = []
    for sends in (filan.sends_photo, filan.sends_document):
        sent.append(sends(caption="letërnjoftimi im").message_id)
        town.heard(filan, "E fshiva nga biseda")
    until(filan, lambda: [one.message_id for one in filan.deleted] == sent)
    assert town.api.calls.of("getFile") == []


def test_an_album_is_answered_once_and_deleted_whole(town: Bots) -> None:
    filan = begun(town)
    sent = {filan.sends_photo(album="pushimet").message_id for _ in range(3)}
    town.says(filan, "/ndihme", "zgjidhni")
    assert len([one for one in filan.said if "E fshiva nga biseda" in one.text]) == 1
    until(filan, lambda: {one.message_id for one in filan.deleted} == sent)


def test_a_question_edited_into_an_order_starts_nothing(town: Bots) -> None:
    filan = begun(town)
    asked = filan.says("çka janë cookies?")
    town.heard(filan, "skedarë")
    filan.edits("nuk dua më reklama", asked)
    assert "shkruajeni si mesazh të ri" in town.heard(filan, "Mesazhin e ndryshuar nuk e lexoj")
    assert "numrin e telefonit" not in town.says(filan, "/ndihme", "zgjidhni")


def test_an_edit_confirms_nothing(town: Bots) -> None:  # R60
    phone = town.served.someone()
    filan = begun(town, phone=phone)
    asked = filan.says("kush jeni ju?")
    asked_to_confirm(town, filan, "nuk dua më reklama", phone)
    before = count(town, "receipts")
    filan.edits("po", asked)
    town.heard(filan, "Mesazhin e ndryshuar nuk e lexoj")
    town.says(filan, "/anulo", "U anulua")
    assert count(town, "receipts") == before
    assert not REFERENCE.search("".join(one.text for one in filan.said))


def test_somebody_elses_contact_does_not_count(town: Bots) -> None:  # R28
    customer = number(39)
    filan = begun(town, phone=town.served.someone())
    town.says(filan, "nuk dua më reklama", "numrin e telefonit")
    sent = [filan.shares_contact(own=False, phone=customer).message_id]
    town.heard(filan, "Vlen vetëm numri juaj")
    sent.append(filan.shares_contact(own=False, phone=customer, user_id=filan.id + 1).message_id)
    town.heard(filan, "Vlen vetëm numri juaj")
    until(filan, lambda: [one.message_id for one in filan.deleted] == sent)
    until(filan, lambda: "Pa kod" in filan.last.labels)  # the number is still asked for
    assert [line for line in town.served.lines if f"*{customer[-2:]}" in line] == []


def test_an_inline_query_leads_to_the_private_chat(town: Bots) -> None:  # R28
    filan = begun(town)
    before = count(town, "conversations")
    query = filan.asks_inline("çka dini për fqinjin tim?")
    until(filan, lambda: filan.inline_answer(query) is not None)
    assert filan.inline_answer(query) == []
    (call,) = [one for one in town.api.calls.of("answerInlineQuery") if one.parameters["inline_query_id"] == query]
    assert call.parameters["button"]["text"] == "Më shkruani privatisht"
    assert count(town, "conversations") == before


def test_a_group_is_told_one_line_and_left(town: Bots) -> None:  # R28
    filan = begun(town)
    before = count(town, "conversations")
    group = town.api.group(IPKO)
    group.adds_bot()
    group.says("nuk dua më reklama")
    until(filan, lambda: group.bot_is == "left")
    assert ["bisedë private" in one.text for one in group.said] == [True]
    assert count(town, "conversations") == before


def test_a_supergroup_is_left_too(town: Bots) -> None:  # R28
    filan = begun(town)
    group = town.api.group(IPKO)
    group.migrates()
    group.adds_bot()
    until(filan, lambda: group.bot_is == "left")
    assert ["bisedë private" in one.text for one in group.said] == [True]


def test_a_channel_is_left(town: Bots) -> None:  # R28
    filan = begun(town)
    before = count(town, "conversations")
    channel = town.api.channel(IPKO)
    channel.adds_bot()
    channel.posts("nuk dua më reklama")
    until(filan, lambda: channel.bot_is == "left")
    assert len(channel.said) == 1
    assert count(town, "conversations") == before


def test_who_blocked_the_bot_and_comes_back_is_answered(town: Bots) -> None:
    filan = begun(town)
    filan.blocks()
    filan.unblocks()
    assert GREETING not in town.says(filan, "/start", "zgjidhni")
    filan.blocks()
    filan.start()
    town.heard(filan, "zgjidhni")
    town.says(filan, "çka janë cookies?", "skedarë")


def test_an_update_that_cannot_be_read_is_said_to_its_person_and_holds_up_nobody(town: Bots) -> None:  # R29
    filan, tjetri = begun(town), begun(town)
    chat = {"id": filan.id, "type": "private", "first_name": "Filan"}
    town.api.sends_unreadable(IPKO, {"message": {"message_id": 1, "date": "nesër", "chat": chat, "text": 12}})
    town.api.sends_unreadable(IPKO, {"message": "kurrgjë"})
    town.says(tjetri, "çka janë cookies?", "skedarë")
    town.heard(filan, "Këtë mesazh nuk arrita ta lexoj")
    town.says(filan, "çka janë cookies?", "skedarë")


def test_an_unknown_command_shows_what_can_be_done(town: Bots) -> None:
    filan = begun(town)
    town.says(filan, "/fshijkrejt", "Këtë komandë nuk e njoh.")
    assert "Ndali reklamat" in filan.last.labels
    town.says(filan, "/privatesia@ipko_bot", "Këtë bisedë e ruaj")
