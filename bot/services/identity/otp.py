"""One-time codes: opening, redeeming, reporting, unlocking (R1-R8, R11, R14, R18); knows no wording for customers.

Everybody's code is a decoy until a job after the reply has looked the contact up (``otp_sending``), and what
is written, counted, locked and answered is the same for a decoy: nothing here tells who is a customer (R11).
Rows are locked in one order (contact, number, challenge), so that transactions do not wait for one another
in a ring. Times are milliseconds UTC.
"""

import re
from dataclasses import dataclass

from bot.dialogue.effects import Escalation, OpenChallenge, RedeemCode, ReportCode
from bot.dialogue.events import (
    Account,
    CodeAccepted,
    CodeDead,
    CodeRefused,
    CodeUnderWay,
    CodeWrong,
    Escalated,
    Why,
)
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.desk import Desk, Place
from bot.services.identity import otp_limits, proofs
from bot.services.identity.contacts import (
    Contact,
    ContactKind,
    NotKosovo,
    ascii_digits,
    read_contact,
    read_reach,
)
from bot.services.identity.otp_limits import Scope
from bot.services.identity.otp_sending import lock_text, resolve
from bot.services.identity.otp_unlocking import unlock
from bot.services.records import audit
from bot.storage.store import Row, Tx

__all__ = ["open_challenge", "read_code", "redeem", "report", "resolve", "unlock"]

