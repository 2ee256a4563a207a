"""What a directory says is taken up as the company's lists are: older never beats newer, nothing is lost by silence."""

import asyncio

import pytest

from bot.clock import DAY, moment
from bot.dialogue.effects import Shown, Withdraw
from bot.dialogue.events import ConsentState
from bot.services.decisions import consents
from bot.services.identity import proofs
from bot.services.lists import importing, taking_up
from bot.storage.store import Tx
from tests.delivery.directory.conftest import ONE, THREE, TWO, Asking
from tests.tools.desks import NOW, place
from tests.tools.directory import Customer, person

pytestmark = pytest.mark.asyncio


def agreed(state: str, days_ago: int | None, purpose: str = "offers") -> dict[str, str | None]:
    since = None if days_ago is None else moment(NOW - days_ago * DAY).isoformat()
    return {"purpose": purpose, "state": state, "since": since}


async def told(asking: Asking, *customers: Customer, number: str = ONE) -> None:
    """Let the directory know these, and be asked for a number."""
    asking.crm.customers = list(customers)
    await asking.directory.find_anew("alfa", "number", number)


async def prove(asking: Asking, customer_number: str = "A-1001", number: str = ONE) -> str:
    """Let a conversation be a customer; returns the subject."""

    def work(tx: Tx) -> str:
        subject = importing.subject_of(tx, asking.desk, "alfa", customer_number)
        assert subject
        tx.run(
            "proofs.begin", id=asking.desk.randomness.token(), conversation="c1", company="alfa", subject=subject,
            number=asking.desk.vault.index("number", "alfa", number), shared=0, now=NOW,
        )  # fmt: skip
        return subject

    return await asking.store.transact(work)


async def is_proven(asking: Asking, subject: str) -> bool:
    return await asking.read(lambda tx: proofs.live(tx, "c1", "alfa", subject)) is not None


# ---- numbers ------------------------------------------------------------------------------------------------


async def test_the_same_said_again_ends_no_proof(asking: Asking) -> None:
    await told(asking, person("A-1001", ONE, TWO))
    subject = await prove(asking)
    await told(asking, person("A-1001", ONE, TWO))
    assert await is_proven(asking, subject)


async def test_a_number_no_longer_named_is_taken_off_and_its_proofs_end(asking: Asking) -> None:  # R55
    await told(asking, person("A-1001", ONE, TWO))
    subject = await prove(asking, number=TWO)
    await told(asking, person("A-1001", ONE))
    assert await asking.numbers() == (ONE,)
    assert not await is_proven(asking, subject)


async def test_a_number_given_to_somebody_else_is_taken_off_whoever_had_it(asking: Asking) -> None:  # R55
    await told(asking, person("A-1001", ONE, TWO, consents=[agreed("given", 10)]))
    subject = await prove(asking)
    await told(asking, person("A-1002", ONE, name="Tjetër Njeri"))
    assert await asking.numbers("A-1001") == (TWO,)
    assert not await is_proven(asking, subject)
    (found,) = await asking.find(ONE)
    assert not found.shared  # the one who had it before is nobody's household
    assert await asking.states("A-1001") == {"offers": "given"}  # R59: nothing else is lost


async def test_nobody_named_takes_nothing_off(asking: Asking) -> None:  # R59
    await told(asking, person())
    subject = await prove(asking)
    await told(asking)
    assert await asking.numbers() == (ONE,)
    assert await is_proven(asking, subject)
    assert await asking.directory.find_anew("alfa", "number", ONE) == ()  # but gets no code
    await asking.store.transact(lambda tx: taking_up.take_up(tx, asking.desk, NOW, "alfa", ONE, ()))
    assert await asking.numbers() == (ONE,)


async def test_who_shared_a_number_and_shares_it_no_more_proves_anew(asking: Asking) -> None:  # R55
    family = person("A-1002", ONE, THREE, name="Tjetër Njeri")
    await told(asking, person("A-1001", ONE), family)
    subject = await prove(asking)
    await told(asking, person("A-1001", ONE))
    assert await asking.numbers("A-1002") == (THREE,)
    assert len(await asking.read(lambda tx: tx.all("audit.unsealed", most=100))) == 2
    assert not await is_proven(asking, subject)


