"""The wire's frames: read strictly, written as the contract words them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.expecting import CodeAwaited, Expectation, Expected
from bot.web.wire import frames
from bot.web.wire.frames import Choose, Hello, Say
from tests.tools.desks import NOW


def _json(frame: bytes) -> Any:
    return json.loads(frame)


def test_the_three_frames_of_a_browser_are_read() -> None:
    assert frames.read('{"type":"hello","last_seq":3}') == Hello(last_seq=3)
    assert frames.read('{"type":"say","id":"a-1","text":"përshëndetje"}') == Say(id="a-1", text="përshëndetje")
    assert frames.read('{"type":"choose","id":"a-2","value":"0f"}') == Choose(id="a-2", value="0f")


@pytest.mark.parametrize(
    "raw",
    [
        "", "[]", "null", "{}", '{"type":"fly"}', '{"type":"hello","last_seq":-1}', '{"type":"hello","last_seq":"3"}',
        '{"type":"say","id":"","text":"a"}', '{"type":"say","id":"a b","text":"a"}', '{"type":"say","text":"a"}',
        '{"type":"say","id":"a","text":7}', '{"type":"say","id":"' + "a" * 65 + '","text":"a"}',
        '{"type":"say","id":"a\\n","text":"a"}', '{"type":"choose","id":"a"}', '{"type":"say","id":"a","text":"a"',
        "[" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(raw: str) -> None:
    with pytest.raises(ValueError, match="not a frame"):
        frames.read(raw)


@given(st.one_of(st.text(), st.binary()))
def test_anything_is_read_or_refused(raw: str | bytes) -> None:
    try:
        frames.read(raw)
    except ValueError:
        frames.id_of(raw)


def test_a_refused_message_is_named_where_its_id_can_be_read() -> None:
    assert frames.id_of('{"type":"fly","id":"a-1"}') == "a-1"
    assert frames.id_of('{"type":"say","id":7}') is None
    assert frames.id_of("{") is None


def test_a_message_carries_its_blocks_and_a_time_as_in_kosovo() -> None:
    told = _json(frames.message(7, "bot", NOW, b'[{"type":"paragraph","text":"\\"po\\""}]'))
    assert told == {
        "type": "message", "seq": 7, "from": "bot", "time": "10:00", "day": "5 mars 2026",
        "blocks": [{"type": "paragraph", "text": '"po"'}],
    }  # fmt: skip


def test_the_state_tells_what_is_left_of_a_code() -> None:
    code = CodeAwaited(expires_at=NOW + 287_900, resend_at=NOW + 41_100, left=None, new_code="0f")
    told = _json(frames.state(Expectation(kind=Expected.CODE, code=code), NOW, attempts=5))
    assert told == {
        "type": "state", "expects": "code", "held": False,
        "code": {"seconds": 287, "tries": 5, "resend_seconds": 42, "resend": "0f"},
    }  # fmt: skip
    over = CodeAwaited(expires_at=NOW - 1, resend_at=NOW - 1, left=0, new_code="0f")
    told = _json(frames.state(Expectation(kind=Expected.CODE, code=over), NOW, attempts=5))
    assert told["code"] == {"seconds": 0, "tries": 0, "resend_seconds": 0, "resend": "0f"}


def test_a_plain_state_has_no_code() -> None:
    assert _json(frames.state(Expectation(held=True), 0, 5)) == {"type": "state", "expects": "text", "held": True}


def test_an_error_names_the_message_and_when_to_try_again() -> None:
    assert _json(frames.error("busy", "Prisni pak.", "a-1", 5)) == {
        "type": "error", "code": "busy", "text": "Prisni pak.", "id": "a-1", "retry_seconds": 5,
    }  # fmt: skip
    assert "id" not in _json(frames.error("bad_frame", "?"))


def test_plain_http_gets_the_same_frames() -> None:
    told = _json(frames.listed([frames.ack("a", 1), frames.TYPING]))
    assert told == {"frames": [{"type": "ack", "id": "a", "seq": 1}, {"type": "typing"}]}
