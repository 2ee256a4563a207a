"""Verifies the log of acts against itself and its signed heads (R47): every kind of tampering is found and named."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.services.desk import Desk
from bot.services.keys import ring
from bot.services.records.audit_chain import GENESIS, Head, Searched, digest, is_genuine, searched
from bot.storage.store import Row, Tx

MOST_FAULTS = 100
_PAGE = 1_000
_LOWEST = -(2**63)  # below every number that a column can hold
_NOT_YET = Searched(act=None, company=None, reference=None, who=None)  # written before there were these columns


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What verifying found: how many entries are sealed and not yet, how many heads, and every fault as a line.

    ``unchecked`` heads were signed by keys that are not known here any more; ``proven`` is the highest entry that a
    checked one covers, ``claimed`` the highest that an unchecked one names.

    The lines are Albanian and name the entry by its number; past ``MOST_FAULTS`` they are only counted.
    """

    sealed: int
    unsealed: int
    heads: int
    faults: tuple[str, ...]
    unchecked: int = 0
    proven: int = field(default=0, compare=False)
    claimed: int = field(default=0, compare=False)


def verify(tx: Tx, desk: Desk, heads: Sequence[Head], told: Callable[[int], None] = lambda _: None) -> Verdict:
    """Check the whole chain and every signed head; memory does not grow with the log (R47).

    Found are entries that were edited, deleted, moved, inserted, or cut off at the end, and columns that the log is
    searched by which say something else than the entry. Heads may lag behind the entries, never lead them. Entries
    that are not sealed yet cannot be checked, and are counted. ``told`` is told now and then how many were checked.
    """
    faults = _Faults()
    chain = _Chain(desk, heads, faults, {key.id: key.since for key in ring.every(tx)})
    after = _LOWEST
    while rows := tx.all("audit.page", after=after, most=_PAGE):
        for row in rows:
            chain.take(row)
        after = rows[-1]["seq"]
        told(chain.count)
    chain.end()
    waiting = tx.first("audit.count_unsealed")
    return Verdict(
        sealed=chain.count, unsealed=int(waiting["entries"]) if waiting else 0, heads=len(heads), faults=faults.lines(),
        unchecked=len(chain.unchecked), proven=max((h.seq for h in chain.heads), default=0),
        claimed=max((h.seq for h in chain.unchecked), default=0),
    )  # fmt: skip


class _Faults:
    """Collects faults, the first ones in words, the rest as a number."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._more = 0

    def add(self, line: str) -> None:
        if len(self._lines) < MOST_FAULTS:
            self._lines.append(line)
        else:
            self._more += 1

    def lines(self) -> tuple[str, ...]:
        more = (f"… dhe {self._more} gabime të tjera.",) if self._more else ()
        return (*self._lines, *more)


class _Chain:
    """Goes along the chain, entry by entry, and along the heads beside it."""

    def __init__(self, desk: Desk, heads: Sequence[Head], faults: _Faults, keys: Mapping[str, int]) -> None:
        self.seq = 0
        self.count = 0
        self._hash = GENESIS
        self._desk = desk
        self._faults = faults
        self._keys = keys
        self.unchecked: list[Head] = []
        self.heads = sorted((h for h in heads if self._genuine(h)), key=lambda h: h.seq)
        self._next = 0

    def _genuine(self, head: Head) -> bool:
        genuine = is_genuine(self._desk, head)
        if not genuine and self._was_left(head):
            self.unchecked.append(head)
        elif not genuine:
            self._faults.add(f"Koka e hyrjes {head.seq} nuk është nënshkruar nga ne: është ndryshuar ose e rreme.")
        return genuine

    def _was_left(self, head: Head) -> bool:
        """Whether a head names a key of the database that is not known here; the first ones named none."""
        if head.key:
            return head.key in self._keys and head.key not in self._desk.vault.keys
        missing = [key for key in self._keys if key not in self._desk.vault.keys]
        return bool(missing) and head.at < max(self._keys.values())

    def take(self, row: Row) -> None:
        """Check the next entry, and the heads up to it."""
        seq = row["seq"]
        if not isinstance(seq, int) or seq < 1:  # SQLite keeps whatever a tamperer writes there
            self._faults.add(f"Hyrja me numrin {seq!r} është futur: vulosja numëron nga 1.")
            return
        adjoins = seq == self.seq + 1
        if not adjoins:
            first, last = self.seq + 1, seq - 1
            which = f"Mungon hyrja {first}" if first == last else f"Mungojnë hyrjet {first}–{last}"
            self._faults.add(f"{which}: fshirë pas vulosjes.")
        linked = row["previous"] == self._hash
        intact = row["hash"] == digest(str(row["previous"]), seq, row["id"], row["body"])
        if not intact and linked:
            self._faults.add(f"Hyrja {seq} është ndryshuar pas vulosjes.")
        elif not intact:
            self._faults.add(f"Hyrja {seq} nuk është në vendin e vet: radha u ndryshua, ose një hyrje u fut a u fshi.")
        elif not linked and adjoins:
            self._faults.add(f"Hyrja {seq} nuk vazhdon nga ajo para saj: hyrja {seq - 1} u ndryshua ose u ndërrua.")
        if intact and not _at_stands_in(row["body"], row["at"]):
            self._faults.add(f"Hyrja {seq}: koha e rreshtit është ndryshuar pas vulosjes.")
        if intact and not _found_as_written(row):
            self._faults.add(f"Hyrja {seq}: kërkimi e gjen si diçka tjetër; kolonat e rreshtit janë ndryshuar.")
        self._pass_heads(seq, str(row["hash"]))
        self.seq, self._hash = seq, str(row["hash"])
        self.count += 1

    def _pass_heads(self, seq: int, digest: str) -> None:
        while self._next < len(self.heads) and self.heads[self._next].seq <= seq:
            head = self.heads[self._next]
            self._next += 1
            if head.seq < seq:
                self._faults.add(f"Koka e nënshkruar e hyrjes {head.seq}: kjo hyrje nuk është më në regjistër.")
            elif head.hash != digest:
                self._faults.add(
                    f"Hyrja {seq} nuk përputhet me kokën e nënshkruar: regjistri deri këtu është shkruar prapë."
                )

    def end(self) -> None:
        """Check that no head leads the entries."""
        if self._next < len(self.heads):
            self._faults.add(
                f"Regjistri është shkurtuar: mbaron te hyrja {self.seq}, "
                f"koka e nënshkruar arrin te hyrja {self.heads[-1].seq}."
            )


def _at_stands_in(body: str, at: object) -> bool:
    try:
        read = json.loads(body)
    except ValueError:
        return False
    return isinstance(read, dict) and read.get("at") == at


def _found_as_written(row: Row) -> bool:
    columns = Searched(act=row["act"], company=row["company"], reference=row["reference"], who=row["who"])
    return columns in {searched(row["body"]), _NOT_YET}
