"""Requests at the console's server for tests of its pages: entered by letter, or written in the widget."""

import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.dialogue.effects import Escalation
from bot.policy.actions import Action
from bot.services import conversations
from bot.services.casework import case_file, escalations
from bot.services.casework.cases import Entry
from bot.services.desk import OFFICE, Place
from bot.services.office import backoffice_record, notices
from bot.services.office.backoffice_record import Incoming, Way
from bot.services.staff import accounts
from bot.services.staff.roles import Role
from bot.storage.store import Tx
from tests.tools.console import Caller, account, caller
from tests.tools.site import Site

ADDRESS = "filan@shembull.example"
DAY = dt.date(2026, 3, 2)


def office(site: Site) -> Place:
    """Where the back office acts from, now."""
    return Place(conversation="", channel=OFFICE, now=site.office.clock.now())


async def letter(site: Site, action: Action = Action.DSAR_ACCESS, **more: Any) -> str:
    """Enter a letter at IPKO and return its reference; ``more`` are parts of ``Incoming``."""
    told: dict[str, Any] = {
        "company": "ipko", "way": Way.EMAIL, "on": DAY, "words": "Ju lutem, më përgjigjuni.", "reply_to": ADDRESS,
    }  # fmt: skip
    incoming = Incoming(action=action, **(told | more))
    return await site.office.store.transact(
        lambda tx: backoffice_record.record(tx, site.office.desk, office(site), "arta", incoming)
    )


async def escalation(site: Site, kind: Escalation = Escalation.HAND_OFF, company: str | None = "ipko") -> str:
    """Put something before a person and return its number."""
    place = Place(conversation="c1", channel="web", now=site.office.clock.now())
    return await site.office.store.transact(
        lambda tx: escalations.open_escalation(tx, site.office.desk, place, kind, company, "Dua të flas me njeri.")
    )


async def bring(site: Site, reference: str) -> None:
    """Bring every notice of a case, to the address too."""

    def work(tx: Tx) -> None:
        desk, now = site.office.desk, site.office.clock.now()
        for notice in notices.of_case(tx, desk, reference):
            if notice.delivered_at is None:
                notices.delivered(tx, desk, now, notice.id, notices.deliver(tx, desk, now, notice.id))

    await site.change(work)


async def read(site: Site, work: Callable[[Tx], Any]) -> Any:
    """Look into the database."""
    return await site.office.store.read(work)


async def line(site: Site, reference: str) -> list[Entry]:
    """Return a case's time line."""
    entries: tuple[Entry, ...] = await read(site, lambda tx: case_file.time_line(tx, site.office.desk, reference))
    return list(entries)


async def audited(site: Site) -> list[str]:
    """Return the bodies of all that was logged, each once: what is being sealed meanwhile moves between two looks."""

    def work(tx: Tx) -> list[str]:
        rows = [*tx.all("audit.page", after=-1, most=10_000), *tx.all("audit.unsealed", most=10_000)]
        return [row["body"] for row in rows]

    found: list[str] = await read(site, work)
    return found


async def logged(site: Site, reference: str) -> list[tuple[str, str]]:
    """Return the acts logged under a reference, and who did them."""

    bodies = sorted((json.loads(body) for body in await audited(site)), key=lambda body: int(body["at"]))
    return [(b["act"], b["details"].get("who", "")) for b in bodies if b["reference"] == reference]


async def talk(site: Site, address: str) -> str:
    """Open a conversation of the widget; returns its id."""
    now = site.office.clock.now()
    return await site.office.store.transact(
        lambda tx: conversations.take(tx, site.office.desk, now, "web", address).id
    )  # fmt: skip


@contextlib.asynccontextmanager
async def at_desk(site: Site, login: str, **roles: Role) -> AsyncIterator[Caller]:
    """A browser of somebody's account; it is made the first time, with ``roles`` by company."""
    found = await site.office.store.read(lambda tx: accounts.by_login(tx, site.office.desk, login))
    async with caller(site, found or await account(site, login, **roles)) as who:
        yield who
