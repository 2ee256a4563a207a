"""What holds when the same is done at once at three replicas on one database: real processes, real lines."""

import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.settings import Settings
from tests.crash.places import Place, on_server, opened
from tests.tools.command import mburoja
from tests.tools.postgres import Server
from tests.tools.processes import Chat, Line, code_shown

WISH = "ndalni krejt reklamat te ipko"

# The command, with nothing changed but that each comparison adds a line to a file: the HMAC of the code that was sent.
_COUNTING = """
import sys
tally = sys.argv.pop(1)
from bot.crypto import Vault
compare = Vault.is_index

def counting(vault, digest, purpose, *parts):
    if purpose == "code":
        with open(tally, "ab", buffering=0) as file:
            file.write(digest.encode() + b"\\n")
    return compare(vault, digest, purpose, *parts)

Vault.is_index = counting
from bot.__main__ import main
sys.exit(main())
"""


@dataclass(frozen=True, kw_only=True)
class Replicas:
    """Three processes, and what they share; ``tally`` grows by a line with each comparison of a code."""

    place: Place
    chats: Sequence[Chat]
    tally: Path
    numbers: Iterator[int]

    def says(self, conversation: str, text: str) -> Line:
        return self.chats[0].order(conversation=conversation, id=str(next(self.numbers)), say=text)

    def code(self, conversation: str, number: str) -> str:
        """Type a number, and wait for the code."""
        looks = [partial(chat.order, conversation=conversation, id="look", say="") for chat in self.chats]
        return code_shown(self.says(conversation, number), looks)

    def at_once(self, conversation: str, orders: Sequence[dict[str, str]]) -> list[Line]:
        """Give orders to all three in turn before any is answered, each under an id of its own."""
        lines = [{"conversation": conversation, "id": str(next(self.numbers)), **order} for order in orders]
        shares = [lines[n :: len(self.chats)] for n in range(len(self.chats))]
        for chat, share in zip(self.chats, shares, strict=True):
            chat.write("".join(json.dumps(line) + "\n" for line in share).encode())
        told = [chat.read() for chat, share in zip(self.chats, shares, strict=True) for _ in share]
        assert [line for line in told if "error" in line] == []
        return told

    def query(self, sql: str) -> list[Any]:
        with opened(self.place.database) as connection:
            return connection.execute(sql).fetchall()

    def compared(self, code_hash: str) -> int:
        """Count how often anything was compared with a code."""
        return self.tally.read_text(encoding="utf-8").split().count(code_hash)

    def acts(self, conversation_of: str) -> Counter[str]:
        """Count what was logged of the conversation that a message was taken in."""
        rows = self.query(
            "SELECT body ->> 'act' FROM audit WHERE body ->> 'conversation' ="  # noqa: S608  an id of ours
            f" (SELECT conversation FROM inbox WHERE message_id = '{conversation_of}')"
        )
        return Counter(str(row[0]) for row in rows)


@pytest.fixture(scope="module")
def replicas(
    settings: Settings, postgres_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Replicas]:
    assert settings.data.is_dir()
    folder = tmp_path_factory.mktemp("races")
    place = on_server(postgres_server.database(), folder)
    rows = [f"ipko,I-990{n},+3834400099{n},Filan Fisteku,active,personal" for n in range(3)]
    listed = folder / "customers.csv"
    listed.write_text("\n".join(("company,customer_number,mobiles,name,relationship,line", *rows, "")), "utf-8")
    assert mburoja("customers", "import", str(listed), "--db", place.database, env=place.more).returncode == 0
    tally = folder / "compared"
    tally.touch()
    command = (sys.executable, "-c", _COUNTING, str(tally))
    chats = [Chat("--many", "--db", place.database, command=command, env=place.more) for _ in range(3)]
    try:
        yield Replicas(place=place, chats=chats, tally=tally, numbers=itertools.count(1))
    finally:
        ended = [chat.end() for chat in chats]
    assert ended == [(0, "")] * 3


def test_a_right_code_sent_sixteen_times_at_once_to_three_replicas_proves_once(replicas: Replicas) -> None:  # R3
    assert replicas.says("right", WISH)["state"] == "number"
    code = replicas.code("right", "+38344000990")

    told = replicas.at_once("right", [{"say": code}] * 16)

    assert replicas.acts(told[0]["id"])["code.accepted"] == 1
    assert {line["state"] for line in told} == {"confirm"}
    ((attempts, code_hash),) = replicas.query("SELECT attempts, code_hash FROM challenges WHERE state = 'used'")
    assert (attempts, replicas.compared(code_hash)) == (1, 1)


def test_a_hundred_wrong_guesses_at_once_at_three_replicas_are_compared_five_times(replicas: Replicas) -> None:  # R4
    assert replicas.says("wrong", WISH)["state"] == "number"
    code = replicas.code("wrong", "+38344000991")
    ((code_hash,),) = replicas.query("SELECT code_hash FROM challenges WHERE genuine = 1 AND state = 'open'")

    told = replicas.at_once("wrong", [{"say": f"{(int(code) + n) % 1_000_000:06d}"} for n in range(1, 101)])

    assert replicas.compared(code_hash) == 5
    assert replicas.says("wrong", code)["state"] != "confirm"
    assert replicas.compared(code_hash) == 5
    assert replicas.acts(told[0]["id"])["code.accepted"] == 0
    # Digits that are no code any more are taken for customer numbers: decoys, and no more is tried on each.
    assert max(replicas.compared(row[0]) for row in replicas.query("SELECT code_hash FROM challenges")) == 5


def test_a_yes_that_is_pressed_at_once_at_three_replicas_is_one_act(replicas: Replicas) -> None:  # R60
    assert replicas.says("yes", WISH)["state"] == "number"
    asked = replicas.says("yes", replicas.code("yes", "+38344000992"))
    (choices,) = (block for reply in asked["replies"] for block in reply["blocks"] if block["type"] == "choices")

    told = replicas.at_once("yes", [{"choose": choices["items"][0]["value"]}] * 15)

    receipts = [b for line in told for r in line["replies"] for b in r["blocks"] if b["type"] == "receipt"]
    assert replicas.acts(told[0]["id"])["consent.withdrawn"] == 1
    assert {block["reference"] for block in receipts} == {row[0] for row in replicas.query(
        "SELECT reference FROM receipts")}  # fmt: skip
    assert len({block["reference"] for block in receipts}) == 1
