"""Every figure that is ours to set (the ``(d)`` of the requirements), with its unit; knows no rule that uses it."""

from dataclasses import dataclass

from bot.clock import DAY, HOUR, MINUTE, SECOND


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Times in milliseconds, the rest are counts. The number of the requirement stands beside each."""

    code_life: int = 5 * MINUTE  # R2; 10 minutes at most
    code_attempts: int = 5  # R4
    failures: int = 15  # R5, in a row
    lock: int = 24 * HOUR  # R5
    resend_after: int = 60 * SECOND  # R8
    sendings_short: int = 5  # R8, in `sendings_window`
    sendings_window: int = 10 * MINUTE  # R8
    sendings_day: int = 10  # R8
    company_hour: int = 600  # R10, codes an hour for one company
    conversation_hour: int = 15  # R10, codes an hour that one conversation may ask for
    foreign_hour: int = 20  # R10, of those to foreign numbers
    redeemed_share: float = 0.3  # R10: below this share of the last `redeemed_of` codes an alarm is raised
    redeemed_of: int = 50  # R10
    sim_quiet: int = 7 * DAY  # R13
    idle: int = 5 * MINUTE  # R20
    unproven_conversation: int = 24 * HOUR  # R45
    transcript: int = 30 * DAY  # R45
    case_file: int = 730 * DAY  # R45, after a case was closed
    answer_kept: int = 30 * DAY  # R45 (d): the files of an answer, after it was made available
    answer_bytes: int = 20_000_000  # R43 (d): the files of one answer together
    answer_link: int = 24 * HOUR  # R43
    answer_grant: int = 15 * MINUTE  # R43: after a right code the download may be tried again
    unacknowledged: int = 24 * HOUR  # R38: later is late in the queue
    lifting_working_days: int = 5  # R41
    pending_requests_day: int = 5  # R53, without proof, of one conversation
    staff_session: int = 8 * HOUR  # R20
    claim: int = 10 * MINUTE  # (d): how long somebody who looks away keeps what they work on
    waiting: int = 500  # R52: turns that may wait; past that, "try again"

    def __post_init__(self) -> None:
        """Refuse figures that a requirement forbids."""
        if not 0 < self.code_life <= 10 * MINUTE:
            raise ValueError("a code may live 10 minutes at most (R2)")
        if not (0 < self.answer_link <= 24 * HOUR and 0 < self.answer_grant <= 15 * MINUTE):
            raise ValueError("a link may live 24 hours at most, and what it opens 15 minutes (R43)")
