"""Signing in, step by step, on the services: what each arrow leaves, and what is kept readable."""

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.errors import InputError, NotAllowedError
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk
from bot.services.office import claims
from bot.services.staff import account_changes, accounts, demo_account, recovery, signing_in, staff_sessions, totp
from bot.services.staff.accounts import Account
from bot.services.staff.lockout import Locked
from bot.services.staff.roles import Role
from bot.services.staff.signing_in import ONE_TIME_LIVES, Attempt, Enrolled, Forward, Gone, Step, Stranger, Wrong
from bot.services.staff.staff_sessions import StaffSession, Stage
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx, place
from tests.tools.factors import SECRET

_KEPT = ("id", "login", "name_sealed", "email_sealed", "password_hash", "totp_sealed")
HASH, OTHER = "a hash", "another hash"  # nothing here looks into one


class House:
    """A desk, a database, and an account that was just made."""

    def __init__(self) -> None:
        self.desk: Desk = made_up_desk()
        self.tx: Tx = memory_tx()
        roles = {"alfa": Role.DPO}
        self.account = account_changes.add(
            self.tx, self.desk, place(), "arta", "zana", "Zana Zana", "zana@shembull.example", roles, HASH
        )

    def password(self, now: int = NOW) -> Forward:
        forward = self.tries(now)
        assert isinstance(forward, Forward)
        return forward

    def tries(self, now: int) -> Forward | Wrong | Locked:
        """What comes of the right password."""
        tried = signing_in.attempt(self.tx, self.desk, now, "zana")
        assert isinstance(tried, Attempt)
        return signing_in.password_right(self.tx, self.desk, place(now), tried, None, "Prova")

    def session(self, token: str, stage: Stage = Stage.HALF, now: int = NOW) -> StaffSession | None:
        found = staff_sessions.find(self.tx, self.desk, now, token, stage)
        return found[0] if found else None

    def half(self, forward: Forward) -> StaffSession:
        found = self.session(forward.token)
        assert found
        return found

    def enrol(self) -> Enrolled:
        own = signing_in.first_password(self.tx, self.desk, place(), self.half(self.password()), OTHER)
        assert isinstance(own, Forward)
        secret = signing_in.offered_secret(self.tx, self.desk, self.account.id)
        assert secret
        done = signing_in.confirm_authenticator(self.tx, self.desk, place(), self.half(own), totp.code_at(secret, NOW))
        assert isinstance(done, Enrolled)
        return done

    def secret(self) -> str:
        """The authenticator's."""
        row = self.tx.first("staff.load", id=self.account.id)
        assert row
        return self.desk.vault.open("staff_totp", row["totp_sealed"], self.account.id)

    def everything(self) -> str:
        """All that is kept of accounts, as text."""
        accounts_kept = [str(row[c]) for row in self.tx.all("staff.every") for c in _KEPT]
        return "\n".join([*accounts_kept, *(str(row["body"]) for row in self.tx.all("audit.unsealed", most=100))])


@pytest.fixture
def house() -> House:
    return House()


def test_each_step_of_the_first_sign_in_gives_another_token_and_the_old_one_is_dead(house: House) -> None:  # R19
    first = house.password()
    assert first.step is Step.PASSWORD
    second = signing_in.first_password(house.tx, house.desk, place(), house.half(first), OTHER)
    assert isinstance(second, Forward)
    assert (second.step, house.session(first.token)) == (Step.AUTHENTICATOR, None)
    secret = signing_in.offered_secret(house.tx, house.desk, house.account.id)
    assert secret
    third = signing_in.confirm_authenticator(
        house.tx, house.desk, place(), house.half(second), totp.code_at(secret, NOW)
    )
    assert isinstance(third, Enrolled)
    assert (house.session(second.token), house.session(third.token, Stage.IN)) == (None, None)
    keeping = house.session(third.token, Stage.CODES)
    assert keeping
    fourth = signing_in.codes_kept(house.tx, house.desk, place(), keeping)
    assert isinstance(fourth, Forward)
    assert (fourth.step, house.session(third.token, Stage.CODES)) == (Step.IN, None)
    assert house.session(fourth.token, Stage.IN)
    assert isinstance(signing_in.codes_kept(house.tx, house.desk, place(), keeping), Gone)


