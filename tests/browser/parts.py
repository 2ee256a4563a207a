"""What the tests in a browser need of the machine, and whether they may do without: nothing here starts anything."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
THOROUGH = bool(os.environ.get("MBUROJA_THOROUGH"))
SHOTS = Path(__file__).parent / "shots"

# Debian's Chromium: as quiet as it can be, and without the sandbox that a container does not allow.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium() -> str:
    """Return where Chromium is; where there is none the test is skipped, and under CI it fails."""
    found = shutil.which("chromium")
    if found is None:
        _do_without("there is no Chromium on this machine (Debian: apt install chromium)")
    return str(found)


def axe() -> str:
    """Return the source of axe-core; where npm has not installed it the test is skipped, and under CI it fails."""
    if not AXE.exists():
        _do_without("axe-core is not installed (npm ci)")
    return AXE.read_text(encoding="utf-8")


def _do_without(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(f"CI leaves nothing out: {reason}")
    pytest.skip(reason)
