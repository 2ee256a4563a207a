"""Codes of an authenticator (RFC 6238: SHA-1, six digits, 30 s), each time step taken once (R27); knows no table.

The time is an argument, milliseconds UTC.
"""

import base64
import enum
import re

import pyotp

from bot.clock import SECOND
from bot.crypto import Randomness, same

STEP = 30 * SECOND
ISSUER = "Mburoja"
_WINDOW = (-1, 0, 1)  # steps that clocks may differ by
_BYTES = 20  # of a secret: RFC 4226 asks for 160 bits
_SIGNS = re.compile(r"[\s-]+")
_CODE = re.compile(r"[0-9]{6}")


class NoStep(enum.Enum):
    """Why a code opens nothing."""

    WRONG = "wrong"
    REPLAYED = "replayed"  # it, or a later one, was taken before


def new_secret(randomness: Randomness) -> str:
    """Return a secret in base32, 160 bits."""
    return base64.b32encode(bytes.fromhex(randomness.token() + randomness.token())[:_BYTES]).decode()


def step_of(secret: str, typed: str, now: int, taken: int) -> int | NoStep:
    """Return the time step whose code was typed; ``taken`` is the last one that was taken, before which none counts."""
    code = _SIGNS.sub("", typed)
    if not _CODE.fullmatch(code):
        return NoStep.WRONG
    current, made = now // STEP, pyotp.TOTP(secret)
    # Every step is compared, so that the time does not tell which.
    matching = [step for step in (current + off for off in _WINDOW) if same(made.generate_otp(max(step, 0)), code)]
    if not matching:
        return NoStep.WRONG
    return next((step for step in matching if step > taken), NoStep.REPLAYED)


def code_at(secret: str, at: int) -> str:
    """Return the code that an authenticator shows at a time: for the demonstration and for tests."""
    return pyotp.TOTP(secret).generate_otp(at // STEP)


def address(secret: str, login: str) -> str:
    """Return the address (``otpauth://``) that stands in the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def spelled(secret: str) -> str:
    """Return a secret in groups of four, to be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
