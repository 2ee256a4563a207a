"""The server's settings, from the environment and a TOML file, every fault told at once; opens nothing itself.

What belongs to the whole program (data, database, secret) stands in ``bot/settings.py``; ``safety.py`` tells what is
unsafe in settings that can be read.
"""

import difflib
import functools
import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from bot.clock import SECOND
from bot.delivery.directory.settings import DirectorySettings, fault_of_directory
from bot.delivery.sms.settings import SmsGatewaySettings, fault_of_gateway
from bot.errors import InputError
from bot.web.wire.limits import WebLimits

PREFIX = "MBUROJA_"
CONFIG = f"{PREFIX}CONFIG"  # the variable that names the file
# How alike a name must be to be taken for a slip; variables are alike by their beginning already.
_NEAR, _NEAR_IN_FILE = 0.85, 0.7
EVERY, ALL = "*", "all"  # instead of a company: the bot that speaks for all of them, and its name
_TOKEN = re.compile(r"([0-9]{1,20}):[A-Za-z0-9_-]{1,100}", re.ASCII)  # the bot's number with Telegram, its secret

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def is_loopback(host: str) -> bool:
    """Tell whether a host (a name, or an address with or without brackets) can be reached from this machine only."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return bool((getattr(address, "ipv4_mapped", None) or address).is_loopback)


def origin_of(url: str) -> str:
    """Return an origin as a browser writes it (RFC 6454). Raises ValueError for what is none, or more than one."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or "*" in parts.netloc:
        raise ValueError("no origin")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError("more than an origin")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode()
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _from_text(value: object) -> object:
    """Take what the environment gives as text: JSON, or a list with commas."""
    if not isinstance(value, str):
        return value
    if value.strip().startswith(("{", "[")):
        return json.loads(value)
    return [part for part in value.replace(",", " ").split() if part]


def _empty_is_none(value: object) -> object:
    return None if value == "" else value


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


@functools.lru_cache(maxsize=4)  # asked for with each request
def _networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(each) for each in written)


def _url_of(host: str, port: int) -> str:
    return origin_of(f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}")


def _own_url(values: dict[str, Any]) -> str:
    return _url_of(values["host"], values["port"])


def _host(value: str) -> str:
    if any(sign.isspace() or sign in "/@?#[]" for sign in value):
        raise ValueError("no host")
    _url_of(value, 0)
    return value


def _tokens(value: object) -> object:
    return {} if value == "" else _from_text(value)


