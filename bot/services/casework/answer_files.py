"""The files of an answer with personal data: attached, kept sealed, read part by part (R43); knows no link and no code.

They are never told in a notice or a conversation. Retention erases them (R45).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.desk import Desk, Place
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx

MOST_FILES = 20  # of one answer; a link marks each with a bit
PART = 256 * 1024  # bytes of content sealed together: a part is opened in a millisecond or two
_LONGEST_NAME = 120  # characters


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file as the back office gives it."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class AnswerFile:
    """A file that is kept: its place in the answer (from 1), its size in bytes, and how many parts it has."""

    position: int
    name: str
    media_type: str
    size: int
    parts: int


def attach(tx: Tx, desk: Desk, place: Place, who: str, stored: Stored, files: Sequence[Attachment]) -> None:
    """Keep the files of an answer that is about to be told. Raises NotAllowedError for what cannot be kept.

    Whether there may be any is judged by ``backoffice_close``.
    """
    _fit(desk, files)
    for position, file in enumerate(files, start=1):
        _keep(tx, desk, place.now, stored.reference, position, file)
    facts: dict[str, str | int] = {"who": who, "files": len(files)}
    facts["bytes"] = sum(len(file.content) for file in files)
    case_file.log(tx, desk, place, Act.ANSWER_ATTACHED, stored, facts)


def kept(tx: Tx, desk: Desk, reference: str) -> tuple[AnswerFile, ...]:
    """Return the files of a case that are still kept, in their order."""
    return tuple(_file(desk, reference, row) for row in _rows(tx, reference) if row["erased_at"] is None)


def erased(tx: Tx, reference: str) -> bool:
    """Tell whether a case had files that were erased when their time was over (R45)."""
    return any(row["erased_at"] is not None for row in _rows(tx, reference))


def part(tx: Tx, desk: Desk, reference: str, position: int, number: int) -> bytes | None:
    """Return one part of a file (numbered from 1), opened; None where it is not kept (any more)."""
    row = tx.first("answers.part", reference=reference, position=position, part=number)
    return desk.vault.open_bytes("answers", row["content_sealed"], f"{reference}:{position}:{number}") if row else None


def _rows(tx: Tx, reference: str) -> list[Row]:
    return tx.all("answers.files", reference=reference)


def _fit(desk: Desk, files: Sequence[Attachment]) -> None:
    most = desk.limits.answer_bytes
    if sum(len(file.content) for file in files) > most:
        raise NotAllowedError(
            "answer: the files have more than {most} MB together; make them smaller, or pack them as ZIP.",
            most=most // 1_000_000,
        )
    if len(files) > MOST_FILES:
        raise NotAllowedError("answer: {most} files at most; pack them as ZIP.", most=MOST_FILES)
    for file in files:
        if not file.content:
            raise NotAllowedError("answer: the file {name} is empty; nothing was sent.", name=file.name)


def _keep(tx: Tx, desk: Desk, now: int, reference: str, position: int, file: Attachment) -> None:
    parts = [file.content[start : start + PART] for start in range(0, len(file.content), PART)]
    name = json.dumps({"name": file.name[-_LONGEST_NAME:], "media_type": file.media_type}, ensure_ascii=False)
    tx.run(
        "answers.add_file",
        reference=reference,
        position=position,
        name_sealed=desk.vault.seal("answers", name, f"{reference}:{position}:name"),
        size=len(file.content),
        parts=len(parts),
        now=now,
    )
    for number, content in enumerate(parts, start=1):
        sealed = desk.vault.seal("answers", content, f"{reference}:{position}:{number}")
        tx.run("answers.add_part", reference=reference, position=position, part=number, content_sealed=sealed)


def _file(desk: Desk, reference: str, row: Row) -> AnswerFile:
    position = int(row["position"])
    named = json.loads(desk.vault.open("answers", row["name_sealed"], f"{reference}:{position}:name"))
    return AnswerFile(
        position=position,
        name=named["name"],
        media_type=named["media_type"],
        size=int(row["size"]),
        parts=int(row["parts"]),
    )
