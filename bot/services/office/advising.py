"""The DPO's advice to whoever decides on a request, on record (GDPR 39(1)); it binds nobody, no customer reads it.

Where the law keeps advising and deciding apart, this is what the DPO has instead of a decision
(``Decides.CONTROLLER``).
"""

from bot.services.desk import Desk, Place
from bot.services.office import office_rules
from bot.services.office.backoffice import acted
from bot.services.records.audit import Act
from bot.storage.store import Tx

ADVISED = "advised"  # on the time line


def advise(tx: Tx, desk: Desk, place: Place, who: str, reference: str, text: str) -> None:
    """Put an advice on the time line of a case that is still to be answered. Raises NotAllowedError."""
    stored = office_rules.open_case(tx, desk, reference, "advise")
    text = office_rules.said("advise", "the advice", text)
    acted(tx, desk, place, who, stored, Act.CASE_ADVISED, ADVISED, text)
