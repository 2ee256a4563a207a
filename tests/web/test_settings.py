"""The server's settings: where they come from, what is told of faults, and what is refused as unsafe."""

import re
from pathlib import Path

import pytest

from bot.errors import InputError
from bot.web.safety import unsafe
from bot.web.settings import ServerSettings, is_loopback, origin_of, read_server_settings
from bot.web.wire.limits import WebLimits
from tests.tools.command import ROOT

SECRET = b"pq7Zt0vWx4Yk1RmS8aLc3uHg6TfBnE92"
COMPANIES = {"ipko": ("https://www.ipko.example",), "paysera": ("https://www.paysera.example",)}
TELEGRAM = (ROOT / "docs/telegram.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine plays a part."""
    for name in ServerSettings.model_fields:
        monkeypatch.delenv(f"MBUROJA_{name.upper()}", raising=False)
    monkeypatch.delenv("MBUROJA_CONFIG", raising=False)


def written(folder: Path, text: str) -> Path:
    path = folder / "mburoja.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(config: Path | None = None) -> list[str]:
    """Return the faults that are told, one each."""
    with pytest.raises(InputError) as told:
        read_server_settings(config)
    head, *lines = str(told.value).splitlines()
    assert head.startswith("Cilësimet e serverit kanë gabime")
    assert all(line.startswith("- ") for line in lines)
    return [line[2:] for line in lines]


# ---- where they come from --------------------------------------------------------------------------------------


def test_by_itself_only_this_machine_is_served() -> None:
    settings = read_server_settings()
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8321, "http://127.0.0.1:8321")
    assert not settings.beyond_loopback
    assert unsafe(settings, secret=None, companies={"ipko": ()}) == []


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(tmp_path, 'port = 1001\nhost = "::1"\nlog_level = "error"\n[sites]\nipko = ["https://A.example/"]')
    monkeypatch.setenv("MBUROJA_PORT", "1002")
    monkeypatch.setenv("MBUROJA_HOST", "localhost")
    settings = read_server_settings(config, {"host": "127.0.0.2"})
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.2", 1002, "error")
    assert settings.sites == {"ipko": ("https://a.example",)}  # as a browser writes it


def test_the_environment_may_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_CONFIG", str(written(tmp_path, "port = 1003")))
    assert read_server_settings().port == 1003


def test_lists_stand_in_variables_with_commas_or_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_PROXIES", "10.0.0.0/8, 192.0.2.7")
    monkeypatch.setenv("MBUROJA_SITES", '{"ipko": ["https://a.example", "https://b.example:8443"]}')
    monkeypatch.setenv("MBUROJA_METRICS_PORT", "")
    settings = read_server_settings()
    assert settings.proxies == ("10.0.0.0/8", "192.0.2.7/32")
    assert settings.sites == {"ipko": ("https://a.example", "https://b.example:8443")}
    assert settings.metrics_port is None


def test_an_address_that_was_not_given_follows_the_port_and_one_that_was_stays() -> None:
    assert ServerSettings(port=0).at_port(4711).public_url == "http://127.0.0.1:4711"
    assert ServerSettings(host="::1", port=0).at_port(4711).public_url == "http://[::1]:4711"
    assert ServerSettings(port=0, public_url="https://m.example").at_port(4711).public_url == "https://m.example"


def test_changed_settings_are_not_answered_for_by_the_old_ones() -> None:
    settings = ServerSettings(proxies=("10.0.0.0/8",))
    assert settings.trusted
    assert settings.model_copy(update={"proxies": ()}).trusted == ()


def test_the_limits_are_the_ones_that_are_set() -> None:
    assert ServerSettings().limits == WebLimits()
    told = ServerSettings(
        messages_per_minute=1, waiting_turns=2, idle_seconds=3, sockets=4, sockets_per_session=5, sockets_per_address=6
    ).limits
    assert told == WebLimits(
        messages_a_minute=1, waiting=2, idle=3_000, sockets=4, sockets_of_session=5, sockets_of_address=6
    )


def test_a_bot_is_named_after_its_company_or_it_speaks_for_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_server_settings().bots == ()
    monkeypatch.setenv("MBUROJA_TELEGRAM_TOKENS", "")  # as a file of variables leaves it
    assert read_server_settings().bots == ()
    told = written(tmp_path, '[telegram_tokens]\nipko = "1001:made-UP_1"\npaysera = "1002:made-UP_2"')
    monkeypatch.delenv("MBUROJA_TELEGRAM_TOKENS")
    settings = read_server_settings(told)
    assert settings.bots == ("ipko", "paysera")
    assert [token.get_secret_value() for token in settings.telegram_tokens.values()] == [
        "1001:made-UP_1",
        "1002:made-UP_2",
    ]
    monkeypatch.setenv("MBUROJA_TELEGRAM_TOKENS", '{"*": "1003:made-UP_3"}')
    assert read_server_settings().bots == ("all",)


