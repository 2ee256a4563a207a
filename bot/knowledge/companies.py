"""Reads a company's folder: its texts, how they are cut, its answers, its grid, its rights, its looks."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from bot.errors import DataError
from bot.knowledge.fields import Fields
from bot.knowledge.rights import read_rights
from bot.knowledge.widget import read_widget
from bot.knowledge.yamlfile import read_yaml
from bot.nlu.fold import fold
from bot.policy.answers import Answer, Approval, Grid
from bot.policy.clauses import Anchor, AnchorNotFoundError, EntryKind, PolicyText, Version, cut
from bot.policy.company import Agency, Company, Decides, Edition

_COMPANY_KEYS = {"id", "name", "aliases", "contact", "acts", "agency", "switched_off", "decides"}
_ANSWER_KEYS = {"topic", "label", "says", "cites", "then", "silent", "approved"}
_ENTRY_KEYS = {"id", "section", "gap", "label", "starts", "part_of"}
_KINDS = {"id": EntryKind.CLAUSE, "section": EntryKind.SECTION, "gap": EntryKind.GAP}


def read_company(folder: Path, name: str, faults: list[str]) -> Company | None:
    """Read one company with every edition of its policy; None when it cannot be put together.

    ``name`` is how faults call the folder. Every fault found is added to ``faults``.
    """
    try:
        editions = _editions(folder, name, faults)
        head = Fields(read_yaml(folder / "company.yaml", f"{name}/company.yaml"), (), faults)
    except DataError as error:
        faults.extend(error.faults)
        return None
    head.only(_COMPANY_KEYS)
    if not editions:
        return None
    if head.text("id") != folder.name:
        head.fault("id", f"the id must be the folder's name, {folder.name!r}")
    agency = head.inner("agency")
    acts = head.inner("acts")
    return Company(
        id=folder.name,
        name=head.text("name"),
        aliases=tuple(_aliases(head)),
        acts={key: acts.text(key) for key in acts.value} if acts else {},
        contact=head.text("contact"),
        agency=_agency(agency) if agency else None,
        switched_off=frozenset(head.texts("switched_off", required=False)),
        editions=editions,
        rights=read_rights(folder, name, faults),
        appearance=read_widget(folder, name, faults),
        decides=_decides(head),
    )


def _decides(head: Fields) -> Decides:
    written = head.optional_text("decides") or Decides.DPO.value
    if written not in set(Decides):
        head.fault("decides", f"{written!r} is none of {', '.join(Decides)}")
        return Decides.DPO
    return Decides(written)


def _aliases(head: Fields) -> Iterator[str]:
    for alias in head.texts("aliases"):
        folded = fold(alias)
        if folded:
            yield folded
        else:
            head.fault("aliases", f"{alias!r} has no letters (write how people call the company)")


def _agency(fields: Fields) -> Agency:
    fields.only({"name", "confirmed", "topics"})
    return Agency(
        name=fields.text("name"), confirmed=fields.date("confirmed"), topics=frozenset(fields.texts("topics"))
    )


def _editions(folder: Path, name: str, faults: list[str]) -> tuple[Edition, ...]:
    """Read ``clauses.yaml`` and any ``clauses-<suffix>.yaml`` beside it, each with the answers of its suffix."""
    paths = sorted(folder.glob("clauses*.yaml"))
    if not paths:
        raise DataError([f"{name}/clauses.yaml: the file is missing (see docs/adding-a-company.md)"])
    editions = []
    for path in paths:
        suffix = path.stem.removeprefix("clauses")
        text = _read_text(path, name, faults)
        own = folder / f"answers{suffix}"
        answers = _answers(own if own.is_dir() else folder / "answers", name, faults)
        grid = _grid(folder, name, faults)
        if text:
            editions.append(Edition(text=text, answers=answers, grid=grid))
    return tuple(sorted(editions, key=lambda e: e.text.version.effective))


def _read_text(path: Path, name: str, faults: list[str]) -> PolicyText | None:
    file = read_yaml(path, f"{name}/{path.name}")
    head = Fields(file, (), faults)
    head.only({"version", "clauses"})
    fields = head.inner("version")
    if fields is None:
        head.fault("", "'version' is missing")
        return None
    read = _pinned(path.parent, name, fields)
    effective = fields.date("effective")
    if effective is None:
        fields.fault("effective", "'effective' must be a date (from which day this text holds)")
    if read is None or effective is None:
        return None
    text, digest = read
    version = Version(id=fields.text("id"), dated=fields.date("dated"), effective=effective, sha256=digest)
    entries = [(entry, anchor) for entry in head.items("clauses") if (anchor := _anchor(entry))]
    seen: set[str] = set()
    for entry, anchor in entries:
        if anchor.id in seen:
            entry.fault("", f"the id {anchor.id!r} stands twice (give each entry its own)")
        seen.add(anchor.id)
    if not any(anchor.starts for _, anchor in entries):
        head.fault("clauses", "no entry has a `starts` (copy the first words of each clause)")
        return None
    try:
        cuts = cut(text, [anchor for _, anchor in entries])
    except AnchorNotFoundError as error:
        entries[error.number][0].fault(
            "",
            f"{error.anchor.starts!r} is not found in {name}/{fields.text('text')} after the entry before it"
            " (copy the first words of the clause)",
        )
        return None
    return PolicyText(company=path.parent.name, text=text, version=version, entries=cuts)


def _pinned(folder: Path, name: str, fields: Fields) -> tuple[str, str] | None:
    """Return the text and its hash, or None with a fault when it is missing or not the pinned one."""
    fields.only({"id", "text", "dated", "effective", "sha256"})
    text_name = fields.text("text")
    try:
        raw = (folder / text_name).read_bytes()
        text = raw.decode("utf-8")
    except OSError:
        fields.fault(
            "text", f"the policy text {name}/{text_name} is missing (put the company's text back, byte for byte)"
        )
        return None
    except UnicodeDecodeError:
        fields.fault("text", f"{name}/{text_name} is not UTF-8")
        return None
    digest = hashlib.sha256(raw).hexdigest()
    pinned = fields.text("sha256")
    if digest == pinned:
        return text, digest
    fields.fault(
        "sha256",
        f"{name}/{text_name} is not the text that the answers were written for: its hash is {digest}, pinned is"
        f" {pinned} (restore the text; a new version is a new file beside it)",
    )
    return None


def _anchor(entry: Fields) -> Anchor | None:
    entry.only(_ENTRY_KEYS)
    keys = [key for key in _KINDS if key in entry.value]
    if len(keys) != 1:
        entry.fault("", "an entry needs exactly one of id, section, gap")
        return None
    return Anchor(
        kind=_KINDS[keys[0]],
        id=entry.text(keys[0]),
        label=entry.text("label"),
        starts=entry.text("starts") if "starts" in entry.value else None,
        part_of=entry.optional_text("part_of"),
    )


def _answers(folder: Path, name: str, faults: list[str]) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise DataError([f"{name}/answers/: no answers (see docs/adding-a-company.md)"])
    for path in paths:
        head = Fields(read_yaml(path, f"{name}/{folder.name}/{path.name}"), (), faults)
        head.only({"answers"})
        for entry in head.items("answers"):
            entry.only(_ANSWER_KEYS)
            topic = entry.text("topic")
            if topic in answers:
                entry.fault("topic", f"the topic {topic!r} has two answers (keep one)")
            approved = entry.inner("approved")
            if approved:
                approved.only({"by", "on"})
            day = approved.date("on") if approved else None
            if approved and day is None:
                entry.fault("approved", "an approval needs `by` and `on`")
            answers[topic] = Answer(
                company=folder.parent.name,
                topic=topic,
                part=path.stem,
                label=entry.text("label"),
                says=entry.text("says"),
                cites=entry.texts("cites"),
                then=entry.texts("then", required=False),
                silent=entry.flag("silent"),
                place=entry.file.at(*entry.path, "topic"),
                approval=Approval(by=approved.text("by"), on=day) if approved and day else None,
            )
    return answers


def _grid(folder: Path, name: str, faults: list[str]) -> Grid:
    path = folder / "grid.yaml"
    if not path.exists():
        return Grid(cells={}, overview={})
    head = Fields(read_yaml(path, f"{name}/grid.yaml"), (), faults)
    head.only({"purposes", "overview"})
    purposes = head.inner("purposes")
    cells: dict[str, dict[str, str]] = {}
    for purpose in purposes.value if purposes else ():
        row = purposes.inner(purpose) if purposes else None
        cells[purpose] = {aspect: row.text(aspect) for aspect in row.value} if row else {}
    overview = head.inner("overview")
    return Grid(cells=cells, overview={a: overview.text(a) for a in overview.value} if overview else {})
