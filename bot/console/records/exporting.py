"""One case as a sealed file for the supervisory authority: a page that explains it, and the file; knows no chain."""

import asyncio
import datetime as dt
from functools import partial
from typing import Any

from aiohttp import web

from bot.app import Office
from bot.console import acting, pages, tables, words
from bot.console.door import FORM, Visit
from bot.console.records.details import person
from bot.console.records.verifying import verdict_now
from bot.errors import NotAllowedError
from bot.services.casework import answer_files, case_file
from bot.services.casework.cases import Stored
from bot.services.desk import OFFICE, Place
from bot.services.records import audit, case_export
from bot.services.records.audit import Act, Verdict
from bot.services.records.case_export import Gathered
from bot.services.records.references import read_reference
from bot.services.records.sealed_file import PURPOSE, public_key
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_PAGE, _FILE = "records/export.html", "records/case_file.html"
_SEALING = 3.0  # seconds that the sealer is waited for: only what is sealed can be proven
_LOOK_EACH = 0.25


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Say what the file holds and what it proves."""
    return await _page(request, visit, await _case(request, visit))


async def export(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Return the file, as the case stands now; that it was made is logged before."""
    stored = await _case(request, visit)
    office, with_files = visit.house.office, request[FORM].has("files")
    place = Place(conversation="", channel=OFFICE, now=office.clock.now())
    details: dict[str, str | int] = {"who": visit.who, "files": int(with_files)}
    await office.store.transact(lambda tx: case_file.log(tx, office.desk, place, Act.CASE_EXPORTED, stored, details))
    await _until_sealed(office)
    verdict = await verdict_now(office)
    try:
        gathered = await office.store.read(
            lambda tx: case_export.gather(
                tx, office.desk, office.clock.now(), stored.reference, visit.who, with_files=with_files
            )
        )
    except NotAllowedError as error:
        return await _page(request, visit, stored, acting.refusal(error))
    made = await asyncio.to_thread(_made, request, office, gathered, verdict)
    return tables.attachment(gathered.name, made, "application/zip")


def _made(request: web.Request, office: Office, gathered: Gathered, verdict: Verdict) -> bytes:
    html = pages.fragment(
        request, _FILE, gathered=gathered, case=gathered.case, verdict=verdict, words=words, person=person,
        written=_written, written_day=_written_day,
    )  # fmt: skip
    return case_export.sealed(office.desk.vault, gathered, html.encode("utf-8", "replace"), verdict)


def _written(time: str) -> str:
    """Return a time of the data (ISO 8601) as people write it; empty for none."""
    return pages.when(int(dt.datetime.fromisoformat(time).timestamp() * 1000)) if time else ""


def _written_day(date: str) -> str:
    return pages.day(dt.date.fromisoformat(date)) if date else ""


async def _page(request: web.Request, visit: Visit, stored: Stored, refused: str = "") -> web.StreamResponse:
    office = visit.house.office
    files = await office.store.read(lambda tx: answer_files.kept(tx, office.desk, stored.reference))
    told: dict[str, Any] = {
        "stored": stored, "files": files, "refused": refused,
        "key": public_key(office.desk.vault.signing_key(PURPOSE)),
    }  # fmt: skip
    return pages.render(request, visit, _PAGE, place="queue", status=409 if refused else 200, **told)


async def _case(request: web.Request, visit: Visit) -> Stored:
    """Return the case that is asked for. Raises HTTPNotFound, HTTPForbidden."""
    office = visit.house.office
    reference = read_reference(request.match_info["reference"])
    stored = await office.store.read(partial(_load, office, reference or ""))
    if stored is None:
        raise web.HTTPNotFound
    visit.must(Permission.AUDIT, stored.company)
    return stored


def _load(office: Office, reference: str, tx: Tx) -> Stored | None:
    return case_file.load(tx, office.desk, reference)


async def _until_sealed(office: Office) -> None:
    """Wait a little for the sealer, which comes each second where a worker runs."""
    for _ in range(int(_SEALING / _LOOK_EACH)):
        if not await office.store.read(audit.has_unsealed):
            return
        await asyncio.sleep(_LOOK_EACH)
