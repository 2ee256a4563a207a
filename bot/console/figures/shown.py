"""A figure as it is shown: its title, its table, the sentence that says it, and its chart; knows no figure of ours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.console.figures import numbers
from bot.console.figures.drawing import STACKED, Bars, Chart, Series
from bot.console.figures.numbers import Share, Value
from bot.console.pages import say


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One figure. ``said`` is the whole of it in a sentence, ``how`` says how it was counted.

    The first cell of a row is its head. ``sum`` is the last row, if any.
    """

    name: str
    title: str
    said: str
    how: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    chart: Chart
    sum: tuple[Value, ...] = ()


def counted(  # noqa: PLR0913  these are a figure's parts
    *,
    name: str,
    title: str,
    said: str,
    how: str,
    head: str,
    labels: Sequence[str],
    names: Sequence[str],
    many: Sequence[Sequence[int]],
    bars: Bars,
    short: Sequence[str] = (),
    colours: Sequence[int] = (0, 1, 2, 3, 4),
) -> Shown:
    """Return a figure of counts, one row for each label, one column for each name; with sums of several."""
    sums = [sum(row[at] for row in many) for at in range(len(names))]
    across = len(names) > 1 and bars is not Bars.BESIDE
    return Shown(
        name=name,
        title=title,
        said=said,
        how=how,
        columns=(head, *names, *((say("together"),) if across else ())),
        rows=tuple((label, *row, *((sum(row),) if across else ())) for label, row in zip(labels, many, strict=True)),
        sum=(say("All"), *sums, *((sum(sums),) if across else ()))
        if len(labels) > 1 and bars is not Bars.LYING
        else (),
        chart=Chart(
            title=title,
            bars=bars,
            labels=tuple(short or labels),
            series=tuple(series(each, [row[at] for row in many], colours[at]) for at, each in enumerate(names)),
            ticks=numbers.ticks(max((sum(row) if bars in STACKED else max(row) for row in many), default=0)),
            nothing=say("Nothing to show for this time."),
        ),
    )


def shares(*, name: str, title: str, said: str, how: str, head: str, many: Mapping[str, int]) -> Shown:
    """Return a figure of counts that make up a whole, each with its share."""
    total = sum(many.values())
    made = counted(
        name=name, title=title, said=said, how=how, head=head, labels=list(many), names=[say("how many")],
        many=[[each] for each in many.values()], bars=Bars.LYING,
    )  # fmt: skip
    return replace(
        made,
        columns=(*made.columns, say("share")),
        rows=tuple((label, each, share_of(each, total)) for label, each in many.items()),
        sum=(say("All"), total, share_of(total, total)),
    )


def series(name: str, values: Sequence[Value], colour: int) -> Series:
    """Return a row of bars, each with its number written beside it."""
    lengths = tuple(100 * value if isinstance(value, Share) else float(value) for value in values)
    return Series(name=name, values=lengths, written=tuple(map(numbers.written, values)), colour=colour)


def share_of(part: int, whole: int) -> Share:
    """Return the share of a part; none of nothing."""
    return Share(part / whole if whole else 0.0)
