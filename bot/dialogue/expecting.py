"""What a conversation waits for, for channels that help with it (a keyboard, a code's time); pure, knows no channel."""

import enum
from dataclasses import dataclass

from bot.dialogue.state import Form, State


class Expected(enum.StrEnum):
    """What the next message is expected to be."""

    TEXT = "text"
    NUMBER = "number"  # a phone or customer number
    CODE = "code"


@dataclass(frozen=True, kw_only=True)
class CodeAwaited:
    """The code under way: until when it lives, from when a new one may be asked for (ms UTC), tries left.

    ``left`` is None before any try. ``new_code`` is the id of the choice that asks for a new one.
    """

    expires_at: int
    resend_at: int
    left: int | None
    new_code: str


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What is waited for. ``held``: a person of the company has the conversation."""

    kind: Expected = Expected.TEXT
    code: CodeAwaited | None = None
    held: bool = False


ANYTHING = Expectation()


def expectation(form: Form) -> Expectation:
    """Return what a conversation with this form waits for."""
    held = form.state is State.HELD
    if form.state is State.NUMBER:
        return Expectation(kind=Expected.NUMBER)
    challenge = form.challenge
    if form.state is not State.CODE or challenge is None:
        return Expectation(held=held)
    new_code = next((offer.id for offer in reversed(form.offers) if offer.value == "new_code"), "")
    return Expectation(
        kind=Expected.CODE,
        code=CodeAwaited(
            expires_at=challenge.expires_at, resend_at=challenge.resend_at, left=challenge.left, new_code=new_code
        ),
    )
