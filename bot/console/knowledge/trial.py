"""Tries changes of the data files: on a copy, by ``mburoja check``, in a process of its own; changes nothing here."""

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.patching import Change
from bot.settings import Settings

LONGEST = 600.0  # seconds: teaching a company's words anew takes up to one minute where nothing else runs
_FOLDERS = ("intents", "policy_texts")
_KINDNESS = 15  # the server's own work goes first
_PACKAGES = Path(__file__).parents[3]
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR")  # never the secret


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the check said: every fault, and one line that sums up; ``fine``: there was no fault."""

    fine: bool
    lines: tuple[str, ...]


async def tried(settings: Settings, changes: Sequence[Change]) -> Verdict:
    """Return what ``mburoja check`` says of the data folder with these changes.

    Raises OSError where nothing can be copied, TimeoutError where it takes too long.
    """
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="mburoja-check-"))
    try:
        await asyncio.to_thread(_copy, settings, folder, changes)
        return await _checked(folder)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _copy(settings: Settings, folder: Path, changes: Sequence[Change]) -> None:
    for name in _FOLDERS:
        shutil.copytree(settings.data / name, folder / name)
    for change in changes:
        (folder / change.path).write_text(change.new, encoding="utf-8", newline="")
    # What was learnt of unchanged companies need not be learnt again; the copy never writes there.
    trained = folder / "cache" / "trained"
    trained.mkdir(parents=True)
    for path in (settings.cache / "trained").glob("*.npz"):
        with contextlib.suppress(FileNotFoundError):  # another process tidied up
            shutil.copyfile(path, trained / path.name)


async def _checked(folder: Path) -> Verdict:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "check",
        cwd=folder,
        env={
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "PYTHONPATH": str(_PACKAGES),
            "PYTHONIOENCODING": "utf-8",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "MBUROJA_DATA": str(folder),
            "MBUROJA_CACHE": str(folder / "cache"),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _KINDNESS)
        async with asyncio.timeout(LONGEST):
            told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = tuple(line for line in told.decode("utf-8", "replace").splitlines() if line.strip())
    return Verdict(fine=process.returncode == 0, lines=lines)
