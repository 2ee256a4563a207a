"""What a program is told when something fails: problem details (RFC 9457), in English; knows no route's meaning.

``type`` is a path that stays; docs/api.md says of each what to do.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import hdrs, web

API = "/api/v1"
MEDIA_TYPE = "application/problem+json"
_TYPES = f"{API}/problems/"
_RETRY_SOON = 1  # seconds


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One kind of failure. ``detail`` says what to do; whoever tells it may say more."""

    status: int
    name: str
    title: str
    detail: str

    @property
    def type(self) -> str:
        """The path by which it is known."""
        return _TYPES + self.name


def _problem(status: int, name: str, title: str, detail: str) -> Problem:
    return Problem(status=status, name=name, title=title, detail=detail)


BAD_REQUEST = _problem(400, "bad-request", "The request cannot be read", "Compare it with the OpenAPI document.")
UNAUTHORIZED = _problem(
    401, "unauthorized", "No valid token", "Send `Authorization: Bearer mbu_…` with a token that holds."
)
FORBIDDEN = _problem(403, "forbidden", "Not allowed", "This token may not do that; ask for one that has the scope.")
NOT_FOUND = _problem(404, "not-found", "Nothing is there", "Check the path; what is another company's is not there.")
WRONG_METHOD = _problem(405, "wrong-method", "No such method here", "Use a method that the header Allow names.")
TOO_SLOW = _problem(408, "too-slow", "The body came too slowly", "Send it again, faster.")
HELD = _problem(409, "held", "Somebody works on it", "Take another request, or try again when that claim is over.")
LEASE_LOST = _problem(409, "lease-lost", "The lease is over", "Stop working on it; claim it again.")
NOT_POSSIBLE = _problem(409, "not-possible", "A rule forbids it", "Read what stands there now.")
UNDER_WAY = _problem(409, "under-way", "The same order is under way", "Send it again in a second, with the same key.")
TOO_LARGE = _problem(413, "too-large", "The body is too large", "Send 64 KiB at most.")
NOT_JSON = _problem(415, "not-json", "The body is no JSON", "Send `Content-Type: application/json`, not packed.")
KEY_REUSED = _problem(
    422, "key-reused", "The Idempotency-Key was used for another order", "Take a new key for each order."
)
TOO_MANY = _problem(429, "too-many", "Too many requests", "Wait as long as Retry-After says.")
FAULT = _problem(500, "fault", "Something went wrong on our side", "Try again; if it happens again, tell us.")
UNAVAILABLE = _problem(
    503, "unavailable", "Not reachable for a moment", "Nothing was done; send it again after Retry-After seconds."
)

PROBLEMS = (
    BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, WRONG_METHOD, TOO_SLOW, HELD, LEASE_LOST, NOT_POSSIBLE, UNDER_WAY,
    TOO_LARGE, NOT_JSON, KEY_REUSED, TOO_MANY, FAULT, UNAVAILABLE,
)  # fmt: skip
# Of a status that any route may give.
_OF_STATUS = {each.status: each for each in PROBLEMS if each.status != 409}


class ProblemError(Exception):
    """Ends a request with a problem; nothing of what was asked was done."""

    def __init__(self, problem: Problem, detail: str = "", headers: Mapping[str, str] | None = None) -> None:
        """Take which, what it says here (else what it always says), and headers that say more."""
        super().__init__(problem.name)
        self.problem, self.detail, self.headers = problem, detail or problem.detail, dict(headers or {})


def is_for_programs(path: str) -> bool:
    """Tell whether a path is of the API, whether anything is there or not."""
    return path == API or path.startswith(f"{API}/")


def answer(problem: Problem, detail: str = "", headers: Mapping[str, str] | None = None) -> web.Response:
    """Return the answer that tells a problem."""
    told = {"type": problem.type, "title": problem.title, "status": problem.status, "detail": detail or problem.detail}
    more = dict(headers or {})
    if problem is UNDER_WAY:
        more.setdefault(hdrs.RETRY_AFTER, str(_RETRY_SOON))
    if problem is UNAUTHORIZED:
        more.setdefault(hdrs.WWW_AUTHENTICATE, 'Bearer realm="mburoja"')
    return web.Response(status=problem.status, text=json.dumps(told), content_type=MEDIA_TYPE, headers=more)


def of_status(status: int, headers: Mapping[str, str]) -> web.Response:
    """Return the answer to a failure of which only the status is known."""
    known = _OF_STATUS.get(status, FAULT if status >= FAULT.status else BAD_REQUEST)
    return answer(known, headers=headers)
