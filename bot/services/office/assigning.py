"""Who sees to a case: handed to a colleague, given back to the queue; knows no account and no page.

Taking one stands in ``backoffice``. An assignment lasts; who works on a case just now is a claim (``claims``).
"""

from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.casework.cases import Stored
from bot.services.desk import Desk, Place
from bot.services.office import claims, office_rules
from bot.services.office.backoffice import acted
from bot.services.records.audit import Act
from bot.storage.store import Tx

HANDED_OVER, GIVEN_BACK = "handed_over", "given_back"  # on the time line


def hand_to(tx: Tx, desk: Desk, place: Place, who: str, reference: str, to: str) -> None:
    """Let somebody see to a case from now on, whoever saw to it before; whoever hands it over works on it no more.

    Whether ``to`` may work at the case's company is the caller's to look up. Raises NotAllowedError.
    """
    stored = office_rules.open_case(tx, desk, reference, "take")
    if stored.taken_by == to:
        raise NotAllowedError("{to} sees to {reference} already.", to=to, reference=reference)
    facts: dict[str, str | int] = {"to": to, **({"from": stored.taken_by} if stored.taken_by else {})}
    _assign(tx, desk, place, who, stored, to, HANDED_OVER, facts)
    if to != who:
        claims.release(tx, reference, who)


def give_back(tx: Tx, desk: Desk, place: Place, who: str, reference: str) -> None:
    """Give a case back to the queue: nobody sees to it. Raises NotAllowedError."""
    stored = office_rules.open_case(tx, desk, reference, "take")
    if stored.taken_by is None:
        raise NotAllowedError("Nobody sees to {reference} yet.", reference=reference)
    _assign(tx, desk, place, who, stored, None, GIVEN_BACK, {"from": stored.taken_by})
    claims.release(tx, reference, who)


def _assign(  # noqa: PLR0913, PLR0917  what an act leaves behind
    tx: Tx, desk: Desk, place: Place, who: str, stored: Stored, to: str | None, kind: str, facts: dict[str, str | int]
) -> None:
    tx.run("case_view.assign", reference=stored.reference, to=to)
    assigned = case_file.loaded(tx, desk, stored.reference)
    acted(tx, desk, place, who, assigned, Act.REQUEST_TAKEN, kind, "", facts)
