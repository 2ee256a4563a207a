"""From settings to gateways: what is refused, what is opened, and that the example for operators is one."""

import json
import re
import tomllib
import traceback
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.settings import is_own_network
from bot.delivery.sms.failover import Failover
from bot.delivery.sms.opening import Tools, open_gateway, open_gateways
from bot.delivery.sms.port import SmsError
from bot.delivery.sms.settings import HttpSettings, SmppSettings
from bot.errors import InputError
from bot.web.safety import unsafe, unsafe_sms
from bot.web.settings import ServerSettings, read_server_settings
from tests.conftest import ROOT
from tests.delivery.working import House
from tests.tools.desks import NOW
from tests.tools.ports import free_port

COMPANIES = {"ipko": (), "paysera": ()}
DOCUMENT = (ROOT / "docs/sms.md").read_text(encoding="utf-8")
HTTP = {
    "kind": "http", "url": "https://sms.shembull.example/send", "user": "u", "password": "p", "senders": {"*": "M"},
}  # fmt: skip
SMPP = {
    "kind": "smpp",
    "host": "smsc.shembull.example",
    "tls": True,
    "user": "u",
    "password": "p",
    "senders": {"*": "M"},
}


def faults(*gateways: dict[str, Any], sms: str = "gateways") -> list[str]:
    settings = ServerSettings.model_validate({"sms": sms, "sms_gateways": gateways})
    return [fault.partition(":")[0] for fault in unsafe_sms(settings, COMPANIES)]


def test_gateways_over_encrypted_lines_with_a_sender_for_everybody_are_safe() -> None:
    assert faults(HTTP, SMPP) == []
    assert faults({**HTTP, "senders": {"ipko": "IPKO", "paysera": "Paysera"}}) == []


def test_without_a_gateway_nothing_starts_that_is_to_send() -> None:
    assert faults() == ["sms_gateways"]
    assert faults(sms="screen") == []


def test_no_two_gateways_have_one_name() -> None:
    assert faults(HTTP, HTTP, {**SMPP, "name": "http"}) == ["sms_gateways"]


@pytest.mark.parametrize("open_line", [{**HTTP, "url": "http://sms.shembull.example/send"}, {**SMPP, "tls": False}])
def test_a_password_does_not_cross_the_networks_of_others_in_the_open(open_line: dict[str, Any]) -> None:
    name = open_line["kind"]
    assert faults(open_line) == [f"sms_gateways.{name}"]
    place = "url" if name == "http" else "host"
    for own in ("127.0.0.1", "10.1.2.3", "kannel"):
        assert faults({**open_line, place: f"http://{own}:13013/send" if name == "http" else own}) == []


def test_every_company_has_a_sender_and_no_strangers_have() -> None:
    assert faults({**HTTP, "senders": {"ipko": "IPKO"}}) == ["sms_gateways.http.senders"]
    assert faults({**HTTP, "senders": {}}) == ["sms_gateways.http.senders"]
    assert faults({**HTTP, "senders": {"*": "M", "tjetra": "T"}}) == ["sms_gateways.http.senders"]


def test_the_server_is_told_of_it_when_it_starts_and_a_screen_still_stays_on_this_machine() -> None:
    host = {"host": "0.0.0.0", "public_url": "https://mburoja.shembull.example", "sites": {  # noqa: S104
        "ipko": ["https://www.shembull.example"], "paysera": ["https://pagesa.shembull.example"]}}  # fmt: skip
    secret = bytes(range(32))
    for sms, gateways, expected in (
        ("screen", [], ["sms"]),
        ("gateways", [], ["sms_gateways"]),
        ("gateways", [HTTP], []),
    ):
        settings = ServerSettings.model_validate({**host, "sms": sms, "sms_gateways": gateways})
        found = [fault.partition(":")[0] for fault in unsafe(settings, secret=secret, companies=COMPANIES)]
        assert found == expected


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True), ("::1", True), ("[::1]", True), ("localhost", True), ("10.0.0.1", True),
        ("192.168.1.1", True), ("172.16.0.1", True), ("fd00::1", True), ("::ffff:10.0.0.1", True), ("kannel", True),
        ("8.8.8.8", False), ("sms.example", False), ("0.0.0.0", False), ("2001:4860::1", False), ("::", False),  # noqa: S104
    ],
)  # fmt: skip
def test_ones_own_networks_are_known(host: str, *, own: bool) -> None:
    assert is_own_network(host) is own


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "ftp://a.example"}, {"url": "http://user:fjala@a.example/"}, {"url": "https://a.example/?to=1"},
        {"url": "a.example"}, {"name": "me hapësirë"}, {"name": ""}, {"per_second": 0}, {"method": "put"},
        {"senders": {"*": "Emër shumë i gjatë"}}, {"senders": {"*": "ë"}}, {"password": ""}, {"tjeter": 1},
        {"receipts_url": "127.0.0.1"},
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        HttpSettings.model_validate({**HTTP, **wrong})


