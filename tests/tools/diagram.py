"""Draws docs/dialogue.svg from the table of the dialogue: ``python -m tests.tools.diagram`` writes it anew.

Where a state stands on the sheet is laid down here; what leads where is read from the table. A row that leads
somewhere no line goes yet is an error that says so.
"""

import ast
import inspect
import tokenize
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from io import StringIO
from pathlib import Path
from textwrap import wrap

from bot.dialogue import state as state_module
from bot.dialogue.inputs import Input
from bot.dialogue.state import State
from bot.dialogue.transitions import TABLE, Rule
from tests.tools.command import ROOT

DIAGRAM = ROOT / "docs/dialogue.svg"
WIDTH, HEIGHT = 1350, 870
_MOST = len(State) // 2  # what holds in more states than these holds anywhere
_W, _H, _LINE = 112, 76, 13
_BUS, _CONFIRM_LANE, _OPEN_LANE, _NUMBER_LANE = 452, 780, 820, 240  # heights at which long lines run
_PLACES: Mapping[State, tuple[int, int]] = {
    State.OPEN: (54, 62), State.CODE_REPORT: (1010, 36), State.HELD: (1010, 136), State.LEAVING: (1210, 36),
    State.COMPANY: (54, 280), State.FOR_WHOM: (196, 280), State.KIND: (338, 280),
    State.NUMBER: (530, 280), State.CODE: (770, 280), State.ACCOUNT: (1010, 280),
    State.CONSENTS: (54, 584), State.CONFIRM: (258, 584), State.CONTACT: (462, 584),
    State.FIELD: (626, 584), State.REPLY_TO: (750, 584), State.JOIN: (874, 584),
    State.CASES: (998, 584), State.REFERENCE: (1200, 584),
}  # fmt: skip
_GROUPS = {
    "talking": (State.COMPANY, State.KIND), "proving": (State.NUMBER, State.ACCOUNT),
    "consents and confirming": (State.CONSENTS, State.CONTACT), "requests": (State.FIELD, State.REFERENCE),
}  # fmt: skip
_INK, _GOES_ON, _ENDS, _SHOWN, _GREY = "#2b2f45", "#2f6fb0", "#2e8b57", "#b5651d", "#6b7080"