def _told_apart(tokens: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    """Take tokens of as many bots: of one bot, Telegram gives its updates to one taker only."""
    found = [_TOKEN.fullmatch(token.get_secret_value()) for token in tokens.values()]
    numbers = {token[1] for token in found if token}
    if len(numbers) < len(tokens) or (EVERY in tokens and len(tokens) > 1):
        raise ValueError("no tokens, one bot twice, or one for all and one for a company")
    return tokens


_Port = Annotated[int, Field(ge=0, le=65_535, description="numrin e portës, nga 0 deri 65535")]
_Host = Annotated[str, AfterValidator(_host), Field(description="një adresë të makinës, p.sh. 127.0.0.1")]
_Origin = Annotated[str, AfterValidator(origin_of)]
_Network = Annotated[str, AfterValidator(_network)]
_Count = Annotated[int, Field(ge=1, description="një numër, 1 ose më shumë")]


class ServerSettings(BaseModel):
    """What `mburoja serve` is told. The table of docs/operations.md has a row for each, and a test sees to it.

    A description says what to write, for the message about a fault.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    host: _Host = "127.0.0.1"
    port: _Port = 8321  # 0: any that is free
    # The origin that browsers see.
    public_url: Annotated[_Origin, Field(description="origjinën, p.sh. https://mburoja.shembull.example")] = Field(
        default_factory=_own_url
    )
    proxies: Annotated[
        tuple[_Network, ...],
        NoDecode, BeforeValidator(_from_text),
        Field(description="rrjetet e ndërmjetësve, p.sh. 10.0.0.0/8, 192.0.2.7"),
    ] = ()  # fmt: skip
    sites: Annotated[
        Mapping[str, tuple[_Origin, ...]],
        NoDecode, BeforeValidator(_from_text),
        Field(description='faqet e çdo kompanie, p.sh. {"ipko": ["https://www.shembull.example"]}'),
    ] = {}  # fmt: skip
    role: Annotated[Literal["all", "web", "worker"], Field(description="all, web ose worker")] = "all"

    sms: Annotated[Literal["screen", "gateways"], Field(description="screen ose gateways")] = "screen"
    # In the order in which they are tried.
    sms_gateways: Annotated[
        tuple[SmsGatewaySettings, ...],
        NoDecode, BeforeValidator(_from_text),
        Field(description='portat e SMS-ve, p.sh. [{"kind": "smpp", "host": "…", "user": "…", "password": "…"}]'),
    ] = ()  # fmt: skip
    # By company; whoever has none is looked up in the list that was imported.
    directories: Annotated[
        Mapping[str, DirectorySettings],
        NoDecode, BeforeValidator(_from_text),
        Field(description='regjistrat e kompanive, p.sh. {"ipko": {"url": "https://…", "token": "…"}}'),
    ] = {}  # fmt: skip

    # By company, or one for all (EVERY). Nothing that shows settings shows a token.
    telegram_tokens: Annotated[
        Mapping[str, SecretStr],
        NoDecode, BeforeValidator(_tokens), AfterValidator(_told_apart),
        Field(
            description='çelësat siç i jep @BotFather, numra:shkronja: {"ipko": "…", "paysera": "…"}, çdo robot një '
            'herë, ose vetëm {"*": "…"}, një robot për të gjitha'
        ),
    ] = {}  # fmt: skip
    telegram_mode: Annotated[Literal["polling", "webhook"], Field(description="polling ose webhook")] = "polling"
    telegram_api: Annotated[_Origin, Field(description="origjinën, p.sh. https://api.telegram.org")] = (
        "https://api.telegram.org"
    )
    telegram_per_second: _Count = 25  # messages of one bot; Telegram takes about 30
    telegram_per_chat: Annotated[float, Field(gt=0, le=30, description="sa mesazhe në sekondë, p.sh. 1 ose 0.5")] = (
        1.0  # Telegram takes about one a second into a chat
    )
    telegram_waiting: _Count = 5_000  # kept updates that may wait (R52)

    smtp_host: Annotated[
        str | None, BeforeValidator(_empty_is_none), Field(description="emrin e serverit, ose asgjë")
    ] = None  # None: no digest and no alarm goes out
    smtp_port: _Port = 587
    smtp_security: Annotated[Literal["starttls", "tls", "none"], Field(description="starttls, tls ose none")] = (
        "starttls"
    )
    smtp_user: Annotated[str, Field(description="emrin me të cilin hyhet te serveri")] = ""
    smtp_password: Annotated[SecretStr, Field(description="fjalëkalimin me të cilin hyhet te serveri")] = SecretStr("")
    smtp_from: Annotated[str, Field(description="adresën e dërguesit, p.sh. mburoja@shembull.example")] = ""
    digest_hour: Annotated[int, Field(ge=0, le=23, description="orën, nga 0 deri 23")] = 8  # in Kosovo

    # Networks of one's own that webhooks may be posted into (R30).
    webhook_networks: Annotated[
        tuple[_Network, ...],
        NoDecode, BeforeValidator(_from_text),
        Field(description="rrjetet tuaja, p.sh. 10.1.0.0/16"),
    ] = ()  # fmt: skip

    metrics_host: _Host = "127.0.0.1"
    metrics_port: Annotated[
        _Port | None, BeforeValidator(_empty_is_none), Field(description="numrin e portës, ose asgjë")
    ] = None  # None: no metrics are served

    log_format: Annotated[Literal["json", "console"], Field(description="json ose console")] = "json"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Field(description="debug, info, warning ose error")
    ] = "info"

    sessions_per_minute: _Count = 60  # new ones, of one address: a mobile network has many customers behind one
    sessions_per_hour: _Count = 600
    messages_per_minute: _Count = 100  # R24, of one session
    sockets: _Count = 10_000
    sockets_per_session: _Count = 20
    sockets_per_address: _Count = 200
    idle_seconds: _Count = 1_800  # R24
    waiting_turns: _Count = 500  # R52
    # How long `/readyz` says no before connections are refused: what stands before several replicas notices in time.
    drain_seconds: Annotated[int, Field(ge=0, le=300, description="sa sekonda, nga 0 deri 300")] = 0
    stop_seconds: _Count = 10  # how long turns under way may take when the server stops

    @property
    def trusted(self) -> tuple[Network, ...]:
        """The proxies, as networks."""
        return _networks(self.proxies)

    @property
    def limits(self) -> WebLimits:
        """What the web takes of one session, one socket, and in all."""
        return WebLimits(
            messages_a_minute=self.messages_per_minute,
            waiting=self.waiting_turns,
            idle=self.idle_seconds * SECOND,
            sockets=self.sockets,
            sockets_of_session=self.sockets_per_session,
            sockets_of_address=self.sockets_per_address,
        )

    @property
    def bots(self) -> tuple[str, ...]:
        """The names of the Telegram bots: their companies', or `all`."""
        return tuple(ALL if company == EVERY else company for company in self.telegram_tokens)

    @property
    def secure(self) -> bool:
        """Whether browsers reach the server by HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def beyond_loopback(self) -> bool:
        """Whether anything but this machine can reach the server."""
        return not (is_loopback(self.host) and is_loopback(urlsplit(self.public_url).hostname or ""))

    @property
    def reached_by_anybody(self) -> bool:
        """Whether people from outside can talk to it: over the web, or through Telegram's own servers."""
        api = urlsplit(self.telegram_api).hostname or ""
        return self.beyond_loopback or (bool(self.telegram_tokens) and not is_loopback(api))

    def sites_of(self, company: str, own: tuple[str, ...]) -> tuple[str, ...]:
        """Return the origins that may embed a company's chat; ``own`` are those that its folder names."""
        return self.sites.get(company, own)

    def at_port(self, port: int) -> Self:
        """Return the settings with the port that the server got; an address that was not given follows it."""
        url = self.public_url if "public_url" in self.model_fields_set else _url_of(self.host, port)
        return self.model_copy(update={"port": port, "public_url": url})


class _Environment(ServerSettings, BaseSettings):
    """The same, read: what is given on the command line goes before the environment, and that before the file."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, validate_default=False)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *_others: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return named["init_settings"], named["env_settings"], TomlConfigSettingsSource(settings_cls)


def read_server_settings(config: Path | None = None, given: Mapping[str, object] | None = None) -> ServerSettings:
    """Return the settings: those ``given`` on the command line, else of the environment, else of the file, else usual.

    ``config`` is the file; without it MBUROJA_CONFIG may name one. Raises InputError with every fault, one a line.
    """
    path = config or (Path(os.environ[CONFIG]) if os.environ.get(CONFIG) else None)
    faults = _misspelt(os.environ)
    if path is not None:
        _refuse_unreadable(path)

    class Read(_Environment):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        values: dict[str, Any] = dict(given or {})
        read = Read(**values)
    except ValidationError as error:
        # Where each of several sites is wrong, one line each; where one value fits none of several types, one line.
        told = [each for each in error.errors(include_url=False) if each["type"] != "default_factory_not_called"]
        faults += dict.fromkeys(_fault(each["type"], each["loc"]) for each in told)
    if faults:
        listed = "\n".join(f"- {each}" for each in faults)
        raise InputError(f"Cilësimet e serverit kanë gabime. Ndreqni këto, pastaj nisni prapë:\n{listed}")
    return ServerSettings.model_validate(read.model_dump(exclude_unset=True))


def _refuse_unreadable(path: Path) -> None:
    try:
        tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"Skedari i cilësimeve {path} nuk lexohet: {error.strerror}.") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise InputError(f"Skedari i cilësimeve {path} nuk është TOML: {error}.") from None


def _misspelt(variables: Iterable[str]) -> list[str]:
    """Return a fault for each variable that is nearly one of ours: a setting that is not read is believed to hold."""
    known = [f"{PREFIX}{name.upper()}" for name in ServerSettings.model_fields]
    strangers = sorted(name for name in variables if name.startswith(PREFIX) and name not in {*known, CONFIG})
    near = {name: difflib.get_close_matches(name, known, 1, _NEAR) for name in strangers}
    return [f"{name}: s’ka cilësim të tillë; a doni {found[0]}?" for name, found in near.items() if found]


def _fault(kind: str, place: tuple[int | str, ...]) -> str:
    """Return what is wrong with a setting and what to write instead, without what was written."""
    name = str(place[0])
    field = ServerSettings.model_fields.get(name)
    if name == "directories" and len(place) > 2:
        return fault_of_directory(kind, str(place[1]), str(place[2]))
    if name == "sms_gateways" and (told := fault_of_gateway(kind, place)):
        return told
    if field is None or (kind == "extra_forbidden" and len(place) == 1):
        near = difflib.get_close_matches(name, ServerSettings.model_fields, 1, _NEAR_IN_FILE)
        hint = f"a doni {near[0]}?" if near else "hiqeni; të gjitha janë te docs/operations.md."
        return f"{name}: s’ka cilësim të tillë; {hint}"
    return f"{name} ({PREFIX}{name.upper()}): shkruani {field.description}."