async def test_those_who_share_a_number_are_all_found(asking: Asking) -> None:  # R55
    await told(asking, person("A-1001", ONE), person("A-1002", ONE, THREE, name="Tjetër Njeri"))
    found = await asking.find(ONE)
    assert [each.masked_account for each in found] == ["•••01", "•••02"]
    assert all(each.shared for each in found)


async def test_a_changed_or_ported_sim_is_noted_for_all_who_have_the_number(asking: Asking) -> None:  # R13
    await told(asking, person("A-1001", ONE))
    subject = await prove(asking)
    numbers = [{"number": ONE, "sim_changed_on": "2026-03-01", "ported_on": "2026-03-04"}]
    await told(asking, person("A-1001", numbers=numbers), person("A-1002", ONE))
    found = await asking.find(ONE)
    assert [str(each.sim_changed_on) for each in found] == ["2026-03-04", "2026-03-04"]
    assert not await is_proven(asking, subject)
    await told(asking, person("A-1001", ONE), person("A-1002", ONE))  # said no more, it holds
    assert [str(each.sim_changed_on) for each in await asking.find(ONE)] == ["2026-03-04", "2026-03-04"]


async def test_one_customer_by_several_names_of_the_same_is_one(asking: Asking) -> None:
    await told(asking, person("A-1001"))
    await told(asking, person("a 1001"))
    assert len(await asking.find(ONE)) == 1


# ---- consents -----------------------------------------------------------------------------------------------


async def test_consents_come_with_the_customer(asking: Asking) -> None:
    said = [agreed("given", 9), agreed("withdrawn", 3, "personal"), agreed("unknown", 1, "analysis")]
    await told(asking, person(consents=said))
    assert await asking.states() == {"offers": "given", "personal": "withdrawn"}


@pytest.mark.parametrize(
    ("days_ago", "holds"), [(20, "withdrawn"), (10, "withdrawn"), (5, "given"), (None, "withdrawn"), (-1, "withdrawn")]
)
async def test_older_never_beats_newer(asking: Asking, days_ago: int | None, holds: str) -> None:  # R59
    await told(asking, person(consents=[agreed("withdrawn", 10)]))
    await told(asking, person(consents=[agreed("given", days_ago)]))
    assert await asking.states() == {"offers": holds}


async def test_a_withdrawal_here_is_not_undone_by_what_the_directory_had_before(asking: Asking) -> None:  # R59
    await told(asking, person(consents=[agreed("given", 10)]))
    subject = await prove(asking)
    effect = Withdraw(company="alfa", subject=subject, purposes=("offers",), shown=Shown(words="Tërheqim", clauses=()))
    await asking.store.transact(lambda tx: consents.withdraw(tx, asking.desk, place(NOW), effect))
    await told(asking, person(consents=[agreed("given", 1)]))
    assert await asking.states() == {"offers": ConsentState.WITHDRAWN}
    assert await is_proven(asking, subject)


async def test_a_consent_left_out_stays(asking: Asking) -> None:  # R59
    await told(asking, person(consents=[agreed("given", 10)]))
    await told(asking, person(consents=[]))
    assert await asking.states() == {"offers": "given"}


# ---- records, and at once -----------------------------------------------------------------------------------


async def test_only_what_changed_is_logged_and_without_names(asking: Asking) -> None:  # R39
    await told(asking, person())
    await told(asking, person())
    rows = await asking.read(lambda tx: tx.all("audit.unsealed", most=100))
    (body,) = [row["body"] for row in rows]
    assert '"customers.imported"' in body
    assert "Filan" not in body
    assert ONE not in body


async def test_the_same_answer_taken_up_at_once_makes_one_customer(asking: Asking) -> None:
    asking.crm.customers = [person("A-1001", ONE), person("A-1002", ONE, name="Tjetër Njeri")]
    everybody = await asyncio.gather(*(asking.another(remembers=0).find("alfa", "number", ONE) for _ in range(8)))
    assert len({each.subject for found in everybody for each in found}) == 2
