"""One-time links to an answer (R43): who gets one, and whether a token still opens one; knows no code and no page.

A link's token is told once and kept as an HMAC only. An unknown, an expired, a replaced and a used-up one cannot be
told apart.
"""

from dataclasses import dataclass

from bot.dialogue.effects import LinkAnswer
from bot.dialogue.events import AnswerLinked, AnswerWithheld, CaseState, Fetching
from bot.services.casework import answer_files, case_file
from bot.services.casework.case_access import singles_out
from bot.services.casework.cases import Stored
from bot.services.desk import Desk, Place
from bot.services.identity import proofs, sim
from bot.services.identity.code_contact import code_contact
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx

_ANSWERED = frozenset({CaseState.ANSWERED, CaseState.PARTLY})


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link that is kept; times in ms UTC. ``hash`` names it; the grant rests on ``grant_number`` (an HMAC)."""

    hash: str
    reference: str
    company: str
    subject: str
    expires_at: int
    challenge: str | None
    grant_hash: str | None
    grant_until: int
    grant_number: str
    spent_at: int | None


def fetching(tx: Tx, desk: Desk, place: Place, stored: Stored) -> Fetching:
    """Return whether the answer of a case can be fetched with a code, by whoever is in the conversation."""
    if stored.erased_at is not None or stored.subject is None or stored.state not in _ANSWERED:
        return Fetching.NONE
    if not answer_files.kept(tx, desk, stored.reference):
        return Fetching.OVER if answer_files.erased(tx, stored.reference) else Fetching.NONE
    proof = proofs.live(tx, place.conversation, stored.company, stored.subject)
    return Fetching.READY if proof and singles_out(proof) else Fetching.UNPROVEN


def link_answer(tx: Tx, desk: Desk, place: Place, effect: LinkAnswer) -> AnswerLinked | AnswerWithheld:
    """Make a link for the proven customer of a case; one of the same case that nobody used up dies."""
    linked = new_link(tx, desk, place, effect.reference)
    return linked or AnswerWithheld(company=effect.company)


def new_link(tx: Tx, desk: Desk, place: Place, reference: str) -> AnswerLinked | None:
    """Make a link, told to whoever has a live proof that singles out the case's customer; None to anybody else.

    None too where the answer may not be released (``may_fetch``), or no number of the customer's own gets a code.
    """
    stored = case_file.locked(tx, desk, reference)
    if stored is None or stored.subject is None or fetching(tx, desk, place, stored) is not Fetching.READY:
        return None
    if not may_fetch(tx, desk, place.now, stored) or code_contact(tx, desk, stored.company, stored.subject) is None:
        return None
    token, expires_at = desk.randomness.token(), place.now + desk.limits.answer_link
    tx.run("answers.drop_links", reference=reference)
    tx.run(
        "answers.add_link",
        token_hash=_hash(desk, token),
        reference=reference,
        company=stored.company,
        subject=stored.subject,
        now=place.now,
        expires_at=expires_at,
    )
    case_file.log(tx, desk, place, Act.ANSWER_LINKED, stored, {"expires_at": expires_at})
    return AnswerLinked(token=token, expires_at=expires_at)


def may_fetch(tx: Tx, desk: Desk, now: int, stored: Stored) -> bool:
    """Tell whether a case's answer may go out now: told, kept, after a second proof (R17), no fresh SIM (R13)."""
    return (
        stored.erased_at is None
        and stored.subject is not None
        and stored.state in _ANSWERED
        and stored.second_proof is not None
        and bool(answer_files.kept(tx, desk, stored.reference))
        and not sim.changed_lately(tx, desk, now, stored.subject)
    )


def live(tx: Tx, desk: Desk, now: int, token: str) -> Link | None:
    """Return the link that a token opens now; None for any other."""
    link = known(tx, desk, token)
    return link if link and link.spent_at is None and now < link.expires_at else None


def known(tx: Tx, desk: Desk, token: str) -> Link | None:
    """Return the link of a token, used up and expired ones too; None where there is none."""
    row = tx.first("answers.link", token_hash=_hash(desk, token))
    return _link(row) if row else None


def hold(tx: Tx, link: Link) -> None:
    """Hold a link until the transaction ends."""
    tx.run("answers.hold_link", token_hash=link.hash)


def _hash(desk: Desk, token: str) -> str:
    return desk.vault.index("answer_link", token)


def _link(row: Row) -> Link:
    return Link(
        hash=row["token_hash"],
        reference=row["reference"],
        company=row["company"],
        subject=row["subject"],
        expires_at=row["expires_at"],
        challenge=row["challenge"],
        grant_hash=row["grant_hash"],
        grant_until=row["grant_until"] or 0,
        grant_number=row["grant_number"] or "",
        spent_at=row["spent_at"],
    )
