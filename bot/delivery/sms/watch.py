"""What is counted of messages by those who run the server; names of gateways and closed sets of words only (R32)."""

import enum
from typing import Protocol


class Outcome(enum.StrEnum):
    """What came of giving a message to a gateway."""

    TAKEN = "taken"
    REFUSED = "refused"  # for good
    FAILED = "failed"  # for now
    NO_ANSWER = "no_answer"  # nobody knows whether it was taken
    PASSED_OVER = "passed_over"  # the gateway rested


class SmsWatch(Protocol):
    """Counts."""

    def sms(self, gateway: str, outcome: str) -> None:
        """Count what came of giving a message to a gateway."""
        ...

    def sms_up(self, gateway: str, *, up: bool) -> None:
        """Take whether a gateway is well."""
        ...

    def sms_receipt(self, gateway: str, state: str) -> None:
        """Count a receipt."""
        ...


class NoWatch(SmsWatch):
    """Counts nothing."""

    def sms(self, gateway: str, outcome: str) -> None:
        """Count nothing."""

    def sms_up(self, gateway: str, *, up: bool) -> None:
        """Take nothing."""

    def sms_receipt(self, gateway: str, state: str) -> None:
        """Count nothing."""
