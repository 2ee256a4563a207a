"""Those who talk in these tests: the numbers of the demonstration's customers, and what they do to prove themselves."""

from bot.dialogue.state import State
from tests.tools.chatting import Person, Town

FILAN = "044 000 101"  # IPKO A-1001, all four consents given
FILANE = "044 000 102"  # Paysera P-2001, consent given; IPKO does not know her
ASKUSHI = "044 000 103"  # IPKO A-1002 and Paysera P-2002
FAMILY = "044 000 104"  # two people at IPKO, A-1003 and A-1004
FORMER = "044 000 105"  # IPKO A-1005 and Paysera P-2003, no longer customers
FIRM = "044 000 106"  # IPKO A-1006, an employer's line
SIMON = "044 000 107"  # Paysera P-2004: another SIM since two days
TWICE = "044 000 108"  # one person with two accounts at IPKO
NOBODY = "044 000 199"
ALL_ADS = "te ipko, krejt reklamat hiqmani"


def proven(town: Town, said: str, number: str = FILAN, address: str = "a", company: str | None = None) -> Person:
    """Somebody who has said what they want and proven who they are."""
    person = town.person(address, company)
    assert person.say(said).state == State.NUMBER
    person.prove(number)
    if person.told.state == State.ACCOUNT:
        person.press("•••")
    return person


def held(town: Town, customer: str = "A-1001") -> dict[str, str]:
    """What is on record for a customer now, by purpose."""
    vault = town.desk.vault
    (subject,) = (
        row["id"]
        for row in town.rows("subjects")
        if vault.open("subjects", row["customer_sealed"], f"{row['id']}:customer") == customer
    )
    rows = sorted(town.rows("consents"), key=lambda row: int(row["seq"]))
    return {row["purpose"]: row["state"] for row in rows if row["subject"] == subject}
