"""What a company's own directory is reached by; opens nothing itself."""

import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from bot.delivery.settings import WebAddress, fault_of

_ID = re.compile(r"[a-z0-9-]{1,40}")  # of a company


def _token(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().isascii() or not value.get_secret_value().isprintable():
        raise ValueError("no token")
    if not value.get_secret_value() or " " in value.get_secret_value():
        raise ValueError("no token")
    return value


class DirectorySettings(BaseModel):
    """A company's directory over HTTP (docs/directory.md). A description says what to write, where that was amiss."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    # Its paths begin with /v1 after this.
    url: Annotated[
        WebAddress,
        AfterValidator(lambda url: url.rstrip("/")),
        Field(description="adresën pa /v1, p.sh. https://crm.shembull.example/mburoja"),
    ]
    token: Annotated[
        SecretStr, AfterValidator(_token), Field(description="çelësin që ju dha regjistri, pa hapësira dhe pa ë e ç")
    ]
    timeout: Annotated[float, Field(gt=0, le=10, description="sekondat e një prove, më shumë se 0, deri 10")] = 3.0
    tries: Annotated[int, Field(ge=1, le=5, description="sa herë provohet, nga 1 deri 5")] = 2
    # An answer is not asked for again so soon. Short: a SIM that was changed must show (R13).
    remembers: Annotated[float, Field(ge=0, le=300, description="sekondat, nga 0 deri 300")] = 30.0
    ca_file: Annotated[
        Path | None, Field(description="skedarin PEM me certifikatat që besohen, ose asgjë (ato të makinës)")
    ] = None


def fault_of_directory(kind: str, company: str, name: str) -> str:
    """Return what is wrong with a setting of a company's directory (pydantic's ``kind``), without what was written."""
    of = company if _ID.fullmatch(company) else "…"
    return fault_of(DirectorySettings, kind, f"directories.{of}", name, "docs/directory.md")