def test_nothing_that_shows_settings_shows_a_token(monkeypatch: pytest.MonkeyPatch) -> None:  # R42
    monkeypatch.setenv("MBUROJA_TELEGRAM_TOKENS", '{"ipko": "1001:made-UP_1"}')
    settings = read_server_settings()
    for shown in (settings, settings.at_port(1), settings.model_dump(), settings.model_dump_json()):
        assert "made-UP" not in f"{shown!r} {shown}"


# ---- faults ----------------------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once_with_its_name_and_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "PORT": "70000", "PUBLIC_URL": "https://m.example/chat", "PROXIES": "10.0.0.0/8, everybody", "SMS": "pigeon",
        "SITES": '{"ipko": ["https://a.example", "b.example", "https://*.example"]}', "LOG_LEVEL": "loud",
        "IDLE_SECONDS": "0", "METRICS_PORT": "no", "TELEGRAM_MODE": "pull", "TELEGRAM_API": "api.telegram.example",
        "TELEGRAM_PER_CHAT": "inf", "TELEGRAM_PER_SECOND": "0", "TELEGRAM_WAITING": "many",
    }  # fmt: skip
    for name, value in wrong.items():
        monkeypatch.setenv(f"MBUROJA_{name}", value)
    told = faults()
    assert {re.match(r"(\w+) \(MBUROJA_(\w+)\): shkruani ", line)[2] for line in told} == set(wrong)  # type: ignore[index]
    assert len(told) == len(wrong)
    assert not any("pigeon" in line or "everybody" in line for line in told)


def test_a_fault_makes_no_second_one() -> None:
    for given in ({"port": "many"}, {"host": "no host"}, {"host": ""}):
        with pytest.raises(InputError) as told:
            read_server_settings(given=given)
        assert str(told.value).count("\n") == 1


def test_a_setting_that_does_not_exist_is_told_with_the_one_that_was_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MBUROJA_PROXIS", "10.0.0.1")
    monkeypatch.setenv("MBUROJA_SECRET", "no setting of the server")
    assert faults(written(tmp_path, "prot = 1\nsecret = 'x'")) == [
        "MBUROJA_PROXIS: s’ka cilësim të tillë; a doni MBUROJA_PROXIES?",
        "prot: s’ka cilësim të tillë; a doni port?",
        "secret: s’ka cilësim të tillë; hiqeni; të gjitha janë te docs/operations.md.",
    ]


