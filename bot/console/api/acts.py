"""What programs do: claim, heartbeat, report, release, acknowledge; each once for each Idempotency-Key (R31).

What came of an order is kept with its key in the order's own transaction, so that both are there or none. A refusal is
not kept: nothing was done, and the same order may come again.
"""

from collections.abc import Callable
from typing import TypeVar

import msgspec
from aiohttp import web

from bot.clock import moment
from bot.console.api import gate, views
from bot.console.api.gate import Call
from bot.console.api.schemas import LeaseGiven, LeaseKept, LeaseOrder, Nothing, ReportOrder
from bot.errors import NotAllowedError
from bot.services.office import acknowledging, submissions
from bot.services.office.submissions import Differs, Done, NotedMeanwhileError
from bot.services.programs import work
from bot.services.programs.work import HeldError, LostError, NothingThereError
from bot.services.records import events
from bot.storage.store import Tx
from bot.web.guard import problems
from bot.web.guard.problems import ProblemError

_OK = 200
S = TypeVar("S", bound=msgspec.Struct)


async def claim(request: web.Request, call: Call) -> web.Response:
    """Claim a request that nobody works on."""
    reference = views.reference(request)

    def do(tx: Tx, _order: Nothing) -> LeaseGiven:
        lease = work.claim(tx, call.office.desk, call.place, call.token, reference)
        return LeaseGiven(reference=reference, lease=lease.token, until=moment(lease.until))

    return await _once(request, call, Nothing, do)


async def heartbeat(request: web.Request, call: Call) -> web.Response:
    """Let a lease go on."""
    reference = views.reference(request)

    def do(tx: Tx, order: LeaseOrder) -> LeaseKept:
        until = work.heartbeat(tx, call.office.desk, call.place, call.token, reference, order.lease)
        return LeaseKept(reference=reference, until=moment(until))

    return await _once(request, call, LeaseOrder, do)


async def release(request: web.Request, call: Call) -> web.Response:
    """Give a request back undone."""
    reference = views.reference(request)

    def do(tx: Tx, order: LeaseOrder) -> LeaseKept:
        work.release(tx, call.office.desk, call.place, call.token, reference, order.lease)
        return LeaseKept(reference=reference, until=None)

    return await _once(request, call, LeaseOrder, do)


async def report(request: web.Request, call: Call) -> web.Response:
    """Say how far the work is."""
    reference = views.reference(request)

    def do(tx: Tx, order: ReportOrder) -> LeaseKept:
        until = work.report(
            tx, call.office.desk, call.place, call.token, reference, order.lease, order.state, order.text
        )
        return LeaseKept(reference=reference, until=None if until is None else moment(until))

    return await _once(request, call, ReportOrder, do)


async def acknowledge(request: web.Request, call: Call) -> web.Response:
    """Take an event over; the first time and name stand (R38)."""
    identity = request.match_info["id"]

    def do(tx: Tx, _order: Nothing) -> msgspec.Struct:
        desk = call.office.desk
        event = events.load(tx, desk, identity) if views.is_plain(identity) else None
        if event is None or event.company != call.token.company:
            raise NothingThereError("There is no such event.")
        acknowledging.acknowledge(tx, desk, call.place, identity, call.token.who)
        return views.message(events.load(tx, desk, identity) or event)

    return await _once(request, call, Nothing, do)


async def _once(
    request: web.Request, call: Call, wanted: type[S], do: Callable[[Tx, S], msgspec.Struct]
) -> web.Response:
    """Do an order in a transaction, unless the same was done before; raise the problem that a rule makes of it."""
    order = await gate.body(request, wanted)
    content = request.path.encode() + b"\n" + msgspec.json.encode(order)

    def answered(tx: Tx) -> str:
        return msgspec.json.encode(do(tx, order)).decode()

    def once(tx: Tx) -> str:
        return _under_key(tx, call, call.key, content, answered) if call.key else answered(tx)

    try:
        return views.json(await call.office.store.transact(once))
    except NotedMeanwhileError:
        raise ProblemError(problems.UNDER_WAY) from None
    except NothingThereError as error:
        raise ProblemError(problems.NOT_FOUND, str(error)) from None
    except LostError as error:
        raise ProblemError(problems.LEASE_LOST, str(error)) from None
    except HeldError as error:
        seconds = max(1, -(-(error.until - call.now) // 1000))
        raise ProblemError(problems.HELD, str(error), {"Retry-After": str(seconds)}) from None
    except NotAllowedError as error:
        raise ProblemError(problems.NOT_POSSIBLE, str(error)) from None


def _under_key(tx: Tx, call: Call, key: str, content: bytes, answered: Callable[[Tx], str]) -> str:
    """Return the answer of an order, which is done unless it was done before. Raises ProblemError."""
    desk, scope = call.office.desk, f"api:{call.token.id}"
    earlier = submissions.earlier(tx, desk, scope, key, content)
    if isinstance(earlier, Differs):
        raise ProblemError(problems.KEY_REUSED)
    if earlier is not None:
        return earlier.answer
    # Before the act: who sends the same at the same time waits for this one, and is told to come back.
    submissions.note(tx, desk, call.now, scope, key, content, Done(status=_OK, answer=""))
    answer = answered(tx)
    submissions.keep_answer(tx, desk, scope, key, answer)
    return answer
