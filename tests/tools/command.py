"""Runs the real command, as a user does."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bot import cli

ROOT = Path(__file__).parents[2]
MBUROJA = Path(sys.executable).parent / "mburoja"


def mburoja(
    *arguments: str | bytes, given: bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[bytes]:
    """Run ``mburoja`` with arguments and standard input; output is bytes, nothing is raised for an exit code."""
    command: list[str | bytes] = [str(MBUROJA), *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, timeout=timeout, env={**os.environ, **(env or {})}, check=False
    )


def in_process(*arguments: str) -> tuple[int, str, str]:
    """Run ``mburoja`` in this process; returns its exit code and what it wrote: for the many runs of one test.

    A process of its own costs half a second of imports each time; that it starts is told by those who use ``mburoja``.
    """
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.run(arguments)
        except SystemExit as ended:  # argparse's own
            code = ended.code if isinstance(ended.code, int) else 1
    return code, _written(out), _written(err)


def _written(stream: io.TextIOWrapper) -> str:
    stream.flush()
    raw = stream.detach()
    assert isinstance(raw, io.BytesIO)
    return raw.getvalue().decode()
