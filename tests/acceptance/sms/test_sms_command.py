"""`mburoja sms`, as an operator tries it."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.app import open_office
from bot.clock import MINUTE, SystemClock
from bot.delivery.sms.settings import HttpSettings
from bot.services.outward import sms_health, sms_sent
from bot.services.outward.sms_sent import Sent
from bot.settings import Settings
from tests.tools.command import in_process
from tests.tools.gatewayed import gatewayed_site
from tests.tools.ports import free_port
from tests.tools.sendsms import PASSWORD, USER, SendSms, sendsms

NUMBER, MASKED = "+383 44 123 456", "+383 44 *** *56"
LONGEST = 60.0  # seconds for anything
pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def far() -> AsyncIterator[tuple[SendSms, SendSms]]:
    async with sendsms() as first, sendsms() as second:
        yield first, second


def written(folder: Path, *gateways: HttpSettings, sms: str = "gateways") -> str:
    """A file of settings; returns its path."""
    lines = [f'sms = "{sms}"']
    for each in gateways:
        lines += [
            "[[sms_gateways]]", 'kind = "http"', f'name = "{each.name}"', f'url = "{each.url}"', f'user = "{USER}"',
            f'password = "{PASSWORD}"', *([f'receipts_url = "{each.receipts_url}"'] if each.receipts_url else []),
            "[sms_gateways.senders]", '"*" = "Mburoja"',
        ]  # fmt: skip
    path = folder / "server.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


async def run(folder: Path, config: str, *arguments: str) -> tuple[int, str, str]:
    return await asyncio.to_thread(
        in_process, "sms", *arguments, "--config", config, "--db", str(folder / "web.db")
    )  # fmt: skip


async def test_each_gateway_is_tried_and_says_what_it_answered(
    tmp_path: Path, far: tuple[SendSms, SendSms]
) -> None:  # R46
    config = written(tmp_path, far[0].settings(name="operatori"), far[1].settings(name="rezerva"))
    code, out, err = await run(tmp_path, config, "test", NUMBER)
    assert (code, err) == (0, "")
    assert [line.partition(":")[0] for line in out.splitlines()] == ["operatori"] * 2 + ["rezerva"] * 2
    assert out.count(f"(1 SMS, te {MASKED})") == 2
    assert "123" not in re.sub(r"\d+ ms", "", out)
    for gateway, name in zip(far, ("operatori", "rezerva"), strict=True):
        (taken,) = gateway.taken
        assert (taken.to, taken.text) == ("+38344123456", f"Mburoja: SMS prove përmes {name}. Nuk duhet bërë asgjë.")

    far[0].mood = "away"
    code, out, err = await run(tmp_path, config, "test", NUMBER)
    assert code == 1
    assert err.startswith("operatori: nuk arrihet")
    assert out.startswith("rezerva: e mori")
    assert PASSWORD not in out + err

    code, out, err = await run(tmp_path, config, "test", NUMBER, "--gateway", "rezerva")
    assert (code, err) == (0, "")
    assert "operatori" not in out
    assert len(far[1].taken) == 3


async def test_the_receipt_is_waited_for(settings: Settings, tmp_path: Path, far: tuple[SendSms, SendSms]) -> None:
    port, gateway = free_port(), far[0]
    told = gateway.settings(name="operatori", receipts_url=f"http://127.0.0.1:{port}")
    config = written(tmp_path, told)

    async def answers(kind: int, answer: str) -> None:
        gateway.taken.clear()
        while not gateway.taken:
            await asyncio.sleep(0.02)
        assert await gateway.tell(gateway.taken[0], kind, answer) == 204

    async with gatewayed_site(settings, tmp_path, [told], port):
        for kind, answer, expected in (
            (1, "", (0, "u dorëzua")), (2, "stat:UNDELIV err:034", (1, "nuk u dorëzua (undelivered, 034)")),
        ):  # fmt: skip
            async with asyncio.timeout(LONGEST):
                (code, out, err), _ = await asyncio.gather(
                    run(tmp_path, config, "test", NUMBER), answers(kind, answer)
                )  # fmt: skip
            assert code == expected[0]
            assert expected[1] in out + err
    code, out, _ = await run(tmp_path, config, "test", NUMBER, "--wait", "0")
    assert code == 0
    assert "nuk erdhi vërtetim" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("test", "+44 20 7946 0000"), "celular të Kosovës"),
        (("test", "A-1001"), "celular të Kosovës"),
        (("test", NUMBER, "--gateway", "tjetra"), "Porta tjetra nuk është te sms_gateways. Janë: operatori."),
        (("test", NUMBER, "--company", "askush"), "askush nuk njihet"),
    ],
)
async def test_what_cannot_be_tried_is_said(
    tmp_path: Path, far: tuple[SendSms, SendSms], arguments: tuple[str, ...], words: str
) -> None:
    config = written(tmp_path, far[0].settings(name="operatori"))
    code, out, err = await run(tmp_path, config, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert far[0].taken == []


async def test_nobody_can_send_a_text_of_their_own(tmp_path: Path, far: tuple[SendSms, SendSms]) -> None:
    config = written(tmp_path, far[0].settings(name="operatori"))
    for more in (("Fitove!",), ("--text", "Fitove!")):
        assert (await run(tmp_path, config, "test", NUMBER, *more))[0] == 2
    assert far[0].taken == []


async def test_where_a_screen_shows_the_messages_nothing_is_sent_and_that_is_said(tmp_path: Path) -> None:
    config = written(tmp_path, sms="screen")
    for act in (("test", NUMBER), ("status",)):
        code, out, err = await run(tmp_path, config, *act)
        assert (code, out) == (2, "")
        assert "sms = screen" in err


async def test_the_status_says_how_each_gateway_is_and_what_became_of_the_messages(
    settings: Settings, tmp_path: Path, far: tuple[SendSms, SendSms]
) -> None:  # R50
    config = written(tmp_path, far[0].settings(name="operatori"), far[1].settings(name="rezerva"))
    code, out, _ = await run(tmp_path, config, "status")
    assert code == 1
    assert out.count("nuk dihet; asnjë punëtor") == 2

    async with open_office(settings, tmp_path / "web.db") as office:
        now = SystemClock().now()
        sent = Sent(gateway="operatori", message_id="m", job="j", company="ipko")
        await office.store.transact(lambda tx: sms_sent.taken(tx, office.desk, now, sent))
        stand = (("operatori", None), ("rezerva", now - 3 * MINUTE))
        await office.store.transact(lambda tx: sms_health.say(tx, now, "w", stand, None))
    code, out, _ = await run(tmp_path, config, "status")
    assert code == 1
    assert out.splitlines() == [
        "operatori: punon.",
        "    24 orët e fundit: 1 të marra, pa vërtetim ende.",
        "rezerva: nuk punon prej 3 minutash (kështu e gjen 1 nga 1 punëtorë).",
        "    24 orët e fundit: asnjë SMS me vërtetim.",
    ]
    async with open_office(settings, tmp_path / "web.db") as office:
        await office.store.transact(
            lambda tx: sms_health.say(tx, now, "w", (("operatori", None), ("rezerva", None)), None)
        )
    assert (await run(tmp_path, config, "status"))[0] == 0
