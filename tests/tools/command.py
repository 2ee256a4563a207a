"""Runs the real command, as a user does."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
MBUROJA = Path(sys.executable).parent / "mburoja"


def mburoja(
    *arguments: str | bytes, given: bytes = b"", env: Mapping[str, str] | None = None, timeout: float = 60
) -> subprocess.CompletedProcess[bytes]:
    """Run ``mburoja`` with arguments and standard input; output is bytes, nothing is raised for an exit code."""
    command: list[str | bytes] = [str(MBUROJA), *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, timeout=timeout, env={**os.environ, **(env or {})}, check=False
    )