@pytest.mark.parametrize(
    "given",
    ["1001:made-UP_1", '{"ipko": "made-UP_1"}', '{"ipko": "1001:made-UP_1 x"}', '{"ipko": "1001:made-UP/1"}',
     '{"ipko": 1001}', '{"ipko": ', '["made-UP_1"]', '{"ipko": ""}',
     '{"*": "1001:made-UP_1", "ipko": "1002:made-UP_2"}', '{"ipko": "1001:made-UP_1", "paysera": "1001:made-UP_2"}'],
)  # fmt: skip
def test_what_is_no_token_or_one_bot_twice_is_refused_and_not_repeated(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # R42
    monkeypatch.setenv("MBUROJA_TELEGRAM_TOKENS", given)
    (told,) = faults()
    assert told.startswith("telegram_tokens (MBUROJA_TELEGRAM_TOKENS): shkruani çelësat siç i jep @BotFather")
    assert "made-UP" not in told
    assert "1001" not in told


def test_a_variable_that_is_nearly_the_tokens_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_TELEGRAM_TOKEN", "1001:made-UP_1")
    assert faults() == ["MBUROJA_TELEGRAM_TOKEN: s’ka cilësim të tillë; a doni MBUROJA_TELEGRAM_TOKENS?"]


@pytest.mark.parametrize("text", ["port = ", "\ufeffport", "[sites"])
def test_a_file_that_is_no_toml_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="nuk është TOML"):
        read_server_settings(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nuk lexohet"):
        read_server_settings(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://M.Example/", "https://m.example"),
        ("https://m.example:443", "https://m.example"),
        ("http://m.example:8080", "http://m.example:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://shtëpi.example", "https://xn--shtpi-psa.example"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(given: str, origin: str) -> None:
    assert origin_of(given) == origin


@pytest.mark.parametrize(
    "given",
    ["", "m.example", "ftp://m.example", "https://", "https://m.example/x", "https://m.example?x", "https://*.example",
     "https://a@m.example", "https://m.example:port", "*", "null", "https://m.example#x"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        origin_of(given)


def test_loopback_is_what_only_this_machine_reaches() -> None:
    for host in ("127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "shop.localhost", "::ffff:127.0.0.1"):
        assert is_loopback(host), host
    for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "", "m.example"):  # noqa: S104
        assert not is_loopback(host), host


# ---- what is unsafe --------------------------------------------------------------------------------------------


def refused(secret: bytes | None = SECRET, **settings: object) -> list[str]:
    """Return the names at the beginning of what is refused, where others can reach the server."""
    told = unsafe(
        ServerSettings.model_validate({"public_url": "https://m.example", **settings}),
        secret=secret,
        companies=COMPANIES,
    )
    return [re.match(r"[\w.]+", line)[0] for line in told]  # type: ignore[index]


def test_beyond_loopback_a_screen_is_no_way_to_send_codes() -> None:
    assert refused() == ["sms"]


@pytest.mark.parametrize(
    "secret",
    [None, SECRET[:31], b"a" * 64, b"change-me-please-0000000000000000", b"mysecretmysecretmysecretmysecret",
     "ndryshojeni-këtë-sekret-sa-më-parë".encode(), b"0123456789abcdef0123456789abcdef"],
)  # fmt: skip
def test_beyond_loopback_a_secret_must_be_given_and_not_be_guessed(secret: bytes | None) -> None:
    assert refused(secret) == ["MBUROJA_SECRET", "sms"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "m.example"])  # noqa: S104
def test_a_host_that_others_reach_is_beyond_loopback_whatever_its_address_says(host: str) -> None:
    assert refused(None, host=host, public_url="http://127.0.0.1:8321") == ["MBUROJA_SECRET", "sms", "public_url"]


def test_behind_a_proxy_it_is_the_public_address_that_counts() -> None:
    assert refused(None, host="127.0.0.1") == ["MBUROJA_SECRET", "sms"]


def test_beyond_loopback_every_company_needs_a_site() -> None:
    assert refused(sites={"ipko": []}) == ["sms", "sites.ipko"]
    assert refused(sites={"paysera": ["http://localhost:9000"]}) == ["sms", "sites.paysera"]


def test_sites_of_the_settings_go_before_those_of_the_company() -> None:
    settings = ServerSettings(sites={"ipko": ("https://b.example",)})
    assert settings.sites_of("ipko", COMPANIES["ipko"]) == ("https://b.example",)
    assert settings.sites_of("paysera", COMPANIES["paysera"]) == COMPANIES["paysera"]


@pytest.mark.parametrize(
    "proxies",
    ["0.0.0.0/0", "::/0", "0.0.0.0/1, 128.0.0.0/1", "10.0.0.1, ::/3", "64.0.0.0/7"],
)
def test_nowhere_may_everybody_be_believed(proxies: str) -> None:  # R9
    told = unsafe(ServerSettings.model_validate({"proxies": proxies}), secret=None, companies=COMPANIES)
    assert [line.partition(":")[0] for line in told] == ["proxies"]


def test_networks_of_ones_own_may_be_believed() -> None:
    settings = ServerSettings.model_validate({"proxies": "10.0.0.0/8, 172.16.0.0/12, fc00::/7, 127.0.0.1"})
    assert unsafe(settings, secret=None, companies=COMPANIES) == []


def test_nowhere_may_others_read_the_metrics_or_an_unknown_company_have_a_site() -> None:
    settings = ServerSettings(metrics_host="0.0.0.0", metrics_port=1, sites={"ipk": ("https://a.example",)})  # noqa: S104
    assert [line.partition(":")[0] for line in unsafe(settings, secret=None, companies=COMPANIES)] == [
        "sites",
        "metrics_host",
    ]
    assert unsafe(ServerSettings(metrics_host="0.0.0.0"), secret=None, companies=COMPANIES) == []  # noqa: S104  off


# ---- mail ------------------------------------------------------------------------------------------------------


def mail(**told: object) -> list[str]:
    """Return the names at the beginning of what is refused of a server that sends mail."""
    given = {"smtp_host": "mail.shembull.example", "smtp_from": "mburoja@shembull.example", **told}
    faults = unsafe(ServerSettings.model_validate(given), secret=None, companies=COMPANIES)
    assert not any("fjalekalim-prove" in fault for fault in faults)
    return [fault.partition(":")[0] for fault in faults]


def test_mail_travels_encrypted_or_stays_on_this_machine() -> None:  # R42
    assert mail() == mail(smtp_security="tls") == []
    assert mail(smtp_security="none") == ["smtp_security"]
    assert mail(smtp_security="none", smtp_host="127.0.0.1") == []
    assert mail(smtp_security="none", smtp_host="") == []


def test_mail_needs_a_sender_and_a_password_a_name() -> None:
    assert mail(smtp_from="") == ["smtp_from"]
    assert mail(smtp_password="fjalekalim-prove") == ["smtp_user"]  # noqa: S106
    assert mail(smtp_password="fjalekalim-prove", smtp_user="mburoja") == []  # noqa: S106


# ---- Telegram --------------------------------------------------------------------------------------------------


def telegram(**told: object) -> list[str]:
    """Return the names at the beginning of what is refused of a server with a bot, codes on the screen aside."""
    settings = ServerSettings.model_validate({"telegram_tokens": {"ipko": "1001:made-UP_1"}, **told})
    faults = unsafe(settings, secret=SECRET, companies=COMPANIES)
    assert not any("made-UP" in fault for fault in faults)
    return [name for fault in faults if (name := fault.partition(":")[0]) != "sms"]


def test_a_token_needs_nothing_more_of_telegram() -> None:
    assert telegram() == []
    assert telegram(telegram_tokens={"*": "1001:made-UP_1"}) == []


def test_a_bot_is_reached_by_anybody_so_codes_must_go_out_and_the_secret_be_a_good_one() -> None:  # R12
    told = {"telegram_tokens": {"ipko": "1001:made-UP_1"}}
    faults = unsafe(ServerSettings.model_validate(told), secret=None, companies=COMPANIES)
    assert [fault.partition(" ")[0] for fault in faults] == ["MBUROJA_SECRET", "sms:"]
    here = ServerSettings.model_validate({**told, "telegram_api": "http://127.0.0.1:8081"})
    assert unsafe(here, secret=None, companies=COMPANIES) == []


def test_a_bot_speaks_for_a_company_that_there_is() -> None:
    assert telegram(telegram_tokens={"ipk": "1001:made-UP_1"}) == ["telegram_tokens"]


def test_a_token_travels_by_https_or_stays_on_this_machine() -> None:  # R42
    assert telegram(telegram_api="http://api.telegram.example") == ["telegram_api"]
    assert telegram(telegram_api="https://api.telegram.example") == []
    assert telegram(telegram_api="http://127.0.0.1:8081") == []


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8321", "https://localhost", "https://m.example:8321", "http://m.example"]
)
def test_a_webhook_must_be_where_telegram_posts_to(url: str) -> None:  # R28
    assert "public_url" in telegram(telegram_mode="webhook", public_url=url)
    assert telegram(telegram_mode="polling", public_url="https://localhost:8321") == []
    assert telegram(telegram_mode="webhook", telegram_api="http://127.0.0.1:8081") == []


@pytest.mark.parametrize("url", ["https://m.example", "https://m.example:8443", "https://m.example:88"])
def test_a_webhook_behind_a_proxy_is_taken(url: str) -> None:
    assert refused(telegram_tokens={"ipko": "1001:made-UP_1"}, telegram_mode="webhook", public_url=url) == ["sms"]


def test_without_a_token_nothing_of_telegram_is_asked() -> None:
    assert telegram(telegram_tokens={}, telegram_mode="webhook", telegram_api="http://api.telegram.example") == []


# ---- the document ----------------------------------------------------------------------------------------------

_SAID_OTHERWISE = {
    "public_url": "from `host` and `port`",
    "proxies": "none",
    "sites": "those of each company's `widget.yaml`",
    "sms_gateways": "none",
    "directories": "none",
    "metrics_port": "off",
    "telegram_tokens": "off",
    "smtp_host": "off",
    "smtp_user": "empty",
    "smtp_password": "empty",
    "smtp_from": "empty",
    "webhook_networks": "empty",
}


def test_the_document_lists_every_setting_with_its_default() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (.+?) \| \S.* \|$", OPERATIONS, re.MULTILINE)
    usual = ServerSettings()
    assert rows == [
        (name, _SAID_OTHERWISE.get(name, f"`{getattr(usual, name)}`")) for name in ServerSettings.model_fields
    ]


def test_the_documents_file_is_a_file_of_settings(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.+?)```", OPERATIONS, re.DOTALL)
    settings = read_server_settings(written(tmp_path, example))
    assert settings.beyond_loopback
    told = unsafe(settings, secret=SECRET, companies={"ipko": (), "paysera": ()})
    assert [line.partition(":")[0] for line in told] == ["sms"]


def test_the_telegram_documents_file_is_one_too(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.+?)```", TELEGRAM, re.DOTALL)
    filled = example.replace("<token>", "1001:made-UP_1", 1).replace("<token>", "1002:made-UP_2", 1)
    settings = read_server_settings(written(tmp_path, filled))
    assert settings.bots == ("ipko", "paysera")
    assert settings.telegram_mode == "webhook"
