"""Notices to the person about a case: kept, and brought by the way that reaches them (R58).

It decides the way (the chat, an SMS without content, the reply address) and knows no gateway and no wording. What a
notice does when it is delivered stands in ``notice_effects``; whether it may be sent is judged by ``backoffice``.
"""

import enum
from dataclasses import dataclass, replace

import msgspec

from bot.dialogue.effects import IN_CHAT
from bot.dialogue.reply import Paragraph
from bot.services import conversations, jobs
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import local_day
from bot.services.conversations import Reach
from bot.services.decisions import objections
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import sim
from bot.services.jobs import JobKind
from bot.services.office import notice_effects, notice_texts
from bot.services.office.notice_effects import NO_EFFECT, SYSTEM, Effect
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.storage.store import Row, Tx

STAFF = "dpo"  # as whom a notice stands in the conversation


class NoticeKind(enum.StrEnum):
    """What a notice is about."""

    REPLY = "reply"
    QUESTION = "question"
    EXTENSION = "extension"
    REFUSAL = "refusal"
    PARTLY = "partly"
    ANSWER = "answer"
    FEE_WARNING = "fee_warning"
    FEE = "fee"
    DECISION = "decision"


class Route(enum.StrEnum):
    """The way a notice takes to the case."""

    CHAT = "chat"
    SMS = "sms"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice as the office sees it; times in ms UTC. ``text`` is empty once it was erased (R45)."""

    id: str
    reference: str
    kind: NoticeKind
    text: str
    effect: Effect
    route: Route | None
    created_at: int
    delivered_at: int | None
    delivered_by: str | None


@dataclass(frozen=True, kw_only=True)
class _Way:
    """What stands in ``notices.effect``: the effect, and the way taken (None: not yet on its way)."""

    effect: Effect
    route: Route | None = None


def send(
    tx: Tx, desk: Desk, place: Place, reference: str, kind: NoticeKind, text: str, effect: Effect = NO_EFFECT
) -> str:
    """Keep a notice and add the job that brings it; returns its id. Raises KeyError for an unknown case."""
    case = case_file.loaded(tx, desk, reference)
    identity = desk.randomness.token()
    tx.run(
        "notices.add",
        id=identity,
        reference=reference,
        kind=kind.value,
        effect=_encode(_Way(effect=effect)),
        body_sealed=desk.vault.seal("notices", text, identity),
        now=place.now,
    )
    jobs.add(
        tx, desk, place.now, JobKind.NOTICE_DELIVER, {"notice": identity},
        ordering_key=reference, idempotency_key=identity,
    )  # fmt: skip
    case_file.log(tx, desk, place, Act.NOTICE_SENT, case, {"kind": kind.value, "notice": identity})
    return identity


def deliver(tx: Tx, desk: Desk, now: int, notice_id: str) -> Route:
    """Bring a notice on its way, once, and return the way (R58).

    In a chat with somebody there it is delivered at once, in one that is brought when the channel took it; an SMS
    delivers it when the phone has it, or, where the gateway tells no more, when the gateway took it; an address when
    the person who wrote there acknowledged the event. The text stands in the conversation wherever there is one.
    Raises KeyError where there is no such notice.
    """
    tx.run("notices.hold", id=notice_id)
    row = _row(tx, notice_id)
    way = _decode(row["effect"])
    if way.route is not None:
        return way.route
    case = case_file.loaded(tx, desk, row["reference"])
    text = _text(desk, row)
    reach = _in_chat(tx, desk, now, case, text, notice_id)
    if reach is Reach.NOBODY:
        return _elsewhere(tx, desk, now, row, way)
    tx.run("notices.set_effect", id=notice_id, effect=_encode(replace(way, route=Route.CHAT)))
    if reach is Reach.HERE:
        delivered(tx, desk, now, notice_id, Route.CHAT)
    return Route.CHAT


def not_sent(tx: Tx, desk: Desk, now: int, notice_id: str, failed: Route) -> Route:
    """Bring a notice the next way where the one that ``failed`` is its own; returns the way now.

    After the chat comes an SMS, after that a person. A failure that is told again changes nothing.
    """
    tx.run("notices.hold", id=notice_id)
    row = _row(tx, notice_id)
    way = _decode(row["effect"])
    if way.route is failed and row["delivered_at"] is None:
        return _elsewhere(tx, desk, now, row, way)
    return way.route or Route.ADDRESS


def delivered(tx: Tx, desk: Desk, now: int, notice_id: str, by: str) -> bool:
    """Mark a notice delivered (``by``: chat, sms, address) and let it take effect, once; tells if it was now."""
    if not tx.run("notices.deliver", id=notice_id, now=now, by=str(by)):
        return False
    row = _row(tx, notice_id)
    way, reference = _decode(row["effect"]), row["reference"]
    case = case_file.loaded(tx, desk, reference)
    place = Place(conversation=case.conversation or "", channel=OFFICE, now=now)
    details = {"kind": row["kind"], "notice": notice_id, "by": str(by)}
    case_file.log(tx, desk, place, Act.NOTICE_DELIVERED, case, details)
    case_file.note(tx, desk, now, reference, "notice_delivered", SYSTEM, details)
    effect = notice_effects.apply(tx, desk, place, reference, way.effect)
    if effect != way.effect:
        tx.run("notices.set_effect", id=notice_id, effect=_encode(replace(way, effect=effect)))
    return True


def is_kept(tx: Tx, notice_id: str) -> bool:
    """Tell whether a notice is there yet (R45)."""
    return tx.first("notices.load", id=notice_id) is not None


def route(tx: Tx, notice_id: str) -> Route | None:
    """Return the way that a notice takes now; None where it is not yet on its way."""
    return _decode(_row(tx, notice_id)["effect"]).route


def of_case(tx: Tx, desk: Desk, reference: str) -> list[Notice]:
    """Return a case's notices, oldest first."""
    return [_notice(desk, row) for row in tx.all("notices.of_reference", reference=reference)]