def test_a_fault_is_told_with_what_to_write_and_without_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    # R32
    wrong = [
        {**HTTP, "url": "http://sms.example/?key=fjalekalimi", "password": "fjalekalimi ë"},
        {**SMPP, "password": "fjalekalimi", "senders": {"*": "fjalekalimi i gjatë"}, "bind": 2},
        {"kind": "fjalekalimi"},
    ]
    monkeypatch.setenv("MBUROJA_SMS_GATEWAYS", json.dumps(wrong))
    with pytest.raises(InputError) as raised:
        read_server_settings()
    told = str(raised.value)
    assert [line.partition(":")[0] for line in told.splitlines()[1:]] == [
        "- sms_gateways[1].url", "- sms_gateways[1].password", "- sms_gateways[2].password",
        "- sms_gateways[2].senders", "- sms_gateways[2]", "- sms_gateways (MBUROJA_SMS_GATEWAYS)",
    ]  # fmt: skip
    assert "deri 8 shenja" in told
    assert "a doni binds?" in told
    assert "fjalekalimi" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("kind", [HttpSettings, SmppSettings])
def test_every_setting_says_what_to_write(kind: type[HttpSettings] | type[SmppSettings]) -> None:
    assert [name for name, field in kind.model_fields.items() if not field.description] == ["kind"]


def test_a_password_is_shown_nowhere() -> None:  # R32
    settings = ServerSettings.model_validate({"sms_gateways": [{**HTTP, "password": "krejt-sekret"}]})
    assert "krejt-sekret" not in f"{settings!r} {settings.model_dump_json()}"


def test_the_example_for_operators_is_read_and_safe(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    config = tmp_path / "mburoja.toml"
    config.write_text(example, encoding="utf-8")
    settings = read_server_settings(config)
    assert [each.name for each in settings.sms_gateways] == ["operatori", "kannel"]
    assert list(unsafe_sms(settings, COMPANIES)) == []
    assert len(settings.sms_gateways) == len(tomllib.loads(example)["sms_gateways"])


@pytest.mark.parametrize("kind", [HttpSettings, SmppSettings])
def test_every_setting_stands_in_the_document(kind: type[HttpSettings] | type[SmppSettings]) -> None:
    missing = [name for name in kind.model_fields if f"`{name}`" not in DOCUMENT]
    assert missing == []


@pytest.mark.asyncio
async def test_both_kinds_open_and_close_and_what_is_not_there_is_known_by_a_look(tmp_path: Path) -> None:
    house = House(tmp_path)
    tools = Tools(store=house.store, desk=house.desk, clock=house.clock)
    nowhere = free_port()
    settings = ServerSettings.model_validate({
        "sms_gateways": [
            {**HTTP, "url": f"http://127.0.0.1:{nowhere}/", "receipts_url": "http://127.0.0.1:1"},
            {**SMPP, "host": "127.0.0.1", "port": nowhere, "tls": False},
        ]
    })  # fmt: skip
    async with open_gateways(settings.sms_gateways, tools, check_each=60) as gateways:
        assert isinstance(gateways, Failover)
        for _ in range(3):
            await gateways.check()
        assert gateways.stand().gateways == (("http", NOW), ("smpp", NOW))
    async with open_gateway(settings.sms_gateways[1], tools) as smpp:
        with pytest.raises(SmsError):
            await smpp.check()  # type: ignore[attr-defined]  # both kinds can be looked at
    await house.store.close()
