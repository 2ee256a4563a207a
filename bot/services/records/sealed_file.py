"""A file for somebody outside, who needs nothing of ours to check it: a ZIP, signed with Ed25519; knows no case.

``manifest.json`` has the SHA-256 of every other member, ``deshmia.json`` that of the manifest, with what else is
attested, and the signature over all that. So whatever is changed, added or taken out is found.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bot.clock import moment

SCHEMA = "mburoja/sealed-file/1"
MANIFEST, PROOF = "manifest.json", "deshmia.json"
PURPOSE = "case-file"  # what the key signs
MOST_BYTES = 200_000_000  # of all members, unpacked
MOST_MEMBERS = 200
_PREFIX = f"{SCHEMA}\n".encode()  # so that what is signed can be nothing else


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A sealed file as it was read: what it attests, its members, and every fault as an Albanian line.

    ``key`` is the public key (hex) with which the signature was checked, ``own_key`` tells that it is the file's own.
    """

    proof: Mapping[str, Any]
    members: Mapping[str, bytes]
    faults: tuple[str, ...]
    key: str
    own_key: bool


def public_key(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key (hex), which may be given to anybody."""
    return key.public_key().public_bytes_raw().hex()


def seal(members: Mapping[str, bytes], attested: Mapping[str, object], key: Ed25519PrivateKey, now: int) -> bytes:
    """Return a ZIP of members (by plain ASCII names) with what is attested of them, signed."""
    told = {name: {"sha256": _sha256(content), "bytes": len(content)} for name, content in sorted(members.items())}
    manifest = pretty({"schema": SCHEMA, "members": told})
    proof = {**attested, "schema": SCHEMA, "manifest_sha256": _sha256(manifest)}
    signed = {"proof": proof, "public_key": public_key(key), "signature": key.sign(_signed(proof)).hex()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, MANIFEST: manifest, PROOF: pretty(signed)}.items():
            info = zipfile.ZipInfo(name, date_time=moment(now).timetuple()[:6])
            info.external_attr = 0o600 << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return written.getvalue()


def unseal(raw: bytes, key: str | None = None) -> Opened:
    """Read a sealed file and check all of it, with a public key (hex) or (None) the one that it brings itself."""
    faults: list[str] = []
    members = _members(raw, faults)
    signed = _object(members.pop(PROOF, b""))
    proof = _inner(signed, "proof")
    used = (str(signed.get("public_key", "")) if key is None else key).strip().lower()
    if not proof:
        faults.append(f"{PROOF} mungon ose nuk lexohet: asgjë nuk vërtetohet.")
    elif not _is_signed(proof, str(signed.get("signature", "")), used):
        faults.append("Nënshkrimi nuk vlen: dëshmia është ndryshuar, ose është nënshkruar me çelës tjetër.")
    manifest = members.pop(MANIFEST, b"")
    if _sha256(manifest) != proof.get("manifest_sha256"):
        faults.append(f"{MANIFEST} mungon ose është ndryshuar.")
    faults += _against(_inner(_object(manifest), "members"), members)
    return Opened(proof=proof, members=members, faults=tuple(faults), key=used, own_key=key is None)


def pretty(value: object) -> bytes:
    """Return JSON that people can read, too."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode("utf-8", "replace")


def _members(raw: bytes, faults: list[str]) -> dict[str, bytes]:
    """Return the members of a ZIP by their names; nothing of one that is too large."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            every = archive.infolist()
            if len(every) > MOST_MEMBERS or sum(info.file_size for info in every) > MOST_BYTES:
                faults.append("Skedari është më i madh se ç’mund të jetë një i yni; nuk u lexua.")
                return {}
            for info in every:
                if info.filename in found:
                    faults.append(f"{info.filename} është dy herë në skedar.")
                with archive.open(info) as member:
                    found[info.filename] = member.read(info.file_size + 1)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError):
        faults.append("Skedari nuk lexohet i tëri si ZIP: është dëmtuar ose ndryshuar.")
    return found


def _against(told: Mapping[str, Any], members: Mapping[str, bytes]) -> list[str]:
    faults = [f"{name} mungon." for name in sorted(told.keys() - members.keys())]
    faults += [f"{name} është shtuar: manifesti nuk e njeh." for name in sorted(members.keys() - told.keys())]
    for name in sorted(told.keys() & members.keys()):
        expected = told[name].get("sha256") if isinstance(told[name], dict) else None
        if expected != _sha256(members[name]):
            faults.append(f"{name} është ndryshuar.")
    return faults


def _is_signed(proof: Mapping[str, Any], signature: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), _signed(proof))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signed(proof: Mapping[str, object]) -> bytes:
    text = json.dumps(proof, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return _PREFIX + text.encode("ascii")


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        read = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _inner(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = value.get(name)
    return inner if isinstance(inner, dict) else {}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
