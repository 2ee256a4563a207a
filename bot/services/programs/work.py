"""What a program does on a case: it claims it, reports how far it is, and gives it back; it never closes one.

A person decides what the customer is told; the report is what they decide on. Each report stands on the time line, is
audited without its words, and is told as ``request.changed``. Times are milliseconds UTC.
"""

import enum

from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.desk import Desk, Place
from bot.services.office import backoffice
from bot.services.office.claims import Claim
from bot.services.programs import leases
from bot.services.programs.leases import Lease
from bot.services.programs.tokens import Token
from bot.services.records.audit import Act
from bot.storage.store import Tx


class Report(enum.StrEnum):
    """How far a program is."""

    IN_PROGRESS = "in_progress"
    DONE = "done"
    FAILED = "failed"


_ENTRY = "program_"  # on the time line: program_in_progress, program_done, program_failed


class LostError(NotAllowedError):
    """The lease is over, was given back, or somebody took the case over."""


class NothingThereError(NotAllowedError):
    """No such request is the company's."""


class HeldError(NotAllowedError):
    """Another works on it just now; ``until`` is when that claim ends by itself."""

    def __init__(self, claim: Claim) -> None:
        """Take whose it is."""
        super().__init__("{holder} works on {reference} just now.", holder=claim.holder, reference=claim.reference)
        self.until = claim.until


def of_company(tx: Tx, desk: Desk, token: Token, reference: str) -> Stored:
    """Return a case of the token's company, held until the transaction ends. Raises NothingThereError."""
    stored = case_file.locked(tx, desk, reference)
    if stored is None or stored.company != token.company:
        raise NothingThereError("There is no such request.")
    return stored


def claim(tx: Tx, desk: Desk, place: Place, token: Token, reference: str) -> Lease:
    """Claim an open case. Raises NothingThereError, HeldError, NotAllowedError for one that is closed."""
    _still_open(of_company(tx, desk, token, reference))
    taken = leases.take(tx, desk, place.now, reference, token.who)
    if isinstance(taken, Claim):
        raise HeldError(taken)
    return taken


def heartbeat(tx: Tx, desk: Desk, place: Place, token: Token, reference: str, lease: str) -> int:
    """Let a lease go on; returns until when. Raises NothingThereError, LostError."""
    of_company(tx, desk, token, reference)
    until = leases.renew(tx, desk, place.now, reference, lease)
    if until is None:
        raise _lost(reference)
    return until


def release(tx: Tx, desk: Desk, place: Place, token: Token, reference: str, lease: str) -> None:
    """Give a case back undone. Raises NothingThereError, LostError."""
    of_company(tx, desk, token, reference)
    if not leases.release(tx, desk, place.now, reference, lease):
        raise _lost(reference)


def report(  # noqa: PLR0913, PLR0917  these are a report's parts
    tx: Tx, desk: Desk, place: Place, token: Token, reference: str, lease: str, state: Report, text: str
) -> int | None:
    """Note how far the work is; returns until when the lease holds now, None where the end gave it back.

    Raises NothingThereError, LostError, NotAllowedError for a case that was closed meanwhile.
    """
    stored = of_company(tx, desk, token, reference)
    until = leases.renew(tx, desk, place.now, reference, lease)
    if until is None:
        raise _lost(reference)
    _still_open(stored)
    kind = f"{_ENTRY}{state.value}"
    backoffice.acted(tx, desk, place, token.who, stored, Act.REQUEST_NOTED, kind, text)
    if state is Report.IN_PROGRESS:
        return until
    leases.release(tx, desk, place.now, reference, lease)
    return None


def reported(kind: str | None) -> Report | None:
    """Return which report an entry of a time line is; None for any other."""
    return Report(kind.removeprefix(_ENTRY)) if kind and kind.startswith(_ENTRY) else None


def _still_open(stored: Stored) -> None:
    if not stored.is_open:
        raise NotAllowedError(
            "{reference} is closed ({state}): there is nothing left to do on it.",
            reference=stored.reference, state=stored.state.value,
        )  # fmt: skip


def _lost(reference: str) -> LostError:
    return LostError(
        "The lease on {reference} is over, or somebody took the request over: stop working on it, and claim it again.",
        reference=reference,
    )
