"""Waits after wrong passwords and codes: how they grow, what ends them, and that many at once get no more tries."""

import asyncio
import functools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import DAY, MINUTE
from bot.services.desk import Desk
from bot.services.staff import account_changes, demo_account, lockout, signing_in, staff_sessions, totp
from bot.services.staff.accounts import Account
from bot.services.staff.lockout import FREE, WAITS, Counted, Locked, Strangers
from bot.services.staff.roles import Role
from bot.services.staff.signing_in import Forward, Gone
from bot.services.staff.staff_sessions import StaffSession, Stage
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx, place
from tests.tools.engines import TWICE, open_store
from tests.tools.factors import SECRET, wrong

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Office:
    """A desk and an account on it."""

    desk: Desk
    account: Account
    tx: Tx


def made(tx: Tx, desk: Desk) -> Account:
    return demo_account.ready(tx, desk, NOW, "zana", "Zana", {"alfa": Role.DPO}, "a hash", SECRET)


@pytest.fixture
def office() -> Office:
    desk, tx = made_up_desk(), memory_tx()
    return Office(desk=desk, account=made(tx, desk), tx=tx)


@functools.cache
def _database() -> Tx:
    """One for all examples of a property."""
    return memory_tx()


def half(tx: Tx, desk: Desk, account: Account, now: int = NOW) -> StaffSession:
    """A half session, as the right password begins one."""
    token = staff_sessions.begin(tx, desk, now, account.id, Stage.HALF, "Prova")
    found = staff_sessions.find(tx, desk, now, token, Stage.HALF)
    assert found
    return found[0]


def test_four_tries_are_free_and_then_the_waits_grow_to_an_hour(office: Office) -> None:  # R27
    now, waits = NOW, []
    for _ in range(10):
        counted = lockout.count(office.tx, now, office.account.id)
        assert isinstance(counted, Counted)
        waits.append((counted.locked_until or now) - now)
        now = counted.locked_until or now
    assert waits == [0] * (FREE - 1) + [*WAITS, WAITS[-1], WAITS[-1]]
    assert [wait // MINUTE for wait in WAITS] == [1, 5, 15, 60]


def test_a_lock_holds_to_its_last_moment_and_is_told_with_its_end(office: Office) -> None:  # R27
    for _ in range(FREE):
        lockout.count(office.tx, NOW, office.account.id)
    assert lockout.count(office.tx, NOW + MINUTE - 1, office.account.id) == Locked(until=NOW + MINUTE)
    assert isinstance(lockout.count(office.tx, NOW + MINUTE, office.account.id), Counted)


def test_a_right_password_is_taken_back_but_never_unlocks_what_others_locked(office: Office) -> None:  # R27
    tx, staff = office.tx, office.account.id
    counts = [lockout.count(tx, NOW, staff) for _ in range(FREE - 1)]
    right, guess = counts[-1], lockout.count(tx, NOW, staff)
    assert isinstance(right, Counted)
    assert isinstance(guess, Counted)
    assert guess.locked_until
    lockout.forgive(tx, staff, right)  # counted before the one that locked
    assert lockout.is_locked(tx, NOW, staff)


def test_a_right_password_on_the_last_free_try_ends_its_own_lock(office: Office) -> None:  # R27
    tx, staff = office.tx, office.account.id
    for _ in range(FREE):
        counted = lockout.count(tx, NOW, staff)
    assert isinstance(counted, Counted)
    lockout.forgive(tx, staff, counted)
    assert not lockout.is_locked(tx, NOW, staff)
    again = lockout.count(tx, NOW, staff)
    assert again == Counted(failures=FREE, locked_until=NOW + MINUTE)


def test_signing_in_and_unlocking_begin_the_count_anew(office: Office) -> None:  # R27
    for _ in range(FREE):
        lockout.count(office.tx, NOW, office.account.id)
    assert account_changes.unlock(office.tx, office.desk, place(), "arta", office.account)
    assert not account_changes.unlock(office.tx, office.desk, place(), "arta", office.account)
    assert lockout.count(office.tx, NOW, office.account.id) == Counted(failures=1, locked_until=None)
    waiting = half(office.tx, office.desk, office.account)
    code = totp.code_at(SECRET, NOW)
    assert isinstance(signing_in.second_factor(office.tx, office.desk, place(), waiting, code), Forward)
    assert lockout.count(office.tx, NOW, office.account.id) == Counted(failures=1, locked_until=None)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 90 * MINUTE)), max_size=60))