_LONGEST = 400  # characters that are read of a typed code
_DIGITS = re.compile(r"[0-9](?:[\s\-‐‑‒–—.]*[0-9])*")
_CODE = re.compile(r"[0-9]{6}")  # R1


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A code that is tried, and the keys its failure counts on; ``number_key`` of a decoy stands for no number."""

    challenge: str
    company: str
    contact_key: str
    number_key: str
    number_locked: bool


def open_challenge(
    tx: Tx, desk: Desk, place: Place, effect: OpenChallenge, *, anew: bool = False
) -> CodeUnderWay | CodeRefused:
    """Open a challenge for what was typed, and have it looked up after the reply (R11).

    Refused with UNREADABLE, NOT_KOSOVO, LOCKED (R5), TOO_MANY, TOO_SOON (R8), BUSY (R10). Codes before this one,
    of the conversation or of the contact, die (R8). ``anew``: whatever a company's own directory said a moment ago, it
    is asked again (R13).
    """
    contact = read_contact(effect.typed)
    if contact is None:
        return CodeRefused(why=Why.UNREADABLE)
    if isinstance(contact, NotKosovo):
        return CodeRefused(why=Why.NOT_KOSOVO)
    key, company_key = _contact_key(desk, effect.company, contact), desk.vault.index("company", effect.company)
    asking = desk.vault.index("asking", place.conversation)
    refused = otp_limits.conversation_is_full(tx, desk.limits, asking, place.now) or _refused(
        tx, desk, effect.company, key, company_key, place.now
    )
    if refused:
        return refused
    tx.run("otp.replace", conversation=place.conversation, company=effect.company, contact=key)
    challenge, code = desk.randomness.token(), desk.randomness.code()
    expires_at = place.now + desk.limits.code_life
    tx.run(
        "otp.open",
        id=challenge,
        conversation=place.conversation,
        company=effect.company,
        contact=key,
        code_hash=_code_hash(desk, challenge, code),
        now=place.now,
        expires_at=expires_at,
    )
    counted = ((Scope.CONTACT, key), (Scope.COMPANY, company_key), (Scope.CONVERSATION, asking))
    otp_limits.note_sending(tx, counted, challenge, place.now)
    jobs.add(
        tx,
        desk,
        place.now,
        jobs.JobKind.DIRECTORY_LOOKUP,
        {
            "challenge": challenge,
            "company": effect.company,
            "kind": contact.kind.value,
            "value": contact.value,
            "code": code,
            "anew": int(anew),
        },
        ordering_key=key,
        idempotency_key=challenge,
        expires_at=expires_at,
    )
    kind = {"kind": contact.kind.value}
    audit.write(tx, desk, place, audit.Act.CODE_REQUESTED, company=effect.company, details=kind)
    resend_at = place.now + desk.limits.resend_after
    return CodeUnderWay(challenge=challenge, contact=contact.masked, expires_at=expires_at, resend_at=resend_at)


def redeem(tx: Tx, desk: Desk, place: Place, effect: RedeemCode) -> CodeAccepted | CodeWrong | CodeDead | CodeRefused:
    """Try a typed code, counted before it is compared (R4); it works once (R3), in its conversation only (R7).

    A decoy's code is compared too, and is wrong even when it is right. The lock of the contact is told; the
    lock of the number behind it is not, and makes every code wrong: it would show whose number it is (R11).
    """
    row = tx.first("otp.challenge", id=effect.challenge)
    if row is None or (row["conversation"], row["company"]) != (place.conversation, effect.company):
        return CodeDead(why=Why.UNREADABLE)
    over = _over(desk, row, place.now)
    if over:
        return over
    number_key = row["number_hash"] or desk.vault.index("decoy", row["contact_hash"])
    locked_until = otp_limits.hold(tx, row["contact_hash"], effect.company, place.now)
    number_locked = otp_limits.hold(tx, number_key, effect.company, place.now) > 0
    if desk.vault.is_changing:  # both may have moved before they were held; now they stay
        row = tx.first("otp.challenge", id=effect.challenge) or row
        number_key = row["number_hash"] or desk.vault.index("decoy", row["contact_hash"])
    if locked_until:
        return CodeRefused(why=Why.LOCKED, until=locked_until)
    code = read_code(effect.typed)
    if code is None:
        return CodeWrong(left=desk.limits.code_attempts - int(row["attempts"]), counted=False)
    tried = _Try(
        challenge=effect.challenge,
        company=effect.company,
        contact_key=row["contact_hash"],
        number_key=number_key,
        number_locked=number_locked,
    )
    return _compare(tx, desk, place, tried, code)


def report(tx: Tx, desk: Desk, place: Place, effect: ReportCode) -> Escalated:
    """Take "a code came that I did not ask for": it dies, a person looks at it, nothing is revealed (R18).

    Codes of this conversation and of the contact that is named die. Codes under way to the same number or
    customer by another contact lose their worth, but seem open: dying would show that the two belong together.
    """
    tx.run("otp.kill_of_conversation", conversation=place.conversation)
    contact = read_contact(effect.typed)
    if isinstance(contact, NotKosovo):
        contact = read_reach(effect.typed)  # a foreign number on file
    if contact is not None:
        for company in [effect.company] if effect.company else desk.companies:
            tx.run("otp.kill_of_contact", contact=_contact_key(desk, company, contact))
            if contact.kind is ContactKind.NUMBER:
                tx.run("otp.disarm_number", number=desk.vault.index("number", company, contact.value), challenge="")
            else:
                customer = desk.vault.index("customer", company, contact.value)
                tx.run("otp.disarm_customer", company=company, customer=customer)
    audit.write(tx, desk, place, audit.Act.CODE_REPORTED, company=effect.company)
    reference = escalations.open_escalation(tx, desk, place, Escalation.UNREQUESTED_CODE, effect.company, effect.typed)
    return Escalated(reference=reference)


def read_code(typed: str) -> str | None:
    """Return the one run of six digits in a text, spaces and dashes inside it or not; None without or with several."""
    runs = ("".join(c for c in run if c.isdecimal()) for run in _DIGITS.findall(ascii_digits(typed[:_LONGEST])))
    codes = [run for run in runs if _CODE.fullmatch(run)]
    return codes[0] if len(codes) == 1 else None


def _refused(tx: Tx, desk: Desk, company: str, key: str, company_key: str, now: int) -> CodeRefused | None:
    locked_until = otp_limits.hold(tx, key, company, now)
    if locked_until:
        return CodeRefused(why=Why.LOCKED, until=locked_until)
    return otp_limits.asked_too_often(tx, desk.limits, Scope.CONTACT, key, now) or otp_limits.company_is_busy(
        tx, desk.limits, company_key, company, now
    )


def _over(desk: Desk, row: Row, now: int) -> CodeDead | None:
    if row["state"] != "open" or int(row["expires_at"]) <= now:
        return CodeDead(why=Why.UNREADABLE)
    if int(row["attempts"]) >= desk.limits.code_attempts:
        return CodeDead(why=Why.TOO_MANY)
    return None


def _compare(
    tx: Tx, desk: Desk, place: Place, tried: _Try, code: str
) -> CodeAccepted | CodeWrong | CodeDead | CodeRefused:
    attempt = tx.first("otp.count_attempt", id=tried.challenge, most=desk.limits.code_attempts, now=place.now)
    if attempt is None:
        return CodeDead(why=Why.TOO_MANY)
    right = desk.vault.is_index(attempt["code_hash"], "code", tried.challenge, code)
    # A look-up that came in between has armed it for a number that is not held: as good as a decoy, this once.
    genuine = bool(attempt["genuine"]) and attempt["number_hash"] == tried.number_key
    if right and genuine and not tried.number_locked:
        accounts = proofs.accounts(tx, desk, tried.company, tried.challenge, tried.number_key, place.now)
        if accounts:
            return _accept(tx, desk, place, tried, accounts)
    contact = otp_limits.count_failure(tx, desk.limits, tried.contact_key, place.now)
    number = otp_limits.count_failure(tx, desk.limits, tried.number_key, place.now)
    if contact.newly or number.newly:
        holder = tx.first("otp.subject", challenge=tried.challenge)
        _tell_of_lock(tx, desk, place, tried, str(holder["subject"]) if holder else "")
    if contact.locked_until:
        return CodeRefused(why=Why.LOCKED, until=contact.locked_until)
    return CodeWrong(left=desk.limits.code_attempts - int(attempt["attempts"]))


def _accept(tx: Tx, desk: Desk, place: Place, tried: _Try, accounts: tuple[Account, ...]) -> CodeAccepted | CodeDead:
    if tx.first("otp.use", id=tried.challenge, until=place.now + desk.limits.idle) is None:
        return CodeDead(why=Why.UNREADABLE)  # somebody was faster (R3)
    otp_limits.forget_failures(tx, tried.contact_key, place.now)
    otp_limits.forget_failures(tx, tried.number_key, place.now)
    subject = accounts[0].subject if len(accounts) == 1 else None
    details = {"accounts": len(accounts)}
    audit.write(tx, desk, place, audit.Act.CODE_ACCEPTED, company=tried.company, subject=subject, details=details)
    return CodeAccepted(company=tried.company, number_hash=tried.number_key, accounts=accounts)


def _tell_of_lock(tx: Tx, desk: Desk, place: Place, tried: _Try, subject: str) -> None:
    """Tell the DPO, and once the owner (R5). For a decoy the same is written: its SMS has expired from the start."""
    limits = desk.limits
    number = proofs.number_of(tx, desk, tried.company, subject, tried.number_key)
    audit.write(tx, desk, place, audit.Act.CODE_LOCKED, company=tried.company, subject=subject or None)
    words = f"{limits.failures} kode të gabuara radhazi; kodet u bllokuan."
    escalations.open_escalation(tx, desk, place, Escalation.LOCKED, tried.company, words, subject or None)
    if not tx.run("otp.tell_once", key=tried.number_key):
        return
    key = f"locked:{tried.number_key}:{place.now}"
    jobs.add(
        tx,
        desk,
        place.now,
        jobs.JobKind.SMS_SEND,
        {
            "to": number,
            "text": lock_text(desk.companies[tried.company].name, limits.lock),
            "company": tried.company,
            "challenge": None,
        },
        ordering_key=key,
        idempotency_key=key,
        expires_at=place.now + limits.lock if number else place.now,
    )


def _contact_key(desk: Desk, company: str, contact: Contact) -> str:
    return desk.vault.index("contact", company, contact.kind.value, contact.value)


def _code_hash(desk: Desk, challenge: str, code: str) -> str:
    return desk.vault.index("code", challenge, code)
