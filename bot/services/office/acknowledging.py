"""Acknowledging events: what follows when the back office has taken one over; knows no channel."""

from bot.services.desk import Desk, Place
from bot.services.office import notices
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import APPLYING, EventKind
from bot.storage.store import Tx


def acknowledge(tx: Tx, desk: Desk, place: Place, identity: str, who: str) -> bool:
    """Note that the back office has taken an event over, and tell whether it was open until now.

    Once every event of an act that must be applied is acknowledged, its receipt says *u zbatua* (R38). For a
    notice that had to be sent by hand it means that it was delivered (R58).
    """
    event = events.close(tx, desk, place.now, identity, who)
    if event is None:
        return False
    details = {"event": event.id, "kind": event.kind.value, "who": who}
    audit.write(
        tx,
        desk,
        place,
        Act.EVENT_ACKNOWLEDGED,
        company=event.company,
        subject=event.subject,
        reference=event.reference,
        details=details,
    )
    if event.kind in APPLYING and event.reference is not None:
        events.await_appliance(tx, place.now, event.reference)
    if event.kind is EventKind.NOTICE_TO_SEND:
        notices.delivered(tx, desk, place.now, event.body["notice_id"], "address")
    return True
