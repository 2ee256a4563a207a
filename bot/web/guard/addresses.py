"""Where a request comes from (R9), and how many new sessions one address may have; knows no session and no route."""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.clock import HOUR, MINUTE
from bot.web.settings import Network

MOST_KEPT = 200_000  # times, of all addresses together: some 20 MB
_HOME = 64  # the prefix of an IPv6 network that one household has
_LONGEST = 64  # characters of an address

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def client_of(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address that a request comes from.

    ``peer`` is who is connected, ``forwarded`` are the lines of X-Forwarded-For, ``trusted`` the proxies. Each proxy
    adds whom it was called by on the right; what stands left of the first stranger is hearsay (R9).
    """
    client = _address(peer)
    if client is None:
        return peer
    hops = [hop for line in forwarded for hop in line.split(",")]
    while hops and _is_in(client, trusted):
        before = _address(hops.pop())
        if before is None:
            break  # no proxy of ours writes that
        client = before
    return str(client)


@dataclass(frozen=True, kw_only=True)
class Window:
    """So many in so long (ms)."""

    most: int
    length: int


def has_room(times: Sequence[int], now: int, windows: Iterable[Window]) -> bool:
    """Tell whether one more fits into every window that ends now; ``times`` are those of the others, in order."""
    return all(sum(1 for at in times if at > now - window.length) < window.most for window in windows)


class AddressLimits:
    """How many new sessions each address had lately. Bounded: past the bound the one longest unseen is forgotten."""

    def __init__(self, *, per_minute: int, per_hour: int, most_kept: int = MOST_KEPT) -> None:
        """Take how many an address may have."""
        self._windows = (Window(most=per_minute, length=MINUTE), Window(most=per_hour, length=HOUR))
        self._longest = max(window.length for window in self._windows)
        self._times: OrderedDict[str, deque[int]] = OrderedDict()
        self._most_kept, self._kept = most_kept, 0

    @property
    def kept(self) -> int:
        """How many times are remembered."""
        return self._kept

    def allow(self, address: str, now: int) -> bool:
        """Tell whether an address may have one more, and count it if so; ``now`` is ms UTC."""
        home = _home(address)
        times = self._times.setdefault(home, deque())
        self._times.move_to_end(home)
        while times and times[0] <= now - self._longest:
            times.popleft()
            self._kept -= 1
        allowed = has_room(times, now, self._windows)
        if allowed:
            times.append(now)
            self._kept += 1
        self._forget(now)
        return allowed

    def _forget(self, now: int) -> None:
        """Drop addresses whose time is over, and the longest unseen ones past the bound."""
        while self._times:
            home = next(iter(self._times))
            times = self._times[home]
            if times and times[-1] > now - self._longest and self._kept <= self._most_kept:
                return
            self._kept -= len(times)
            del self._times[home]


def _home(address: str) -> str:
    """Return what is counted as one: an IPv4 address, the network of an IPv6 household."""
    known = _address(address)
    if isinstance(known, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((known, _HOME), strict=False))
    return address[:_LONGEST] if known is None else str(known)


def _address(text: str) -> Address | None:
    """Read an address, with or without a port (some proxies add it)."""
    bare = text.strip()[:_LONGEST]
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
