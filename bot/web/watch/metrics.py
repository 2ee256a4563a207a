"""What is counted, for Prometheus: numbers by closed sets of names only, no ids and no addresses (R32)."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.clock import SECOND
from bot.services.standing import Standing

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
        self._overdue = Gauge(
            "mburoja_jobs_overdue_seconds", "How long the longest due job has waited for somebody", registry=registry
        )
        self._unsealed = Gauge(
            "mburoja_audit_unsealed_seconds", "How long the oldest entry of the audit has waited to be sealed",
            registry=registry,
        )  # fmt: skip
        self._ahead = Gauge(
            "mburoja_clock_ahead_seconds", "How far this process's clock is ahead of the database's", registry=registry
        )
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
        self._sms = Counter(
            "mburoja_sms", "Messages given to SMS gateways, by what came of them", ["gateway", "outcome"],
            registry=registry,
        )  # fmt: skip
        self._sms_up = Gauge("mburoja_sms_gateway_up", "Whether an SMS gateway is well", ["gateway"], registry=registry)
        self._sms_receipts = Counter(
            "mburoja_sms_receipts", "Receipts of SMS gateways, by what they say", ["gateway", "state"],
            registry=registry,
        )  # fmt: skip

        self._directory = Counter(
            "mburoja_directory", "Look-ups in companies' own directories, by what came of them",
            ["company", "outcome"], registry=registry,
        )  # fmt: skip
        self._directory_up = Gauge(
            "mburoja_directory_up", "Whether a company's own directory answers", ["company"], registry=registry
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

    def sms(self, gateway: str, outcome: str) -> None:
        """Count what came of giving a message to a gateway; ``gateway`` is a name in the settings."""
        self._sms.labels(gateway, outcome).inc()

    def sms_up(self, gateway: str, *, up: bool) -> None:
        """Take whether a gateway is well."""
        self._sms_up.labels(gateway).set(up)

    def sms_receipt(self, gateway: str, state: str) -> None:
        """Count a receipt; ``state`` is of a closed set."""
        self._sms_receipts.labels(gateway, state).inc()

    def directory(self, company: str, outcome: str) -> None:
        """Count what came of looking somebody up; ``outcome`` is of a closed set."""
        self._directory.labels(company, outcome).inc()

    def directory_up(self, company: str, *, up: bool) -> None:
        """Take whether a company's own directory answers."""
        self._directory_up.labels(company).set(up)

    def stands(self, *, waiting: int, stood: Standing | None = None) -> None:
        """Take what stands now: turns that wait, and what the database tells (None: it did not)."""
        self._waiting.set(waiting)
        unknown = float("nan")
        self._jobs.labels("ready").set(stood.ready if stood else unknown)
        self._jobs.labels("dead").set(stood.dead if stood else unknown)
        self._overdue.set(stood.overdue / SECOND if stood else unknown)
        self._unsealed.set(stood.unsealed / SECOND if stood else unknown)
        self._ahead.set(stood.ahead / SECOND if stood else unknown)

    def text(self) -> bytes:
        """Return all of it as Prometheus reads it (text format 0.0.4)."""
        return generate_latest(self._registry)


def _close_code(code: int | None) -> str:
    """A code is what the other side writes, too: those that no document names are one."""
    if code is None:
        return "none"
    known = 1000 <= code <= 1015 or code in {4000, 4001, 4003, 4008, 4009, 4029, 4401}
    return str(code) if known else "other"
