"""What a call carries, however it was sent: in the address, as a form, as JSON, with files. Knows no method."""

import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.tools.botapi.refusals import bad_request

_LEAST, _MOST = -(1 << 31), (1 << 31) - 1


@dataclass(frozen=True, kw_only=True)
class File:
    """An uploaded file."""

    field: str
    name: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """A call's parameters; objects may come as JSON text, as the real server takes them."""

    values: dict[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()

    def text(self, name: str) -> str:
        """Return a text; empty where it is missing."""
        value = self.values.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, missing: int = 0, least: int = _LEAST, most: int = _MOST) -> int:
        """Return a number, within its bounds; what is no number counts as missing, as for the real server."""
        try:
            value = int(self.text(name))
        except ValueError:
            return missing
        return max(least, min(most, value))

    def flag(self, name: str) -> bool:
        """Tell whether it is on."""
        return self.text(name).lower() in ("true", "yes", "1")

    def object(self, name: str, fault: str) -> Any:
        """Return a value that may have come as JSON text, None where it is missing; refuse with ``fault``."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(fault) from None

    def read(self) -> dict[str, Any]:
        """Return all of it, JSON texts decoded, for people who look at calls."""
        return {name: _decoded(value) for name, value in self.values.items()}


def _decoded(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


async def read_parameters(request: web.Request) -> Parameters:
    """Return a request's parameters; refuse a body that is neither form nor JSON."""
    values: dict[str, Any] = dict(request.query)
    files: list[File] = []
    kind = request.content_type
    if kind == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise bad_request("Can't parse request JSON object: the body must be an Object")
        values.update(body)
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                content = value.file.read()
                value.file.close()
                files.append(File(field=name, name=value.filename, size=len(content)))
            else:
                values[name] = value if isinstance(value, str) else bytes(value).decode()
    return Parameters(values=values, files=tuple(files))
