"""Draws docs/chat.md's picture from a real conversation: ``python -m tests.tools.picture`` writes it anew."""

import tempfile
from html import escape
from pathlib import Path

from tests.tools.command import ROOT, mburoja

PICTURE = ROOT / "docs/conversation.svg"
SAID = ["a po m'i incizoni thirrjet te paysera?", "po sa kohe i mani?", "mos me qoni ma reklama"]
_LINE, _LEFT, _TOP, _WIDTH = 20, 24, 52, 860
_PROMPT = "› "


def conversation() -> list[str]:
    """Return the lines of the terminal: what a person types, and what is answered."""
    with tempfile.TemporaryDirectory() as folder:
        given = ("\n".join(SAID) + "\n").encode()
        done = mburoja("chat", "--db", f"{folder}/picture.db", given=given, env={"COLUMNS": "88"})
    said = iter(SAID)
    lines: list[str] = []
    for line in done.stdout.decode().splitlines():
        if line.startswith(_PROMPT):
            typed = next(said, None)
            if typed is None:
                break
            lines.append(_PROMPT + typed)
            line = line.removeprefix(_PROMPT)  # noqa: PLW2901  without a terminal the answer follows the prompt
        lines.append(line)
    return lines


def draw(lines: list[str]) -> str:
    """Return an SVG of a terminal window with these lines."""
    height = _TOP + _LINE * len(lines) + 16
    rows = []
    for number, line in enumerate(lines):
        colour = "#9ece6a" if line.startswith(_PROMPT) else "#7f88b0" if "┃" in line else "#d5d9ee"
        rows.append(
            f'<text x="{_LEFT}" y="{_TOP + _LINE * number}" fill="{colour}" xml:space="preserve">{escape(line)}</text>'
        )
    dots = "".join(
        f'<circle cx="{28 + 20 * n}" cy="20" r="6" fill="{colour}"/>'
        for n, colour in enumerate(("#f7768e", "#e0af68", "#9ece6a"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-label="Një bisedë me Mburojën në terminal" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" '
        f'font-size="14"><rect width="{_WIDTH}" height="{height}" rx="10" fill="#1a1b26"/>{dots}\n'
        + "\n".join(rows)
        + "\n</svg>\n"
    )


def main() -> None:
    """Write the picture."""
    Path(PICTURE).write_text(draw(conversation()), encoding="utf-8")


if __name__ == "__main__":
    main()
