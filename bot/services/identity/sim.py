"""Whether an SMS may go to a customer's number now, and an answer out at all; knows no gateway and no wording.

R10: only to mobiles of Kosovo and of the countries on the company's list. R13: not within the quiet time after the
SIM of a number was changed or ported, whichever of its customers that was noted for.
"""

import datetime as dt

from bot.services.desk import Desk
from bot.services.identity import customers, proofs
from bot.services.identity.contacts import ContactKind, calling_code, is_kosovo_mobile
from bot.storage.store import Tx


def changed_lately(tx: Tx, desk: Desk, now: int, subject: str) -> bool:
    """Tell whether the SIM of any of the subject's numbers changed within the quiet time (R13)."""
    row = tx.first("notices.sim_changed", subject=subject)
    day = row["day"] if row else None
    return day is not None and proofs.sim_changed_lately(desk, dt.date.fromisoformat(day), now)


def number_for_sms(tx: Tx, desk: Desk, now: int, company: str, subject: str) -> str | None:
    """Return the first number on file that may get an SMS (E.164); None where there is none, or its SIM is fresh."""
    foreign = desk.companies[company].rights.foreign
    for number in customers.numbers_of(tx, desk, subject):
        if is_kosovo_mobile(number) or calling_code(number) in foreign:
            holders = customers.find(tx, desk, company, ContactKind.NUMBER, number)
            fresh = any(proofs.sim_changed_lately(desk, holder.sim_changed_on, now) for holder in holders)
            return None if fresh else number
    return None
