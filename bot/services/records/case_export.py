"""One case as a sealed file for the supervisory authority: what, when, by whom, and the proof that nothing was changed.

``gather`` reads everything in one transaction, ``sealed`` is pure; ``case_check`` checks what it made. The page that
people read is made by whoever has the words for it. A conversation is not in it: its customer let the officer read it,
nobody else.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.crypto import Vault
from bot.errors import NotAllowedError
from bot.policy.company import Company
from bot.services.casework import answer_files, case_file, kept_parts
from bot.services.casework.answer_files import AnswerFile
from bot.services.casework.cases import Basis, Stored
from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.contacts import mask, read_reach
from bot.services.office import backoffice_view, notices
from bot.services.office.backoffice_view import iso
from bot.services.records import audit, audit_search, events, sealed_file
from bot.services.records.audit import Verdict
from bot.services.records.audit_search import Found
from bot.services.records.case_check import LOG
from bot.storage.store import Tx

SCHEMA = "mburoja/case/1"
PAGE, CASE, POLICY, FILES, READ_ME = "rasti.html", "rasti.json", "politika.json", "skedaret.json", "LEXO.txt"
_HOW = "sha256(previous ':' seq ':' id ':' body), UTF-8, hex"
_SPACE = re.compile(r"[\s,]+")
_READ_ME = """Rasti {reference}, nxjerrë nga Mburoja më {at}.

rasti.html      rasti për ta lexuar dhe shtypur
rasti.json      i njëjti rast si të dhëna: kërkesa, fjalët e klientit, ecuria, njoftimet, konfirmimet
politika.json   pikat e politikës ashtu si ishin, me SHA-256 të tekstit
skedaret.json   skedarët e përgjigjes me SHA-256 (vetë skedarët te skedaret/, nëse u zgjodhën)
ditari.jsonl    çdo hyrje e ditarit për këtë rast, me numrin, hash-in e mëparshëm dhe të vetin
deshmia.json    çka vërtetohet: gjendja e zinxhirit, hash-i i manifestit, nënshkrimi (Ed25519)
manifest.json   SHA-256 i çdo pjese

