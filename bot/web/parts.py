"""What other packages add to the server: their routes and their static files; knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the server that stands in a package above. ``static``: a folder whose files are served too."""

    add_routes: Callable[[web.Application], None]
    static: Path | None = None


STATIC_FOLDERS = web.AppKey("static_folders", tuple[Path, ...])
