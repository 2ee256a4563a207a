"""Erases what is past its time (R45); knows which table keeps what for how long, and nothing of what it says.

Audit, receipts, consents and suppressions stay: they are the evidence, and pseudonymous. Times are
milliseconds.
"""

from collections.abc import Mapping

from bot.clock import DAY
from bot.services.desk import Desk, Place
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Tx

BATCH = 500  # rows of a kind in one sweep, so that no turn waits long behind it
FEW = 20  # cases in one sweep whose files, which may be large, are erased
CODE_TRACES = DAY  # challenges and what is counted of them; the longest cap looks back a day (R8)
FINISHED_JOBS = 7 * DAY
HANDLED_UPDATES = 7 * DAY  # Telegram brings one again for a day at most (Bot API, getUpdates); unanswered ones too
SUBMISSIONS = 7 * DAY  # a program that repeats an order after that has another
REMINDERS = 400 * DAY  # the longest that a case can be open, and more
SMS_SENT = 30 * DAY  # what became of messages: no number and no text
STRANGE_RECEIPTS = DAY  # of messages that are not ours
HOUSE = "house"  # the channel of what nobody asked for


def sweep(tx: Tx, desk: Desk, now: int) -> Mapping[str, int]:
    """Erase what is past its time, at most ``BATCH`` of each kind, and return how many of which kind.

    Empty means that nothing was left to erase. What was erased is logged as counts.
    """
    limits = desk.limits
    transcript, case_file = now - limits.transcript, now - limits.case_file
    codes = now - CODE_TRACES
    counts = {
        "messages": tx.run("retention.messages", before=transcript, most=BATCH),
        "inbox": tx.run("retention.inbox", before=transcript, most=BATCH),
        "conversations": _idle(tx, now - limits.unproven_conversation, proven=0) + _idle(tx, transcript, proven=1),
        "sessions": _sessions(tx, now - limits.unproven_conversation, renewed=0) + _sessions(tx, transcript, renewed=1),
        "challenges": tx.run("retention.challenges", before=codes, most=BATCH),
        "challenge_subjects": tx.run("retention.challenge_subjects", most=BATCH),
        "sendings": tx.run("retention.sendings", before=codes, most=BATCH),
        "failures": tx.run("retention.failures", before=now - max(CODE_TRACES, limits.lock), now=now, most=BATCH),
        "proofs": tx.run("retention.proofs", before=transcript, most=BATCH),
        "updates": tx.run("retention.updates", before=now - HANDLED_UPDATES, most=BATCH),
        "unanswered_updates": tx.run("retention.unanswered_updates", before=now - HANDLED_UPDATES, most=BATCH),
        "finished_jobs": tx.run("retention.finished_jobs", before=now - FINISHED_JOBS, most=BATCH),
        "dead_jobs": tx.run("retention.dead_jobs", before=transcript, most=BATCH),
        "dead_payloads": tx.run("retention.dead_payloads", now=now, most=BATCH),
        "case_files": _case_files(tx, now, case_file),
        "answers": _answers(tx, now, now - limits.answer_kept),
        "answer_links": tx.run("answers.sweep_links", now=now, most=BATCH),
        "notices": tx.run("retention.receipts_notices", before=case_file, most=BATCH),
        "time_line_entries": tx.run("retention.receipts_time_line", before=case_file, most=BATCH),
        "escalations": _escalations(tx, case_file),
        "questions": _questions(tx, now, case_file),
        "events": tx.run("retention.events", before=case_file, most=BATCH),
        "staff": _staff(tx, case_file),
        "staff_sessions": tx.run("retention.staff_sessions", before=now - limits.staff_session, most=BATCH),
        "submissions": tx.run("retention.submissions", before=now - SUBMISSIONS, most=BATCH),
        "claims": tx.run("retention.claims", now=now, most=BATCH),
        "sms_sent": tx.run(
            "sms_sent.sweep", before=now - SMS_SENT, strangers_before=now - STRANGE_RECEIPTS, most=BATCH
        ),
        "reminders": tx.run("retention.reminders", before=now - REMINDERS, most=BATCH),
    }
    erased = {kind: count for kind, count in counts.items() if count}
    if erased:
        place = Place(conversation="", channel=HOUSE, now=now)
        audit.write(tx, desk, place, Act.RETENTION_ERASED, company=None, details=erased)
    return erased


