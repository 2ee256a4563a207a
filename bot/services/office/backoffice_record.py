"""Enters what came by e-mail, in a shop or by post, with the day on which it truly came (R33); knows no conversation.

What holds at once in the chat holds at once here: an objection to statistics restricts them (R41), the end of
marketing is passed on without proof (R54).
"""

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.clock import HOUR
from bot.dialogue.effects import Flag, ObjectStatistics, Shown, StopMarketing, Withdraw
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Stored, Words
from bot.services.casework.deadlines import local_day, start_of
from bot.services.decisions import consents, objections, suppressions
from bot.services.desk import Desk, Place
from bot.services.identity.contacts import fold_customer
from bot.services.office import office_rules
from bot.services.office.backoffice import SecondProof, acted
from bot.services.records.audit import Act
from bot.services.records.references import new_reference
from bot.storage.store import Tx

_NOTHING_SHOWN = Shown(words="", clauses=())  # to who wrote a letter
_NOON = 12 * HOUR  # a day that is entered has no hour; noon is in it on any day of the year


class Way(enum.StrEnum):
    """By which official channel a request came, other than the chat."""

    EMAIL = "email"
    SHOP = "shop"
    POST = "post"


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request as it came. ``on`` is the day of its receipt; ``fields`` are what is asked, by name.

    ``customer`` is the customer number that it names; only with ``checked`` (how it was checked who it is) is the
    request that customer's. Otherwise its identity is pending, and the number stands among the fields (R53).
    """

    company: str
    action: Action
    way: Way
    on: dt.date
    words: str
    reply_to: str = ""
    customer: str = ""
    checked: SecondProof | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def record(tx: Tx, desk: Desk, place: Place, who: str, incoming: Incoming) -> str:
    """Enter a request and return its reference; its time runs from the day on which it came (R33)."""
    must_be_whole(desk, place, incoming)
    subject = _subject(tx, desk, incoming)
    if incoming.action is Action.OBJECT_STATISTICS and subject:
        objection = ObjectStatistics(company=incoming.company, subject=subject, withdraws=(), shown=_NOTHING_SHOWN)
        reference = objections.enter(tx, desk, place, objection).reference
    else:
        reference = new_reference(desk.randomness)
    stored = case_file.create(tx, desk, place, reference, _case(place, incoming, subject), who)
    facts = {"way": incoming.way.value, "received_on": incoming.on.isoformat()}
    acted(tx, desk, place, who, stored, Act.REQUEST_RECORDED, "recorded", "", facts)
    if incoming.checked and subject:
        tx.run("backoffice.prove", reference=reference, proof=incoming.checked.value)
        acted(tx, desk, place, who, stored, Act.REQUEST_PROVEN, "proven", "", {"checked": incoming.checked.value})
    if office_rules.is_about_marketing(stored):
        _stop_marketing(tx, desk, place, stored)
    return reference


def must_be_whole(desk: Desk, place: Place, incoming: Incoming) -> None:
    """Refuse what lacks something, or is of a day to come. Raises NotAllowedError."""
    if incoming.company not in desk.companies:
        known = ", ".join(sorted(desk.companies))
        raise NotAllowedError(
            "record: there is no company {company}; known are {known}.", company=incoming.company, known=known
        )
    today = local_day(place.now)
    if incoming.on > today:
        raise NotAllowedError(
            "record: R33: the day of receipt is the day on which it came, {today} at the latest, not {named}.",
            today=today.isoformat(),
            named=incoming.on.isoformat(),
        )
    if not (incoming.reply_to.strip() or (incoming.customer.strip() and incoming.checked)):
        raise NotAllowedError(
            "record: a reply address is needed, or a customer number with how it was checked (`--checked`): the answer "
            "must reach somebody (R53)."
        )
    office_rules.said("record", "the person's own words", incoming.words)


def _subject(tx: Tx, desk: Desk, incoming: Incoming) -> str | None:
    if not incoming.customer.strip() or incoming.checked is None:
        return None
    customer_hash = desk.vault.index("customer", incoming.company, fold_customer(incoming.customer))
    row = tx.first("backoffice.subject_of_customer", company=incoming.company, customer_hash=customer_hash)
    if row is None:
        raise NotAllowedError(
            "record: no customer of that company has this number; leave `--checked` out and give a reply address, and "
            "the request is filed with its identity pending (R53)."
        )
    return str(row["id"])


def _case(place: Place, incoming: Incoming, subject: str | None) -> NewCase:
    received_at = min(place.now, start_of(incoming.on) + _NOON)
    fields = dict(incoming.fields)
    if incoming.customer.strip() and subject is None:
        fields["customer_number"] = incoming.customer.strip()
    return NewCase(
        company=incoming.company,
        action=incoming.action,
        identity=Identity.PROVEN if subject else Identity.PENDING,
        subject=subject,
        conversation=None,
        channel=incoming.way.value,
        body=Body(fields=fields, words=(Words(at=received_at, text=incoming.words.strip()),)),
        reply_to=incoming.reply_to.strip(),
        flags=() if subject else (Flag.IDENTITY_PENDING.value,),
        received_at=received_at,
    )


def _stop_marketing(tx: Tx, desk: Desk, place: Place, stored: Stored) -> None:
    """End the marketing at once: a customer's consents are withdrawn (R38), the reply address is passed on (R54)."""
    marketing = tuple(purpose.id for purpose in desk.companies[stored.company].rights.marketing)
    if stored.subject and marketing:
        wish = Withdraw(company=stored.company, subject=stored.subject, purposes=marketing, shown=_NOTHING_SHOWN)
        consents.enter_withdrawal(tx, desk, place, wish)
    # A place of its own: the cap on stops is a conversation's, and the office is none.
    here = Place(conversation=f"recorded:{stored.reference}", channel=stored.channel, now=place.now)
    effect = StopMarketing(company=stored.company, typed=stored.reply_to, shown=_NOTHING_SHOWN)
    suppressions.stop_marketing(tx, desk, here, effect)