Për ta kontrolluar: mburoja audit check {name} --key ÇELËSI
Çelësin publik e jep kompania (mburoja audit key), me rrugë tjetër nga ky skedar.
"""


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """All that goes into the file, as it stood at one moment. ``contents`` are the answer's files, if wanted.

    ``references`` are the case's own, and that of the matter for a person that it was before.
    """

    reference: str
    references: tuple[str, ...]
    company: str
    now: int
    case: Mapping[str, Any]
    policy: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    contents: Mapping[str, bytes]
    entries: tuple[Found, ...]
    head: Mapping[str, Any] | None

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"rasti-{self.reference}.zip"


def gather(tx: Tx, desk: Desk, now: int, reference: str, who: str, *, with_files: bool) -> Gathered:
    """Read a case. Raises NotAllowedError where there is none, or its log cannot be searched yet."""
    stored = case_file.load(tx, desk, reference)
    if stored is None:
        raise NotAllowedError("There is no request {reference}.", reference=reference)
    if not audit_search.is_indexed(tx):
        raise NotAllowedError("Older entries of the log are still being put in order; try again in some minutes.")
    company = desk.companies[stored.company]
    before = stored.body.fields.get("escalation", "")
    references = (*((before,) if before else ()), reference)
    entries = tuple(entry for each in references for entry in audit_search.of_case(tx, each))
    files = tuple(_files(tx, desk, reference))
    head = audit.current_head(tx, desk, now)
    return Gathered(
        reference=reference,
        references=references,
        company=company.id,
        now=now,
        case=_case(tx, desk, now, stored, company, who),
        policy=_policy(company, stored, entries),
        files=[{**told, "included": with_files} for told, _ in files],
        contents={str(told["member"]): content for told, content in files} if with_files else {},
        entries=entries,
        head={"seq": head.seq, "hash": head.hash, "at": iso(head.at)} if head else None,
    )


def sealed(vault: Vault, gathered: Gathered, page: bytes, verdict: Verdict) -> bytes:
    """Return the file; ``page`` is what people read (HTML), ``verdict`` what verifying the whole chain just found."""
    lines = [json.dumps(_entry(each), ensure_ascii=False) + "\n" for each in gathered.entries]
    read_me = _READ_ME.format(reference=gathered.reference, at=iso(gathered.now), name=gathered.name)
    members = {
        READ_ME: read_me.encode(),
        PAGE: page,
        CASE: sealed_file.pretty(gathered.case),
        POLICY: sealed_file.pretty(gathered.policy),
        FILES: sealed_file.pretty(gathered.files),
        LOG: "".join(lines).encode("utf-8", "replace"),
        **gathered.contents,
    }
    attested = {
        "reference": gathered.reference,
        "references": list(gathered.references),
        "company": gathered.company,
        "exported_at": iso(gathered.now),
        "head": gathered.head,
        "chain": {
            "verified_at": iso(gathered.now),
            "sealed": verdict.sealed,
            "unsealed": verdict.unsealed,
            "signed_heads": verdict.heads,
            "faults": list(verdict.faults),
        },
        "entries": len(gathered.entries),
        "entries_unsealed": sum(each.seq is None for each in gathered.entries),
        "hash": _HOW,
    }
    return sealed_file.seal(members, attested, vault.signing_key(sealed_file.PURPOSE), gathered.now)


def _case(tx: Tx, desk: Desk, now: int, stored: Stored, company: Company, who: str) -> Mapping[str, Any]:
    shown = backoffice_view.show(tx, desk, now, stored.reference)
    subject = stored.subject
    return {
        **shown,
        "schema": SCHEMA,
        "exported_at": iso(now),
        "exported_by": who,
        "controller": {"id": company.id, "name": company.name, "contact": company.contact},
        "reply_to": _masked(stored.reply_to),
        "numbers": [mask(number) for number in customers.numbers_of(tx, desk, subject)] if subject else [],
        "shown_before": _basis(stored.body.basis),
        "asked_again": [
            {"at": iso(each.at), "channel": each.channel, "fields": dict(each.fields), "shown": _basis(each.basis)}
            for each in stored.body.joined
        ],
        "notices": [
            {
                "kind": each.kind.value,
                "text": each.text,
                "route": each.route.value if each.route else "",
                "sent_at": iso(each.created_at),
                "delivered_at": iso(each.delivered_at),
                "delivered_by": each.delivered_by or "",
            }
            for each in notices.of_case(tx, desk, stored.reference)
        ],
        "events": [
            {
                "id": each.id,
                "type": each.kind.value,
                "at": iso(each.at),
                "acknowledged_at": iso(each.acknowledged_at),
                "acknowledged_by": each.acknowledged_by or "",
            }
            for each in events.of_reference(tx, desk, stored.reference)
        ],
        "kept": [
            {**asdict(each), "due_on": each.due_on.isoformat(), "done_at": iso(each.done_at)}
            for each in kept_parts.of_case(tx, desk, stored.reference)
        ],
        "erased_at": iso(stored.erased_at),
    }


def _basis(basis: Basis | None) -> Mapping[str, Any] | None:
    return asdict(basis) if basis else None


def _masked(reply_to: str) -> str:
    """Return an address as it stands, a telephone number masked (R46)."""
    reach = read_reach(reply_to)
    return reach.masked if reach and "@" not in reach.value and reach.value else reply_to


def _policy(company: Company, stored: Stored, entries: Sequence[Found]) -> Mapping[str, Any]:
    """Return every clause that the case names, from the edition whose hash stands beside it (R39)."""
    named: dict[str, set[str]] = {}
    bases = [stored.body.basis, *(each.basis for each in stored.body.joined)]
    for basis in bases:
        if basis:
            named.setdefault(basis.policy_sha256, set()).update(basis.clauses)
    for entry in entries:
        details = entry.read.get("details") or {}
        sha256 = details.get("policy_sha256")
        if sha256:
            named.setdefault(str(sha256), set()).update(filter(None, _SPACE.split(str(details.get("clauses", "")))))
    return {"company": company.id, "texts": [_text(company, sha256, named[sha256]) for sha256 in sorted(named)]}


def _text(company: Company, sha256: str, clauses: set[str]) -> Mapping[str, Any]:
    text = next((e.text for e in company.editions if e.text.version.sha256 == sha256), None)
    return {
        "sha256": sha256,
        "version": text.version.id if text else None,
        "kept": text is not None,
        "clauses": [
            {"clause": clause, "text": text.passage(clause).quote if text and clause in text else None}
            for clause in sorted(clauses)
        ],
    }


def _files(tx: Tx, desk: Desk, reference: str) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    for file in answer_files.kept(tx, desk, reference):
        content = b"".join(_parts(tx, desk, reference, file))
        told = {
            "position": file.position,
            "name": file.name,
            "media_type": file.media_type,
            "bytes": file.size,
            "sha256": hashlib.sha256(content).hexdigest(),
            "member": f"skedaret/{file.position:02}{_ending(file.name)}",
        }
        yield told, content


def _parts(tx: Tx, desk: Desk, reference: str, file: AnswerFile) -> Iterator[bytes]:
    for number in range(1, file.parts + 1):
        yield answer_files.part(tx, desk, reference, file.position, number) or b""


def _ending(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return found[0].lower() if found else ""


def _entry(found: Found) -> Mapping[str, Any]:
    return {"seq": found.seq, "id": found.id, "previous": found.previous, "hash": found.hash, "body": found.body}
