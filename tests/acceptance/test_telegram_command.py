"""`mburoja serve` and `mburoja demo` with a Telegram bot, as an operator runs them."""

import json
import signal
from pathlib import Path

import pytest

from tests.acceptance.test_serve import LONGEST, refused, started
from tests.tools.botapi import RunningBotApi
from tests.tools.command import mburoja
from tests.tools.demonstration import Demonstration, database_of

pytestmark = pytest.mark.usefixtures("settings")

TOKEN = "1001:made-UP_1"  # noqa: S105
SECRET = TOKEN.partition(":")[2]


def told(fake: RunningBotApi, key: str = "ipko") -> dict[str, str]:
    """The variables of a bot."""
    return {"MBUROJA_TELEGRAM_TOKENS": json.dumps({key: TOKEN}), "MBUROJA_TELEGRAM_API": fake.url}


def test_serve_runs_the_bot_says_so_and_never_its_token(tmp_path: Path) -> None:  # R42
    with RunningBotApi({TOKEN: "ipko_bot"}) as fake, started(tmp_path / "mburoja.db", **told(fake)) as server:
        assert server.until(r"^Telegram: (.+)$") == "ipko (long polling)"
        person = fake.person(TOKEN)
        person.start()
        assert person.hears("IPKO", timeout=LONGEST)
        server.process.send_signal(signal.SIGTERM)
        code, log = server.end()
        assert code == 0, log
        assert server.said[-1] == "Mburoja u ndal.\n"
        for written in (*server.said, log):
            assert SECRET not in written
            assert str(person.id) not in written
        assert not [line for line in log.splitlines() if json.loads(line)["level"] == "error"]


def test_demo_runs_it_too_and_says_that_these_conversations_leave_the_machine(tmp_path: Path) -> None:
    with RunningBotApi({TOKEN: "mburoja_bot"}) as fake:
        env = told(fake, "*") | {"MBUROJA_TELEGRAM_MODE": "webhook"}  # nobody finds a way in: it asks all the same
        arguments = ("--db", str(database_of(tmp_path)), "--port", "0", "--shops-port", "0")
        with Demonstration(*arguments, env=env) as demo:
            assert "Telegram: all (long polling)" in demo.told
            assert "përveç bisedave në Telegram" in demo.told[0]
            person = fake.person(TOKEN)
            person.start("paysera")
            assert person.hears("Paysera", timeout=LONGEST)
            demo.interrupt()
        assert SECRET not in "\n".join(demo.told)


def test_a_bot_that_is_not_as_it_must_be_is_refused(tmp_path: Path) -> None:
    env = {"MBUROJA_TELEGRAM_TOKENS": json.dumps({"ipk": TOKEN}), "MBUROJA_TELEGRAM_API": "http://127.0.0.1:9"}
    (reason,) = refused("--port", "0", "--db", str(tmp_path / "mburoja.db"), **env)
    assert reason.startswith("telegram_tokens: ipk nuk njihet.")
    done = mburoja("demo", "--db", str(tmp_path / "demo.db"), "--port", "0", "--shops-port", "0", env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    assert "telegram_tokens: ipk nuk njihet." in done.stderr.decode()
    assert SECRET not in done.stderr.decode()
