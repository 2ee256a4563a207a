"""Whatever column a look-up comes to stand in, it is known whether it moves: found by living, not by its name."""

from collections import defaultdict
from dataclasses import replace

from bot.clock import MINUTE
from bot.crypto import KEPT, Vault
from bot.delivery.telegram import calls
from bot.dialogue.effects import StopMarketing
from bot.dialogue.events import CodeAccepted
from bot.services import conversations, updates
from bot.services.decisions import suppressions
from bot.services.keys import moves
from bot.services.updates import Update
from tests.services.acting import SHOWN
from tests.services.keys.ringing import OLD
from tests.tools import engines
from tests.tools.codes import NUMBER, House
from tests.tools.desks import NOW, made_up_desk, place
from tests.tools.engines import tables_of

# The name of the SMS about a lock, which nothing is looked up by: it ends with the job and what became of the message.
NAMES = {("number", "jobs.ordering_key"), ("number", "jobs.idempotency_key")}


class Noting(Vault):
    """A vault that notes what its look-ups were for."""

    def __init__(self) -> None:
        super().__init__(OLD)
        self.made: dict[str, str] = {}

    def index(self, purpose: str, *parts: str) -> str:
        made = super().index(purpose, *parts)
        self.made[made] = purpose
        return made


def lived_in() -> House:
    """A house where everything was done once that is done by a look-up."""
    house = House(replace(made_up_desk(), vault=Noting()), engines.scratch().tx)
    tx, desk = house.tx, house.desk
    subject = house.customer()
    challenge, code = house.code()
    assert isinstance(house.redeem(challenge, code), CodeAccepted)
    house.use(challenge, subject)
    at = house.lock(now=NOW + 2 * MINUTE)  # a customer's number
    house.lock("+38344000777", now=at + 2 * MINUTE)  # and a stranger's
    suppressions.stop_marketing(tx, desk, place(), StopMarketing(company="alfa", typed=NUMBER, shown=SHOWN))
    conversations.take(tx, desk, NOW, "telegram", "b:7")
    updates.keep(tx, desk, NOW, [Update(bot="b", id=1, chat="7", payload=b"{}")])
    calls.order(tx, desk, NOW, calls.Chat(bot="b", id=7), calls.Send(text="a"), key="1")
    tables_of(tx).insert(
        "answer_links",
        {"token_hash": "t", "reference": "R-1", "company": "alfa", "subject": subject, "made_at": 1, "expires_at": 1},
    )
    tx.run("answers.grant", token_hash="t", grant_hash="g", grant_until=NOW, number=house.number_hash())  # noqa: S106
    return house


def test_every_look_up_stands_where_it_is_declared() -> None:
    house = lived_in()
    assert isinstance(house.desk.vault, Noting)
    tables, found = tables_of(house.tx), defaultdict(set)
    for table in sorted(engines.keys()):
        for row in tables.rows(table):
            for column, value in row.items():
                for digest, purpose in house.desk.vault.made.items():
                    if isinstance(value, str) and digest in value:
                        found[purpose].add(f"{table}.{column}")
    for purpose, columns in moves.COLUMNS.items():
        named = {column for of, column in NAMES if of == purpose}
        assert named <= found[purpose] <= {*columns, *named}, purpose
        assert found[purpose], purpose
    stay = {purpose for purpose in found if f"index/{purpose}" in KEPT}
    assert found.keys() - stay == {*moves.COLUMNS, "code"}
    assert found["code"] == {"challenges.code_hash"}
