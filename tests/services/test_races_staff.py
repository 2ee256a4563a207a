"""What holds when an account, or a program's access, is made, begun anew or used while another does so too (R27)."""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.crypto import SystemRandomness
from bot.errors import InputError, NotAllowedError
from bot.services.desk import Desk
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope
from bot.services.staff import account_changes, accounts, recovery, signing_in, staff_sessions, totp
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Role
from bot.services.staff.signing_in import Attempt, Enrolled, Forward, Gone, Wrong
from bot.services.staff.staff_sessions import StaffSession, Stage
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import looking
from tests.tools.races import afterwards, overlapping

pytestmark = pytest.mark.usefixtures("both_engines")
KEPT, OTHER, ANEW = "a hash", "another hash", "the hash of a password for the first sign-in"


@pytest.fixture
def desk() -> Desk:
    return replace(made_up_desk(), randomness=SystemRandomness())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "races.db"


def made(tx: Tx, desk: Desk) -> Account:
    return account_changes.add(tx, desk, place(), "arta", "zana", "Zana", "", {"alfa": Role.DPO}, KEPT)


def tried(tx: Tx, desk: Desk) -> Attempt:
    """A password that is being checked."""
    attempt = signing_in.attempt(tx, desk, NOW, "zana")
    assert isinstance(attempt, Attempt)
    return attempt


def half(tx: Tx, desk: Desk) -> StaffSession:
    """The half session of who has a password of their own and no authenticator yet."""
    first = signing_in.password_right(tx, desk, place(), tried(tx, desk), None, "Prova")
    assert isinstance(first, Forward)
    own = signing_in.first_password(tx, desk, place(), session(tx, desk, first.token), OTHER)
    assert isinstance(own, Forward)
    return session(tx, desk, own.token)


def session(tx: Tx, desk: Desk, token: str, stage: Stage = Stage.HALF) -> StaffSession:
    found = staff_sessions.find(tx, desk, NOW, token, stage)
    assert found
    return found[0]


def code(tx: Tx, desk: Desk, account: Account) -> str:
    secret = signing_in.offered_secret(tx, desk, account.id)
    assert secret
    return totp.code_at(secret, NOW)


def enrolled(tx: Tx, desk: Desk) -> tuple[Account, StaffSession]:
    """An account, and the session in which its recovery codes are to be kept."""
    account, begun = made(tx, desk), half(tx, desk)
    done = signing_in.confirm_authenticator(tx, desk, place(), begun, code(tx, desk, account))
    assert isinstance(done, Enrolled)
    return account, session(tx, desk, done.token, Stage.CODES)


def reset(desk: Desk, account: Account) -> Callable[[Tx], object]:
    return lambda tx: account_changes.reset(tx, desk, place(), "arta", account, ANEW)


def sessions(file: Path) -> int:
    with looking(file) as tables:
        return tables.count("staff_sessions")


def test_a_password_that_is_replaced_just_now_opens_nothing(file: Path, desk: Desk) -> None:
    account, checked = afterwards(file, lambda tx: (made(tx, desk), tried(tx, desk)))
    told = overlapping(
        file, reset(desk, account), lambda tx: signing_in.password_right(tx, desk, place(), checked, None, "Prova")
    )
    assert isinstance(told, Wrong)
    assert sessions(file) == 0


def test_an_account_that_is_disabled_just_now_opens_nothing(file: Path, desk: Desk) -> None:
    account, checked = afterwards(file, lambda tx: (made(tx, desk), tried(tx, desk)))
    told = overlapping(
        file,
        lambda tx: account_changes.disable(tx, desk, place(), "arta", account),
        lambda tx: signing_in.password_right(tx, desk, place(), checked, None, "Prova"),
    )
    assert isinstance(told, Wrong)
    assert sessions(file) == 0


def test_nobody_comes_in_by_an_account_that_is_begun_anew_just_now(file: Path, desk: Desk) -> None:
    account, keeping = afterwards(file, lambda tx: enrolled(tx, desk))
    told = overlapping(file, reset(desk, account), lambda tx: signing_in.codes_kept(tx, desk, place(), keeping))
    assert isinstance(told, Gone)
    assert sessions(file) == 0


def test_who_came_in_just_before_an_account_is_begun_anew_is_out(file: Path, desk: Desk) -> None:
    account, keeping = afterwards(file, lambda tx: enrolled(tx, desk))
    overlapping(file, lambda tx: signing_in.codes_kept(tx, desk, place(), keeping), reset(desk, account))
    assert sessions(file) == 0


def test_recovery_codes_that_are_kept_twice_at_once_let_in_once(file: Path, desk: Desk) -> None:  # R19
    _, keeping = afterwards(file, lambda tx: enrolled(tx, desk))

    def keep(tx: Tx) -> Forward | Gone:
        return signing_in.codes_kept(tx, desk, place(), keeping)

    assert isinstance(overlapping(file, keep, keep), Gone)
    assert sessions(file) == 1


def test_a_code_confirms_the_authenticator_that_it_came_from(file: Path, desk: Desk) -> None:
    """Who signs in a second time is offered another secret, while the first page sends the code of the one before."""
    account, begun = afterwards(file, lambda tx: (made(tx, desk), half(tx, desk)))
    before = afterwards(file, lambda tx: code(tx, desk, account))
    again = afterwards(file, lambda tx: tried(tx, desk))
    told = overlapping(
        file,
        lambda tx: signing_in.password_right(tx, desk, place(), again, None, "Prova"),
        lambda tx: signing_in.confirm_authenticator(tx, desk, place(), begun, before),
    )
    assert isinstance(told, Wrong)
    assert afterwards(file, lambda tx: signing_in.offered_secret(tx, desk, account.id))


def test_recovery_codes_that_are_made_twice_at_once_are_ten(file: Path, desk: Desk) -> None:
    account, _ = afterwards(file, lambda tx: enrolled(tx, desk))

    def make(tx: Tx) -> object:
        return account_changes.own_recovery_codes(tx, desk, place(), account)

    overlapping(file, make, make)
    assert afterwards(file, lambda tx: recovery.left(tx, account.id)) == recovery.COUNT


def test_a_login_that_is_given_twice_at_once_is_one_account_and_told(file: Path, desk: Desk) -> None:
    def add(tx: Tx) -> bool:
        with contextlib.suppress(InputError):
            made(tx, desk)
            return True
        return False

    assert not overlapping(file, add, add)


def test_a_program_that_is_named_twice_at_once_has_one_token(file: Path, desk: Desk) -> None:
    def add(tx: Tx) -> bool:
        with contextlib.suppress(NotAllowedError):
            tokens.add(tx, desk, place(), "zana", "crm", "alfa", [Scope.EVENTS_READ])
            return True
        return False

    assert not overlapping(file, add, add)
    assert len(afterwards(file, tokens.every)) == 1


def test_an_own_password_does_not_undo_that_the_account_is_begun_anew(file: Path, desk: Desk) -> None:
    def signed_in(tx: Tx) -> tuple[Account, StaffSession]:
        account, keeping = enrolled(tx, desk)
        done = signing_in.codes_kept(tx, desk, place(), keeping)
        assert isinstance(done, Forward)
        return accounts.loaded(tx, desk, account.id), session(tx, desk, done.token, Stage.IN)

    account, here = afterwards(file, signed_in)
    done = overlapping(
        file,
        reset(desk, account),
        lambda tx: account_changes.own_password(tx, desk, place(), account, "a thief's", here.id),
    )
    assert not done
    assert afterwards(file, lambda tx: signing_in.kept_password(tx, account.id)) == ANEW
