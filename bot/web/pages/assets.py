"""The static files, read once into memory, each with its gzip and ETag; knows no page and no company.

They are served under one digest of all of them together: a changed file changes every address, so each answer may be
kept for ever, and modules that import one another by relative paths are always of one build.
"""

import gzip
import hashlib
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import hdrs, web

from bot.web.pages.scripts import without_comments
from bot.web.parts import STATIC_FOLDERS

STATIC = Path(__file__).parents[1] / "static"
_LEVEL = 9
_IMPORT = re.compile(r"""^(?:import|export)\b[^"';(]*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_REFUSED = re.compile(r"q=0(\.0*)?")
_PACKED_ALREADY = {".png", ".woff2"}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A body that is sent as it is; ``packed`` is its gzip, where that is smaller. Made by ``asset``."""

    body: bytes
    packed: bytes | None
    kind: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Assets:
    """All static files by their path below ``static/``, and one digest over all (hex)."""

    digest: str
    files: Mapping[str, Asset] = field(repr=False)

    def url(self, path: str) -> str:
        """Return the address of a file. Raises LookupError when there is no such file."""
        if path not in self.files:
            raise LookupError(f"there is no static file {path!r}")
        return f"/static/{self.digest}/{path}"

    def modules(self, path: str) -> list[str]:
        """Return the addresses of all modules that a module imports, and those that they import, by name.

        A page names them so that they come at once: found one by one, each costs another way to the server and back.
        """
        found: set[str] = set()
        waiting = [path]
        while waiting:
            at = waiting.pop()
            for reference in _IMPORT.findall(self.files[at].body.decode()):
                name = posixpath.normpath(posixpath.join(posixpath.dirname(at), reference))
                if name not in found:
                    found.add(name)
                    waiting.append(name)
        return [self.url(name) for name in sorted(found)]


ASSETS = web.AppKey("assets", Assets)


def asset(body: bytes, suffix: str) -> Asset:
    """Return what is served for a body; ``suffix`` (".js") tells its type."""
    packed = None if suffix in _PACKED_ALREADY else gzip.compress(body, _LEVEL, mtime=0)
    return Asset(
        body=body,
        packed=packed if packed and len(packed) < len(body) else None,
        kind=_TYPES[suffix],
        digest=hashlib.sha256(body).hexdigest()[:24],
    )


def read_assets(*folders: Path) -> Assets:
    """Read every file below the folders whose type is known; hidden files and notes beside them are left out.

    Without a folder, those of ``bot/web/static``. Raises ValueError when two files have one address.
    """
    files: dict[str, Asset] = {}
    for folder in folders or (STATIC,):
        paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in _TYPES)
        for path in paths:
            name = path.relative_to(folder).as_posix()
            if name in files:
                raise ValueError(f"two static files are called {name}")
            if not path.name.startswith("."):
                files[name] = asset(_sent(path), path.suffix)
    total = hashlib.sha256()
    for name, file in files.items():
        total.update(f"{name}\0{file.digest}\0".encode())
    return Assets(digest=total.hexdigest()[:16], files=files)


def _sent(path: Path) -> bytes:
    body = path.read_bytes()
    return without_comments(body) if path.suffix == ".js" else body


def send(request: web.Request, sent: Asset, headers: Mapping[str, str]) -> web.Response:
    """Answer with a body, packed where the client takes that, or with 304 where it has it already.

    ``headers`` must name how long it may be kept (Cache-Control).
    """
    pack = sent.packed is not None and accepts_gzip(request)
    tag = f"{sent.digest}-gz" if pack else sent.digest
    told = {**headers, hdrs.ETAG: f'"{tag}"', hdrs.VARY: hdrs.ACCEPT_ENCODING, "X-Content-Type-Options": "nosniff"}
    if any(known.value in (tag, "*") for known in request.if_none_match or ()):
        return web.Response(status=304, headers=told)
    told[hdrs.CONTENT_TYPE] = sent.kind
    if pack:
        told[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=sent.packed if pack else sent.body, headers=told)


def accepts_gzip(request: web.Request) -> bool:
    """Tell whether the client takes gzip (RFC 9110, 12.5.3: a weight of 0 means that it does not)."""
    weights: dict[str, str] = {}
    for offer in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, weight = offer.partition(";")
        weights[name.strip()] = weight.replace(" ", "")
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not _REFUSED.fullmatch(weight)


def add_routes(app: web.Application) -> None:
    """Read the static files, and serve them."""
    app[ASSETS] = read_assets(STATIC, *app.get(STATIC_FOLDERS, ()))
    app.router.add_get("/static/{digest}/{path:.+}", _static)


async def _static(request: web.Request) -> web.Response:
    assets = request.app[ASSETS]
    found = assets.files.get(request.match_info["path"])
    # An old digest is not answered with the new file: it would be kept for ever under the wrong name.
    if found is None or request.match_info["digest"] != assets.digest:
        raise web.HTTPNotFound(headers={hdrs.CACHE_CONTROL: "no-store"})
    return send(request, found, {hdrs.CACHE_CONTROL: FOR_EVER})
