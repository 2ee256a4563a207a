"""Whatever is sent to whichever route or socket: never a 5xx, never a traceback, and the server lives on.

``make test`` tries some hundreds of requests and conversations, MBUROJA_THOROUGH many thousands.
"""

import asyncio
import contextlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.tools.processes import import_customers
from tests.tools.serving import Served
from tests.tools.wire import LONGEST, Caller, Frame, Line, Pass

pytestmark = pytest.mark.usefixtures("settings")

# Kinds of frames, codes of errors, and closings that the contract of the wire knows.
KINDS = {"welcome", "message", "ack", "state", "typing", "renew", "forgotten", "error"}
ERRORS = {"bad_frame", "bad_id", "too_long", "too_many", "busy", "unavailable", "no_session"}
CLOSINGS = {1000, 1003, 1007, 1009, 1002, 4000, 4001, 4003, 4029, 4401}

# A request takes two milliseconds: there is time for more of them than of most examples.
_many = settings(max_examples=settings().max_examples * 4, suppress_health_check=[HealthCheck.too_slow])
_some = settings(suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def served(settings: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    del settings
    filled = tmp_path_factory.mktemp("filled") / "filled.db"
    import_customers(filled, "ipko,A-1001,+38344000101,Filan Fisteku")
    folder = tmp_path_factory.mktemp("served")
    with Served(folder, filled, sites={"ipko": ["http://localhost:1"]}) as started:
        yield started
        started.worked_well()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


# ---- every route -------------------------------------------------------------------------------------------------

_companies = st.sampled_from(
    ["ipko", "paysera", "IPKO", "tjeter", "..", "%00", "%2e%2e", "%C3%AB", "%ff", "a" * 300, ""]
)
_names = st.one_of(_companies, st.text(max_size=20).map(lambda text: quote(text.encode("utf-8", "replace"), safe="")))
_ROUTES = (
    "/", "/widget.js", "/widget.js?company={}", "/widget/{}", "/static/{}/chat/main.js", "/static/{}", "/static/x/{}",
    "/logo/{}.svg", "/session/{}", "/session/{}/leaving", "/ws/{}", "/api/chat/{}", "/policy/{}",
    "/policy/{}?version={}", "/case", "/case?reference={}&company={}", "/answer", "/api/answer/open",
    "/api/answer/code", "/api/answer/file", "/api/answer/{}", "/healthz", "/readyz", "/metrics", "/{}", "/{}/{}",
    "/widget/{}?say={}",
)  # fmt: skip
_paths = st.tuples(st.sampled_from(_ROUTES), _names, _names).map(lambda parts: parts[0].format(parts[1], parts[2]))
_methods = st.sampled_from(["GET", "GET", "POST", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH", "TRACE", "BREW"])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
_value = _json | st.sampled_from(["hello", "say", "choose", "a", 0, 1, 2**63, -1, "x" * 300])
_frame = st.fixed_dictionaries(
    {"type": st.sampled_from(["hello", "say", "choose", "welcome", "ack", "grant"]) | _json},
    optional=dict.fromkeys(("id", "text", "value", "last_seq", "session", "conversation", "ticket"), _value),
)
_order = st.fixed_dictionaries(
    {},
    optional={
        "ticket": _value, "memory": st.booleans() | _json, "token": _value, "code": _value, "reference": _value,
        "company": _value,
    },
)  # fmt: skip
_good = st.sampled_from(
    [
        {"type": "hello", "last_seq": 0},
        {"type": "say", "id": "b", "text": "tung", "last_seq": 0},
        {"type": "choose", "id": "c", "value": "x"},
    ]
)
_written = (_frame | _order | _json | _good).map(lambda value: json.dumps(value).encode())
_bodies = st.one_of(st.none(), _written, st.binary(max_size=200), st.just(b"[" * 9_000), st.just(b"x" * 40_000))
_token = st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40).map(
    lambda text: text.encode("latin-1").decode("latin-1")
)
_headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["application/json", "text/plain", "application/json; charset=utf-16", "multipart/form-data", ";", "é"]
        ),
        "Origin": st.sampled_from(["null", "http://localhost:1", "https://evil.example", ""]),
        "Cookie": _token.map(lambda token: f"__Host-mburoja-ipko={token}"),
        "Authorization": _token.map(lambda token: f"Bearer {token}"),
        "X-CSRF-Token": _token,
        "If-None-Match": st.sampled_from(["*", '"', 'W/"x"', "x" * 900]),
        "Range": st.sampled_from(["bytes=0-0", "bytes=-1", "bytes=9-1", "lines=1", "bytes=0-,5-"]),
        "Accept-Encoding": st.sampled_from(["gzip", "br", "*;q=0", "gzip;q=é", ""]),
        "Accept-Language": _token,
        "X-Forwarded-For": _token,
        "X-Forwarded-Proto": _token,
        "Host": st.sampled_from(["evil.example", "127.0.0.1", "[::1]", "a:b:c"]),
        "Upgrade": st.sampled_from(["websocket", "h2c"]),
        "Sec-WebSocket-Version": st.sampled_from(["13", "0", "x"]),
        "Sec-WebSocket-Key": st.sampled_from(["dGhlIHNhbXBsZSBub25jZQ==", "x"]),
        "Content-Encoding": st.sampled_from(["gzip", "deflate", "br", "x"]),
        "Expect": st.sampled_from(["100-continue", "200-ok"]),
    },
)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Known:
    """Makes requests; every so often with a session of its own, so that what lies behind the door is reached too."""

    def __init__(self, served: Served, runner: asyncio.Runner) -> None:
        self._served, self._runner = served, runner
        self._shown: Pass | None = None
        self._left = 0

    def shown(self) -> Pass:
        """Return what a browser would present."""
        if self._shown is None or self._left == 0:
            self._shown, self._left = self._runner.run(self._enter()), 60
        self._left -= 1
        return self._shown

    async def _enter(self) -> Pass:
        async with Caller(self._served.address) as caller:
            return await caller.enters()

    def asks(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        """Make one request on a connection of its own."""
        line = http.client.HTTPConnection("127.0.0.1", self._served.port, timeout=LONGEST)
        try:
            line.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                line.putheader(name, value.encode("latin-1", "replace"))
            if body is not None:
                line.putheader("Content-Length", str(len(body)))
            line.endheaders(body)
            answer = line.getresponse()
            return Answer(
                status=answer.status, headers=answer.headers, body=b"" if answer.status == 101 else answer.read()
            )
        finally:
            line.close()


@pytest.fixture(scope="module")
def known(served: Served, runner: asyncio.Runner) -> Known:
    return Known(served, runner)


def is_safe(answer: Answer) -> bool:
    """Tell whether an answer tells nothing of the inside, and no browser can be led astray by it."""
    told = answer.body.decode("utf-8", "replace")
    return (
        "Traceback" not in told
        and "/bot/" not in told
        and answer.headers.get("X-Content-Type-Options") == "nosniff"
        and "default-src 'none'" in answer.headers.get("Content-Security-Policy", "")
    )


@_many
@given(method=_methods, path=_paths, body=_bodies, headers=_headers, own=st.booleans())
@example(method="POST", path="/session/ipko", body=b"\xff", headers={"Content-Type": "application/json"}, own=True)
@example(method="GET", path="/static/../../etc/passwd", body=None, headers={}, own=False)
@example(method="GET", path="/static/x/%2e%2e/%2e%2e/frames.py", body=None, headers={}, own=False)
def test_no_request_makes_the_server_fail(
    known: Known, method: str, path: str, body: bytes | None, headers: dict[str, str], *, own: bool
) -> None:
    if own:
        headers = {**headers, **known.shown().headers}
        if body is not None:
            headers["Content-Type"] = "application/json"
    answer = known.asks(method, path, body, headers)
    if answer.status == 503 and path == "/readyz":
        # Where the machine stood still for two seconds that is so.
        assert method == "HEAD" or json.loads(answer.body)["store"] is False
        return
    assert answer.status < 500, (answer.status, answer.body[:300])
    # A request that aiohttp itself cannot read (400) never reaches our own headers.
    assert answer.status in {101, 400} or is_safe(answer), (answer.status, answer.headers.items(), answer.body[:300])


@_some
@given(
    raw=st.binary(max_size=400), start=st.sampled_from([b"", b"GET / HTTP/1.1\r\n", b"POST /session/ipko HTTP/1.1\r\n"])
)
def test_bytes_that_are_no_request_make_nothing_fail(known: Known, served: Served, raw: bytes, start: bytes) -> None:
    del known
    told = served.pours(start + raw + b"\r\n\r\n")
    assert not told.startswith(b"HTTP/1.1 5"), told[:200]
    assert b"Traceback" not in told


# What is sent behind each frame: it does nothing, but its acknowledgement comes after all that the frame brought.
_PROBE = {"type": "choose", "id": "probe", "value": "none"}

# ---- every frame -------------------------------------------------------------------------------------------------

_texts = st.text(max_size=60) | st.sampled_from(
    ["ndalni reklamat", "+38344000101", "123456", "po", "jo", "menyja", "pa kod"]
)
_meant = st.one_of(
    st.builds(lambda text: {"type": "say", "text": text}, _texts),
    st.builds(lambda value: {"type": "choose", "value": value}, st.text(max_size=20)),
    st.builds(lambda at: {"type": "choose", "value": at}, st.integers(0, 8)),  # one of those offered
    st.builds(lambda seq: {"type": "hello", "last_seq": seq}, st.integers(0, 2**54)),
)
_sent = st.one_of(_meant, _meant, _frame, _json, st.text(max_size=200), st.binary(max_size=50))


@_some
@given(sent=st.lists(_sent, min_size=1, max_size=8), first=st.sampled_from(["hello", "none"]))
def test_no_conversation_makes_the_server_fail(
    served: Served, runner: asyncio.Runner, sent: list[Any], first: str
) -> None:
    came, code = runner.run(_talk(served, sent, greets=first == "hello"))
    assert {frame["type"] for frame in came} <= KINDS
    assert {frame["code"] for frame in came if frame["type"] == "error"} <= ERRORS
    assert all(frame["text"] for frame in came if frame["type"] == "error")
    assert code in CLOSINGS


async def _talk(served: Served, sent: list[Any], *, greets: bool) -> tuple[list[Frame], int | None]:
    async with Caller(served.address) as caller, caller.line(await caller.enters()) as line:
        if greets:
            await line.greets()
        for at, frame in enumerate(sent):
            with contextlib.suppress(ConnectionError):
                await line.sends(_filled(line, frame, at))
                await line.sends(_PROBE)
            if not await _reads_to_probe(line):
                break
        await line.socket.close()
        return line.came, line.socket.close_code


async def _reads_to_probe(line: Line) -> bool:
    """Read all that came of a frame; tell whether the connection is still there."""
    while frame := await line.reads():
        if frame["type"] == "ack" and frame["id"] == _PROBE["id"]:
            return True
    return False


def _filled(line: Line, frame: Any, at: int) -> Any:
    """Give a meant frame its id, and an offered value for a number."""
    if not isinstance(frame, dict) or frame.get("type") not in ("say", "choose") or "id" in frame:
        return frame
    if isinstance(frame.get("value"), int):
        offered = [
            item["value"]
            for told in line.came
            for block in told.get("blocks", [])
            if block["type"] == "choices"
            for item in block["items"]
        ]
        frame = {**frame, "value": offered[frame["value"] % len(offered)] if offered else "none"}
    return {**frame, "id": f"f{at}"}


def test_the_server_outlived_all_of_it(served: Served, known: Known) -> None:
    assert served.ready()
    assert known.asks("GET", "/widget/ipko", None, {}).status == 200
