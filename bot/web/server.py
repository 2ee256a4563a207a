"""The server as a whole: its app, what runs beside it (worker, hub), and its stopping; knows no route's meaning."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from bot.answering import translations
from bot.app import Office, open_office
from bot.channels.web import WebTurns
from bot.clock import Clock
from bot.delivery.house import where
from bot.delivery.telegram import undone
from bot.settings import Settings
from bot.web import sms
from bot.web.answer import routes as answers
from bot.web.guard.security import LARGEST_BODY, secure
from bot.web.keys import HOUSE, TALKS, WebHouse
from bot.web.leaving import say_goodbye
from bot.web.outward import worker
from bot.web.pages import routes as pages
from bot.web.parts import STATIC_FOLDERS, Part
from bot.web.ports import bind, metrics, url_of
from bot.web.roles import make_worker_app, odd, serves, works
from bot.web.settings import ServerSettings
from bot.web.telegram.joining import joined, name_bots
from bot.web.watch import health, logs
from bot.web.watch.agreeing import clock_apart
from bot.web.watch.health import STANDING
from bot.web.watch.metrics import Metrics
from bot.web.wire import chat, codes, frames, session, sockets
from bot.web.wire.hub import Hub
from bot.web.wire.talks import Talks

BACKLOG = 1_024  # connections that may wait to be accepted
KEPT_ALIVE = 75.0  # seconds that a connection may wait for its next request
LINGERING = 2.0  # seconds that the rest of a refused body is read, so that its sender sees why
IDLE_LOOK_EACH = 5.0  # seconds
_ROUTES = (session, sockets, chat, pages, answers, sms, health)

Show = Callable[[str, str], None]  # shows an SMS on the screen: a masked number, a text

_log = logging.getLogger(__name__)


def make_house(office: Office, settings: ServerSettings) -> WebHouse:
    """Return the web's tools over an office."""
    _ = translations().gettext
    return WebHouse(
        office=office,
        turns=office.turns(settings.public_url),
        settings=settings,
        hub=Hub(office.store, frames.forgotten(_("The chat has ended and is erased."))),
        metrics=Metrics(),
        translate=_,
    )


def make_app(house: WebHouse, parts: Sequence[Part] = ()) -> web.Application:
    """Return the app with every route, those of ``parts`` too."""
    app = web.Application(middlewares=[logs.log_requests], client_max_size=LARGEST_BODY)
    app[HOUSE] = house
    office = house.office
    app[TALKS] = Talks(
        office.store, office.desk, office.clock,
        turns=WebTurns(house.turns, office.desk), hub=house.hub, limits=house.settings.limits, metrics=house.metrics,
        translate=house.translate,
    )  # fmt: skip
    secure(app)
    app[STATIC_FOLDERS] = tuple(part.static for part in parts if part.static)
    for module in _ROUTES:
        module.add_routes(app)
    for part in parts:
        part.add_routes(app)
    return app


