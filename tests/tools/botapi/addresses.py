"""Which addresses a link or a button may lead to, by the real server's rules."""

import re
from urllib.parse import urlsplit


def is_address(address: str) -> bool:
    """Tell whether a link may lead there: http(s) with a dot in its host, tg: with any."""
    return why_no_address(address) is None


def why_no_address(address: str) -> str | None:
    """Return the real server's reason against a link; None where it is well."""
    if address.lower().startswith("tg:"):
        return None if address[3:].strip("/") else "URL host is empty"
    if "://" in address and address.split("://", maxsplit=1)[0].lower() not in ("http", "https"):
        return "Unsupported URL protocol"
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "Wrong port number specified in the URL"
    if not host:
        return "URL host is empty"
    if port == 0:
        return "Wrong port number specified in the URL"
    if re.search(r"[^\w.\-!$,~*'();&+=%:]", host):
        return "Disallowed character in URL host"
    return None if "." in host or ":" in host else "Wrong HTTP URL"
