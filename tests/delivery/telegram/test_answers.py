"""What getUpdates answers, taken apart: nothing that stands in one update holds up another."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.telegram.answers import read_updates

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(ANYTHING, max_size=5), st.booleans())
def test_each_member_is_given_as_it_stood(members: list[object], first: bool) -> None:  # noqa: FBT001
    raws = [json.dumps(member) for member in members]  # NaN and halves of characters among them
    listed = f"[{' , '.join(raws)}]"
    answer = f'{{"result": {listed}, "ok": true}}' if first else f'{{"ok": true, "x": "result", "result":{listed}}}'
    assert [raw.decode() for raw in read_updates(answer.encode())] == raws


@pytest.mark.parametrize(
    "broken",
    [
        b'{"a": "\\ud83d"}',
        b'{"a": NaN}',
        b'{"a": "\x01"}',
        b'{"a": "\xff\xfe"}',
        b"[" * 20_000 + b"]" * 20_000,
        b"{a: 1}",
    ],
)
def test_what_is_wrong_with_one_stays_with_it(broken: bytes) -> None:
    good = b'{"update_id": 2, "t": "],[ \\" }"}'
    assert read_updates(b'{"ok":true,"result":[' + broken + b"," + good + b"]}") == [broken, good]


@pytest.mark.parametrize(
    "answer", [b"", b"null", b"[]", b'{"ok": true}', b'{"result": 5}', b'{"result": {}}', b'{"result": [1']
)
def test_what_is_no_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(ValueError, match="no list"):
        read_updates(answer)


def test_a_large_answer_is_taken_apart_soon() -> None:
    text = "f(x) = [{" * 400
    members = [json.dumps({"update_id": n, "message": {"text": text}}).encode() for n in range(100)]
    began = time.thread_time()  # what else the machine does is not counted
    assert read_updates(b'{"result": [NaN,' + b",".join(members) + b"]}") == [b"NaN", *members]
    assert time.thread_time() - began < 1
