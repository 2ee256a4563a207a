"""What Telegram’s updates are to us; broken ones are one named error, their id and chat are found where they can."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.arrivals import Arrival, Kind, UnreadableError
from bot.channels.telegram.reading import peek, read
from bot.delivery.telegram.calls import Button
from bot.dialogue.events import Thing
from tests.channels.telegram.raws import (
    FILAN,
    FILANE,
    Json,
    group,
    membership,
    message,
    person,
    press,
    private,
    text,
    update,
)
from tests.tools.botapi.broken import SHAPES, broken_content

FILE = {"file_id": "f", "file_unique_id": "u"}
PICTURE = {**FILE, "width": 90, "height": 90}
FILM = {**PICTURE, "duration": 3}
SOUND = {**FILE, "duration": 3}
PLACE = {"latitude": 42.66, "longitude": 21.16}
USER = person(FILANE)
BOT = {"id": 99, "is_bot": True, "first_name": "Mburoja"}
ALL = ("message", "edited_message", "channel_post", "edited_channel_post")
RIGHTS = dict.fromkeys(
    ["can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
     "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
     "can_edit_stories", "can_delete_stories"], False,
)  # fmt: skip


def came(**content: object) -> Arrival:
    return read(update(message=message(**content)))


# ---- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("a po më përgjoni?", "a po më përgjoni?"),
        ("/pyet@ipko_bot pse ma kontrolloni numrin", "/pyet pse ma kontrolloni numrin"),
        ("/pelqimet@ipko_bot", "/pelqimet"),
        ("shkruani te @ipko_bot", "shkruani te @ipko_bot"),
        ("/pyet filan@shembull.example", "/pyet filan@shembull.example"),
        ("/startup", "/startup"),
        ("", ""),
        ("\x00\u202e👩‍👩‍👧", "\x00\u202e👩‍👩‍👧"),
    ],
)
def test_a_text_is_taken_as_it_is_without_the_bots_name_behind_a_command(said: str, understood: str) -> None:
    assert read(text(1, said)) == Arrival(kind=Kind.TEXT, chat=FILAN, message=7, text=understood)


@pytest.mark.parametrize(
    ("said", "carried"),
    [
        ("/start", ""),
        ("/start ipko", "ipko"),
        ("/start@ipko_bot ipko", "ipko"),
        ("/Start  paysera-2_b ", "paysera-2_b"),
        ("/start " + "a" * 64, "a" * 64),
        ("/start " + "a" * 65, ""),
        ("/start dy fjalë", ""),
        ("/start <b>", ""),
        ("/start\nipko", "ipko"),
    ],
)
def test_start_is_known_and_carries_only_what_a_link_may_carry(said: str, carried: str) -> None:
    assert read(text(1, said)) == Arrival(kind=Kind.START, chat=FILAN, message=7, text=carried)


def test_a_text_that_was_forwarded_or_came_through_another_bot_is_a_text() -> None:
    origin = {"type": "hidden_user", "sender_user_name": "Askush", "date": 1}
    assert came(text="a", forward_origin=origin, forward_date=1, forward_sender_name="Askush").kind is Kind.TEXT
    assert came(text="a", via_bot={**BOT, "username": "gif"}).kind is Kind.TEXT


def test_a_lone_surrogate_in_a_text_is_read() -> None:  # R51
    raw = text(1, "PLACE").replace(b"PLACE", rb"a\ud800b")
    assert read(raw).text == "a\ud800b"
    assert peek(raw).update_id == 1


# ---- buttons ----------------------------------------------------------------------------------------------------


def test_a_pressed_button_comes_with_all_that_were_shown() -> None:
    assert read(press(data="c:ab12")) == Arrival(
        kind=Kind.PRESS,
        chat=FILAN,
        message=7,
        data="c:ab12",
        query="4711",
        keyboard=((Button(text="Po", data="c:ab12"),), (Button(text="Faqja", url="https://x.example"),)),
    )


@pytest.mark.parametrize(
    "gone",
    [
        {"message": {"chat": private(), "message_id": 7, "date": 0}},
        {"message": None, "inline_message_id": "i-1"},
        {"message": None},
    ],
)
def test_a_button_below_a_message_that_is_gone_still_tells_who_pressed_it(gone: Json) -> None:
    assert read(press(**gone)) == Arrival(kind=Kind.PRESS, chat=FILAN, data="c:abc", query="4711")
    assert peek(press(**gone)).chat == FILAN


def test_a_button_of_a_game_has_no_data() -> None:
    assert read(press(data="", game_short_name="loja")).data == ""


# ---- what is no text --------------------------------------------------------------------------------------------


def test_ones_own_number_counts_and_anybody_elses_is_only_a_card() -> None:  # R28
    card = {"phone_number": "383 44-000 101", "first_name": "Filan"}
    own = came(contact={**card, "user_id": FILAN})
    assert own == Arrival(kind=Kind.CONTACT, chat=FILAN, message=7, text="+38344000101")
    assert came(contact={**card, "phone_number": "+38344000101", "user_id": FILAN}).text == "+38344000101"
    for other in ({**card, "user_id": FILANE}, card, {**card, "user_id": True}, {**card, "user_id": str(FILAN)}):
        assert came(contact=other) == Arrival(kind=Kind.THING, chat=FILAN, message=7, thing=Thing.CONTACT)
    assert came(contact={**card, "user_id": FILAN}, **{"from": None}).thing is Thing.CONTACT


@pytest.mark.parametrize(
    ("thing", "content"),
    [
        (Thing.FILE, {"photo": [PICTURE]}),
        (Thing.FILE, {"photo": [PICTURE], "caption": "ja letërnjoftimi im"}),
        (Thing.FILE, {"video": FILM}),
        (Thing.FILE, {"animation": FILM, "document": FILE}),
        (Thing.FILE, {"document": FILE}),
        (Thing.FILE, {"audio": SOUND}),
        (Thing.VOICE, {"voice": SOUND}),
        (Thing.VOICE, {"video_note": {**SOUND, "length": 90}}),
        (Thing.STICKER, {"sticker": {**PICTURE, "type": "regular", "is_animated": False, "is_video": False}}),
        (Thing.STICKER, {"dice": {"emoji": "🎲", "value": 3}}),
        (Thing.STICKER, {"game": {"title": "Loja", "description": "l", "photo": [PICTURE]}}),
        (Thing.PLACE, {"location": PLACE}),
        (Thing.PLACE, {"venue": {"location": PLACE, "title": "Dyqani", "address": "Prishtinë"}, "location": PLACE}),
        (Thing.OTHER, {"story": {"chat": private(), "id": 1}}),
        (Thing.OTHER, {"paid_media": {"star_count": 1, "paid_media": []}}),
        (Thing.OTHER, {"giveaway": {"chats": [group("channel")], "winners_selection_date": 1, "winner_count": 1}}),
        (Thing.OTHER, {"something_of_tomorrow": {"a": 1}}),
        (Thing.OTHER, {}),
    ],
)
def test_what_is_no_text_is_known_for_what_it_is(thing: Thing, content: Json) -> None:
    assert came(**content) == Arrival(kind=Kind.THING, chat=FILAN, message=7, thing=thing)


def test_pictures_sent_together_are_known_to_belong_together() -> None:
    assert came(photo=[PICTURE], media_group_id="g-1").album == "g-1"


def test_a_poll_is_something_else() -> None:
    poll = {
        "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False, "is_anonymous": True,
        "type": "regular", "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
    }  # fmt: skip
    assert came(poll=poll).thing is Thing.OTHER


def test_a_changed_message_is_an_edit_but_a_place_that_moves_is_nothing() -> None:
    changed = update(edited_message=message(text="tjetër", edit_date=1_790_000_009))
    assert read(changed) == Arrival(kind=Kind.THING, chat=FILAN, message=7, thing=Thing.EDIT)
    assert read(update(edited_message=message(location=PLACE, edit_date=1_790_000_009))).kind is Kind.NOTHING


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")  # the library warns of itself
@pytest.mark.parametrize(
    "content",
    [
        {"pinned_message": message(text="e ngulur")},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 86400}},
        {"chat_background_set": {"type": {"type": "chat_theme", "theme_name": "x"}}},
        {"write_access_allowed": {"from_request": True}},
        {"connected_website": "shembull.example"},
        {"from": BOT, "text": "nga një bot"},
        {"from": BOT, "photo": [PICTURE]},
    ],
)
def test_what_nobody_said_is_nothing(content: Json) -> None:
    assert came(**content) == Arrival(kind=Kind.NOTHING)


# ---- elsewhere, and who comes and goes -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_groups_and_channels_are_elsewhere_whatever_comes_of_them(kind: str) -> None:  # R28
    there = group(kind)
    elsewhere = Arrival(kind=Kind.ELSEWHERE, chat=there["id"])
    for name in ALL:
        raw = update(**{name: message(FILAN, text="tung") | {"chat": there}})
        assert read(raw) == elsewhere, name
        assert peek(raw).chat is None
    assert read(press(message=message(text="?") | {"chat": there})) == elsewhere
    assert peek(press(message=message(text="?") | {"chat": there})).chat is None
    for status in ("member", "administrator"):
        assert read(membership(status, there, **RIGHTS)) == elsewhere
    for status in ("left", "kicked"):
        assert read(membership(status, there)) == Arrival(kind=Kind.NOTHING)
    left = message(left_chat_member=BOT) | {"chat": there}
    assert read(update(message=left)) == Arrival(kind=Kind.NOTHING)


def test_a_kind_of_chat_that_is_not_known_is_left_alone() -> None:
    raw = update(message=message(text="a") | {"chat": {"id": FILAN, "type": "tomorrow"}})
    assert read(raw) == Arrival(kind=Kind.NOTHING)
    assert peek(raw).chat is None


def test_who_blocks_the_bot_and_who_lets_it_write_again() -> None:
    assert read(membership("kicked")) == Arrival(kind=Kind.BLOCKED, chat=FILAN)
    assert read(membership("member")) == Arrival(kind=Kind.UNBLOCKED, chat=FILAN)
    assert read(membership("left")) == Arrival(kind=Kind.NOTHING)
    assert peek(membership("kicked")).chat == FILAN


def test_an_inline_query_is_answered_where_it_was_asked() -> None:
    asked = update(inline_query={"id": "q-1", "from": person(), "query": "ipko", "offset": ""})
    assert read(asked) == Arrival(kind=Kind.INLINE, query="q-1")
    assert peek(asked).chat is None


@pytest.mark.parametrize(
    "content",
    [
        {"something_of_tomorrow": {"chat": private()}},
        {"business_message": message(text="për dikë tjetër")},
        {"poll_answer": {"poll_id": "1", "user": USER, "option_ids": [], "option_persistent_ids": []}},
        {},
    ],
)
def test_kinds_that_are_not_ours_are_nothing(content: Json) -> None:
    assert read(update(**content)) == Arrival(kind=Kind.NOTHING)
    assert peek(update(3, **content)).chat is None


# ---- what is broken -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b"5", b'"a"', b"\xff\xfe", b"<html></html>", b'{"update_id":', b"{}",
        b"[" * 100_000, b'{"update_id":1,"message":' + b'{"reply_to_message":' * 5_000 + b"{}" + b"}" * 5_001,
        text(1).replace(b'"menyja"', b"12"),
        text(1).replace(b'"menyja"', b'{"a": []}'),
        text(1).replace(str(FILAN).encode(), b'"nobody"'),
        text(1).replace(str(FILAN).encode(), b"-5"),
        text(1).replace(str(FILAN).encode(), b"1e3"),
        text(1).replace(str(FILAN).encode(), b"1" * 30),
        text(1).replace(b'"message_id": 7', b'"message_id": "seven"'),
        text(1).replace(b'"date": 1790000000', b'"date": "today"'),
        text(1).replace(b'"date": 1790000000', b'"date": 1e300'),
        text(1).replace(b'"private"', b"{}"),
        text(1).replace(b'"message":', b'"message": 5, "x":'),
        press(data="x").replace(b'"data": "x"', b'"data": 5'),
        press().replace(b'"4711"', b"4711"),
        press().replace(b'"Po"', b"[]"),
        membership("kicked").replace(b'"kicked"', b"[1]"),
        update(inline_query=[1, 2]),
        update(message=message(contact=["phone_number"])),
        update(message=message(photo=[PICTURE], media_group_id=5)),
    ],
)  # fmt: skip
def test_what_is_no_update_is_one_named_error(raw: bytes) -> None:  # R29
    with pytest.raises(UnreadableError) as told:
        read(raw)
    assert str(FILAN) not in str(told.value)
    peek(raw)


def test_the_id_and_the_chat_of_an_update_are_found_in_what_cannot_be_read() -> None:
    raw = text(12).replace(b'"menyja"', b"5")
    assert (peek(raw).update_id, peek(raw).chat) == (12, FILAN)
    assert peek(b'{"update_id": 3, "message": {"chat": {"id": 5}, "x": NaN}}').chat == 5
    for wrong in (b"true", b'"3"', b"3.0", b"-3", b"0", b"9" * 30, b"null"):
        assert peek(b'{"update_id": ' + wrong + b"}").update_id is None


def test_every_shape_of_the_broken_ones_is_read_or_refused() -> None:
    for shape in SHAPES:
        raw = update(5, **shape())
        assert peek(raw).update_id == 5
        reads(raw)


def reads(raw: bytes) -> None:
    """Read whatever it is: an arrival, or the one error."""
    peek(raw)
    try:
        arrival = read(raw)
    except UnreadableError:
        return
    assert isinstance(arrival.text, str)
    assert arrival.chat is None or isinstance(arrival.chat, int)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
VALID = [
    text(1), press(), membership("kicked"), update(message=message(contact={"phone_number": "1", "first_name": "F"})),
    update(message=message(photo=[PICTURE], media_group_id="1")), update(edited_message=message(text="a")),
    update(inline_query={"id": "q", "from": person(), "query": "", "offset": ""}),
]  # fmt: skip


@given(JSON)
def test_any_json_is_read_or_refused(content: object) -> None:  # R51
    reads(json.dumps(content).encode())
    reads(json.dumps({"update_id": 1, "message": content}).encode())


@given(st.sampled_from(VALID), st.randoms(use_true_random=False), JSON)
def test_an_update_with_any_one_thing_changed_is_read_or_refused(
    raw: bytes, chance: random.Random, other: object
) -> None:
    told = json.loads(raw)
    within = told
    while True:
        key = chance.choice(list(within) if isinstance(within, dict) else range(len(within)))
        if isinstance(within[key], dict | list) and within[key] and chance.random() < 0.8:
            within = within[key]
        else:
            within[key] = other
            break
    reads(json.dumps(told).encode())


def test_the_fakes_broken_updates_never_raise_anything_else() -> None:
    chance = random.Random(1)  # noqa: S311  repeatable
    for _ in range(50):
        reads(update(1, **broken_content(chance)))
