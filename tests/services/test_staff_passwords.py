"""Passwords of the console's accounts: how dear they are, what may be one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.crypto import SystemRandomness
from bot.services.staff.passwords import OWASP, Cost, Passwords, Unfit, one_time, unfit
from tests.tools.factors import CHEAP, PASSWORD


def test_a_password_is_kept_by_argon2id_at_the_cost_that_is_advised() -> None:  # R27
    assert (OWASP.memory, OWASP.times, OWASP.lanes) >= (19 * 1024, 2, 1)
    passwords = Passwords()
    kept = passwords.hashed(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.right(kept, PASSWORD)
    assert not passwords.right(kept, PASSWORD + " ")
    assert not passwords.wants_anew(kept)


def test_one_password_is_kept_differently_each_time() -> None:  # R27
    passwords = Passwords(CHEAP)
    assert passwords.hashed(PASSWORD) != passwords.hashed(PASSWORD)


def test_a_hash_of_another_cost_is_checked_and_wanted_anew() -> None:  # R27
    kept = Passwords(CHEAP).hashed(PASSWORD)
    dearer = Passwords(Cost(memory=16, times=2, lanes=1))
    assert dearer.right(kept, PASSWORD)
    assert dearer.wants_anew(kept)


def test_nobodys_hash_is_as_dear_as_any_and_no_password_has_it() -> None:  # R27
    passwords = Passwords(CHEAP)
    assert not passwords.right(passwords.nobodys, PASSWORD)
    assert not passwords.wants_anew(passwords.nobodys)
    assert len(passwords.nobodys) == len(passwords.hashed(PASSWORD))


@pytest.mark.parametrize("kept", ["", "x", "$argon2id$v=19$m=8,t=1,p=1$c2Fs", "plain"])
def test_what_is_no_hash_opens_nothing(kept: str) -> None:
    assert not Passwords(CHEAP).right(kept, PASSWORD)


def test_the_same_password_typed_on_another_keyboard_is_the_same() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.right(passwords.hashed("fjal\u00ebt e mia t\u00eb gjata"), "fjale\u0308t e mia te\u0308 gjata")


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("njëmbëdhjet", Unfit.SHORT),
        ("", Unfit.SHORT),
        ("x1" * 101, Unfit.LONG),
        ("zana.krasniqi", Unfit.LIKE_LOGIN),
        ("Zana.Krasniqi1!", Unfit.LIKE_LOGIN),
        ("zana.krasniqizana.krasniqi", Unfit.LIKE_LOGIN),
        ("Password1234", Unfit.COMMON),
        ("Fjalëkalimi2026!", Unfit.COMMON),
        ("prishtinaprishtina", Unfit.COMMON),
        ("qwertyuiopas", Unfit.COMMON),
        ("123456789012", Unfit.COMMON),
        ("aaaaaaaaaaaaa", Unfit.COMMON),
        ("passwordpassword", Unfit.COMMON),
        ("katër male e një lumë", None),
        ("vetëmshkronja", None),
        ("8302519476013", None),
        ("🐎🔋📎 e drejtë kali", None),
    ],
)
def test_what_may_be_a_password_has_no_rule_but_length_and_being_no_obvious_one(  # R27
    password: str, why: Unfit | None
) -> None:
    assert unfit(password, "zana.krasniqi") is why


@given(st.text(max_size=300))
def test_any_text_is_looked_at_without_an_error(text: str) -> None:
    unfit(text, "zana")
    passwords = Passwords(CHEAP)
    assert passwords.right(passwords.hashed(text), text)


def test_a_password_for_the_first_sign_in_is_long_and_each_is_another() -> None:
    made = {one_time(SystemRandomness()) for _ in range(100)}
    assert len(made) == 100
    assert all(len(one) == 23 and unfit(one, "zana") is None for one in made)
