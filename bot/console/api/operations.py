"""Every operation of the API: path, what it takes and gives, who may. Routes and document are made of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec
from aiohttp import web

from bot.console.api import acts, views
from bot.console.api.gate import Call
from bot.console.api.schemas import (
    EventMessage,
    EventPage,
    EventsQuery,
    LeaseGiven,
    LeaseKept,
    LeaseOrder,
    NoQuery,
    Nothing,
    ReportOrder,
    RequestPage,
    RequestsQuery,
    RequestWhole,
)
from bot.services.programs.tokens import Scope


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One of them. ``path`` is below /api/v1; any one of ``scopes`` opens it; ``body`` None: it is a GET."""

    name: str
    path: str
    summary: str
    scopes: frozenset[Scope]
    handler: Callable[[web.Request, Call], Awaitable[web.Response]]
    query: type[msgspec.Struct] = NoQuery
    body: type[msgspec.Struct] | None = None
    answer: type[msgspec.Struct]

    @property
    def method(self) -> str:
        """GET or POST."""
        return "POST" if self.body else "GET"


_READ = frozenset({Scope.REQUESTS_READ, Scope.REQUESTS_WORK})
_WORK = frozenset({Scope.REQUESTS_WORK})

OPERATIONS = (
    Operation(
        name="listRequests", path="/requests", scopes=_READ, handler=views.list_requests,
        summary="The queue, what is due first standing first; closed requests where a closed state is asked for.",
        query=RequestsQuery, answer=RequestPage,
    ),
    Operation(
        name="showRequest", path="/requests/{reference}", scopes=_READ, handler=views.show_request,
        summary="One request. With `requests:work` also whose it is and what they wrote; that is logged.",
        answer=RequestWhole,
    ),
    Operation(
        name="claimRequest", path="/requests/{reference}/claim", scopes=_WORK, handler=acts.claim,
        summary="Claim an open request that nobody works on; nobody else can meanwhile.",
        body=Nothing, answer=LeaseGiven,
    ),
    Operation(
        name="keepRequest", path="/requests/{reference}/heartbeat", scopes=_WORK, handler=acts.heartbeat,
        summary="Let a lease go on.", body=LeaseOrder, answer=LeaseKept,
    ),
    Operation(
        name="releaseRequest", path="/requests/{reference}/release", scopes=_WORK, handler=acts.release,
        summary="Give a request back undone.", body=LeaseOrder, answer=LeaseKept,
    ),
    Operation(
        name="reportRequest", path="/requests/{reference}/report", scopes=_WORK, handler=acts.report,
        summary="Say how far the work is. A person decides what the customer is told, and closes the request.",
        body=ReportOrder, answer=LeaseKept,
    ),
    Operation(
        name="listEvents", path="/events", scopes=frozenset({Scope.EVENTS_READ}), handler=views.list_events,
        summary="Events in the order of `seq`, which has no gap.", query=EventsQuery, answer=EventPage,
    ),
    Operation(
        name="acknowledgeEvent", path="/events/{id}/acknowledge", scopes=frozenset({Scope.EVENTS_ACKNOWLEDGE}),
        handler=acts.acknowledge,
        summary="Say that an event was taken over; of a withdrawal, that it was applied. The first time stands.",
        body=Nothing, answer=EventMessage,
    ),
)  # fmt: skip
