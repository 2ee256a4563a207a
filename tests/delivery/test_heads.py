"""The file of signed heads: appended to, readable by its owner only, and whole again after a crash."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.delivery import heads
from bot.services.records.audit import Head


def head(seq: int) -> Head:
    return Head(seq=seq, hash=f"{seq:064x}", at=seq, signature="ab")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mburoja.db.heads"


def test_what_was_appended_is_read_in_its_order(path: Path) -> None:
    for seq in (5, 9, 12):
        heads.append(path, head(seq))
    assert heads.read(path).heads == (head(5), head(9), head(12))
    assert heads.last(path) == head(12)


def test_where_there_is_no_file_there_are_no_heads(path: Path) -> None:
    assert heads.read(path) == heads.HeadsRead(heads=())
    assert heads.last(path) is None


def test_the_file_is_its_owners_only(path: Path) -> None:
    heads.append(path, head(1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_head_is_on_the_disk_before_append_returns(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # R47
    synced: list[bytes] = []
    monkeypatch.setattr(os, "fsync", lambda _descriptor: synced.append(path.read_bytes()))
    heads.append(path, head(1))
    assert len(synced) == 1
    assert synced[0].endswith(b"}\n")


@pytest.mark.parametrize("kept", [1, 40, 90])
def test_a_line_that_a_crash_tore_is_passed_over_and_taken_away_by_the_next(path: Path, kept: int) -> None:  # R49
    heads.append(path, head(1))
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:kept])
    assert heads.read(path) == heads.HeadsRead(heads=(head(1),))
    assert heads.last(path) == head(1)
    heads.append(path, head(2))
    assert heads.read(path) == heads.HeadsRead(heads=(head(1), head(2)))


def test_a_whole_line_without_its_end_is_kept(path: Path) -> None:
    heads.append(path, head(1))
    path.write_bytes(path.read_bytes().rstrip())
    heads.append(path, head(2))
    assert heads.read(path) == heads.HeadsRead(heads=(head(1), head(2)))


def test_an_unreadable_line_with_others_after_it_is_a_fault(path: Path) -> None:  # R47
    for seq in (1, 2, 3):
        heads.append(path, head(seq))
    lines = path.read_bytes().splitlines()
    lines[1] = lines[1][:30]
    path.write_bytes(b"\n".join(lines) + b"\n")
    read = heads.read(path)
    assert read.heads == (head(1), head(3))
    assert read.faults == ("mburoja.db.heads:2: rreshti nuk lexohet si kokë e nënshkruar.",)


@pytest.mark.parametrize(
    "line", [b"[]", b"null", b'{"seq": 1}', b'{"seq": "x", "hash": "", "at": 0, "signature": ""}', b"\xff"]
)
def test_whatever_stands_there_is_read_or_told(path: Path, line: bytes) -> None:
    path.write_bytes(line + b"\n")
    heads.append(path, head(2))
    read = heads.read(path)
    assert read.heads == (head(2),)
    assert len(read.faults) == 1


def test_several_processes_do_not_tear_one_anothers_lines(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seq: heads.append(path, head(seq)), range(200)))
    read = heads.read(path)
    assert {h.seq for h in read.heads} == set(range(200))
    assert read.faults == ()


def test_the_last_of_many_is_found_at_the_end_of_a_long_file(path: Path) -> None:
    for seq in range(60):
        heads.append(path, head(seq))
    assert path.stat().st_size > 4_096
    assert heads.last(path) == head(59)
