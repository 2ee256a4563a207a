"""Releasing an answer: a fresh code for its link, a grant for a right one, the download (R43); knows no page.

The page is a conversation of its own on the channel "answer", under its link's hash, so that a code works for that
link only (R7), and counts as codes do everywhere. Rows are locked in one order: conversation, link, then what a code
locks.
"""

from dataclasses import dataclass

from bot.crypto import same
from bot.dialogue.effects import OpenChallenge, RedeemCode
from bot.dialogue.events import CodeAccepted, CodeDead, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.services import conversations
from bot.services.casework import answer_files, answer_links, case_file
from bot.services.casework.answer_files import AnswerFile
from bot.services.casework.answer_links import Link
from bot.services.casework.cases import CUSTOMER
from bot.services.desk import Desk, Place
from bot.services.identity import otp, proofs
from bot.services.identity.code_contact import code_contact
from bot.services.records.audit import Act
from bot.storage.store import Tx

CHANNEL = "answer"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a link is to: whoever has it learns no more than its case, whose company, and until when it holds."""

    reference: str
    company: str
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class Granted:
    """A right code: ``grant`` lets its holder download the files until ``until``."""

    grant: str
    until: int
    files: tuple[AnswerFile, ...]


@dataclass(frozen=True, kw_only=True)
class NoLink:
    """The token opens nothing (any more): unknown, expired, replaced or used up, which is not told."""


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """The answer does not go out now, whoever asks; why is not told (R11)."""

    company: str


def open_link(tx: Tx, desk: Desk, now: int, token: str) -> Opened | NoLink:
    """Tell what a token is for; changes nothing, so that a mail program that looks at links spends none."""
    link = answer_links.live(tx, desk, now, token)
    if link is None:
        return NoLink()
    return Opened(reference=link.reference, company=link.company, expires_at=link.expires_at)


def send_code(tx: Tx, desk: Desk, now: int, token: str) -> CodeUnderWay | CodeRefused | Withheld | NoLink:
    """Have a code sent to the customer's number on file (R12), within every cap on codes (R5, R8, R10).

    A company's own directory is asked anew for it, so that a SIM changed since then holds the answer back (R13).
    """
    held = _hold(tx, desk, now, token)
    if held is None:
        return NoLink()
    place, link = held
    contact = code_contact(tx, desk, link.company, link.subject)
    if contact is None:
        return Withheld(company=link.company)
    sent = otp.open_challenge(tx, desk, place, OpenChallenge(company=link.company, typed=contact), anew=True)
    if isinstance(sent, CodeUnderWay):
        tx.run("answers.set_challenge", token_hash=link.hash, challenge=sent.challenge)
    return sent


def try_code(
    tx: Tx, desk: Desk, now: int, token: str, typed: str
) -> Granted | CodeWrong | CodeDead | CodeRefused | Withheld | NoLink:
    """Try a typed code; a right one of the case's own customer gives a grant, once (R3), if R13 still holds."""
    held = _hold(tx, desk, now, token)
    if held is None:
        return NoLink()
    place, link = held
    if link.challenge is None:
        return CodeDead(why=Why.UNREADABLE)
    tried = RedeemCode(company=link.company, challenge=link.challenge, typed=typed)
    redeemed = otp.redeem(tx, desk, place, tried)
    if not isinstance(redeemed, CodeAccepted):
        return redeemed
    return _grant(tx, desk, place, link, redeemed)


def granted_file(tx: Tx, desk: Desk, now: int, token: str, grant: str, position: int) -> tuple[Link, AnswerFile] | None:
    """Return a file that a grant lets its holder download now, and its link; None for anything else (R13 too)."""
    link = answer_links.known(tx, desk, token)
    if link is None or link.grant_hash is None or not now < link.grant_until:
        return None
    if not same(link.grant_hash, _grant_hash(desk, link.hash, grant)):
        return None
    if proofs.number_of(tx, desk, link.company, link.subject, link.grant_number) is None:
        return None  # the number was taken off file meanwhile (R55)
    stored = case_file.load(tx, desk, link.reference)
    if stored is None or not answer_links.may_fetch(tx, desk, now, stored):
        return None
    files = answer_files.kept(tx, desk, link.reference)
    found = next((file for file in files if file.position == position), None)
    return (link, found) if found else None


def fetched(tx: Tx, desk: Desk, now: int, link: Link, position: int) -> bool:
    """Note that the whole of a file was sent; tells whether the link is spent now, every file having been sent.

    A link that was replaced meanwhile is not there any more; what was sent is logged all the same.
    """
    files = answer_files.kept(tx, desk, link.reference)
    every = (1 << len(files)) - 1
    row = tx.first("answers.fetched", token_hash=link.hash, file=1 << (position - 1), every=every, now=now)
    stored = case_file.loaded(tx, desk, link.reference)
    facts = {"file": position, "files": len(files)}
    case_file.note(tx, desk, now, link.reference, "answer_fetched", CUSTOMER, facts)
    place = Place(conversation="", channel=CHANNEL, now=now)
    case_file.log(tx, desk, place, Act.ANSWER_FETCHED, stored, facts)
    return row is not None and row["spent_at"] is not None


def _hold(tx: Tx, desk: Desk, now: int, token: str) -> tuple[Place, Link] | None:
    """Hold the conversation of a live link, and the link; guessed tokens leave nothing behind."""
    link = answer_links.live(tx, desk, now, token)
    if link is None:
        return None
    conversation = conversations.take(tx, desk, now, CHANNEL, link.hash)
    answer_links.hold(tx, link)
    link = answer_links.live(tx, desk, now, token)  # somebody may have been faster
    return (Place(conversation=conversation.id, channel=CHANNEL, now=now), link) if link else None


def _grant(tx: Tx, desk: Desk, place: Place, link: Link, accepted: CodeAccepted) -> Granted | Withheld:
    stored = case_file.load(tx, desk, link.reference)
    own = any(account.subject == link.subject and not account.shared for account in accepted.accounts)
    if stored is None or stored.subject != link.subject or not own:
        return Withheld(company=link.company)
    if not answer_links.may_fetch(tx, desk, place.now, stored):
        return Withheld(company=link.company)
    grant, until = desk.randomness.token(), place.now + desk.limits.answer_grant
    tx.run(
        "answers.grant",
        token_hash=link.hash,
        grant_hash=_grant_hash(desk, link.hash, grant),
        grant_until=until,
        number=accepted.number_hash,
    )
    files = answer_files.kept(tx, desk, link.reference)
    case_file.log(tx, desk, place, Act.ANSWER_UNLOCKED, stored, {"until": until, "files": len(files)})
    return Granted(grant=grant, until=until, files=files)


def _grant_hash(desk: Desk, link: str, grant: str) -> str:
    return desk.vault.index("answer_grant", link, grant)
