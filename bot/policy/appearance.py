"""How a company looks in the widget: its colours, its mark, the sites that may show it; knows no file and no page."""

import re
from dataclasses import dataclass

ENOUGH_TO_READ = 4.5  # WCAG 2.2, 1.4.3: text against what it stands on
ENOUGH_TO_SEE = 3.0  # WCAG 2.2, 1.4.11: a button against the page

PAGE, PAGE_DARK = "#ffffff", "#14171c"  # what brand colours are seen on: about what pages and frame are painted in

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_PUBLIC = rf"https://(?:{_LABEL}\.)+{_LABEL}"
_LOOPBACK = r"https?://(?:(?:[a-z0-9-]+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])"
_ORIGIN = re.compile(rf"(?:{_PUBLIC}|{_LOOPBACK})(?::(?P<port>[1-9]\d{{0,4}}))?")
_UNWRITTEN_PORT = {"https": "443", "http": "80"}  # browsers leave these out of an origin, so a match would fail

# A speech bubble, for a company that has no mark of its own. A neutral shape, nobody's logo.
_NEUTRAL_MARK = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">'
    '<rect width="48" height="48" rx="12" fill="#33415c"/>'
    '<path d="M13 14h22v15H23l-7 6v-6h-3z" fill="#ffffff"/>'
    "</svg>"
)


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """One company's looks; the defaults are neutral, and no site may show them.

    Colours are ``#rrggbb``: ``brand``, and ``on_brand`` for what is written on it, each for light and dark.
    ``launcher`` is what the button on the company's page says; empty: Mburoja's own words. ``logo`` is the file that
    ``drawing``, its SVG, was read from. ``sites`` are the origins on whose pages the widget may be shown.
    """

    brand: str = "#33415c"
    on_brand: str = "#ffffff"
    brand_dark: str = "#b4c3de"
    on_brand_dark: str = "#14171c"
    launcher: str = ""
    logo: str = ""
    drawing: str = _NEUTRAL_MARK
    sites: tuple[str, ...] = ()


def is_colour(written: str) -> bool:
    """Tell whether this is a colour as ``#rrggbb``."""
    return _COLOUR.fullmatch(written) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (``#rrggbb``), from 1 to 21, by the formula of WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    # WCAG's own threshold; sRGB's 0.04045 gives the same for every 8-bit channel.
    return channel / 12.92 if channel <= 0.03928 else float(((channel + 0.055) / 1.055) ** 2.4)


def is_site(written: str) -> bool:
    """Tell whether this is one exact origin as browsers write it: https, or on this machine http; no path, no ``*``."""
    found = _ORIGIN.fullmatch(written)
    if not found:
        return False
    port = found["port"]
    return port is None or (int(port) < 65536 and port != _UNWRITTEN_PORT[written.split(":", 1)[0]])
