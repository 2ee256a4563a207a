"""What a process of the server does by its role: serves people (`web`), does what waits (`worker`), or both (`all`).

What belongs to one role only does not begin in the other; any number of processes of any role share a database.
"""

from collections.abc import Iterator

from aiohttp import web

from bot.settings import Database, PostgresUrl
from bot.web.guard.security import LARGEST_BODY, secure
from bot.web.keys import HOUSE, WebHouse
from bot.web.settings import ServerSettings
from bot.web.watch import health, logs
from bot.web.watch.scraping import Scraper


def serves(settings: ServerSettings) -> bool:
    """Tell whether people are served: pages, the chat, the console, the API, Telegram's webhooks."""
    return settings.role != "worker"


def works(settings: ServerSettings) -> bool:
    """Tell whether what waits is done: the outbox, the house, Telegram's polling and sending."""
    return settings.role != "web"


def takes_updates(settings: ServerSettings) -> bool:
    """Tell whether Telegram's updates come in here: posted to who serves, asked for by who works."""
    return serves(settings) if settings.telegram_mode == "webhook" else works(settings)


def odd(settings: ServerSettings, database: Database) -> Iterator[str]:
    """Give a sentence for each choice of a role that is allowed and may still be a slip."""
    on_server = isinstance(database, PostgresUrl)
    if settings.role == "web":
        yield (
            "Kujdes: ky proces shërben vetëm faqet (role = web). Kodet, njoftimet dhe vulosja presin derisa të niset "
            "edhe një «mburoja serve --role worker»" + (" mbi të njëjtën bazë." if on_server else ".")
        )
    if settings.role != "all" and not on_server:
        yield (
            f"Kujdes: {database} është skedar i SQLite-s. Proceset që e ndajnë duhet të jenë në këtë makinë; për disa "
            "makina duhet PostgreSQL (MBUROJA_DATABASE_URL)."
        )


def make_worker_app(house: WebHouse) -> web.Application:
    """Return the app of a process that serves nobody: how it is, and its metrics; no page."""
    app = web.Application(middlewares=[logs.log_requests], client_max_size=LARGEST_BODY)
    app[HOUSE] = house
    secure(app)
    health.add_routes(app)
    store = house.office.store
    app.router.add_get("/metrics", Scraper(house.metrics, store, house.office.clock, lambda: store.waiting).answer)
    return app