def _sessions(tx: Tx, before: int, *, renewed: int) -> int:
    """End the sessions of browsers idle since ``before``; return how many. ``renewed``: somebody was proven in them."""
    ended = tx.run("sessions.sweep", renewed=renewed, before=before, most=BATCH)
    tx.run("sessions.sweep_tokens", most=BATCH)
    return ended


def _idle(tx: Tx, before: int, *, proven: int) -> int:
    """Forget conversations idle since ``before``; return how many."""
    idle = tx.all("retention.idle_conversations", proven=proven, before=before, most=BATCH)
    return sum(_forget(tx, row["id"], before) for row in idle)


def _forget(tx: Tx, conversation: str, before: int) -> bool:
    # The conversation's own row comes first: it is what a turn locks, and who came back meanwhile keeps all.
    if not tx.run("retention.hold_conversation", id=conversation, before=before):
        return False
    if not tx.run("retention.delete_conversation", id=conversation, before=before):
        if not tx.run("retention.empty_conversation", id=conversation, before=before):
            return False
        tx.run("retention.forget_address", id=conversation, before=before)
    tx.run("retention.messages_of", id=conversation, before=before)
    tx.run("retention.inbox_of", id=conversation)
    tx.run("retention.proofs_of", id=conversation)
    return True


def _case_files(tx: Tx, now: int, before: int) -> int:
    """Erase the content of cases closed before a time; return how many."""
    rows = tx.all("retention.closed_cases", before=before, most=BATCH)
    for row in rows:
        tx.run("retention.erase_case", reference=row["reference"], now=now)
        tx.run("retention.erase_time_line", reference=row["reference"])
        tx.run("retention.erase_kept", reference=row["reference"])
        tx.run("retention.delete_notices", reference=row["reference"])
        tx.run("answers.erase_parts", reference=row["reference"])
        tx.run("answers.delete_files", reference=row["reference"])
        tx.run("answers.delete_links", reference=row["reference"])
        _untie(tx, row["conversation"])
    return len(rows)


def _answers(tx: Tx, now: int, before: int) -> int:
    """Erase the files of answers made available before a time, and of cases without an answer; return of how many."""
    rows = tx.all("answers.due_files", before=before, most=FEW)
    for row in rows:
        tx.run("answers.erase_parts", reference=row["reference"])
        tx.run("answers.erase_files", reference=row["reference"], now=now)
        tx.run("answers.delete_links", reference=row["reference"])
    return len(rows)


def _escalations(tx: Tx, before: int) -> int:
    """Erase the content of escalations closed before a time; return how many."""
    rows = tx.all("retention.closed_escalations", before=before, most=BATCH)
    for row in rows:
        tx.run("retention.erase_escalation", id=row["id"])
        _untie(tx, row["conversation"])
    return len(rows)


def _questions(tx: Tx, now: int, before: int) -> int:
    """Close and erase the questions that nobody has looked at since a time; return how many."""
    rows = tx.all("retention.old_questions", before=before, most=BATCH)
    for row in rows:
        if tx.run("escalations.close", id=row["id"], now=now):  # nobody took it up just now
            tx.run("retention.erase_escalation", id=row["id"])
            _untie(tx, row["conversation"])
    return len(rows)


def _staff(tx: Tx, before: int) -> int:
    """Erase who the accounts were that were disabled before a time; return how many.

    As long as a case's file can name them, they stay.
    """
    rows = tx.all("retention.left_staff", before=before, most=BATCH)
    for row in rows:
        if tx.run("retention.erase_staff", id=row["id"], before=before):  # nobody has it back just now
            tx.run("staff.drop_recovery_codes", staff=row["id"])
    return len(rows)


def _untie(tx: Tx, conversation: str | None) -> None:
    if conversation:
        tx.run("retention.delete_bare", id=conversation)
