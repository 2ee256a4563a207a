"""What comes of a look-up: the code goes to the number on file, or to nobody; knows nothing of what was typed.

All of this happens after the reply, in a job, and nothing of it can be seen in the conversation (R11): a code
that must not be sent stays what every code is at first, a decoy.
"""

from collections.abc import Sequence

from bot.clock import HOUR
from bot.dialogue.effects import Escalation
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import otp_limits, proofs
from bot.services.identity.contacts import calling_code, is_kosovo_mobile
from bot.services.identity.customers import Found
from bot.services.identity.otp_limits import Scope
from bot.services.leases import take_lease
from bot.services.records import events
from bot.storage.store import Tx

SEGMENT = 70  # UTF-16 units in one SMS once a letter like ë is in it (3GPP TS 23.038)


def resolve(tx: Tx, desk: Desk, now: int, challenge: str, code: str, found: Sequence[Found]) -> None:
    """Take what the directory found for a challenge: arm it and send its code, unless a rule forbids it.

    The code is sent once, to the number on file only (R12), and not when nobody was found (R11), the SIM was
    changed lately (R13), the number is locked or had enough codes by whatever contact (R5, R8), it is foreign
    and not allowed (R10), or the challenge is over. Run again, it changes nothing.
    """
    row = tx.first("otp.challenge", id=challenge)
    holders = [f for f in found if f.number_hash == found[0].number_hash]
    if row is None or not holders:
        return
    company, number, number_hash = str(row["company"]), holders[0].number, holders[0].number_hash
    otp_limits.hold(tx, row["contact_hash"], company, now)  # in the order of redeeming: contact, number, challenge
    if any(proofs.sim_changed_lately(desk, f.sim_changed_on, now) for f in holders):
        return
    if otp_limits.hold(tx, number_hash, company, now):
        return
    if otp_limits.asked_too_often(tx, desk.limits, Scope.NUMBER, number_hash, now):
        return
    scopes = _scopes(tx, desk, company, number, number_hash, now)
    if not scopes:
        return
    armed = tx.first("otp.arm", id=challenge, number=number_hash, most=desk.limits.code_attempts, now=now)
    if armed is None:
        return
    tx.run("otp.disarm_number", number=number_hash, challenge=challenge)
    for holder in holders:
        tx.run("otp.add_subject", challenge=challenge, subject=holder.subject)
    otp_limits.note_sending(tx, scopes, challenge, now)
    jobs.add(
        tx,
        desk,
        now,
        jobs.JobKind.SMS_SEND,
        {
            "to": number,
            "text": code_text(desk.companies[company].name, code),
            "company": company,
            "challenge": challenge,
        },
        ordering_key=challenge,  # not the number: an SMS that cannot go out must not hold up the next code
        idempotency_key=f"code:{challenge}",
        expires_at=int(armed["expires_at"]),
    )
    _watch(tx, desk, company, challenge, now)


def code_text(name: str, code: str) -> str:
    """Return the SMS with a code: one segment, whose it is and never which right (R18)."""
    return _one_segment(name, f": kodi {code} për kërkesë privatësie. Mos ia jepni askujt!")


def lock_text(name: str, lock: int) -> str:
    """Return the SMS about a lock of ``lock`` ms: one segment, with no right named (R5, R18)."""
    hours = max(1, round(lock / HOUR))
    return _one_segment(name, f": kodet u ndalën {hours} orë (gabime). S'ishit ju? Na shkruani!")


def _one_segment(name: str, rest: str) -> str:
    room = SEGMENT - _units(rest)
    if _units(name) <= room:
        return name + rest
    while _units(name) > room - 1:
        name = name[:-1]
    return f"{name.rstrip()}…{rest}"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _scopes(tx: Tx, desk: Desk, company: str, number: str, number_hash: str, now: int) -> tuple[tuple[Scope, str], ...]:
    """What an SMS to a number counts under; empty where none may go there (R10)."""
    if is_kosovo_mobile(number):
        return ((Scope.NUMBER, number_hash),)
    key = desk.vault.index("company", company)
    allowed = calling_code(number) in desk.companies[company].rights.foreign
    if not allowed or otp_limits.foreign_is_full(tx, desk.limits, key, company, now):
        return ()
    return ((Scope.NUMBER, number_hash), (Scope.FOREIGN, key))


def _watch(tx: Tx, desk: Desk, company: str, challenge: str, now: int) -> None:
    """Raise an alarm, once an hour, when too few of the last codes were redeemed: somebody pumps SMS (R10)."""
    limits = desk.limits
    (last,) = tx.all("otp.redeemed", company=company, most=limits.redeemed_of, now=now)
    sent, redeemed = int(last["sent"]), int(last["redeemed"])
    if sent < limits.redeemed_of or redeemed >= limits.redeemed_share * sent:
        return
    # Each alarm holds the lease under another name, so that an hour passes before the next.
    if not take_lease(tx, f"otp.alarm:{company}", challenge, now, HOUR):
        return
    place = Place(conversation="", channel=OFFICE, now=now)
    words = f"Nga {sent} kodet e fundit me SMS u përdorën vetëm {redeemed}."
    reference = escalations.open_escalation(tx, desk, place, Escalation.ALARM, company, words)
    body = {"alarm": "codes_redeemed", "sent": sent, "redeemed": redeemed}
    events.publish(tx, desk, now, events.EventKind.ALARM_RAISED, company=company, reference=reference, body=body)
