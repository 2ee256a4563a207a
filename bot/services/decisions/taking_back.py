"""Taking a request back, by its customer's wish; an objection to statistics is lifted with it. Knows no channel."""

from bot.dialogue.effects import LiftStatistics, Shown, TakeBack
from bot.dialogue.events import ActRefused, CaseState, ProofMissing, TakenBack, Why
from bot.policy.actions import Action
from bot.services.casework.case_access import may_end
from bot.services.casework.case_file import load, loaded, locked
from bot.services.casework.cases import Stored
from bot.services.casework.filing import case_of
from bot.services.casework.requests import end
from bot.services.decisions import objections
from bot.services.desk import Desk, Place
from bot.services.identity import customers
from bot.storage.store import Tx


def take_back(tx: Tx, desk: Desk, place: Place, effect: TakeBack) -> TakenBack | ActRefused | ProofMissing:
    """End an open request by its customer's wish; one that is closed otherwise is refused (Why.LOCKED).

    What was taken back already is told again, and nothing is written. Taking an objection to statistics back lifts
    its restriction (R41), by the rules of that.
    """
    filed = load(tx, desk, effect.reference)
    if filed and filed.subject:
        customers.hold(tx, filed.subject)  # before the case, as every act of a customer does
    stored = locked(tx, desk, effect.reference)
    if stored is None or stored.company != effect.company or not may_end(tx, place, stored):
        return ProofMissing(company=effect.company)
    if stored.state is CaseState.WITHDRAWN:
        return TakenBack(case=case_of(tx, desk, stored))
    if not stored.is_open:
        return ActRefused(why=Why.LOCKED)
    if stored.action is Action.OBJECT_STATISTICS and not _lifted(tx, desk, place, stored, effect.shown):
        return ProofMissing(company=effect.company)
    stored = loaded(tx, desk, effect.reference)
    if stored.is_open:
        stored = end(tx, desk, place, stored, effect.shown)
    return TakenBack(case=case_of(tx, desk, stored))


def _lifted(tx: Tx, desk: Desk, place: Place, stored: Stored, shown: Shown) -> bool:
    """Have the restriction lifted, if it is this objection's that holds; tell whether the proof sufficed."""
    if stored.subject is None or not tx.first("requests.restricts", reference=stored.reference):
        return True
    wish = LiftStatistics(company=stored.company, subject=stored.subject, shown=shown)
    return not isinstance(objections.lift_statistics(tx, desk, place, wish), ProofMissing)