Edges = Mapping[tuple[State, State], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """The table as it is drawn.

    ``anywhere``: inputs that do the same in every state but held, by what comes of them; ``goes_on``: by state, inputs
    after which an act asks for whatever it still needs, which may be any of ``next``; ``released``: inputs that end
    a person's hold, ``left`` those of them that never lead back; ``edges``: inputs that lead from one state to another.
    """

    anywhere: Mapping[str, tuple[str, ...]]
    goes_on: Mapping[State, tuple[str, ...]]
    next: frozenset[State]
    released: tuple[str, ...]
    left: tuple[str, ...]
    edges: Edges


def meanings() -> dict[State, str]:
    """Return what each state expects: the comment beside it in ``State``."""
    source = inspect.getsource(state_module)
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    (states,) = (node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == "State")
    named = [node for node in states.body if isinstance(node, ast.Assign)]
    return {State[ast.unparse(node.targets[0])]: comments[node.lineno] for node in named}


def read_table(table: Mapping[tuple[State, Input], Rule] = TABLE) -> Drawn:
    """Sort the rows into those that hold anywhere, those after which an act goes on, and the others."""
    rows = {pair: rule for pair, rule in table.items() if pair[0] is not State.HELD}
    doing = Counter((happened, rule.do) for (_, happened), rule in rows.items())
    leading = Counter((h, rule.do, target) for (s, h), rule in rows.items() for target in rule.to - {s})
    needs = table[State.CONFIRM, Input.YES].to  # whatever an act may need: a yes to what has changed leads there
    anywhere: dict[str, dict[str, None]] = defaultdict(dict)
    goes_on: dict[State, list[str]] = defaultdict(list)
    edges: dict[tuple[State, State], list[str]] = defaultdict(list)
    for (state, happened), rule in rows.items():
        elsewhere = rule.to - {state}
        if doing[happened, rule.do] > _MOST:
            usual = frozenset(target for target in State if leading[happened, rule.do, target] > _MOST)
            anywhere[_what_comes(rule, usual, needs)][happened.value] = None
            elsewhere -= usual
        elif needs - {state} <= elsewhere:
            goes_on[state].append(happened.value)
            continue
        for target in elsewhere:
            edges[state, target].append(happened.value)
    return Drawn(
        anywhere={what: tuple(inputs) for what, inputs in anywhere.items()},
        goes_on={state: tuple(sorted(inputs)) for state, inputs in goes_on.items()},
        next=needs,
        released=tuple(sorted(h.value for (s, h), rule in table.items() if s is State.HELD and rule.to != {s})),
        left=tuple(sorted(h.value for (s, h), rule in table.items() if s is State.HELD and len(rule.to - {s}) == 1)),
        edges={pair: tuple(sorted(edges[pair])) for pair in sorted(edges)},
    )


def _what_comes(rule: Rule, usual: frozenset[State], needs: frozenset[State]) -> str:
    if needs <= usual:
        return "begins an act, or reports a code" if State.CODE_REPORT in usual else "begins an act, or goes on with it"
    if not usual:
        late = rule.do is TABLE[State.OPEN, Input.STALE].do
        return "comes too late: the state asks again" if late else "is answered, and the state asks again"
    return "leads to " + ", ".join(sorted(usual))


# ---- drawing ------------------------------------------------------------------------------------------------


def draw(drawn: Drawn) -> str:
    """Return the picture."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="The states of the dialogue and what leads from one to another" '
        'font-family="DejaVu Sans, Helvetica, Arial, sans-serif" font-size="11">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
        "<defs>" + "".join(_head(colour) for colour in (_INK, _GOES_ON, _ENDS, _SHOWN, _GREY)) + "</defs>",
        *(_group(name, *ends) for name, ends in _GROUPS.items()),
        # Lines first, so that none runs through a word.
        *sorted(
            [*_bus(drawn), *_legend(drawn), *(p for pair in drawn.edges for p in _edge(*pair, drawn.edges[pair]))],
            key=lambda part: part.startswith("<text"),
        ),
        *(_box(state, meaning) for state, meaning in meanings().items()),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head(colour: str) -> str:
    return (
        f'<marker id="to{colour[1:]}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0 8 4 0 8Z" fill="{colour}"/></marker>'
    )


def _path(points: list[tuple[int, int]], colour: str, *, arrow: bool = True, dashed: bool = False) -> str:
    along = " ".join(f"{'L' if number else 'M'}{x} {y}" for number, (x, y) in enumerate(points))
    end = f' marker-end="url(#to{colour[1:]})"' if arrow else ""
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{along}" fill="none" stroke="{colour}" stroke-width="1.4"{dashes}{end}/>'


def _text(x: int, y: int, said: str, colour: str = _INK, more: str = "") -> str:
    # Twice: a white rim first, so that lines beneath do not cross the letters (not every viewer knows paint-order).
    rim = 'fill="#ffffff" stroke="#ffffff" stroke-width="3" stroke-linejoin="round"'
    place = f'<text x="{x}" y="{y}" {more}'
    return f'{place} {rim}>{escape(said)}</text>{place} fill="{colour}">{escape(said)}</text>'


def _column(x: int, y: int, lines: tuple[str, ...], colour: str, more: str = "") -> Iterator[str]:
    for number, line in enumerate(lines):
        yield _text(x, y + _LINE * number, line, colour, more)


def _box(state: State, meaning: str) -> str:
    x, y = _PLACES[state]
    middle, lines = x + _W // 2, wrap(meaning, 20)
    told = "".join(
        f'<text x="{middle}" y="{y + 32 + 11 * number}" fill="{_GREY}" font-size="9.5" text-anchor="middle">'
        f"{escape(line)}</text>"
        for number, line in enumerate(lines)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{_W}" height="{_H}" rx="7" fill="#f6f7fb" stroke="{_INK}" stroke-width="1.3"/>'
        f'<text x="{middle}" y="{y + 17}" font-weight="bold" text-anchor="middle" fill="{_INK}">{state}</text>{told}'
    )


def _group(name: str, first: State, last: State) -> str:
    (x, y), (end, _) = _PLACES[first], _PLACES[last]
    width = end + _W - x + 24
    lower = y > _BUS
    top = y - 12 if lower else y - 26
    at = (x + _W + 8, y + _H + 14) if lower else (x - 4, y - 11)
    return (
        f'<rect x="{x - 12}" y="{top}" width="{width}" height="{_H + 40}" rx="10" fill="#eceff7"/>'
        f'<text x="{at[0]}" y="{at[1]}" fill="{_GREY}" font-style="italic">{name}</text>'
    )


def _bus(drawn: Drawn) -> Iterator[str]:
    """Draw the bar through which an act finds what it still needs, and what leads into it and out of it."""
    for state, (x, y) in _PLACES.items():
        above = y < _BUS
        edge = y + _H if above else y
        bar = _BUS if above else _BUS + 26
        if state in (State.HELD, State.LEAVING):  # their few words stand beside them
            continue
        if state in drawn.goes_on:
            yield _path([(x + 22, edge), (x + 22, bar)], _GOES_ON)
            inputs = drawn.goes_on[state]
            top = edge + 22 if above else bar + 20
            yield from _column(x + 28, top, inputs, _GOES_ON)
        if state in drawn.next and state is not State.OPEN:
            yield _path([(x + _W - 14, bar), (x + _W - 14, edge)], _GOES_ON)
    yield _path([(40, _BUS + 13), (12, _BUS + 13), (12, 84), (_PLACES[State.OPEN][0], 84)], _GOES_ON)
    yield f'<rect x="40" y="{_BUS}" width="{WIDTH - 80}" height="26" rx="13" fill="{_GOES_ON}"/>'
    said = "the act goes on: what it still needs is asked next, whatever was interrupted or came in another order"
    bold = 'fill="#ffffff" font-weight="bold" text-anchor="middle"'
    yield f'<text x="{WIDTH // 2 - 20}" y="{_BUS + 17}" {bold}>{said}</text>'


def _edge(start: State, end: State, inputs: tuple[str, ...]) -> Iterator[str]:
    (x, y), (to_x, to_y) = _PLACES[start], _PLACES[end]
    if y == to_y and abs(to_x - x) < 250 and not _between(start, end):
        right = to_x > x
        height = y + (22 if right else _H - 18)
        begin, finish = (x + _W, to_x) if right else (x, to_x + _W)
        yield _path([(begin, height), (finish, height)], _INK)
        middle = (begin + finish) // 2
        top = height - 6 - _LINE * (len(inputs) - 1) if right else height + 13
        yield from _column(middle, top, inputs, _INK, 'text-anchor="middle" font-size="10"')
    elif (start, end) == (State.LEAVING, State.HELD):
        yield _path([(x, y + 56), (x - 50, y + 56), (x - 50, to_y + 14), (to_x + _W, to_y + 14)], _INK)
        yield _text(x - 42, y + _H + 14, ", ".join(inputs), _INK)
    elif (start, end) == (State.LEAVING, State.OPEN):
        yield _path([(x + 84, y), (x + 84, 8), (to_x + 56, 8), (to_x + 56, to_y)], _ENDS)
        yield _text(to_x + 66, 22, f"from leaving: {', '.join(inputs)}", _ENDS)
    elif (start, end) == (State.OPEN, State.COMPANY):
        yield _path([(x + 60, y + _H), (x + 60, to_y)], _INK)
        yield from _column(x + 66, y + _H + 40, inputs, _INK)
    elif end is State.CONFIRM:
        yield _path(
            [(x + 70, y + _H), (x + 70, _CONFIRM_LANE), (to_x + 90, _CONFIRM_LANE), (to_x + 90, to_y + _H)], _SHOWN
        )
        yield from _column(x + 75, y + _H + 20, inputs, _SHOWN)
    elif end is State.OPEN:
        yield _path([(x + 16, y + _H), (x + 16, _OPEN_LANE), (28, _OPEN_LANE), (28, 120), (to_x, 120)], _ENDS)
        yield from _column(x + 21, y + _H + 48, inputs, _ENDS)
    elif (start, end) == (State.REFERENCE, State.NUMBER):
        yield _path(
            [
                (x + _W, y + 30),
                (WIDTH - 16, y + 30),
                (WIDTH - 16, _NUMBER_LANE),
                (to_x + 56, _NUMBER_LANE),
                (to_x + 56, to_y),
            ],
            _INK,
        )
        yield _text(to_x + 66, _NUMBER_LANE - 6, f"from reference: {', '.join(inputs)}")
    elif (start, end) == (State.CASES, State.NUMBER):  # joins the line of the one before
        yield _path([(x + _W - 40, y), (x + _W - 40, y - 24), (WIDTH - 16, y - 24), (WIDTH - 16, y)], _INK, arrow=False)
        yield _text(to_x + 66, _NUMBER_LANE + 14, f"from cases: {', '.join(inputs)}")
    else:
        raise LookupError(f"no line goes from {start} to {end} yet; lay one down in {Path(__file__).name}")


def _between(start: State, end: State) -> bool:
    """Tell whether another state stands between two of one row."""
    (x, y), (to_x, _) = _PLACES[start], _PLACES[end]
    return any(row == y and min(x, to_x) < place < max(x, to_x) for place, row in _PLACES.values())


def _legend(drawn: Drawn) -> Iterator[str]:
    """List what holds in every state, with lines to where it may lead."""
    left, top, width, height = 236, 30, 700, 172
    rim = f'rx="10" fill="none" stroke="{_GREY}" stroke-dasharray="5 4"'
    yield f'<rect x="{left}" y="{top}" width="{width}" height="{height}" {rim}/>'
    yield _text(left + 14, top + 20, "in every state but held", _GREY, 'font-style="italic"')
    line = top + 42
    for what, inputs in drawn.anywhere.items():
        yield _text(left + 14, line, what, _INK, 'font-weight="bold"')
        for said in wrap(", ".join(inputs), 66):
            yield _text(left + 280, line, said)
            line += _LINE
        line += 6
    yield _path([(left, 100), (_PLACES[State.OPEN][0] + _W, 100)], _GREY, dashed=True)
    for state, said in ((State.CODE_REPORT, "wish"), (State.HELD, "staff")):
        x, y = _PLACES[state]
        yield _path([(left + width, y + 30), (x, y + 30)], _GREY, dashed=True)
        yield _text(left + width + 24, y + 24, said, _GREY)
    x, y = _PLACES[State.LEAVING]
    yield _path([(left + width - 40, top), (left + width - 40, 18), (x + 56, 18), (x + 56, y)], _GREY, dashed=True)
    yield _text(left + width + 24, 14, "forget", _GREY)
    begins = ", ".join(drawn.goes_on.get(State.LEAVING, ()))
    yield _text(x - 42, y + _H + 14 + _LINE, f"{begins}: begun", _GREY)
    x, y = _PLACES[State.HELD]
    back = ", ".join(name for name in drawn.released if name not in drawn.left)
    told = (f"{back}: back to where", f"it was; {', '.join(drawn.left)}: as in", "every state; all else is kept",
            "for the person")  # fmt: skip
    yield from _column(x + _W + 14, y + 30, told, _GREY)


def main() -> None:
    """Write the picture."""
    Path(DIAGRAM).write_text(draw(read_table()), encoding="utf-8")


if __name__ == "__main__":
    main()
