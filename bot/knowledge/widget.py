"""Reads a company's widget.yaml and the mark beside it, and checks both; knows no page that shows them."""

from collections.abc import Iterator
from pathlib import Path

from bot.knowledge.drawing import drawing_faults
from bot.knowledge.fields import Fields, optional_fields
from bot.policy.appearance import (
    ENOUGH_TO_READ,
    ENOUGH_TO_SEE,
    PAGE,
    PAGE_DARK,
    Appearance,
    contrast,
    is_colour,
    is_site,
)

FILE = "widget.yaml"
_KEYS = {"colours", "launcher", "logo", "sites"}
_LONGEST_LAUNCHER = 32  # characters: a button beside the page's own, at 320 px
_LARGEST_LOGO = 16 * 1024  # bytes: it comes with every launcher


def read_widget(folder: Path, name: str, faults: list[str]) -> Appearance:
    """Return how a company looks; without a widget.yaml it looks neutral, and no site may show its widget.

    ``name`` is how faults call the folder. Every fault found is added to ``faults``.
    """
    head = optional_fields(folder / FILE, f"{name}/{FILE}", _KEYS, faults)
    if head is None:
        return Appearance()
    colours = head.inner("colours")
    if colours is None:
        head.fault("", "'colours' is missing (write light and dark, each with brand and on_brand)")
    else:
        colours.only({"light", "dark"})
    brand, on_brand = _pair(colours, "light", PAGE)
    brand_dark, on_brand_dark = _pair(colours, "dark", PAGE_DARK)
    launcher = head.text("launcher")
    if len(launcher) > _LONGEST_LAUNCHER:
        head.fault("launcher", f"the launcher has {len(launcher)} characters, more than {_LONGEST_LAUNCHER}")
    logo = head.text("logo")
    return Appearance(
        brand=brand,
        on_brand=on_brand,
        brand_dark=brand_dark,
        on_brand_dark=on_brand_dark,
        launcher=launcher,
        logo=logo,
        drawing=_drawing(folder, name, head, logo) if logo else "",
        sites=tuple(_sites(head)),
    )


def _pair(colours: Fields | None, scheme: str, page: str) -> tuple[str, str]:
    """Return the brand's colour and the colour on it, in one scheme, seen on pages of the colour ``page``."""
    if colours is None:
        return "", ""
    pair = colours.inner(scheme)
    if pair is None:
        colours.fault("", f'{scheme!r} is missing (write {scheme}: {{brand: "#…", on_brand: "#…"}})')
        return "", ""
    pair.only({"brand", "on_brand"})
    brand, on_brand = (_colour(pair, key) for key in ("brand", "on_brand"))
    if brand and on_brand and contrast(brand, on_brand) < ENOUGH_TO_READ:
        pair.fault(
            "on_brand",
            f"{on_brand} on {brand} has a contrast of {contrast(brand, on_brand):.1f}, less than {ENOUGH_TO_READ}"
            " (take a lighter or darker one)",
        )
    if brand and contrast(brand, page) < ENOUGH_TO_SEE:
        pair.fault(
            "brand",
            f"{brand} on the page's {page} has a contrast of {contrast(brand, page):.1f}, less than {ENOUGH_TO_SEE}"
            f" (take one that is seen in the {scheme} scheme)",
        )
    return brand, on_brand


def _colour(pair: Fields, key: str) -> str:
    written = pair.text(key)
    if not written or is_colour(written):
        return written.lower()
    pair.fault(key, f'{written!r} is no colour (write six digits: "#1a2b3c")')
    return ""


def _sites(head: Fields) -> Iterator[str]:
    seen: set[str] = set()
    for site in head.texts("sites", required=False):
        if not is_site(site):
            head.fault(
                "sites",
                f'{site!r} is no exact origin (write "https://www.example.com": no path, no slash at the end, no *,'
                " small letters; http on this machine only)",
            )
        elif site in seen:
            head.fault("sites", f"{site!r} stands twice (take one out)")
        else:
            seen.add(site)
            yield site


def _drawing(folder: Path, name: str, head: Fields, logo: str) -> str:
    """Return the mark's SVG; empty where it cannot be used."""
    if Path(logo).name != logo or not logo.endswith(".svg"):
        head.fault("logo", f"{logo!r} is no SVG file of this folder (write logo.svg)")
        return ""
    try:
        raw = (folder / logo).read_bytes()
    except OSError:
        head.fault("logo", f"{name}/{logo} cannot be read (put the drawing there)")
        return ""
    if len(raw) > _LARGEST_LOGO:
        head.fault("logo", f"{name}/{logo} has {len(raw)} bytes, more than {_LARGEST_LOGO} (make it simpler)")
        return ""
    found = drawing_faults(raw)
    head.faults.extend(f"{name}/{logo}:{line}: {what}" for line, what in found)
    return "" if found else raw.decode("utf-8")
