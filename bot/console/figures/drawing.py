"""Draws a chart as SVG; runs in a process of its own, so it knows nothing of the console, its words and its pages.

The picture has no script, asks for nothing, and is read in light and dark: its colours are variables of its own style.
"""

import enum
import sys
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, tostring

import pygal
from pygal.style import Style

# pygal leaves a finder of an older kind behind, which every import that finds nothing would stumble over from now on.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]

WIDTH = 860
_LEAST_HEIGHT = 170
_UPRIGHT = 340
_ACROSS = 3  # names of series in a line: more would run into one another
_ROW = 26  # pixels of a bar, with what is between two
_HEAD = 110
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"

# Told apart by lightness too, so that they are in print and for who sees no colours; 3:1 at least against the page.
_COLOURS = """
:root { color-scheme: light dark; --ink: #1b1f27; --quiet: #4a5160; --line: #c3c9d4;
  --c0: #0b4a8f; --c1: #a65f00; --c2: #237a4b; --c3: #a3161e; --c4: #6b7280; --on: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9ecf2; --quiet: #b3bac7; --line: #3a404c;
    --c0: #9cc7f7; --c1: #f0a93b; --c2: #5fbf8a; --c3: #ff8f88; --c4: #9aa3b2; --on: #14171c; } }
.axis text { fill: var(--ink); }
.legends .legend rect { stroke: none; }
"""
_BESIDE_ITS_BAR = ".text-overlay text.value { text-anchor: start; transform: translateX(-3px); }"
_NARROW = 0.03  # of the longest bar: what is narrower in a stack has its number in the table only


class Bars(enum.StrEnum):
    """How the series of a chart stand."""

    BESIDE = "beside"
    STACKED = "stacked"
    LYING = "lying"  # beside one another, from left to right
    LYING_STACKED = "lying_stacked"


@dataclass(frozen=True, kw_only=True)
class Series:
    """Values by name, one for each label. ``colour`` is 0 to 4."""

    name: str
    values: tuple[float, ...]
    written: tuple[str, ...]
    colour: int = 0


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture: bars with their labels. ``ticks`` are those of the axis, as written; ``nothing`` stands if empty."""

    title: str
    bars: Bars
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    ticks: tuple[tuple[float, str], ...]
    nothing: str

    @property
    def has_values(self) -> bool:
        """Tell whether there is anything to draw."""
        return any(value for each in self.series for value in each.values)


_KINDS: dict[Bars, Any] = {
    Bars.BESIDE: pygal.Bar,
    Bars.STACKED: pygal.StackedBar,
    Bars.LYING: pygal.HorizontalBar,
    Bars.LYING_STACKED: pygal.HorizontalStackedBar,
}
_LIE = frozenset({Bars.LYING, Bars.LYING_STACKED})
STACKED = frozenset({Bars.STACKED, Bars.LYING_STACKED})


def height(chart: Chart) -> int:
    """Return how high the picture of a chart is, where it is ``WIDTH`` wide."""
    if not chart.has_values:
        return _LEAST_HEIGHT
    if chart.bars not in _LIE:
        return _UPRIGHT
    rows = len(chart.labels) * (1 if chart.bars in STACKED else len(chart.series))
    return max(_LEAST_HEIGHT, _HEAD + _ROW * (rows + (len(chart.series) - 1) // _ACROSS))


def draw(chart: Chart) -> bytes:
    """Return the chart as SVG, UTF-8."""
    lies, stacked = chart.bars in _LIE, chart.bars in STACKED
    shown, series = (chart.labels, chart.series) if chart.has_values else ((), ())
    beside = _BESIDE_ITS_BAR if lies and not stacked else ""
    made = _KINDS[chart.bars](
        style=_style(series, "var(--on)" if stacked else "var(--ink)"),
        css=["file://style.css", "file://graph.css", f"inline:{_COLOURS}{beside}"],
        js=[],
        no_prefix=True,
        width=WIDTH,
        height=height(chart),
        explicit_size=False,
        show_legend=len(series) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=min(_ACROSS, len(series)) or 1,
        legend_box_size=14,
        truncate_label=-1,
        truncate_legend=-1,
        x_label_rotation=40 if not lies and len(shown) > 8 else 0,
        no_data_text=chart.nothing,
        print_values=True,
        print_zeroes=False,
        print_values_position="center" if stacked else "top",
        show_x_labels=bool(shown),
        show_y_labels=bool(shown),
        show_y_guides=bool(shown) and not lies,
        show_x_guides=bool(shown) and lies,
        rounded_bars=2,
        margin=8,
        margin_bottom=8 + 18 * ((len(series) - 1) // _ACROSS),
        range=(0, chart.ticks[-1][0]) if shown else None,
        include_x_axis=True,
    )
    made.y_labels = [{"value": value, "label": text} for value, text in chart.ticks] if shown else None
    made.x_labels = list(reversed(shown)) if lies else list(shown)
    least = _NARROW * max((sum(values) for values in zip(*(each.values for each in series), strict=True)), default=0)
    for each in series:
        values = [
            {"value": value, "formatter": _constant("" if stacked and value < least else text)}
            for value, text in zip(each.values, each.written, strict=True)
        ]
        made.add(each.name, list(reversed(values)) if lies else values)
    return _bare(made.render_tree(), chart.title)


def _style(series: tuple[Series, ...], written: str) -> Style:
    colours = tuple(f"var(--c{each.colour})" for each in series) or ("var(--c0)",)
    return Style(
        background="transparent",
        plot_background="transparent",
        value_background="transparent",
        foreground="var(--ink)",
        foreground_strong="var(--ink)",
        foreground_subtle="var(--line)",
        guide_stroke_color="var(--line)",
        major_guide_stroke_color="var(--line)",
        guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none",
        font_family=_FONT,
        label_font_size=14,
        major_label_font_size=14,
        legend_font_size=14,
        value_font_size=13,
        no_data_font_size=18,
        opacity="1",
        stroke_opacity="1",
        transition="0s",
        colors=colours,
        value_colors=(written,) * len(colours),
    )


def _constant(text: str) -> Any:
    return lambda _: text


def _bare(root: Element, title: str) -> bytes:
    """Take out scripts, and what is only there for a mouse; say what the picture is."""
    for parent in list(root.iter()):
        for child in list(parent):
            if _is_idle(child):
                parent.remove(child)
            elif child.tag.rpartition("}")[2] == "title":
                child.text = title
    root.attrib.pop("id", None)
    root.set("xmlns", "http://www.w3.org/2000/svg")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _is_idle(element: Element) -> bool:
    if not isinstance(element.tag, str):  # a comment, which says on which day the picture was drawn
        return True
    return element.tag.rpartition("}")[2] in {"script", "desc"} or element.get("class", "").startswith("tooltip")
