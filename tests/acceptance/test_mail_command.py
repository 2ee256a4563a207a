"""`mburoja mail test`, as an operator tries it; and a worker that reminds."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import open_office
from bot.clock import FileClock
from bot.dialogue.effects import Escalation
from bot.services.casework import escalations
from bot.services.staff import accounts
from bot.services.staff.roles import Role
from bot.settings import Settings
from bot.storage.store import Tx
from tests.delivery.postoffice import post_office
from tests.tools.command import in_process
from tests.tools.desks import place
from tests.tools.ports import free_port

ADDRESS = "zana@alfa.example"


@pytest.fixture(autouse=True)
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of this machine, wherever it may be."""
    tell(monkeypatch, {"HOST": "127.0.0.1", "SECURITY": "none", "FROM": "mburoja@alfa.example"})


def tell(monkeypatch: pytest.MonkeyPatch, told: Mapping[str, str]) -> None:
    for name, value in told.items():
        monkeypatch.setenv(f"MBUROJA_SMTP_{name}", value)


def test_a_mail_for_trying_comes_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with post_office() as post:
        tell(monkeypatch, {"PORT": str(post.port)})
        code, out, err = in_process("mail", "test", ADDRESS)
        assert (code, err) == (0, "")
        assert out.startswith("Serveri 127.0.0.1 e mori mesazhin.")
        (came,) = post.came
        assert (came["To"], came["Subject"]) == (ADDRESS, "Mburoja: provë e postës")
        assert "posta punon" in came.get_content()


def test_what_the_server_refuses_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with post_office() as post:
        tell(monkeypatch, {"PORT": str(post.port)})
        for answer, words in (("550 no", "nuk e pranon këtë adresë"), ("451 later", "nuk humbin")):
            post.answers[ADDRESS] = answer
            code, out, err = in_process("mail", "test", ADDRESS)
            assert (code, out) == (2, "")
            assert words in err
        assert "Adresa nuk është e plotë" in in_process("mail", "test", "zana")[2]


def test_a_server_that_is_away_or_not_set_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, {"PORT": str(free_port())})
    code, _, err = in_process("mail", "test", ADDRESS)
    assert (code, "nuk arrihet. Shikoni smtp_host" in err) == (2, True)
    tell(monkeypatch, {"HOST": ""})
    assert "shkruani smtp_host (MBUROJA_SMTP_HOST)" in in_process("mail", "test", ADDRESS)[2]
    tell(monkeypatch, {"HOST": "mail.shembull.example"})
    assert "do të udhëtonte e hapur" in in_process("mail", "test", ADDRESS)[2]


def test_a_worker_that_is_told_of_a_server_reminds_people_once(  # R33
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database, clock = tmp_path / "mburoja.db", tmp_path / "clock"
    clock.write_text("2026-03-05T09:00:00Z")
    asyncio.run(_a_dpo_for_whom_somebody_waits(settings, database, clock))
    work = ("worker", "--once", "--db", str(database), "--clock", str(clock))
    with post_office() as post:
        tell(monkeypatch, {"PORT": str(post.port), "HOST": ""})
        for _ in range(2):
            assert in_process(*work)[1] == "Asnjë punë nuk priste.\n"
        tell(monkeypatch, {"HOST": "127.0.0.1"})
        monkeypatch.setenv("MBUROJA_PUBLIC_URL", "https://mburoja.shembull.example")
        for _ in range(3):
            assert in_process(*work)[0] == 0
        (came,) = post.came
    assert came["To"] == ADDRESS
    assert "Presin një njeri: 1" in came.get_content()
    assert "https://mburoja.shembull.example/console/queue" in came.get_content()


async def _a_dpo_for_whom_somebody_waits(settings: Settings, database: Path, clock: Path) -> None:
    async with open_office(replace(settings, database=database), database, clock=FileClock(clock)) as office:

        def settle(tx: Tx) -> None:
            now = office.clock.now()
            accounts.add(tx, office.desk, now, "zana", "Zana", ADDRESS, {"ipko": Role.DPO}, "x")
            escalations.open_escalation(tx, office.desk, place(now), Escalation.HAND_OFF, "ipko", "Dua një njeri.")

        await office.store.transact(settle)
