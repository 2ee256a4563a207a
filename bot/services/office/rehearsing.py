"""An act done to see what the customer would read, in a transaction that its caller undoes; has no words of its own.

What is shown beforehand is what the act itself writes and what its delivery puts into the conversation: nothing is put
together a second time.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.services import conversations
from bot.services.casework import case_file
from bot.services.desk import Desk, Place
from bot.services.office import notice_texts, notices
from bot.services.office.notice_effects import Effect
from bot.services.office.notices import Notice, Route
from bot.storage.store import Tx


@dataclass(frozen=True, kw_only=True)
class Rehearsed:
    """What would be told. ``route`` is the way that it would take now, ``effect`` what its delivery would do.

    ``channel`` is the conversation's, empty where there is none any more; ``blocks`` are what would stand there as
    message number ``seq``. ``sms`` is the SMS without content, ``address`` where a person would send the text.
    """

    text: str
    effect: Effect
    route: Route
    channel: str
    blocks: list[dict[str, Any]]
    seq: int
    sms: str
    address: str
    fingerprint: str


def rehearse(tx: Tx, desk: Desk, place: Place, reference: str, work: Callable[[], str]) -> Rehearsed:
    """Do an act that sends a notice (``work`` returns its id), bring it on its way, and return what came of it.

    Raises NotAllowedError as the act does. Whoever calls this must undo the transaction.
    """
    identity = work()
    notice = sent(tx, desk, reference, identity)
    case = case_file.loaded(tx, desk, reference)
    route = notices.deliver(tx, desk, place.now, identity)
    channel, seq = _conversation(tx, case.conversation)
    told = conversations.messages(tx, desk, case.conversation, seq - 1) if channel and case.conversation else []
    return Rehearsed(
        text=notice.text,
        effect=notice.effect,
        route=route,
        channel=channel,
        blocks=told[-1].blocks if told else [],
        seq=seq,
        sms=notice_texts.sms(desk.companies[case.company].name, reference),
        address=notices.address_of(case),
        fingerprint=fingerprint(notice),
    )


def sent(tx: Tx, desk: Desk, reference: str, identity: str) -> Notice:
    """Return a notice of a case. Raises KeyError."""
    for notice in notices.of_case(tx, desk, reference):
        if notice.id == identity:
            return notice
    raise KeyError(identity)


def fingerprint(notice: Notice) -> str:
    """Return what tells one notice from another: its words and what its delivery does (SHA-256, hex)."""
    return hashlib.sha256(f"{notice.kind}\0{notice.text}\0{notice.effect}".encode("utf-8", "surrogatepass")).hexdigest()


def _conversation(tx: Tx, conversation: str | None) -> tuple[str, int]:
    """Return the channel of a conversation that there still is, and the number of its last message."""
    row = tx.first("conversations.next_seq", id=conversation) if conversation else None
    return (str(row["channel"]), int(row["last_seq"]) - 1) if row else ("", 0)
