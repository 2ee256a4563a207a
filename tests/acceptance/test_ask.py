"""The command `mburoja ask`, run as a user runs it, held to the contract of docs/ask.md."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.policy.clauses import collapse
from bot.settings import Settings
from tests.tools.command import mburoja

pytestmark = pytest.mark.usefixtures("settings")  # the command finds the knowledge compiled

KINDS = {"answer", "silent", "action", "handoff", "smalltalk", "outofscope", "clarify"}
KEYS = ["id", "kind", "company", "action", "text", "score", "choices", "citations"]


def _answers(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode("utf-8").splitlines()]


def test_an_answer_has_the_keys_of_the_contract(settings: Settings) -> None:
    done = mburoja("ask", "--json", "--company", "paysera", "sa gjatë ruhen xhirimet e kamerave?")
    assert done.returncode == 0, done.stderr.decode()
    (answer,) = _answers(done.stdout)
    assert list(answer) == KEYS
    assert answer["kind"] in KINDS
    (citation,) = answer["citations"]
    assert citation["clause"] == "13.4"
    assert citation["quote"].startswith("13.4 Periudha e ruajtjes")
    text = (settings.data / "policy_texts/paysera/policy.txt").read_bytes().decode("utf-8")
    assert collapse(text[citation["start"] : citation["end"]]) == citation["quote"]


def test_a_person_reads_the_answer_and_its_clause() -> None:
    done = mburoja("ask", "--company", "paysera", "sa gjatë ruhen xhirimet e kamerave?", "--why")
    shown = done.stdout.decode()
    assert done.returncode == 0
    assert "1 muaj" in shown
    assert "13.4 Periudha e ruajtjes" in shown
    assert "decided by: rank" in shown
    assert "\x1b" not in shown  # colours only on a terminal


def test_a_batch_is_answered_in_order_and_unknown_keys_are_passed_over() -> None:
    lines = [
        {"id": "d1", "company": "ipko", "text": "kush jeni ju?", "register": "standard"},
        {"id": 2, "company": None, "text": "tung"},
        {"company": "paysera", "text": "qka jane cookies"},
    ]
    given = "".join(json.dumps(line) + "\n" for line in lines).encode()
    done = mburoja("ask", "--batch", "-", given=given)
    assert done.returncode == 0
    assert [a["id"] for a in _answers(done.stdout)] == ["d1", "2", None]


def test_a_broken_batch_line_is_named_and_the_rest_is_answered(tmp_path: Path) -> None:
    file = tmp_path / "pyetje.jsonl"
    good = json.dumps({"id": "a", "company": "ipko", "text": "qka jane cookies"}).encode()
    broken = [
        b"{nuk eshte json",
        b"\xff\xfe\x00",
        b'["liste"]',
        b'{"id": "b"}',
        b'{"text": 5}',
        b'{"text": "x", "company": "vala"}',
        b'{"text": "x", "company": 7}',
        b"[" * 100_000,
    ]
    file.write_bytes(b"\n".join([good, *broken, b"", good]))
    done = mburoja("ask", "--batch", str(file))
    complaints = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert len(_answers(done.stdout)) == 2
    assert [c.split(":")[0] for c in complaints] == [f"Rreshti {n}" for n in range(2, 10)]
    assert "Traceback" not in done.stderr.decode()
    assert "Të njohura janë: ipko, paysera." in complaints[5]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "njërën nga të dyja"),
        (["ask", "pyetje", "--batch", "-"], "njërën nga të dyja"),
        (["ask", "--company", "vala", "pyetje"], "Kompania 'vala' nuk njihet"),
        (["ask", "--batch", "/nuk/ka/skedar.jsonl"], "nuk mund të lexohet"),
        (["ask", "--batch", "-", "--company", "ipko"], "në çdo rresht"),
        (["chat", "--company", "vala"], "Kompania 'vala' nuk njihet"),
    ],
)
def test_wrong_use_is_told_in_albanian_with_exit_code_2(arguments: list[str], said: str) -> None:
    done = mburoja(*arguments)
    assert done.returncode == 2
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


STRANGE = [
    "",
    "   \n\t ",
    "a" * 100_000,
    "😀😀😀",
    "\u202eمرحبا بالعالم",
    "\u200b\u200b",
    "'; DROP TABLE conversations; --",
    "<script>alert(1)</script>",
    "{{7*7}} %s %(x)s \\",
    "\ud800",
    "sa\x00gjatë\x07 i ruani?",
    "𝓼𝓪 𝓰𝓳𝓪𝓽𝓮 𝓲 𝓻𝓾𝓪𝓷𝓲",
    "?" * 500,
    "1234567890 " * 20,
]


@pytest.mark.parametrize("text", STRANGE, ids=range(len(STRANGE)))
def test_any_text_gets_a_reply(assistant: Assistant, text: str) -> None:  # R51
    for company in (None, "ipko", "paysera"):
        reply = assistant.ask(text, company)
        assert reply.text.strip()
        assert reply.action is None


def test_bytes_that_are_no_text_are_no_traceback() -> None:  # R51
    done = mburoja("ask", "--company", "ipko", b"sa gjat\xff i ruani")
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr


def test_a_text_above_the_limit_is_told_so(assistant: Assistant) -> None:
    assert "2000" in assistant.ask("fjalë " * 500, "ipko").text
    assert "2000" not in assistant.ask("sa gjatë i ruani të dhënat?", "ipko").text


def _copy(settings: Settings, folder: Path) -> Path:
    for name in ("intents", "policy_texts"):
        shutil.copytree(settings.data / name, folder / name)
    return folder


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda d: (d / "policy_texts/ipko/policy.txt").unlink(), "policy_texts/ipko/policy.txt is missing"),
        (
            lambda d: (d / "policy_texts/ipko/policy.txt").write_text("Tekst tjetër."),
            "is not the text that the answers were written for",
        ),
        (
            lambda d: (d / "intents/actions/dsar_access.yaml").write_text("intent: dsar_access\n  kind: [\n"),
            "intents/actions/dsar_access.yaml:2:",
        ),
        (lambda d: shutil.rmtree(d / "intents"), "the folder is missing"),
    ],
)
def test_broken_data_files_are_named_and_nothing_is_answered(
    tmp_path: Path, settings: Settings, break_it: Any, said: str
) -> None:
    data = _copy(settings, tmp_path / "data")
    break_it(data)
    env = {"MBUROJA_DATA": str(data), "MBUROJA_CACHE": str(tmp_path / "cache")}
    done = mburoja("ask", "--company", "ipko", "tung", env=env)
    assert done.returncode == 2
    assert done.stdout == b""
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert list((tmp_path / "cache").glob("*/directory.msgpack")) == []
