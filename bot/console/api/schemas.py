"""What the API takes and gives, as structs: what is read is checked by them, and the OpenAPI document is made of them.

Times are RFC 3339 in UTC, days are days in Kosovo.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.programs.work import Report
from bot.services.records.events import EventKind

MOST = 200  # rows on a page
USUAL = 50

Limit: TypeAlias = Annotated[int, Meta(ge=1, le=MOST, description="How many at most.")]
Cursor: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=300, description="Where the page before ended; only what `next` gave.")
]
Name: TypeAlias = Annotated[str, Meta(min_length=1, max_length=80)]
LeaseToken: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100, description="What `claim` gave.")]


class RequestsQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which requests."""

    state: Annotated[CaseState | UnsetType, Meta(description="Without it: every open one.")] = UNSET
    kind: Action | UnsetType = UNSET
    late: Annotated[bool | UnsetType, Meta(description="Past its date, while its clock runs.")] = UNSET
    due_before: Annotated[dt.date | UnsetType, Meta(description="Due before this day.")] = UNSET
    taken_by: Annotated[Name | UnsetType, Meta(description="Whom it is assigned to.")] = UNSET
    reported: Annotated[bool | UnsetType, Meta(description="Whether a program said `done` or `failed` of it.")] = UNSET
    limit: Limit = USUAL
    cursor: Cursor | UnsetType = UNSET


class EventsQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which events."""

    after: Annotated[int, Meta(ge=0, le=2**53, description="Those with a higher `seq` only.")] = 0
    open: Annotated[bool | UnsetType, Meta(description="Not acknowledged yet, or those that are.")] = UNSET
    type: EventKind | UnsetType = UNSET
    limit: Limit = USUAL


class NoQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """Nothing can be asked for."""


class Nothing(Struct, kw_only=True, forbid_unknown_fields=True):
    """An order that needs no more words."""


class LeaseOrder(Struct, kw_only=True, forbid_unknown_fields=True):
    """The lease that is meant."""

    lease: LeaseToken


class ReportOrder(Struct, kw_only=True, forbid_unknown_fields=True):
    """How far the work is. `done` and `failed` give the lease back; a person closes the request."""

    lease: LeaseToken
    state: Report
    text: Annotated[
        str, Meta(max_length=2000, description="For the person who decides; the customer never sees it.")
    ] = ""


class RequestRow(Struct, kw_only=True):
    """A request without words and contacts. `due_on` is a target as long as its rule is not `confirmed`."""

    reference: str
    company: str
    kind: Action
    state: CaseState
    identity: Annotated[str, Meta(description="proven, shared (a number of several people), or pending.")]
    channel: str
    received_at: dt.datetime
    due_on: dt.date
    due_rule: str
    confirmed: bool
    extended: bool
    paused_since: dt.datetime | None
    late: bool
    taken_by: Annotated[str | None, Meta(description="Whom it is assigned to.")]
    second_proof: str | None
    closed_at: dt.datetime | None
    flags: list[str]
    subject: Annotated[str | None, Meta(description="The customer's random id; never the customer number.")]
    report: Annotated[Report | None, Meta(description="What a program said of it last.")]
    claimed_by: Annotated[str | None, Meta(description="Who works on it just now.")]
    claimed_until: dt.datetime | None


class RequestPage(Struct, kw_only=True):
    """A page of requests. `next` is the path of the next page; null: this is the last."""

    requests: list[RequestRow]
    next: str | None


class TimeLineEntry(Struct, kw_only=True):
    """What happened to a request, without its words."""

    seq: int
    at: dt.datetime
    kind: str
    who: str


class Said(Struct, kw_only=True):
    """What the person wrote."""

    at: dt.datetime
    text: str


class WorkFacts(Struct, kw_only=True):
    """What the work on a request needs. `customer` is the customer number; empty where nobody is proven."""

    customer: str
    fields: Mapping[str, str]
    words: list[Said]


class RequestWhole(RequestRow, kw_only=True):
    """A request with its time line; `work` for tokens with `requests:work`, else null."""

    time_line: list[TimeLineEntry]
    work: WorkFacts | None


class LeaseGiven(Struct, kw_only=True):
    """A lease: name it in `heartbeat`, `report` and `release`. It is over at `until` without a heartbeat."""

    reference: str
    lease: str
    until: dt.datetime


class LeaseKept(Struct, kw_only=True):
    """The lease holds until then; null: it was given back."""

    reference: str
    until: dt.datetime | None


class EventMessage(Struct, kw_only=True):
    """An event, as docs/backoffice.md words it; the same in a webhook, but for the last two."""

    version: int
    id: str
    seq: int
    type: EventKind
    time: str
    company: str
    subject: str | None
    reference: str | None
    data: Mapping[str, Any]
    acknowledged_at: dt.datetime | None
    acknowledged_by: str | None


class EventPage(Struct, kw_only=True):
    """A page of events, by `seq`. `next` is the path of the next page; null: there are no more just now."""

    events: list[EventMessage]
    next: str | None


class Problem(Struct, kw_only=True):
    """What failed (RFC 9457); `type` says which, docs/api.md what to do."""

    type: str
    title: str
    status: int
    detail: str
