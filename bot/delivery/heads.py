"""The file of signed heads of the audit chain (R47), kept apart from the database; knows no database.

JSON lines, only ever appended to. Where it stands on another machine or a write-once disk, whoever can
change the database still cannot shorten the log unseen.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.services.records.audit import Head

_TAIL = 4096  # bytes; a line has about 200


@dataclass(frozen=True, kw_only=True)
class HeadsRead:
    """What the file holds, and its faults as Albanian lines."""

    heads: tuple[Head, ...]
    faults: tuple[str, ...] = ()


def append(path: Path, head: Head) -> None:
    """Add a head and wait until it is on the disk; the file is the owner's only (0600). Raises OSError.

    What a crash left half-written at the end is taken away first, so that it is never mistaken for tampering.
    """
    line = (json.dumps(asdict(head)) + "\n").encode()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)  # what another process is writing is not half-written
        tail = _unfinished(descriptor)
        if tail and _head(tail) is not None:
            line = b"\n" + line  # whole but for its end of line
        elif tail:
            os.ftruncate(descriptor, os.fstat(descriptor).st_size - len(tail))
        while line:  # a disk may take a part only
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> HeadsRead:
    """Return the heads in the file's order; none where there is no file. Raises OSError.

    A last line that a crash tore is passed over; an unreadable line with others after it is a fault.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return HeadsRead(heads=())
    while lines and not lines[-1]:
        lines.pop()
    heads: list[Head] = []
    faults: list[str] = []
    for number, line in enumerate(lines, 1):
        head = _head(line)
        if head is not None:
            heads.append(head)
        elif number < len(lines):
            faults.append(f"{path.name}:{number}: rreshti nuk lexohet si kokë e nënshkruar.")
    return HeadsRead(heads=tuple(heads), faults=tuple(faults))


def last(path: Path) -> Head | None:
    """Return the last readable head, or None; reads the end of the file only. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        lines = _tail(descriptor).split(b"\n")
    finally:
        os.close(descriptor)
    return next((head for line in reversed(lines) if (head := _head(line)) is not None), None)


def _unfinished(descriptor: int) -> bytes:
    return _tail(descriptor).rpartition(b"\n")[2]


def _tail(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, _TAIL, max(0, size - _TAIL))


def _head(line: bytes) -> Head | None:
    try:
        read_line = json.loads(line)
        return Head(
            seq=int(read_line["seq"]),
            hash=str(read_line["hash"]),
            at=int(read_line["at"]),
            signature=str(read_line["signature"]),
            key=str(read_line.get("key", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None
