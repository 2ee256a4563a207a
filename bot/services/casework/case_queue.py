"""The queue of requests: what is open, ordered by when it is due, and what is late; changes nothing."""

import datetime as dt
from dataclasses import dataclass

from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.casework.case_file import stored_cases
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.desk import Desk
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What of the queue is asked for; None means any. Without a state, every open one.

    ``due_before`` leaves what is due on that day or later out: today gives what is late.
    """

    company: str | None = None
    action: Action | None = None
    state: CaseState | None = None
    due_before: dt.date | None = None


def open_cases(tx: Tx, desk: Desk, wanted: Filter, most: int = 100, skip: int = 0) -> tuple[Stored, ...]:
    """Return a page of the queue, what is due first standing first; ``most`` and ``skip`` count requests."""
    rows = tx.all(
        "requests.open_cases",
        company=wanted.company,
        kind=wanted.action.value if wanted.action else None,
        state=wanted.state.value if wanted.state else None,
        due_before=wanted.due_before.isoformat() if wanted.due_before else None,
        most=most,
        skip=skip,
    )
    return stored_cases(desk, rows)


def late(tx: Tx, desk: Desk, now: int) -> tuple[Stored, ...]:
    """Return everything open that is past its date, of every company and in every state, waiting ones too."""
    return stored_cases(desk, tx.all("requests.late", today=local_day(now).isoformat()))
