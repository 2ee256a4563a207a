"""What is counted, for Prometheus: numbers by closed sets of names only, no ids and no addresses (R32)."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one process. ``route`` is always a route's template, never a path."""

    def __init__(self) -> None:
        """Begin at nought."""
        self._registry = registry = CollectorRegistry()
        self._turns = Counter(
            "mburoja_turns",
            "Turns taken, by channel and by what came of them",
            ["channel", "outcome"],
            registry=registry,
        )
        self._turn_seconds = Histogram(
            "mburoja_turn_seconds", "From a message's arrival to its commit", ["channel"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._waiting = Gauge("mburoja_turns_waiting", "Turns that wait to be written", registry=registry)
        self._sockets = Gauge("mburoja_sockets_open", "WebSockets open now", registry=registry)
        self._closed = Counter("mburoja_sockets_closed", "WebSockets closed, by code", ["code"], registry=registry)
        self._refused = Counter(
            "mburoja_frames_refused", "Frames refused, by the error's code", ["code"], registry=registry
        )
        self._jobs = Gauge("mburoja_jobs", "Jobs of the outbox: ready, dead (given up)", ["state"], registry=registry)
        self._requests = Counter(
            "mburoja_http_requests", "Requests answered", ["method", "route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "mburoja_http_request_seconds", "Seconds to answer a request, but for those that last", ["route"],
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip

        self._updates = Counter(
            "mburoja_telegram_updates", "Updates of Telegram, by what came of them", ["bot", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._calls = Counter(
            "mburoja_telegram_calls", "Calls of the outbox to Telegram, by what came of them", ["bot", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._updates_waiting = Gauge(
            "mburoja_telegram_waiting", "Updates that are kept and wait to be answered", registry=registry
        )
        self._bots = Gauge(
            "mburoja_telegram_ready", "Whether a bot is set up with Telegram", ["bot"], registry=registry
        )

    def turn(self, channel: str, outcome: str, seconds: float) -> None:
        """Count a turn: ``outcome`` is a word of a closed set ("taken", "repeated", "busy" …)."""
        self._turns.labels(channel, outcome).inc()
        self._turn_seconds.labels(channel).observe(seconds)

    def socket_opened(self) -> None:
        """Count a socket in."""
        self._sockets.inc()

    def socket_closed(self, code: int | None) -> None:
        """Count a socket out; ``code`` is what it was closed with, None where it broke off."""
        self._sockets.dec()
        self._closed.labels(_close_code(code)).inc()

    def refused(self, code: str) -> None:
        """Count a frame that was refused; ``code`` is that of the error frame."""
        self._refused.labels(code).inc()

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count a request; ``method`` and ``route`` are of closed sets, never what the client wrote.

        ``seconds`` is None where the answer lasts as long as somebody listens.
        """
        self._requests.labels(method, route, str(status)).inc()
        if seconds is not None:
            self._request_seconds.labels(route).observe(seconds)

    def telegram_update(self, outcome: str, bot: str) -> None:
        """Count what came of an update; ``outcome`` is of a closed set, ``bot`` a name in the settings."""
        self._updates.labels(bot, outcome).inc()

    def telegram_call(self, outcome: str, bot: str) -> None:
        """Count a call of the outbox; ``outcome`` is of a closed set, ``bot`` a name in the settings."""
        self._calls.labels(bot, outcome).inc()

    def telegram_ready(self, bot: str, *, ready: bool) -> None:
        """Take whether a bot (its name in the settings) is set up."""
        self._bots.labels(bot).set(ready)

    def telegram_waits(self, waiting: Callable[[], int]) -> None:
        """Take what tells at each scrape how many updates wait."""
        self._updates_waiting.set_function(waiting)

    def stands(self, *, waiting: int, ready: int | None = None, dead: int | None = None) -> None:
        """Take what stands now: turns that wait, and jobs, which the database tells (None: it did not)."""
        self._waiting.set(waiting)
        for state, count in (("ready", ready), ("dead", dead)):
            self._jobs.labels(state).set(float("nan") if count is None else count)

    def text(self) -> bytes:
        """Return all of it as Prometheus reads it (text format 0.0.4)."""
        return generate_latest(self._registry)


def _close_code(code: int | None) -> str:
    """A code is what the other side writes, too: those that no document names are one."""
    if code is None:
        return "none"
    known = 1000 <= code <= 1015 or code in {4000, 4001, 4003, 4008, 4009, 4029, 4401}
    return str(code) if known else "other"
