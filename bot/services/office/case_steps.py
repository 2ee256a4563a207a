"""What is to be done next with a case, and what may be done at all; pure but for what the rules look up.

The rules are ``office_rules``' alone: here they are only asked beforehand, so that a page shows what they would say.
"""

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.dialogue.events import CaseState
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework.cases import Stored
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import office_rules
from bot.services.office.notice_effects import may_extend
from bot.services.office.notices import Notice, NoticeKind
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

_OBJECTIONS = frozenset({Action.OBJECT_STATISTICS, Action.DSAR_OBJECTION})


class Step(enum.StrEnum):
    """What a person does next with a case."""

    NOTHING = "nothing"  # it is closed, or erased
    READ = "read"  # the customer wrote after it was closed
    SEND_BY_HAND = "send_by_hand"
    APPLY = "apply"  # in the company's own systems
    WAIT_DELIVERY = "wait_delivery"
    WAIT_CUSTOMER = "wait_customer"
    ACT_LATE = "act_late"  # it waits for the customer, and its time is over
    TAKE = "take"
    END_MARKETING = "end_marketing"
    PROVE = "prove"
    WAIT_SIM = "wait_sim"
    ADVISE = "advise"
    WAIT_DECIDER = "wait_decider"
    DECIDE = "decide"
    ANSWER_WITH_FILES = "answer_with_files"
    ANSWER_TO_ADDRESS = "answer_to_address"
    ANSWER = "answer"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Everything that says what is next. ``decides``: whoever looks may decide here; ``advises``: only advise."""

    action: Action
    state: CaseState
    taken: bool = True
    late: bool = False
    paused: bool = False
    erased: bool = False
    marketing: bool = False
    needs_proof: bool = False
    sim_changed: bool = False
    by_link: bool = True
    to_send: bool = False
    to_apply: bool = False
    closing: bool = False
    asking: bool = False
    heard_since: bool = False
    decides: bool = True
    advises: bool = False
    advised: bool = False


def next_step(at: Standing) -> Step:
    """Return what is to be done next: what holds others up first, then the case itself."""
    if at.to_send:
        return Step.SEND_BY_HAND
    if at.to_apply:
        return Step.APPLY
    if at.erased:
        return Step.NOTHING
    if at.state in _CLOSED:
        return Step.READ if at.heard_since else Step.NOTHING
    if at.closing or at.asking:
        return Step.WAIT_DELIVERY
    if at.state is CaseState.WAITING:
        return Step.ACT_LATE if at.late and not at.paused else Step.WAIT_CUSTOMER
    if not at.taken:
        return Step.TAKE
    return _work(at)


def _work(at: Standing) -> Step:
    releasing = at.action in office_rules.RELEASING
    if at.marketing:
        step = Step.END_MARKETING
    elif at.needs_proof:
        return Step.PROVE
    elif releasing and at.sim_changed:
        return Step.WAIT_SIM
    elif at.action in _OBJECTIONS:
        step = Step.DECIDE
    elif releasing:
        step = Step.ANSWER_WITH_FILES if at.by_link else Step.ANSWER_TO_ADDRESS
    else:
        step = Step.ANSWER
    if at.decides:
        return step
    return Step.ADVISE if at.advises and not at.advised else Step.WAIT_DECIDER


_CLOSED = frozenset({CaseState.ANSWERED, CaseState.PARTLY, CaseState.REFUSED, CaseState.WITHDRAWN})


class Writing(enum.StrEnum):
    """What can be written to the customer; the last part of the composer's address."""

    REPLY = "reply"
    ASK = "ask"
    EXTEND = "extend"
    ANSWER = "answer"
    PARTLY = "partly"
    DECIDE = "decide"
    REFUSE = "refuse"
    FEE_WARNING = "fee-warning"
    FEE = "fee"


@dataclass(frozen=True, kw_only=True)
class Possible:
    """Something that could be written, the permission it takes, and the rule that forbids it now (None: none)."""

    act: Writing
    needs: Permission
    forbidden: NotAllowedError | None = None


def possible(tx: Tx, desk: Desk, now: int, stored: Stored, sent: Sequence[Notice]) -> tuple[Possible, ...]:
    """Return what may be written in a case, and why not where a rule forbids it now.

    What can never be for a case is not there at all: no refusal and no fee for marketing (R40), no refusal of an
    objection, which is decided instead (R41). Changes nothing.
    """
    if stored.erased_at is not None:
        return ()
    found = [Possible(act=Writing.REPLY, needs=Permission.WORK)]
    if not stored.is_open:
        return tuple(found)
    under_way = [notice for notice in sent if notice.delivered_at is None]
    if any(notice.effect.closes for notice in under_way):
        return tuple(found)
    marketing = office_rules.is_about_marketing(stored)
    place = Place(conversation="", channel=OFFICE, now=now)
    found.append(_ask(stored))
    found.append(_extend(desk, now, stored, under_way))
    if stored.action is not Action.OBJECT_STATISTICS:
        forbidden = _refusal(lambda: office_rules.may_release(tx, desk, place, stored, "answer"))
        found.append(Possible(act=Writing.ANSWER, needs=Permission.DECIDE, forbidden=forbidden))
        if not marketing:
            found.append(Possible(act=Writing.PARTLY, needs=Permission.DECIDE, forbidden=forbidden))
    if marketing:
        return tuple(found)
    if stored.action in _OBJECTIONS:
        found.append(Possible(act=Writing.DECIDE, needs=Permission.DECIDE))
    else:
        found.append(Possible(act=Writing.REFUSE, needs=Permission.DECIDE))
    found.append(Possible(act=Writing.FEE_WARNING, needs=Permission.DECIDE))
    found.append(_fee(sent))
    return tuple(found)


def _ask(stored: Stored) -> Possible:
    forbidden = None
    if stored.state is CaseState.WAITING:
        forbidden = NotAllowedError("It waits for its customer already; a reply adds to what was asked.")
    return Possible(act=Writing.ASK, needs=Permission.WORK, forbidden=forbidden)


def _extend(desk: Desk, now: int, stored: Stored, under_way: Sequence[Notice]) -> Possible:
    forbidden = None
    if stored.extended_to or any(notice.kind is NoticeKind.EXTENSION for notice in under_way):
        forbidden = NotAllowedError("R34: it was extended already, and that is possible once.")
    elif not may_extend(desk, now, stored):
        forbidden = NotAllowedError("R34: only inside the first month, which is over.")
    return Possible(act=Writing.EXTEND, needs=Permission.DECIDE, forbidden=forbidden)


def _fee(sent: Sequence[Notice]) -> Possible:
    warned = any(notice.kind is NoticeKind.FEE_WARNING and notice.delivered_at is not None for notice in sent)
    forbidden = None if warned else NotAllowedError("R36: a request is free; first a warning must be delivered.")
    return Possible(act=Writing.FEE, needs=Permission.DECIDE, forbidden=forbidden)


def _refusal(rule: Callable[[], None]) -> NotAllowedError | None:
    try:
        rule()
    except NotAllowedError as error:
        return error
    return None
