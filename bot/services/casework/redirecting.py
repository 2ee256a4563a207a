"""What is open in a conversation that is about to be forgotten, and where its answers go from then on (R58).

Knows no wording. An open escalation counts too: it may become a request, whose answers would come here.
"""

from bot.dialogue.effects import IN_CHAT, Escalation, FindOpenCases, Redirect
from bot.dialogue.events import OpenCasesFound, Redirected
from bot.services.casework import escalations
from bot.services.casework.case_file import locked, log, note, publish, stored_cases
from bot.services.casework.cases import CUSTOMER, NoteKind, Stored
from bot.services.casework.escalations import State
from bot.services.casework.filing import where
from bot.services.desk import Desk, Place
from bot.services.identity import sim
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Tx

# What its person was given a number for, and may be answered.
_ANSWERED = frozenset({Escalation.HAND_OFF, Escalation.PRESS, Escalation.AUTHORITY})


def find_open(tx: Tx, desk: Desk, place: Place, _effect: FindOpenCases) -> OpenCasesFound:
    """Return what is still to be answered in the conversation, at every company, newest first."""
    cases, others = _open_cases(tx, desk, place.conversation), _open_escalations(tx, place.conversation)
    return OpenCasesFound(
        references=(*(case.reference for case in cases), *others),
        known=bool(cases) and not others and all(case.reply_to not in ("", IN_CHAT) for case in cases),
        sms=bool(cases) and not others and all(_has_sms(tx, desk, place.now, case) for case in cases),
    )


def redirect(tx: Tx, desk: Desk, place: Place, effect: Redirect) -> Redirected:
    """Let the answers to what is open here go to an address, or (None) be told of by SMS; returns those it held for.

    What was closed meanwhile, or is not of this conversation, stays as it is. Of an escalation that became a request
    while the person thought about an address, it is the request that is answered.
    """
    done: list[str] = []
    for reference in effect.references:
        escalation = escalations.held(tx, desk, reference)
        if escalation and escalation.state is State.OPEN and escalation.conversation == place.conversation:
            if effect.reply_to:
                escalations.redirect(tx, desk, place, reference, effect.reply_to)
        elif not _redirect(tx, desk, place, (escalation and escalation.reference) or reference, effect.reply_to or ""):
            continue
        done.append(reference)
    return Redirected(references=tuple(done))


def _redirect(tx: Tx, desk: Desk, place: Place, reference: str, reply_to: str) -> bool:
    stored = locked(tx, desk, reference)
    if stored is None or not stored.is_open or stored.conversation != place.conversation:
        return False
    sealed = desk.vault.seal("requests", reply_to, f"{reference}:address") if reply_to else None
    tx.run("requests.redirect", reference=reference, address_sealed=sealed)
    way = "address" if reply_to else "sms"
    note(tx, desk, place.now, reference, NoteKind.REDIRECTED, CUSTOMER, {"text": reply_to, "way": way, **where(place)})
    log(tx, desk, place, Act.REQUEST_REDIRECTED, stored, {"who": CUSTOMER, "way": way})
    body = {"act": "customer.redirected", "state": stored.state.value, "way": way}
    publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)
    return True


def _open_cases(tx: Tx, desk: Desk, conversation: str) -> list[Stored]:
    """Return the open requests that the conversation filed, newest first."""
    rows = tx.all("requests.open_in_conversation", conversation=conversation)
    return list(stored_cases(desk, rows))


def _open_escalations(tx: Tx, conversation: str) -> list[str]:
    kinds = {kind.value for kind in _ANSWERED}
    rows = tx.all("escalations.open_in_conversation", conversation=conversation)
    return [str(row["id"]) for row in rows if row["kind"] in kinds]


def _has_sms(tx: Tx, desk: Desk, now: int, case: Stored) -> bool:
    return case.subject is not None and sim.number_for_sms(tx, desk, now, case.company, case.subject) is not None
