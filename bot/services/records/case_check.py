"""Checks a case's sealed file without anything of ours but a public key: pure, no database and no secret."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.services.records.audit_chain import digest
from bot.services.records.sealed_file import Opened, unseal

LOG = "ditari.jsonl"
_ENTRY = ("seq", "id", "previous", "hash", "body")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What checking found: what the file is, how many entries it has, and every fault as an Albanian line."""

    opened: Opened
    entries: int
    unsealed: int
    faults: tuple[str, ...]


def check(raw: bytes, key: str | None = None) -> Checked:
    """Check a file with a public key (hex; None: the one inside): signature, hashes, entries of the log."""
    opened = unseal(raw, key)
    faults = [*opened.faults]
    entries: list[Mapping[str, Any]] = []
    for number, line in enumerate(opened.members.get(LOG, b"").splitlines(), 1):
        try:
            entry = json.loads(line)
            entries.append({name: entry[name] for name in _ENTRY})
        except (ValueError, KeyError, TypeError, RecursionError):
            faults.append(f"{LOG}: rreshti {number} nuk lexohet.")
    if opened.proof:
        faults += _against_the_proof(entries, opened.proof)
    unsealed = sum(entry["seq"] is None for entry in entries)
    return Checked(opened=opened, entries=len(entries), unsealed=unsealed, faults=tuple(faults))


def mapping(value: object) -> Mapping[str, Any]:
    """Return what is an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _against_the_proof(entries: Sequence[Mapping[str, Any]], proof: Mapping[str, Any]) -> Iterator[str]:
    if len(entries) != proof.get("entries"):
        yield f"{LOG}: ka {len(entries)} hyrje, dëshmia thotë {proof.get('entries')}."
    head, references = mapping(proof.get("head")), proof.get("references")
    for entry in entries:
        seq = entry["seq"]
        named = f"{LOG}: hyrja {entry['id'] if seq is None else seq}"
        if _reference(str(entry["body"])) not in (references if isinstance(references, list) else []):
            yield f"{named} nuk i takon këtij rasti."
        if seq is None:
            continue
        if entry["hash"] != digest(str(entry["previous"]), seq, str(entry["id"]), str(entry["body"])):
            yield f"{named} nuk përputhet me hash-in e vet."
        last = head.get("seq")
        if not isinstance(seq, int) or not isinstance(last, int) or seq > last:
            yield f"{named} është pas kokës së zinxhirit."
        elif seq == last and entry["hash"] != head.get("hash"):
            yield f"{named} nuk është koka që thotë dëshmia."
    if mapping(proof.get("chain")).get("faults") != []:
        yield "Kur u nxor skedari, zinxhiri i ditarit nuk ishte i plotë; gabimet janë te deshmia.json."


def _reference(body: str) -> object:
    try:
        return mapping(json.loads(body)).get("reference")
    except (ValueError, RecursionError):
        return None
