"""Reads the files of an answer from the disk of whoever answers, for ``mburoja requests answer --file``."""

import mimetypes
from collections.abc import Sequence
from pathlib import Path

from bot.errors import InputError
from bot.services.casework.answer_files import Attachment

_UNKNOWN = "application/octet-stream"
_HUGE = 100_000_000  # bytes: not even read; what is allowed is judged by the service


def read_files(paths: Sequence[Path]) -> tuple[Attachment, ...]:
    """Return files with their names and media types. Raises InputError for one that cannot be read."""
    return tuple(_read(path) for path in paths)


def attached(files: Sequence[Attachment]) -> tuple[str, ...]:
    """Return what is said of the files: what was attached, and how the customer comes to it."""
    if not files:
        return ()
    size = sum(len(file.content) for file in files)
    return (
        f"Skedarë të bashkëngjitur: {len(files)} ({max(1, round(size / 1000))} kB), të vulosur në bazë.",
        "Klienti i merr me lidhje që hapet një herë dhe me kod të ri; lidhjen e gjen te gjendja e kërkesës.",
    )


def _read(path: Path) -> Attachment:
    try:
        if path.stat().st_size > _HUGE:
            raise InputError(f"Skedari {path} është tepër i madh.")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"Skedari {path} nuk lexohet: {error.strerror}.") from None
    return Attachment(name=path.name, media_type=mimetypes.guess_type(path.name)[0] or _UNKNOWN, content=content)
