"""Faults that a test orders: what the next calls meet instead of an answer, or besides one. Knows no method."""

from dataclasses import dataclass, field
from enum import Enum

from tests.tools.botapi.refusals import RefusedError, bad_request, forbidden, too_many


class Way(Enum):
    """What happens to the call."""

    REFUSE = "refuse"  # not carried out, answered with an error
    PAGE = "page"  # not carried out, answered with a page that is no JSON
    SLOW = "slow"  # carried out after a while
    LATE = "late"  # carried out at once, answered after a while
    CUT_AFTER = "cut after"  # carried out, the connection ends without an answer
    CUT_BEFORE = "cut before"  # not carried out, the connection ends


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault; made by the functions below."""

    way: Way
    refused: RefusedError | None = None
    status: int = 0
    seconds: float = 0


def answers_too_many(retry_after: int = 1) -> Fault:
    """429: not carried out."""
    return Fault(way=Way.REFUSE, refused=too_many(retry_after))


def answers_forbidden(description: str = "bot was blocked by the user") -> Fault:
    """403: not carried out."""
    return Fault(way=Way.REFUSE, refused=forbidden(description))


def answers_bad_request(description: str = "something is wrong") -> Fault:
    """400: not carried out."""
    return Fault(way=Way.REFUSE, refused=bad_request(description))


def answers_server_error(description: str = "Internal Server Error") -> Fault:
    """500 with JSON: not carried out."""
    return Fault(way=Way.REFUSE, refused=RefusedError(500, description))


def answers_bad_gateway() -> Fault:
    """502 with a page of HTML: not carried out."""
    return Fault(way=Way.PAGE, status=502)


def waits(seconds: float) -> Fault:
    """Carried out and answered, but only after so long."""
    return Fault(way=Way.SLOW, seconds=seconds)


def answers_late(seconds: float) -> Fault:
    """Carried out at once; the answer comes after so long, when the client may have given up."""
    return Fault(way=Way.LATE, seconds=seconds)


def cuts_after() -> Fault:
    """Carried out (the message is delivered!), but the connection ends without an answer."""
    return Fault(way=Way.CUT_AFTER)


def cuts_before() -> Fault:
    """The connection ends; nothing was carried out."""
    return Fault(way=Way.CUT_BEFORE)


@dataclass(kw_only=True)
class _Order:
    fault: Fault
    times: int
    method: str | None
    chat: int | None
    bot: str | None


@dataclass
class Faults:
    """What is ordered and not yet used up, first ordered first used."""

    _orders: list[_Order] = field(default_factory=list)

    def order(
        self, fault: Fault, *, times: int = 1, method: str | None = None, chat: int | None = None,
        bot: str | None = None,
    ) -> None:  # fmt: skip
        """Let the next calls meet a fault: of a method, a chat, a bot (its username), or any but getUpdates."""
        self._orders.append(
            _Order(fault=fault, times=times, method=method.lower() if method else None, chat=chat, bot=bot)
        )

    def clear(self) -> None:
        """Take back what was not used up."""
        self._orders.clear()

    def __len__(self) -> int:
        """Return how many calls will still meet a fault."""
        return sum(order.times for order in self._orders)

    def take(self, *, method: str, chat: int | None, bot: str) -> Fault | None:
        """Return the fault that a call meets, None for most."""
        for order in self._orders:
            if order.method not in ((None, method) if method != "getupdates" else (method,)):
                continue
            if order.chat not in (None, chat) or order.bot not in (None, bot):
                continue
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
            return order.fault
        return None
