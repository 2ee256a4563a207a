"""By which contact a customer gets a code where nobody types one (R43); knows no code and sends none.

Only a number that is the customer's alone will do (R55): a code that comes to somebody else too proves nothing here.
"""

from bot.services.desk import Desk
from bot.services.identity import customers
from bot.services.identity.contacts import Contact, ContactKind, calling_code, is_kosovo_mobile, read_contact
from bot.storage.store import Tx


def code_contact(tx: Tx, desk: Desk, company: str, subject: str) -> str | None:
    """Return what to type for a code to a customer: a mobile of theirs, else their customer number; None for none.

    The customer number serves for a number of another country, where codes go only by it (R10).
    """
    numbers = customers.numbers_of(tx, desk, subject)
    for number in numbers:
        if is_kosovo_mobile(number) and _alone(customers.find(tx, desk, company, ContactKind.NUMBER, number), subject):
            return number
    if any(is_kosovo_mobile(number) for number in numbers):
        return None
    customer = customers.customer_number_of(tx, desk, subject)
    read = read_contact(customer)
    if not isinstance(read, Contact) or read.kind is not ContactKind.CUSTOMER:
        return None  # it looks like somebody's number
    found = customers.find(tx, desk, company, ContactKind.CUSTOMER, read.value)
    allowed = found and calling_code(found[0].number) in desk.companies[company].rights.foreign
    return customer if allowed and _alone(found, subject) else None


def _alone(found: tuple[customers.Found, ...], subject: str) -> bool:
    return any(each.subject == subject and not each.shared for each in found)