@dataclass(frozen=True, kw_only=True)
class Listening:
    """A server under way: where it listens, where its metrics are, if anywhere."""

    house: WebHouse
    app: web.Application
    url: str
    metrics_url: str | None
    beside: tuple[asyncio.Task[None], ...]

    async def until(self, stop: asyncio.Event) -> None:
        """Return when told to stop. Raises RuntimeError when what runs beside has ended by itself: nothing goes on."""
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({told, *self.beside}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        for task in self.beside:
            if task.done():
                raise RuntimeError(f"{task.get_name()} has ended")


@contextlib.asynccontextmanager
async def listening(
    office: Office,
    settings: ServerSettings,
    show: Show,
    bound: socket.socket | None = None,
    parts: Sequence[Part] = (),
) -> AsyncIterator[Listening]:
    """Serve an office while the context lasts, then stop: turns under way are finished, browsers told to come back.

    ``bound`` is a socket that was bound already. Raises InputError where nothing can listen.
    """
    async with contextlib.AsyncExitStack() as stack:
        bound = bound or bind(settings.host, settings.port, "host, port")
        stack.callback(bound.close)
        settings = settings.at_port(bound.getsockname()[1])
        house = make_house(office, settings)
        beside = await stack.enter_async_context(_beside(house, show))
        app = make_app(house, parts) if serves(settings) else make_worker_app(house)
        bots = await stack.enter_async_context(joined(app))
        metrics_url = await stack.enter_async_context(metrics(house))
        stopping = app[STANDING].stopping
        runner = web.AppRunner(
            app, access_log=None, handle_signals=False, keepalive_timeout=KEPT_ALIVE, lingering_time=LINGERING,
            shutdown_timeout=settings.stop_seconds,
        )  # fmt: skip
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.SockSite(runner, bound, backlog=BACKLOG)
        await site.start()
        if bots:
            bots.listens()
            beside += bots.tasks
        try:
            yield Listening(house=house, app=app, url=url_of(bound), metrics_url=metrics_url, beside=beside)
        finally:
            stopping.set()
            await asyncio.sleep(settings.drain_seconds)  # whoever asks `/readyz` sends nobody here any more
            if bots:
                bots.stop()
            await site.stop()
            if TALKS in app:
                await say_goodbye(app[TALKS], settings.stop_seconds)


async def serve(
    program: Settings,
    settings: ServerSettings,
    *,
    database: Path | None = None,
    clock: Clock | None = None,
    show: Show,
    tell: Callable[[str], None],
    parts: Sequence[Part] = (),
) -> None:
    """Serve until the process is told to stop (SIGTERM, SIGINT); told again, it ends at once.

    ``tell`` shows a sentence to the operator. Raises what ``open_office`` and ``listening`` raise.
    """
    loop = asyncio.get_running_loop()
    logs.watch(loop)
    with contextlib.closing(bind(settings.host, settings.port, "host, port")) as bound:
        async with (
            open_office(at_address(program, settings), database, clock=clock) as office,
            listening(office, settings, show, bound, parts) as server,
        ):
            stop = asyncio.Event()
            stop_on_signals(loop, stop)
            tell(f"Mburoja dëgjon në {server.url}")
            if server.metrics_url:
                tell(f"Matjet janë në {server.metrics_url}")
            if settings.bots:
                tell(name_bots(settings))
            for sentence in odd(settings, office.database):
                tell(sentence)
            if clock is None:  # one that a script moves agrees with none
                for sentence in await clock_apart(office):
                    tell(sentence)
            await server.until(stop)
            tell("Mburoja po ndalet; i mbaron bisedat nën dorë.")
    tell("Mburoja u ndal.")


def at_address(program: Settings, settings: ServerSettings) -> Settings:
    """Return the program's settings with the server's address, where one was given: letters lead there."""
    given = "public_url" in settings.model_fields_set
    return replace(program, public_url=settings.public_url) if given else program


def stop_on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Set ``stop`` at the first signal that asks for the end; the second one ends the process as it usually does."""

    def told() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told)


@contextlib.asynccontextmanager
async def _beside(house: WebHouse, show: Show) -> AsyncIterator[tuple[asyncio.Task[None], ...]]:
    """Let go on beside the app what belongs to the role: jobs are done, listeners told; end that in good order."""
    stop, office, settings = asyncio.Event(), house.office, house.settings
    going_on: dict[str, Coroutine[None, None, None]] = {}
    async with contextlib.AsyncExitStack() as stack:
        if works(settings):
            more = {} if settings.bots else undone.HANDLERS
            working = await stack.enter_async_context(worker(office, settings, show, more, house.metrics))
            going_on["worker"] = working.run(stop)
        else:
            going_on["own house"] = office.own_house().run_own(stop)
        if serves(settings):
            going_on |= {"hub": house.hub.run(stop), "idle": _end_idle(house, stop)}
        tasks = tuple(asyncio.create_task(each, name=name) for name, each in going_on.items())
        try:
            yield tasks
        finally:
            stop.set()
            for listened_to in tasks[1:]:
                listened_to.cancel()  # nobody listens any more; the worker finishes its jobs
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    _log.error("what ran beside had failed: %s", where(ended))


async def _end_idle(house: WebHouse, stop: asyncio.Event) -> None:
    loop, longest = asyncio.get_running_loop(), house.settings.idle_seconds
    while not stop.is_set():
        house.hub.end_idle(loop.time() - longest, codes.IDLE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), min(IDLE_LOOK_EACH, longest))
