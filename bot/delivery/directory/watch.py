"""What is counted of directories by those who run the server; companies and closed sets of words only (R32)."""

import enum
from typing import Protocol


class Outcome(enum.StrEnum):
    """What came of looking somebody up."""

    FOUND = "found"
    NOBODY = "nobody"
    UNUSABLE = "unusable"  # it is there; this answer is worth nothing
    FAILED = "failed"
    PASSED_OVER = "passed_over"  # it is being left alone


class DirectoryWatch(Protocol):
    """Counts."""

    def directory(self, company: str, outcome: str) -> None:
        """Count what came of looking somebody up."""
        ...

    def directory_up(self, company: str, *, up: bool) -> None:
        """Take whether a company's directory answers."""
        ...


class NoWatch(DirectoryWatch):
    """Counts nothing."""

    def directory(self, company: str, outcome: str) -> None:
        """Count nothing."""

    def directory_up(self, company: str, *, up: bool) -> None:
        """Take nothing."""
