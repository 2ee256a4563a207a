"""Whatever is written, and however much of it: a reply or a clear error, never a traceback, and the next line works."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.failing import NUMBER, WISH, count
from tests.crash import checker
from tests.tools.command import mburoja
from tests.tools.processes import Chat, Line, receipt_in, text_of

pytestmark = pytest.mark.usefixtures("settings", "no_process_left")

QUESTION = "te ipko, çka janë cookies?"
TEXTS = {
    "empty": "",
    "blank": "  \t  ",
    "long": "fshini krejt " * 8_000,  # 100 kB
    "one long word": "x" * 100_000,
    "emoji": "😀 👩‍👩‍👧 🇽🇰 ❤️",
    "right to left": "\u202eשלום، مرحبا\u202c",
    "control characters": "a\x01\x02\x07\x08\x1b[31m\x7f\x85\x9bb",
    "NUL": "a\x00b\x00",
    "SQL": "'; DROP TABLE messages; --",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "format": "%s {0} {company} ${x} %(name)s",
    "combining": "e\u0308" * 500 + "\u200b\u2028\u2029\ufeff",
}
SURROGATES = {"lone surrogates": "a\ud800b\udfffc", "turned round": "\udc00\ud800"}
BYTES = [b"\xff\xfe\x00t\x00u", b"\xed\xa0\x80 kam pyetje", b"\xc3", b"\xf8\x88\x80\x80\x80", b"\r\r"]


def is_answer(line: Line) -> bool:
    return bool(line.get("error") or line["replies"])


def answered(line: Line) -> bool:
    return "skedarë teksti" in text_of(line)


@pytest.mark.parametrize(
    "before", [[], [WISH], [WISH, NUMBER], [WISH, "pa kod"]], ids=["open", "number", "code", "contact"]
)
def test_one_conversation_takes_any_text_in_any_state(database: Path, before: list[str]) -> None:  # R51
    chat = Chat("--json", "--db", str(database))
    for name, raw in [*((name, text.encode()) for name, text in TEXTS.items()), *((str(raw), raw) for raw in BYTES)]:
        for step in before:
            chat.say(step)
        told = chat.say(raw)
        assert is_answer(told) or not raw.strip(), name
        if told["state"] != "open":
            assert chat.say("menyja")["state"] == "open"
        assert answered(chat.say(QUESTION)), name
    assert chat.end() == (0, "")
    assert checker.faults(database) == []


def test_many_conversations_take_any_text(database: Path) -> None:  # R51
    chat = Chat("--many", "--db", str(database))
    for name, text in {**TEXTS, **SURROGATES}.items():
        for key in ("say", "choose"):
            told = chat.order(conversation="a", id=f"{key} {name}", **{key: text})
            assert told["id"] == f"{key} {name}"
            assert is_answer(told) or text == "", name
        assert answered(chat.order(conversation="a", id=f"after {name}", say=QUESTION)), name
    assert chat.end() == (0, "")
    assert checker.faults(database) == []


BROKEN: list[Any] = [
    b"{", b"null", b"5", b'"text"', b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, b'{"conversation":' * 50_000,
    b'{"conversation":"a","id":' + b"9" * 5_000 + b',"say":"tung"}', b'{"conversation":"a","id":NaN,"say":"tung"}',
    {"id": "1", "say": "tung"}, {"conversation": "a", "say": "tung"}, {"conversation": "a", "id": "1"},
    {"conversation": "a", "id": "1", "say": "tung", "choose": "x"}, {"conversation": "a", "id": "1", "say": 5},
    {"conversation": "a", "id": "1", "choose": ["x"]}, {"conversation": None, "id": "1", "say": "tung"},
    {"conversation": "a", "id": {"x": 1}, "say": "tung"}, {"conversation": "\ud800", "id": "1", "say": "tung"},
    {"conversation": "a", "id": "1\x00", "say": "tung"}, {"conversation": "a" * 10_000, "id": "1", "say": "tung"},
    {"conversation": "", "id": "1", "say": "tung"}, {"conversation": "a", "id": "\udfff", "say": "tung"},
]  # fmt: skip


def test_a_line_that_is_no_order_is_told_by_its_number_and_the_next_one_works(database: Path) -> None:  # R51
    chat = Chat("--many", "--db", str(database))
    for number, broken in enumerate(BROKEN):
        chat.write((broken if isinstance(broken, bytes) else json.dumps(broken).encode()) + b"\n")
        told = chat.read()
        assert told.keys() == {"error"}, broken
        assert told["error"].startswith(f"Rreshti {2 * number + 1} nuk lexohet: "), broken
        assert answered(chat.order(conversation="a", id=f"after {number}", say=QUESTION)), broken
    assert chat.end() == (0, "")
    assert count(database, "inbox") == len(BROKEN)


@pytest.mark.thorough
def test_a_request_may_hold_any_words(database: Path) -> None:  # R51, R53
    chat = Chat("--many", "--db", str(database))
    references = {}
    for name, text in {**TEXTS, **SURROGATES}.items():
        script = ["fshini të dhënat e mia te ipko", "pa kod", text, "krejt", "filan@shembull.example", "po"]
        states = ["open"]
        for number, say in enumerate(script):
            if say == text and not text.strip():
                continue
            if say == "krejt" and states[-1] != "field":
                continue
            told = chat.order(conversation=name, id=f"{name} {number}", say=say)
            states.append(told["state"])
        references[name] = receipt_in(told)
    assert chat.end() == (0, "")
    exported = mburoja("requests", "export", "--format", "json", "--db", str(database))
    assert {row["reference"] for row in json.loads(exported.stdout)} == set(references.values())
    for name, kept in {"SQL": "DROP TABLE", "HTML": "<script>", "NUL": "a b", "lone surrogates": "abc"}.items():
        for form in ((), ("--json",)):
            shown = mburoja("requests", "show", references[name], *form, "--db", str(database))
            assert (shown.returncode, shown.stderr) == (0, b"")
            assert kept in shown.stdout.decode()
            assert not any(sign in shown.stdout for sign in (b"\x00", b"\x1b", b"\xed\xa0"))


def test_more_than_may_wait_is_refused_and_nothing_that_was_acknowledged_is_lost(database: Path) -> None:  # R52
    chat = Chat("--many", "--db", str(database))
    orders = {
        f"{number:04}": {"conversation": f"c{number % 40}", "id": f"{number:04}", "say": QUESTION}
        for number in range(1_500)
    }
    refused = 0
    while orders:
        chat.write(b"".join(json.dumps(order).encode() + b"\n" for order in orders.values()))
        for _ in range(len(orders)):
            told = chat.read()
            if told.get("error") == "busy":
                refused += 1
                assert "Provoni prapë" in told["text"]
                assert told["conversation"] == orders[told["id"]]["conversation"]
            else:
                assert answered(told)
                del orders[told["id"]]
    assert refused > 0
    assert chat.end() == (0, "")
    assert count(database, "inbox") == 1_500
    assert count(database, "messages") == 2 * 1_500
    assert checker.faults(database) == []
