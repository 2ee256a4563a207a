"""The page of a one-time link and its three steps over HTTP (R43): open, prove by a fresh code, download.

Token and grant come in JSON bodies only, never in an address. What may be released is decided by ``answer_release``.
"""

from http import HTTPStatus
from typing import Annotated, TypeVar

import msgspec
from aiohttp import hdrs, web

from bot.clock import SECOND
from bot.crypto import same
from bot.dialogue.events import CodeDead, CodeRefused, CodeUnderWay, CodeWrong
from bot.services.casework import answer_files, answer_release
from bot.services.casework.answer_files import AnswerFile
from bot.services.casework.answer_links import Link
from bot.services.casework.answer_release import Granted, NoLink, Withheld
from bot.storage.store import Tx
from bot.web.answer import words
from bot.web.answer.names import disposition, media_type, safe_name
from bot.web.keys import HOUSE, WebHouse
from bot.web.pages.rendering import prepare, render

T = TypeVar("T")
CSRF = "X-CSRF-Token"

_Secret = Annotated[str, msgspec.Meta(max_length=128)]


class WithToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Opening a link, and asking for a code."""

    token: _Secret


class WithCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Trying a code."""

    token: _Secret
    code: Annotated[str, msgspec.Meta(max_length=400)]


class WithGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Downloading a file, named by its place in the answer (from 1)."""

    token: _Secret
    grant: _Secret
    file: Annotated[int, msgspec.Meta(ge=1, le=answer_files.MOST_FILES)]


_token = msgspec.json.Decoder(WithToken)
_code = msgspec.json.Decoder(WithCode)
_grant = msgspec.json.Decoder(WithGrant)


def add_routes(app: web.Application) -> None:
    """Add the page and what its script calls."""
    prepare(app)
    app.router.add_get("/answer", page)
    app.router.add_post("/api/answer/open", open_link)
    app.router.add_post("/api/answer/send", send_code)
    app.router.add_post("/api/answer/code", try_code)
    app.router.add_post("/api/answer/file", download)


async def page(request: web.Request) -> web.Response:
    """Return the page; it is the same for everybody, for the token stands in the fragment."""
    _ = request.app[HOUSE].translate
    told = {"words": words.page_words(_), "noLink": words.no_link(_)}
    response = render(request, "answer.html", told=told)
    response.headers[hdrs.CACHE_CONTROL] = "no-store"
    return response


async def open_link(request: web.Request) -> web.Response:
    """Tell what a link is for, with the token for the changes to come (R23)."""
    order = await _read(request, _token)
    house = request.app[HOUSE]
    office, now = house.office, house.office.clock.now()
    opened = await office.store.read(lambda tx: answer_release.open_link(tx, office.desk, now, order.token))
    if isinstance(opened, NoLink):
        raise _no_link(house)
    company = office.desk.companies[opened.company]
    return web.json_response({
        "company": company.name,
        "contact": company.contact,
        "reference": opened.reference,
        "expires": words.stamp(opened.expires_at),
        "csrf": _csrf(house, order.token),
    })  # fmt: skip


async def send_code(request: web.Request) -> web.Response:
    """Have a fresh code sent to the number on file."""
    order = await _read(request, _token)
    house = request.app[HOUSE]
    _must_be_ours(request, house, order.token)
    office, now = house.office, house.office.clock.now()

    def send(tx: Tx) -> tuple[CodeUnderWay | CodeRefused | Withheld | NoLink, str]:
        opened = answer_release.open_link(tx, office.desk, now, order.token)
        company = "" if isinstance(opened, NoLink) else opened.company
        return answer_release.send_code(tx, office.desk, now, order.token), company

    sent, company = await office.store.transact(send)
    match sent:
        case CodeUnderWay():
            return web.json_response({
                "seconds": _seconds(sent.expires_at - now),
                "resend_seconds": _seconds(sent.resend_at - now),
                "tries": office.desk.limits.code_attempts,
                "trouble": office.trouble.holds_at(company),
            })  # fmt: skip
        case _:
            raise await _otherwise(house, order.token, sent, now)


async def try_code(request: web.Request) -> web.Response:
    """Try a code; a right one gives the grant and the list of files."""
    order = await _read(request, _code)
    house = request.app[HOUSE]
    _must_be_ours(request, house, order.token)
    office, now = house.office, house.office.clock.now()
    tried = await office.store.transact(
        lambda tx: answer_release.try_code(tx, office.desk, now, order.token, order.code)
    )
    match tried:
        case Granted():
            return web.json_response({
                "grant": tried.grant,
                "seconds": _seconds(tried.until - now),
                "files": [_listed(file) for file in tried.files],
            })  # fmt: skip
        case CodeWrong(counted=False):
            raise _told(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong", words.unreadable(house.translate), tries=tried.left)
        case CodeWrong(left=0) | CodeDead():
            raise _told(HTTPStatus.GONE, "dead", words.dead(house.translate))
        case CodeWrong():
            raise _told(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong", words.wrong(house.translate), tries=tried.left)
        case _:
            raise await _otherwise(house, order.token, tried, now)


async def download(request: web.Request) -> web.StreamResponse:
    """Send a file part by part; once the whole body was written, the link knows it."""
    order = await _read(request, _grant)
    house = request.app[HOUSE]
    _must_be_ours(request, house, order.token)
    office, now = house.office, house.office.clock.now()
    found = await office.store.read(
        lambda tx: answer_release.granted_file(tx, office.desk, now, order.token, order.grant, order.file)
    )
    if found is None:
        raise _told(HTTPStatus.FORBIDDEN, "no_grant", words.no_grant(house.translate))
    link, file = found
    response = await _stream(request, house, link, file)
    now = office.clock.now()
    await office.store.transact(lambda tx: answer_release.fetched(tx, office.desk, now, link, file.position))
    return response


async def _stream(request: web.Request, house: WebHouse, link: Link, file: AnswerFile) -> web.StreamResponse:
    """Send a file; never more than a part of it is in memory. Raises ConnectionError when nobody takes it any more."""
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: media_type(file.media_type),
            hdrs.CONTENT_DISPOSITION: disposition(file.name),
            hdrs.CONTENT_LENGTH: str(file.size),
            hdrs.CACHE_CONTROL: "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    await response.prepare(request)
    for number in range(1, file.parts + 1):
        content = await _part(house, link, file, number)
        if content is None:
            if request.transport is not None:
                request.transport.abort()  # what was begun must not look whole
            raise ConnectionError("the file was erased while it was sent")
        await response.write(content)
    await response.write_eof()
    return response


async def _part(house: WebHouse, link: Link, file: AnswerFile, number: int) -> bytes | None:
    office = house.office
    return await office.store.read(
        lambda tx: answer_files.part(tx, office.desk, link.reference, file.position, number)
    )  # fmt: skip


def _listed(file: AnswerFile) -> dict[str, str | int]:
    return {"file": file.position, "name": safe_name(file.name), "bytes": file.size}


# ---- the request ------------------------------------------------------------------------------------------------


async def _read(request: web.Request, decoder: msgspec.json.Decoder[T]) -> T:
    """Read a body. Raises HTTPBadRequest."""
    try:
        return decoder.decode(await request.read())
    except msgspec.MsgspecError:
        raise web.HTTPBadRequest from None


def _must_be_ours(request: web.Request, house: WebHouse, token: str) -> None:
    """Refuse a change that does not come from the page that opened the link (R23). Raises HTTPForbidden."""
    if not same(request.headers.get(CSRF, ""), _csrf(house, token)):
        raise web.HTTPForbidden


def _csrf(house: WebHouse, token: str) -> str:
    return house.office.desk.vault.sign("answer_csrf", token.encode("utf-8", "surrogatepass"))


# ---- what went otherwise ----------------------------------------------------------------------------------------


def _no_link(house: WebHouse) -> "_Told":
    return _told(HTTPStatus.NOT_FOUND, "no_link", words.no_link(house.translate))


async def _otherwise(house: WebHouse, token: str, what: NoLink | Withheld | CodeRefused, now: int) -> "_Told":
    """Return why no code was sent or tried."""
    match what:
        case NoLink():
            return _no_link(house)
        case Withheld():
            contact = house.office.desk.companies[what.company].contact
            return _told(HTTPStatus.FORBIDDEN, "withheld", words.withheld(house.translate, contact))
        case CodeRefused():
            return await _refused(house, token, what, now)


async def _refused(house: WebHouse, token: str, refused: CodeRefused, now: int) -> "_Told":
    office = house.office
    opened = await office.store.read(lambda tx: answer_release.open_link(tx, office.desk, now, token))
    if isinstance(opened, NoLink):
        return _no_link(house)
    contact = office.desk.companies[opened.company].contact
    text = words.refused(house.translate, refused.why, refused.until, contact)
    return _told(HTTPStatus.TOO_MANY_REQUESTS, refused.why.value, text, retry_seconds=_seconds(refused.until - now))


def _told(status: HTTPStatus, code: str, text: str, **more: int) -> "_Told":
    """Return what went otherwise, as the script reads it: a code for it, a text for the person."""
    return _Told(status, msgspec.json.encode({"error": {"code": code, "text": text, **more}}))


class _Told(web.HTTPException):
    """An answer that is no success, written here."""

    def __init__(self, status: HTTPStatus, body: bytes) -> None:
        self.status_code = status.value
        super().__init__(text=body.decode(), content_type="application/json")


def _seconds(ms: int) -> int:
    return max(0, -(-ms // SECOND))