def test_a_one_time_password_that_lay_too_long_lets_nobody_in_and_counts_as_no_guess(house: House) -> None:  # R27
    assert isinstance(house.tries(NOW + ONE_TIME_LIVES - 1), Forward)
    for _ in range(10):
        assert house.tries(NOW + ONE_TIME_LIVES) == Wrong(late=True)
    account_changes.reset(house.tx, house.desk, place(NOW + 30 * DAY), "arta", house.account, OTHER)
    assert isinstance(house.tries(NOW + 31 * DAY), Forward)


def test_a_password_of_ones_own_holds_on(house: House) -> None:
    house.enrol()
    assert isinstance(house.tries(NOW + 10 * ONE_TIME_LIVES), Forward)


def test_one_that_was_given_before_the_time_was_noted_holds_on(house: House) -> None:
    house.tx.run("staff.set_password", id=house.account.id, password_hash=HASH, once=1)
    assert isinstance(house.tries(NOW + 10 * ONE_TIME_LIVES), Forward)


def test_no_step_of_the_first_sign_in_can_be_left_out(house: House) -> None:  # R27
    half = house.half(house.password())
    offered = signing_in.offered_secret(house.tx, house.desk, house.account.id)
    assert offered
    code = totp.code_at(offered, NOW)
    assert isinstance(signing_in.confirm_authenticator(house.tx, house.desk, place(), half, code), Gone)
    assert isinstance(signing_in.second_factor(house.tx, house.desk, place(), half, code), Gone)
    assert isinstance(signing_in.recovery_code(house.tx, house.desk, place(), half, "ABCDE-ABCDE"), Gone)


def test_who_is_enrolled_cannot_go_the_way_of_the_first_time_again(house: House) -> None:  # R27
    house.enrol()
    half = house.half(house.password())
    assert isinstance(signing_in.first_password(house.tx, house.desk, place(), half, "hash of a thief"), Gone)
    assert signing_in.offered_secret(house.tx, house.desk, house.account.id) is None
    assert isinstance(signing_in.confirm_authenticator(house.tx, house.desk, place(), half, "123456"), Gone)
    assert house.session(house.password().token), "the half session is still there"


def test_the_code_that_enrolled_cannot_sign_in(house: House) -> None:  # R27
    house.enrol()
    half, code = house.half(house.password()), totp.code_at(house.secret(), NOW)
    assert signing_in.second_factor(house.tx, house.desk, place(), half, code) == Wrong(replayed=True)


def test_nothing_secret_is_kept_readable(house: House) -> None:  # R32, R46
    done = house.enrol()
    kept = house.everything()
    assert not [told for told in (house.secret(), "Zana Zana", "@shembull", done.token, *done.codes) if told in kept]


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(house: House) -> None:  # R27
    tried = signing_in.attempt(house.tx, house.desk, NOW, "zana")
    assert isinstance(tried, Attempt)
    account_changes.reset(house.tx, house.desk, place(), "arta", house.account, OTHER)
    checked = signing_in.password_right(house.tx, house.desk, place(), tried, None, "Prova")
    assert isinstance(checked, Wrong)


def test_a_hash_of_another_cost_is_made_anew_when_the_password_was_right(house: House) -> None:  # R27
    tried = signing_in.attempt(house.tx, house.desk, NOW, "zana")
    assert isinstance(tried, Attempt)
    signing_in.password_right(house.tx, house.desk, place(), tried, OTHER, "Prova")
    assert signing_in.kept_password(house.tx, house.account.id) == OTHER


def test_a_session_ends_after_eight_hours_and_a_half_one_after_ten_minutes(house: House) -> None:  # R20
    token = house.password().token
    assert house.session(token, now=NOW + 10 * MINUTE - 1)
    assert not house.session(token, now=NOW + 10 * MINUTE)
    whole = staff_sessions.begin(house.tx, house.desk, NOW, house.account.id, Stage.IN, "Prova")
    assert house.session(whole, Stage.IN, NOW + 8 * HOUR - 1)
    assert not house.session(whole, Stage.IN, NOW + 8 * HOUR)


