"""Codes of an authenticator: those of the standard, the window around now, each taken once."""

import base64

import pytest

from bot.clock import SECOND
from bot.services.staff import totp
from bot.services.staff.totp import NoStep
from tests.tools.desks import NOW, SeededRandomness
from tests.tools.factors import SECRET

RFC = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"),
        (2000000000, "279037"), (20000000000, "353130"),
    ],
)  # fmt: skip
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:  # R27; RFC 6238, appendix B
    assert totp.code_at(RFC, seconds * SECOND) == code
    assert totp.step_of(RFC, code, seconds * SECOND, 0) == seconds // 30


def test_a_clock_may_differ_by_one_step() -> None:  # R27
    def taken(seconds: int) -> int | NoStep:
        return totp.step_of(SECRET, totp.code_at(SECRET, NOW + seconds * SECOND), NOW, 0)

    now = NOW // totp.STEP
    assert [taken(seconds) for seconds in (-60, -30, 0, 30, 60)] == [
        NoStep.WRONG, now - 1, now, now + 1, NoStep.WRONG,
    ]  # fmt: skip


def test_a_step_that_was_taken_is_replayed_and_so_is_every_one_before() -> None:  # R27
    now = NOW // totp.STEP
    before, current, after = (totp.code_at(SECRET, NOW + off * totp.STEP) for off in (-1, 0, 1))
    assert totp.step_of(SECRET, current, NOW, now) is NoStep.REPLAYED
    assert totp.step_of(SECRET, before, NOW, now) is NoStep.REPLAYED
    assert totp.step_of(SECRET, after, NOW, now) == now + 1


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "12345\n6x", "-" * 5000])
def test_what_is_no_code_is_wrong(typed: str) -> None:
    assert totp.step_of(SECRET, typed, NOW, 0) is NoStep.WRONG


def test_a_code_may_be_typed_in_groups() -> None:
    code = totp.code_at(SECRET, NOW)
    assert totp.step_of(SECRET, f" {code[:3]} {code[3:]} ", NOW, 0) == NOW // totp.STEP


def test_a_secret_has_160_bits_and_is_spelled_in_groups() -> None:  # R27
    randomness = SeededRandomness()
    one, other = totp.new_secret(randomness), totp.new_secret(randomness)
    assert one != other
    assert len(base64.b32decode(one)) == 20
    assert totp.spelled(one).replace(" ", "") == one
    assert totp.address(one, "zana") == f"otpauth://totp/Mburoja:zana?secret={one}&issuer=Mburoja"
