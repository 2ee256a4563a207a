"""What is left out of a script changes nothing of what it does, nor where its lines are."""

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.web.pages.assets import STATIC
from bot.web.pages.scripts import COMMENT, without_comments

_SCRIPTS = sorted(STATIC.rglob("*.js"))
_named = pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: str(script.relative_to(STATIC)))

WRITTEN = b"""// What it is for.

/**
 * Returns twice of it.
 * @param {number} n
 */
export const twice = (n) => 2 * n; // stays: "http://x"
  // why
/** @type {string} */ export const at = `https://a.example/*x*/`;
"""
SENT = b"""





export const twice = (n) => 2 * n; // stays: "http://x"

 export const at = `https://a.example/*x*/`;
"""


def test_comments_on_lines_of_their_own_are_left_out_and_the_lines_stay() -> None:
    assert without_comments(WRITTEN) == SENT


@_named
def test_every_script_keeps_its_lines_and_loses_no_text_of_a_template(script: Path) -> None:
    source = script.read_text(encoding="utf-8")
    assert without_comments(source.encode()).count(b"\n") == source.count("\n")
    for comment in COMMENT.finditer(source):
        outside = COMMENT.sub("", source[: comment.start()])
        assert outside.count("`") % 2 == 0, f"this stands inside a template: {comment[0]!r}"


@_named
def test_every_script_is_still_one(script: Path, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: tests/web/test_javascript.py tells whether that is allowed")
    sent = tmp_path / "sent.mjs"
    sent.write_bytes(without_comments(script.read_bytes()))
    done = subprocess.run([node, "--check", sent], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
