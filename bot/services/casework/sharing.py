"""The customer lets the officer read the conversation that a case came from, or no longer; knows no wording.

What is shared is what was said up to a message, as long as it is kept: it is erased when it would be anyway (R45).
Only the conversation that brought a case can share itself, and only while the case is open.
"""

from dataclasses import dataclass

from bot.dialogue.effects import ShareConversation, UnshareConversation
from bot.dialogue.events import ConversationShared, ConversationUnshared, NothingToShare
from bot.services import conversations
from bot.services.casework import case_file
from bot.services.casework.cases import CUSTOMER
from bot.services.conversations import MOST_READ, Message
from bot.services.desk import Desk, Place
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class _Case:
    """A request or an escalation, as far as sharing goes; ``up_to`` is None where nothing is shared."""

    reference: str
    escalated: bool
    conversation: str | None
    company: str | None
    subject: str | None
    up_to: int | None
    is_open: bool


def share_conversation(
    tx: Tx, desk: Desk, place: Place, effect: ShareConversation
) -> ConversationShared | NothingToShare:
    """Let the officer read the conversation, for the case that is named or (none is) the newest that is open here."""
    open_here = tx.all("sharing.open_here", conversation=place.conversation)
    reference = effect.reference or (str(open_here[0]["reference"]) if open_here else "")
    case = _held(tx, reference)
    if case is None or not case.is_open or case.conversation != place.conversation:
        return NothingToShare()
    last = tx.first("sharing.last_seq", id=place.conversation)
    up_to = int(last["last_seq"]) if last else 0
    if effect.up_to is not None:  # what was said after the offer was not offered
        up_to = min(up_to, effect.up_to)
    already = case.up_to is not None and case.up_to >= up_to
    if not already:
        share(tx, desk, place, reference, up_to)
    return ConversationShared(reference=reference, already=already)


def unshare_conversation(
    tx: Tx, desk: Desk, place: Place, effect: UnshareConversation
) -> ConversationUnshared | NothingToShare:
    """Take it back, for the case that is named or (none is) every open one of this conversation."""
    shared_here = tx.all("sharing.shared_here", conversation=place.conversation)
    references = [effect.reference] if effect.reference else [str(row["reference"]) for row in shared_here]
    done: list[str] = []
    for reference in references:
        case = _held(tx, reference)
        if case and case.is_open and case.conversation == place.conversation and case.up_to is not None:
            unshare(tx, desk, place, reference)
            done.append(reference)
    return ConversationUnshared(references=tuple(done)) if done else NothingToShare()


def share(tx: Tx, desk: Desk, place: Place, reference: str, up_to: int) -> None:
    """Share the conversation of a case up to a message (its number). Raises KeyError where there is no such case."""
    _set(tx, desk, place, reference, up_to)


def unshare(tx: Tx, desk: Desk, place: Place, reference: str) -> None:
    """Share nothing of it any more. Raises KeyError where there is no such case."""
    _set(tx, desk, place, reference, None)


def shared(tx: Tx, desk: Desk, reference: str) -> tuple[Message, ...]:
    """Return the messages that the officer may read, in order; none where nothing is shared, or all of it is erased."""
    case = _case(tx, reference)
    if case is None or case.up_to is None or case.conversation is None:
        return ()
    found: list[Message] = []
    after = 0
    while page := conversations.messages(tx, desk, case.conversation, after):
        found += [message for message in page if message.seq <= case.up_to]
        after = page[-1].seq
        if len(page) < MOST_READ or after >= case.up_to:
            break
    return tuple(found)


def is_shared(tx: Tx, reference: str) -> bool:
    """Tell whether the customer lets the officer read the conversation of a case, erased or not."""
    case = _case(tx, reference)
    return case is not None and case.up_to is not None


def _set(tx: Tx, desk: Desk, place: Place, reference: str, up_to: int | None) -> None:
    case = _case(tx, reference)
    if case is None:
        raise KeyError(reference)
    if case.escalated:
        tx.run("sharing.set_escalation", reference=reference, up_to=up_to)
    else:
        tx.run("sharing.set_request", reference=reference, up_to=up_to)
    act = "unshared" if up_to is None else "shared"
    details: dict[str, str | int] = {"who": CUSTOMER, "act": act}
    if up_to is not None:
        details["up_to"] = up_to
    audit.write(
        tx, desk, place, Act.TRANSCRIPT_SHARED, company=case.company, subject=case.subject, reference=reference,
        details=details,
    )  # fmt: skip
    stored = None if case.escalated else case_file.load(tx, desk, reference)
    if stored:
        body = {"act": act, "state": stored.state.value}
        case_file.publish(tx, desk, place.now, EventKind.REQUEST_CHANGED, stored, body)


def _held(tx: Tx, reference: str) -> _Case | None:
    """Return a case, held: nobody closes it or makes it a request before the transaction ends."""
    if not tx.run("requests.lock", reference=reference):
        tx.run("escalations.hold", id=reference)
    return _case(tx, reference)


def _case(tx: Tx, reference: str) -> _Case | None:
    row = tx.first("sharing.request", reference=reference)
    escalated = row is None
    row = row or tx.first("sharing.escalation", reference=reference)
    if row is None:
        return None
    is_open = row["closed_at"] is None
    if escalated and row["request"] is not None:  # it goes on as a request
        became = tx.first("sharing.request", reference=row["request"])
        is_open = became is not None and became["closed_at"] is None
    return _Case(
        reference=reference,
        escalated=escalated,
        conversation=row["conversation"],
        company=row["company"],
        subject=row["subject"],
        up_to=row["shared_to"],
        is_open=is_open,
    )