def address_of(case: Stored) -> str:
    """Return where a person sends what no channel brings; empty where only a chat was named, which failed."""
    return "" if case.reply_to == IN_CHAT else case.reply_to


def lift_due(tx: Tx, desk: Desk, now: int) -> int:
    """Lift the restrictions whose objection was rejected five working days ago, counted from delivery (R41).

    Returns how many. An objection that was taken back or put anew since then is not touched.
    """
    lifted = 0
    for row in tx.all("notices.rejected_objections"):
        lift_on = _decode(row["effect"]).effect.lift_on
        if lift_on is not None and local_day(now) >= lift_on:
            lifted += objections.lift_by_decision(tx, desk, now, row["reference"])
    return lifted


def _in_chat(tx: Tx, desk: Desk, now: int, case: Stored, text: str, notice_id: str) -> Reach:
    """Put the text into the conversation, if there is one."""
    if not case.conversation:
        return Reach.NOBODY
    blocks = [Paragraph(text=line) for line in text.split("\n")]
    return conversations.append(tx, desk, now, case.conversation, STAFF, blocks, notice_id)


def _elsewhere(tx: Tx, desk: Desk, now: int, row: Row, way: _Way) -> Route:
    """Take the next way after the one that failed: an SMS where it has not been tried and there is a number."""
    case = case_file.locked(tx, desk, row["reference"])  # whoever leaves the chat just now has said where to
    if case is None:
        raise KeyError(row["reference"])
    tried = way.route is Route.SMS
    # Where the customer named an address, they are not told elsewhere.
    tells = case.subject is not None and not tried and case.reply_to in ("", IN_CHAT)
    number = sim.number_for_sms(tx, desk, now, case.company, case.subject) if tells and case.subject else None
    route = Route.SMS if number else Route.ADDRESS
    tx.run("notices.set_effect", id=row["id"], effect=_encode(replace(way, route=route)))
    if number:
        _by_sms(tx, desk, now, row, case, number)
    else:
        _by_address(tx, desk, now, row, case, _text(desk, row))
    return route


def _by_sms(tx: Tx, desk: Desk, now: int, row: Row, case: Stored, number: str) -> None:
    text = notice_texts.sms(desk.companies[case.company].name, row["reference"])
    jobs.add(
        tx, desk, now, JobKind.SMS_SEND,
        {"to": number, "text": text, "company": case.company, "challenge": None, "notice": row["id"]},
        ordering_key=f"notice-sms:{row['reference']}", idempotency_key=f"notice-sms:{row['id']}",
    )  # fmt: skip


def _by_address(tx: Tx, desk: Desk, now: int, row: Row, case: Stored, text: str) -> None:
    body = {"notice_id": row["id"], "kind": row["kind"], "address": address_of(case), "text": text}
    case_file.publish(tx, desk, now, EventKind.NOTICE_TO_SEND, case, body)


def _row(tx: Tx, notice_id: str) -> Row:
    row = tx.first("notices.load", id=notice_id)
    if row is None:
        raise KeyError(notice_id)
    return row


def _text(desk: Desk, row: Row) -> str:
    sealed = row["body_sealed"]
    return desk.vault.open("notices", sealed, row["id"]) if sealed else ""


def _notice(desk: Desk, row: Row) -> Notice:
    way = _decode(row["effect"])
    return Notice(
        id=row["id"],
        reference=row["reference"],
        kind=NoticeKind(row["kind"]),
        text=_text(desk, row),
        effect=way.effect,
        route=way.route,
        created_at=row["created_at"],
        delivered_at=row["delivered_at"],
        delivered_by=row["delivered_by"],
    )


def _encode(way: _Way) -> str:
    return msgspec.json.encode(way).decode()


def _decode(text: str) -> _Way:
    return msgspec.json.decode(text, type=_Way)
