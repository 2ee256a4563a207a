"""Reads what a form of the console sends, bounded in bytes, parts and time; knows no page.

Texts come url-encoded; where files may come too, as multipart. Nothing is written to disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from bot.services.casework.answer_files import Attachment

LARGEST_TEXT = 64 * 1024  # bytes, all texts of a form together
MOST_FIELDS = 200
_MOST_FILES = 20
_ROOM = 16 * 1024  # bytes for what stands between the parts
SECONDS = 60.0  # for a whole form, files too

_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_BINARY = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Form:
    """What was sent: texts by name, in order, and files."""

    fields: Mapping[str, Sequence[str]]
    files: Sequence[Attachment] = ()

    def text(self, name: str) -> str:
        """Return a field's text, trimmed, with line ends as ``\\n``; empty where there is none."""
        return next(iter(self.texts(name)), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return every text of a field that stands several times."""
        return tuple(text.replace("\r\n", "\n").replace("\0", "").strip() for text in self.fields.get(name, ()))

    def has(self, name: str) -> bool:
        """Tell whether a box was ticked, or a button pressed."""
        return name in self.fields


NOTHING = Form(fields={})


async def read(request: web.Request, file_bytes: int = 0) -> Form:
    """Return a form. ``file_bytes`` is what its files may have together; 0: it has none.

    Raises HTTPUnsupportedMediaType, HTTPRequestEntityTooLarge, HTTPBadRequest, HTTPRequestTimeout.
    """
    return await _read(request, file_bytes, _bounded)


async def read_texts(request: web.Request, file_bytes: int = 0) -> Form:
    """Return a form whose files are read past: they have their names, and no content. Raises what ``read`` raises."""
    return await _read(request, file_bytes, _past)


_Content = Callable[[BodyPartReader, int], Awaitable[tuple[int, bytes]]]


async def _read(request: web.Request, file_bytes: int, content: _Content) -> Form:
    largest = LARGEST_TEXT + (file_bytes + _ROOM if file_bytes else 0)
    if (request.content_length or 0) > largest:
        raise web.HTTPRequestEntityTooLarge(largest)
    if hdrs.CONTENT_ENCODING in request.headers:
        raise web.HTTPUnsupportedMediaType
    try:
        async with asyncio.timeout(SECONDS):
            match request.content_type:
                case kind if kind == _URLENCODED:
                    return _decoded(await _all(request))
                case kind if kind == _MULTIPART and file_bytes:
                    return await _parts(request, file_bytes, content)
                case _ if not request.can_read_body:
                    return NOTHING
                case _:
                    raise web.HTTPUnsupportedMediaType
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError, ValueError, UnicodeError):
        raise web.HTTPBadRequest from None


async def _all(request: web.Request) -> bytes:
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > LARGEST_TEXT:
            raise web.HTTPRequestEntityTooLarge(LARGEST_TEXT)
    return bytes(read)


def _decoded(raw: bytes) -> Form:
    pairs = parse_qsl(
        raw.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=MOST_FIELDS
    )
    return _form(pairs, ())


async def _parts(request: web.Request, file_bytes: int, content_of: _Content) -> Form:
    pairs: list[tuple[str, str]] = []
    files: list[Attachment] = []
    texts_left, files_left = LARGEST_TEXT, file_bytes
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None or len(pairs) >= MOST_FIELDS:
            raise web.HTTPBadRequest
        if part.filename is None:
            size, content = await _bounded(part, texts_left)
            texts_left -= size
            pairs.append((part.name, content.decode("utf-8")))
            continue
        size, content = await content_of(part, files_left)
        files_left -= size
        if part.filename or size:  # a field of files that nothing was chosen in sends one without either
            kind = part.headers.get(hdrs.CONTENT_TYPE, _BINARY).partition(";")[0].strip()
            files.append(Attachment(name=part.filename, media_type=kind, content=content))
        if len(files) > _MOST_FILES:
            raise web.HTTPBadRequest
    return _form(pairs, files)


async def _bounded(part: BodyPartReader, largest: int) -> tuple[int, bytes]:
    """Return how many bytes a part has, and them."""
    read = bytearray()
    while piece := await part.read_chunk():
        read += piece
        if len(read) > largest:
            raise web.HTTPRequestEntityTooLarge(largest)
    return len(read), bytes(read)


async def _past(part: BodyPartReader, largest: int) -> tuple[int, bytes]:
    """Return how many bytes a part has, and none of them."""
    size = 0
    while piece := await part.read_chunk():
        size += len(piece)
        if size > largest:
            raise web.HTTPRequestEntityTooLarge(largest)
    return size, b""


def _form(pairs: Sequence[tuple[str, str]], files: Sequence[Attachment]) -> Form:
    fields: dict[str, list[str]] = {}
    for name, text in pairs:
        fields.setdefault(name, []).append(text)
    return Form(fields=fields, files=tuple(files))
