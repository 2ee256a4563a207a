"""What a gateway of SMS is told; opens nothing itself."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FilePath, SecretStr

from bot.delivery.settings import WebAddress, fault_of, is_own_network

_CONFIG = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

ANYBODY = "*"  # instead of a company: the sender for all that have none of their own
_Name = Annotated[
    str,
    Field(
        min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
        description="një emër pa hapësira dhe pa ë e ç, p.sh. operatori",
    ),
]  # fmt: skip


def _printable(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[\x21-\x7e]+", value.get_secret_value()):
        raise ValueError("signs that SMPP does not know")
    return value


def _sender(value: str) -> str:
    """Take what phones can show: up to eleven signs, a number with its country's code, or a short number."""
    is_number = re.fullmatch(r"\+[1-9][0-9]{6,14}|[0-9]{3,8}", value)
    if not is_number and (value.isdigit() or not re.fullmatch(r"[A-Za-z0-9 ._&-]{1,11}", value)):
        raise ValueError("no sender")
    return value


_Sender = Annotated[str, AfterValidator(_sender)]


class SmppSettings(BaseModel):
    """A short message centre reached by SMPP 3.4. ``senders`` are by company (or "*"): the name that phones show.

    ``ca_file``: the authorities that may speak for the centre (None: those of the machine). ``window``: how many
    messages of one bind may have no answer yet. ``message_ids``: how receipts write the ids of messages; "hex" where
    they were decimal when the message was taken, "decimal" where they were hexadecimal, "same", or "auto" (found out,
    which one process only can). ``message_reference``: whether each message carries a number that stays the same when
    it is sent again.
    """

    model_config = _CONFIG

    kind: Literal["smpp"]
    name: _Name = "smpp"
    host: Annotated[str, Field(min_length=1, description="emrin ose adresën e qendrës së SMS-ve")]
    port: Annotated[int, Field(ge=1, le=65_535, description="numrin e portës, p.sh. 2775")] = 2775
    tls: Annotated[bool, Field(description="true ose false")] = False
    ca_file: Annotated[FilePath | None, Field(description="skedarin PEM të autoriteteve, ose asgjë")] = None
    # The lengths are those of SMPP 3.4, 5.2.1 to 5.2.3.
    user: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,15}$", description="emrin (system_id), deri 15 shenja")]
    password: Annotated[
        SecretStr, Field(min_length=1, max_length=8, description="fjalëkalimin, deri 8 shenja"),
        AfterValidator(_printable),
    ]  # fmt: skip
    system_type: Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,12}$", description="llojin, si e jep operatori")] = ""
    senders: Annotated[
        dict[str, _Sender], Field(description='dërguesit, p.sh. {"*": "Mburoja"}, deri 11 shkronja pa ë e ç')
    ] = {}
    binds: Annotated[int, Field(ge=1, le=8, description="sa lidhje, nga 1 deri 8")] = 2
    # Below what the operator takes: a throttled link crawls.
    per_second: Annotated[
        float, Field(gt=0, le=1_000, description="sa SMS në sekondë, pak nën kufirin e operatorit")
    ] = 10
    window: Annotated[int, Field(ge=1, le=1_000, description="sa SMS pa përgjigje për lidhje, p.sh. 10")] = 10
    message_ids: Annotated[
        Literal["auto", "same", "hex", "decimal"], Field(description="auto, same, hex ose decimal")
    ] = "auto"
    message_reference: Annotated[bool, Field(description="true ose false")] = True

    @property
    def travels_open(self) -> bool:
        """Whether the password and the texts would cross networks of others unencrypted."""
        return not self.tls and not is_own_network(self.host)


class HttpSettings(BaseModel):
    """A gateway that takes what Kannel's `sendsms` takes.

    ``method``: POST carries the password in a header and the text in the body, GET both in the address, which
    gateways and what stands before them write into their logs. ``receipts_url``: where the gateway reaches us to tell
    what became of a message (None: nowhere, and it tells nothing). ``checked``: it can be asked without a message.
    """

    model_config = _CONFIG

    kind: Literal["http"]
    name: _Name = "http"
    url: Annotated[WebAddress, Field(description="adresën, p.sh. http://127.0.0.1:13013/cgi-bin/sendsms")]
    user: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,100}$", description="emrin me të cilin hyhet")]
    password: Annotated[
        SecretStr, Field(min_length=1, max_length=200, description="fjalëkalimin, pa hapësira dhe pa ë e ç"),
        AfterValidator(_printable),
    ]  # fmt: skip
    senders: Annotated[
        dict[str, _Sender], Field(description='dërguesit, p.sh. {"*": "Mburoja"}, deri 11 shkronja pa ë e ç')
    ] = {}
    per_second: Annotated[
        float, Field(gt=0, le=1_000, description="sa SMS në sekondë, pak nën kufirin e operatorit")
    ] = 10
    method: Annotated[Literal["post", "get"], Field(description="post ose get")] = "post"
    receipts_url: Annotated[
        WebAddress | None, Field(description="adresën ku na gjen porta, p.sh. http://127.0.0.1:8321, ose asgjë")
    ] = None
    checked: Annotated[bool, Field(description="true ose false")] = True

    @property
    def host(self) -> str:
        """The host of its address."""
        return urlsplit(self.url).hostname or ""

    @property
    def travels_open(self) -> bool:
        """Whether the password and the texts would cross networks of others unencrypted."""
        return not self.url.startswith("https:") and not is_own_network(self.host)


SmsGatewaySettings = Annotated[SmppSettings | HttpSettings, Field(discriminator="kind")]


def fault_of_gateway(kind: str, place: tuple[int | str, ...]) -> str | None:
    """Return what is wrong with a setting of a gateway, without what was written; None where it is no single setting.

    ``kind`` and ``place`` are pydantic's: "sms_gateways", its number from 0, its kind, the setting.
    """
    models: dict[object, type[BaseModel]] = {"smpp": SmppSettings, "http": HttpSettings}
    if len(place) < 4 or place[2] not in models:
        return None
    return fault_of(models[place[2]], kind, f"sms_gateways[{int(place[1]) + 1}]", str(place[3]), "docs/sms.md")
