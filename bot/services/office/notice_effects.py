"""What a delivered notice does to its case: closes it, extends it, stops its clock, ends a restriction (R34, R41, R58).

It judges nothing (``backoffice`` did, when the notice was sent) and knows no way of delivery.
"""

import datetime as dt
from dataclasses import dataclass, replace

from bot.dialogue.events import CLOSED, CaseState
from bot.services.casework import case_file, deadlines
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import add_working_days, local_day
from bot.services.desk import Desk, Place
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Row, Tx

SYSTEM = "mburoja"  # who stands in a time line where no person acts


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What takes effect when a notice is delivered.

    ``closes`` is the state that the request takes, ``extends`` its new date, ``pauses`` stops its clock,
    ``lifts`` ends the restriction of statistics on ``lift_on``, which is known only after delivery.
    """

    closes: CaseState | None = None
    extends: dt.date | None = None
    pauses: bool = False
    lifts: bool = False
    lift_on: dt.date | None = None

    def __post_init__(self) -> None:
        """Refuse a state that does not close."""
        if self.closes is not None and self.closes not in CLOSED:
            raise ValueError(f"{self.closes} closes no case")


NO_EFFECT = Effect()
_IN_FORCE = {
    CaseState.ANSWERED: Act.REQUEST_ANSWERED,
    CaseState.PARTLY: Act.REQUEST_PARTLY_ANSWERED,
    CaseState.REFUSED: Act.REQUEST_REFUSED,
}


def apply(tx: Tx, desk: Desk, place: Place, reference: str, effect: Effect) -> Effect:
    """Let ``effect`` take effect now; returns it with what only the delivery tells. Raises KeyError for no case.

    A case that its customer took back meanwhile stays as it is, and so does one whose first month is over before
    its extension was told (R34).
    """
    if effect.closes is not None:
        row = tx.first("notices.close_request", reference=reference, state=effect.closes.value, now=place.now)
        _changed(tx, desk, place, row, effect.closes.value, _IN_FORCE[effect.closes])
    if effect.extends is not None:
        _extend(tx, desk, place, case_file.loaded(tx, desk, reference), effect.extends)
    if effect.pauses:
        row = tx.first("notices.pause_request", reference=reference, now=place.now)
        _changed(tx, desk, place, row, "paused", Act.REQUEST_PAUSED)
    if not effect.lifts:
        return effect
    lift_on = add_working_days(local_day(place.now), desk.limits.lifting_working_days)
    facts = {"lift_on": lift_on.isoformat()}
    case_file.note(tx, desk, place.now, reference, "lifting_scheduled", SYSTEM, facts)
    return replace(effect, lift_on=lift_on)


def may_extend(desk: Desk, now: int, stored: Stored) -> bool:
    """Tell whether the first month of a case still runs, its pauses counted, the one under way too (R34)."""
    paused_ms = stored.paused_ms + (now - stored.paused_at if stored.paused_at is not None else 0)
    return deadlines.may_extend(now, stored.received_at, paused_ms, desk.companies[stored.company].rights.deadline)


def _extend(tx: Tx, desk: Desk, place: Place, stored: Stored, until: dt.date) -> None:
    if may_extend(desk, place.now, stored):
        row = tx.first("notices.extend_request", reference=stored.reference, extended_to=until.isoformat())
        _changed(tx, desk, place, row, CaseState.EXTENDED.value, Act.REQUEST_EXTENDED)
        return
    case_file.note(tx, desk, place.now, stored.reference, "extension_too_late", SYSTEM, {})
    body = {"act": "notice.delivered", "state": stored.state.value, "extension": "too_late"}
    case_file.publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)


def _changed(tx: Tx, desk: Desk, place: Place, row: Row | None, what: str, act: Act) -> None:
    if row is None:
        return  # taken back meanwhile, or done already
    stored = case_file.loaded(tx, desk, row["reference"])
    facts: dict[str, str | int] = {"in_force": what, "due_on": stored.due_date.isoformat()}
    if stored.paused_at is not None:
        facts["paused_at"] = stored.paused_at
    case_file.note(tx, desk, place.now, stored.reference, "in_force", SYSTEM, facts)
    case_file.log(tx, desk, place, act, stored, {"who": SYSTEM, **facts})
    body = {"act": "notice.delivered", "state": stored.state.value, **facts}
    case_file.publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)