def test_a_disabled_account_is_out_at_once_and_is_nobodys_until_it_is_enabled(house: House) -> None:  # R27
    token = staff_sessions.begin(house.tx, house.desk, NOW, house.account.id, Stage.IN, "Prova")
    claims.claim(house.tx, house.desk, NOW, "R-1", "zana")
    claims.claim(house.tx, house.desk, NOW, "R-2", "arta")
    assert account_changes.disable(house.tx, house.desk, place(), "arta", house.account)
    assert list(claims.every(house.tx, NOW)) == ["R-2"], "nobody waits for what they worked on"
    assert not account_changes.disable(house.tx, house.desk, place(), "arta", house.account)
    assert house.session(token, Stage.IN) is None
    assert isinstance(signing_in.attempt(house.tx, house.desk, NOW, "zana"), Stranger)
    assert account_changes.enable(house.tx, house.desk, place(), "arta", house.account)
    assert house.session(token, Stage.IN) is None, "what has ended stays so"
    assert house.password().step is Step.PASSWORD


def test_a_reset_account_has_no_way_in_but_its_new_password(house: House) -> None:  # R27
    done = house.enrol()
    token = staff_sessions.begin(house.tx, house.desk, NOW, house.account.id, Stage.IN, "Prova")
    account_changes.reset(house.tx, house.desk, place(), "arta", house.account, "hash of a new one")
    assert house.session(token, Stage.IN) is None
    assert recovery.left(house.tx, house.account.id) == 0
    half = house.half(house.password())
    assert isinstance(signing_in.recovery_code(house.tx, house.desk, place(), half, done.codes[0]), Gone)
    assert signing_in.step_of(house.tx, house.account.id) is Step.PASSWORD


def test_a_login_is_the_same_in_any_case_and_with_blanks_around_it(house: House) -> None:
    assert isinstance(signing_in.attempt(house.tx, house.desk, NOW, " ZANA "), Attempt)


def test_a_role_is_given_and_taken_away_at_once(house: House) -> None:  # R27
    def roles() -> dict[str, Role]:
        return dict(accounts.loaded(house.tx, house.desk, house.account.id).roles)

    def give(company: str, role: Role | None) -> bool:
        now = accounts.loaded(house.tx, house.desk, house.account.id)
        return account_changes.set_role(house.tx, house.desk, place(), "arta", now, company, role)

    assert give("beta", Role.CLERK)
    assert not give("beta", Role.CLERK)
    assert roles() == {"alfa": Role.DPO, "beta": Role.CLERK}
    assert give("alfa", None)
    assert not give("alfa", None)
    assert roles() == {"beta": Role.CLERK}
    with pytest.raises(InputError, match="gama nuk njihet"):
        give("gama", Role.DPO)


def test_only_a_colleague_stands_in_and_only_for_a_while(house: House) -> None:
    def add(login: str, company: str) -> Account:
        return account_changes.add(house.tx, house.desk, place(), "arta", login, login, "", {company: Role.CLERK}, HASH)

    leka, besa, today = add("leka", "alfa"), add("besa", "beta"), local_day(NOW)

    def stand_in(deputy: Account, days: int) -> None:
        until = today.fromordinal(today.toordinal() + days)
        account_changes.stand_in(house.tx, house.desk, place(), "zana", house.account, deputy, until)

    for deputy, days in ((besa, 3), (house.account, 3), (leka, -1), (leka, 400)):
        with pytest.raises(NotAllowedError):
            stand_in(deputy, days)
    stand_in(leka, 0)
    assert accounts.loaded(house.tx, house.desk, house.account.id).deputy == leka.id


def test_an_account_for_trying_out_is_ready_however_often_it_is_asked_for(house: House) -> None:
    for secret in (SECRET, SECRET[::-1], SECRET):
        made = demo_account.ready(house.tx, house.desk, NOW, "zana", "Zana", {"alfa": Role.DPO}, OTHER, secret)
        assert (made.id, made.enrolled) == (house.account.id, True)
    forward = house.password()
    assert forward.step is Step.SECOND
    code = totp.code_at(SECRET, NOW)
    assert isinstance(signing_in.second_factor(house.tx, house.desk, place(), house.half(forward), code), Forward)
