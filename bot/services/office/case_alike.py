"""Open requests that a letter may ask for again: of the same person, for the same; a hint for a person, no rule."""

from bot.policy.actions import Action
from bot.services.casework.case_file import stored_cases
from bot.services.casework.case_queue import Filter, open_cases
from bot.services.casework.cases import Stored
from bot.services.desk import Desk
from bot.services.identity.contacts import fold_customer
from bot.storage.store import Tx

_MOST = 300  # open requests of one kind that are looked through: what a letter names is sealed in each


def alike(tx: Tx, desk: Desk, company: str, action: Action, customer: str, reply_to: str) -> tuple[Stored, ...]:
    """Return the open requests of a kind from a customer number or a reply address, what is due first first."""
    wanted, address = fold_customer(customer), reply_to.strip().casefold()
    found = {case.reference: case for case in _of_customer(tx, desk, company, action, wanted)}
    for case in open_cases(tx, desk, Filter(company=company, action=action), most=_MOST):
        named = fold_customer(case.body.fields.get("customer_number", ""))
        if (wanted and named == wanted) or (address and case.reply_to.strip().casefold() == address):
            found[case.reference] = case
    return tuple(found.values())


def _of_customer(tx: Tx, desk: Desk, company: str, action: Action, customer: str) -> tuple[Stored, ...]:
    if not customer:
        return ()
    customer_hash = desk.vault.index("customer", company, customer)
    row = tx.first("backoffice.subject_of_customer", company=company, customer_hash=customer_hash)
    if row is None:
        return ()
    cases = stored_cases(desk, tx.all("requests.of_subject", company=company, subject=row["id"]))
    return tuple(case for case in cases if case.is_open and case.action is action)