def test_no_mixture_of_right_passwords_and_wrong_codes_gives_more_tries(steps: list[tuple[bool, int]]) -> None:  # R27
    tx = _database()
    account, now, compared = made(tx, made_up_desk()), NOW, list[int]()
    lockout.clear(tx, account.id)
    for right, later in steps:
        now += later
        counted = lockout.count(tx, now, account.id)
        if isinstance(counted, Counted) and right:
            lockout.forgive(tx, account.id, counted)
        elif isinstance(counted, Counted):
            compared.append(now)
    for at in range(FREE - 1, len(compared) - 1):
        assert compared[at + 1] - compared[at] >= WAITS[min(at - FREE + 1, len(WAITS) - 1)]


def test_logins_that_are_nobodys_wait_the_same(office: Office) -> None:  # R27
    office, strangers, now = (
        Office(desk=made_up_desk(), account=made(tx := memory_tx(), made_up_desk()), tx=tx),
        Strangers(),
        NOW,
    )
    for later in (0, 0, 1, 0, 0, 30_000, 0, 30_000, MINUTE, 4 * MINUTE, DAY, 0, 0):
        now += later
        assert strangers.count("somebody", now) == lockout.count(office.tx, now, office.account.id)


def test_only_so_many_logins_that_are_nobodys_are_remembered() -> None:  # R27
    strangers = Strangers(most=100)
    for number in range(1000):
        strangers.count(f"{number}", NOW)
    assert len(strangers) == 100


def on_one_store(file: Path, desk: Desk, works: Callable[[Tx, Account], Sequence[Callable[[Tx], T]]]) -> list[T]:
    """Do works at once on the real store, after an account was made on it."""

    async def run() -> list[T]:
        store = open_store(file)
        try:
            ready = await store.transact(lambda tx: works(tx, made(tx, desk)))
            return list(await asyncio.gather(*(store.transact(work) for work in ready)))
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.mark.skipif(TWICE, reason="what a run that is undone has compared is told to nobody, and not counted")
@pytest.mark.usefixtures("both_engines")
def test_a_hundred_wrong_codes_at_once_are_compared_five_times(  # R27, as R4
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, compared, compare = made_up_desk(), list[str](), totp.step_of

    def counting(secret: str, typed: str, now: int, taken: int) -> int | totp.NoStep:
        compared.append(typed)
        return compare(secret, typed, now, taken)

    monkeypatch.setattr(totp, "step_of", counting)
    code = wrong(totp.code_at(SECRET, NOW))

    def works(tx: Tx, account: Account) -> Sequence[Callable[[Tx], object]]:
        halves = [half(tx, desk, account) for _ in range(100)]
        return [
            functools.partial(signing_in.second_factor, desk=desk, place=place(), half=one, typed=code)
            for one in halves
        ]

    results = on_one_store(tmp_path / "a.db", desk, works)
    assert len(compared) == FREE
    assert Counter(type(result).__name__ for result in results) == {"Wrong": FREE - 1, "Locked": 100 - FREE + 1}


@pytest.mark.usefixtures("both_engines")
def test_a_hundred_wrong_passwords_at_once_get_five_checks(tmp_path: Path) -> None:  # R27, as R4
    desk = made_up_desk()

    def works(_tx: Tx, account: Account) -> Sequence[Callable[[Tx], object]]:
        return [lambda tx: signing_in.attempt(tx, desk, NOW, account.login)] * 100

    results = on_one_store(tmp_path / "a.db", desk, works)
    assert Counter(type(result).__name__ for result in results) == {"Attempt": FREE, "Locked": 100 - FREE}


@pytest.mark.usefixtures("both_engines")
def test_a_right_code_sent_sixteen_times_at_once_lets_in_once_and_locks_nobody_out(tmp_path: Path) -> None:  # R27
    desk, code = made_up_desk(), totp.code_at(SECRET, NOW)

    def works(tx: Tx, account: Account) -> Sequence[Callable[[Tx], object]]:
        one = half(tx, desk, account)
        return [lambda tx: signing_in.second_factor(tx, desk, place(), one, code)] * 16

    results = on_one_store(tmp_path / "a.db", desk, works)
    assert Counter(type(result).__name__ for result in results) == {"Forward": 1, "Gone": 15}


@pytest.mark.usefixtures("both_engines")
def test_a_recovery_code_tried_sixteen_times_at_once_lets_in_once(tmp_path: Path) -> None:  # R27, as R3
    desk = made_up_desk()

    def works(tx: Tx, account: Account) -> Sequence[Callable[[Tx], object]]:
        codes = account_changes.own_recovery_codes(tx, desk, place(), account)
        halves = [half(tx, desk, account) for _ in range(16)]
        return [
            functools.partial(signing_in.recovery_code, desk=desk, place=place(), half=one, typed=codes[0])
            for one in halves
        ]

    results = on_one_store(tmp_path / "a.db", desk, works)
    assert sum(isinstance(result, Forward) for result in results) == 1
    assert not any(isinstance(result, Gone) for result in results)
