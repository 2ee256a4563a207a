"""Connections to addresses that others named: only to the outside, or into networks that settings allow (R30).

The address is looked at when the connection is made, not the name before it, so that a name that leads elsewhere the
next moment (DNS rebinding) leads nowhere. Knows no webhook.
"""

import ipaddress
import socket
from collections.abc import Sequence
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses that carry another one inside: what is behind them cannot be told.
_CARRIERS = tuple(
    ipaddress.ip_network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")
)


class RefusedAddressError(OSError):
    """An address that is not outside, and in no network that settings allow."""


class Outside:
    """Makes sessions that reach the outside, and ``networks`` of one's own, nothing else."""

    def __init__(self, networks: Sequence[Network] = (), resolver: AbstractResolver | None = None) -> None:
        """Take the networks that are allowed besides, and who resolves names (the system's way unless given)."""
        self._networks, self._resolver = networks, resolver

    def session(self, *, seconds: float, own_only: bool) -> ClientSession:
        """Return a session for one request; ``own_only``: into the allowed networks only (what is not encrypted)."""
        guard = _Guard(self._networks, own_only=own_only)
        connector = TCPConnector(resolver=self._resolver, socket_factory=guard.socket, force_close=True, limit=1)
        return ClientSession(
            connector=connector, cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=seconds), trust_env=False
        )


def is_outside(address: Address) -> bool:
    """Tell whether an address is one that anybody on the internet can reach."""
    address = getattr(address, "ipv4_mapped", None) or address
    if any(address in carrier for carrier in _CARRIERS) or getattr(address, "is_site_local", False):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class _Guard:
    """Opens sockets to allowed addresses: whatever a name resolved to, this is what is connected to."""

    def __init__(self, networks: Sequence[Network], *, own_only: bool) -> None:
        self._networks, self._own_only = networks, own_only

    def socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for an address. Raises RefusedAddressError."""
        family, kind, protocol, _, address = info
        if not self._allows(address[0]):
            raise RefusedAddressError("no allowed address")
        return socket.socket(family=family, type=kind, proto=protocol)

    def _allows(self, host: str) -> bool:
        address: Address = ipaddress.ip_address(host.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        own = any(address in network for network in self._networks)
        return own or (not self._own_only and is_outside(address))
