"""What settings of things outside have in common: their addresses, and how a fault is told; opens nothing itself."""

import difflib
import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel

_NEAR = 0.7  # how alike a name must be to be taken for a slip


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError("no address")
    if parts.query or parts.fragment or any(sign.isspace() or not sign.isprintable() for sign in value):
        raise ValueError("more than an address")
    _ = parts.port  # raises ValueError where it is none
    return value


# Of HTTP, with nothing secret in it: no user, no query.
WebAddress = Annotated[str, AfterValidator(_address)]


def is_own_network(host: str) -> bool:
    """Tell whether a host stands in a network of one's own: loopback, a private address, a name without a dot.

    A name without a dot is found in one's own network only.
    """
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.endswith(".localhost")
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or (address.is_private and not address.is_unspecified)


def fault_of(model: type[BaseModel], kind: str, of: str, name: str, page: str) -> str:
    """Return what is wrong with a setting (pydantic's ``kind``) and what to write, without what was written.

    ``of`` is where it stands, ``page`` the document that has all of them.
    """
    field = model.model_fields.get(name)
    if field is None or kind == "extra_forbidden":
        near = difflib.get_close_matches(name, model.model_fields, 1, _NEAR)
        hint = f"a doni {near[0]}?" if near else f"hiqeni; të gjitha janë te {page}."
        return f"{of}: ka një cilësim që s’njihet; {hint}"
    return f"{of}.{name}: shkruani {field.description}."
