"""Where a browser may be led after signing in: to places of the console's own only; knows no page."""

import re
from urllib.parse import quote, unquote

from aiohttp import hdrs, web

from bot.console.door import HOME, SIGN_IN

_LONGEST = 500  # characters
_OWN = re.compile(r"/console(?:/[A-Za-z0-9._~%@:!$'()*+,;=-]*)*(?:\?[A-Za-z0-9._~%@:!$'()*+,;=&/?-]*)?")


def own_path(asked: str) -> str:
    """Return a path of the console's own as it was asked for; the console's first page for any other."""
    path = unquote(asked).partition("?")[0]
    if len(asked) > _LONGEST or not _OWN.fullmatch(asked) or not path.isprintable():
        return HOME
    if "//" in path or "\\" in path or ".." in path.split("/") or path.startswith((SIGN_IN, f"{HOME}/sign-out")):
        return HOME
    return asked


def with_next(path: str, onward: str) -> str:
    """Return a path that knows where it leads on to."""
    return path if onward == HOME else f"{path}?next={quote(onward, safe='')}"


async def page_before(request: web.Request) -> str:
    """Return the nearest page at or above the address that a form was sent to."""
    parts = request.path.strip("/").split("/")
    while len(parts) > 1:
        path = "/" + "/".join(quote(part, safe="") for part in parts)
        asked = request.clone(method=hdrs.METH_GET, rel_url=path)
        if (await request.app.router.resolve(asked)).http_exception is None:
            return own_path(path)
        parts.pop()
    return HOME
