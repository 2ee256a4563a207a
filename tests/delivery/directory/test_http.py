"""Asking a company's directory: what is asked, what comes of it on file, and what is remembered of it."""

import asyncio
import logging

import pytest

from bot.clock import MINUTE, SECOND
from bot.crypto import SystemRandomness
from bot.delivery.directory.http import BY_CUSTOMER, BY_NUMBER, NOBODYS
from bot.delivery.directory.port import DirectoryError
from bot.delivery.directory.remembering import Memory
from tests.delivery.directory.conftest import ONE, THREE, TWO, Asking
from tests.delivery.working import MovedClock
from tests.tools.desks import made_up_desk
from tests.tools.directory import TOKEN, hangs, person, says

pytestmark = pytest.mark.asyncio


async def test_a_number_is_asked_for_and_its_customer_found(asking: Asking) -> None:
    asking.crm.customers = [person("A-1001", ONE, TWO), person("A-1002", THREE)]
    (found,) = await asking.find(ONE)
    assert (found.number, found.masked_account, found.shared, found.ended) == (ONE, "•••01", False, False)
    assert await asking.numbers() == (ONE, TWO)
    assert asking.crm.asked == [(BY_NUMBER, ONE)]


async def test_nobody_is_nobody_and_leaves_nothing_behind(asking: Asking) -> None:  # R11
    assert await asking.find(ONE) == ()
    assert await asking.find("A9999", "customer") == ()
    assert asking.crm.asked == [(BY_NUMBER, ONE), (BY_CUSTOMER, "A9999")]
    assert await asking.read(lambda tx: tx.all("customers.by_number", company="alfa", number_hash="")) == []


async def test_a_customer_number_is_asked_for_as_it_is_compared_and_then_who_shares_the_number(asking: Asking) -> None:
    asking.crm.customers = [person("A-1001", ONE), person("A-1002", ONE, name="Tjetër Njeri")]
    (found,) = await asking.find("A1001", "customer")
    assert asking.crm.asked == [(BY_CUSTOMER, "A1001"), (BY_NUMBER, ONE)]
    assert found.number == ONE
    assert found.shared  # R55: the code comes to somebody else too
    assert {f.masked_account for f in await asking.find(ONE)} == {"•••01", "•••02"}


@pytest.mark.parametrize("how", [{"relationship": "ended"}, {"line": "business"}])
async def test_whose_relationship_ended_and_an_employers_line_are_told_apart(
    asking: Asking, how: dict[str, str]
) -> None:  # R55
    asking.crm.customers = [person("A-1001", ONE, **how)]
    (found,) = await asking.find(ONE)
    assert found.shared
    assert found.ended == ("relationship" in how)


async def test_a_customer_without_a_mobile_gets_no_code(asking: Asking) -> None:
    asking.crm.customers = [person("A-1001", numbers=[])]
    assert await asking.find("A1001", "customer") == ()
    assert asking.crm.asked == [(BY_CUSTOMER, "A1001")]
    assert await asking.numbers() == ()


async def test_the_code_goes_to_the_first_number_that_an_sms_may_go_to(asking: Asking) -> None:  # R10
    asking.crm.customers = [person("A-1001", "+491701234567", TWO)]
    (found,) = await asking.find("A1001", "customer")
    assert found.number == TWO


async def test_two_answers_that_contradict_each_other_are_none(asking: Asking) -> None:
    asking.crm.customers = [person("A-1001", ONE)]
    asking.crm.moods = []
    taken = asking.directory.find("alfa", "customer", "A1001")

    async def moved_meanwhile() -> None:
        while not asking.crm.asked:
            await asyncio.sleep(0)
        asking.crm.customers = [person("A-1002", ONE)]

    _, outcome = await asyncio.gather(moved_meanwhile(), taken, return_exceptions=True)
    assert isinstance(outcome, DirectoryError)
    assert outcome.kind == "directory.contradicts"


async def test_another_companys_directory_is_never_asked(asking: Asking) -> None:  # R56
    with pytest.raises(ValueError, match="another company"):
        await asking.directory.find("beta", "number", ONE)
    assert asking.crm.asked == []


async def test_it_can_be_tried_out_without_naming_anybody(asking: Asking) -> None:
    await asking.directory.try_out()
    assert (asking.crm.looks, asking.crm.asked) == (1, [(BY_NUMBER, NOBODYS)])


# ---- what is remembered -------------------------------------------------------------------------------------


async def test_somebody_found_is_not_asked_for_again_at_once_but_soon(asking: Asking) -> None:
    asking.crm.customers = [person()]
    first = await asking.find()
    asking.clock.at += 29 * SECOND
    assert await asking.find() == first
    assert len(asking.crm.asked) == 1
    asking.clock.at += SECOND
    await asking.find()
    assert len(asking.crm.asked) == 2


async def test_a_release_asks_whatever_is_remembered(asking: Asking) -> None:  # R13
    asking.crm.customers = [person()]
    await asking.find()
    asking.crm.customers[0]["numbers"][0]["sim_changed_on"] = "2026-03-05"
    (remembered,) = await asking.find()
    assert remembered.sim_changed_on is None
    (found,) = await asking.directory.find_anew("alfa", "number", ONE)
    assert found.sim_changed_on is not None
    assert len(asking.crm.asked) == 2


async def test_nobody_is_not_remembered(asking: Asking) -> None:
    assert await asking.find() == ()
    asking.crm.customers = [person()]
    assert len(await asking.find()) == 1


async def test_an_error_is_not_remembered_and_forgets_what_was(asking: Asking) -> None:
    asking.crm.customers = [person()]
    asking.crm.mood = says(503)
    with pytest.raises(DirectoryError):
        await asking.find()
    asking.crm.mood = None
    assert len(await asking.find()) == 1
    asking.crm.mood = says(503)
    with pytest.raises(DirectoryError):
        await asking.directory.find_anew("alfa", "number", ONE)
    with pytest.raises(DirectoryError):
        await asking.find()


async def test_memory_is_bounded_and_holds_no_number() -> None:
    clock, desk = MovedClock(), made_up_desk()
    memory = Memory(desk, clock.now, life=99 * MINUTE, most=3)
    for end in range(5):
        memory.keep("alfa", "number", f"+3834400010{end}")
    assert len(memory) == 3
    assert [memory.knows("alfa", "number", f"+3834400010{end}") for end in range(5)] == [False, False, True, True, True]
    assert not memory.knows("beta", "number", "+38344000104")
    assert "383" not in "".join(vars(memory)["_until"])
    clock.at += desk.limits.code_life  # never longer than a code, whatever was set
    assert not memory.knows("alfa", "number", "+38344000104")
    memory.keep("alfa", "number", ONE)
    assert len(memory) == 1


async def test_nothing_is_remembered_where_the_settings_say_so(asking: Asking) -> None:
    asking.crm.customers = [person()]
    directory = asking.another(remembers=0)
    for _ in range(2):
        await directory.find("alfa", "number", ONE)
    assert len(asking.crm.asked) == 2


# ---- secrecy ------------------------------------------------------------------------------------------------


async def test_no_log_line_and_no_error_has_a_number_a_name_or_the_token(
    asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:  # R32
    caplog.set_level(logging.DEBUG)
    asking.crm.customers = [person()]
    await asking.find()
    told = []
    broken = (says(503), says(401), hangs)
    directory = asking.another(timeout=0.1, tries=1, remembers=0)
    for mood in (says(400), *broken, *broken):
        asking.crm.mood = mood
        with pytest.raises(DirectoryError) as raised:
            await directory.find("alfa", "number", ONE)
        told.append(f"{raised.value!r} {raised.value.__cause__!r}")
    told += [record.getMessage() for record in caplog.records if not record.name.startswith("asyncio")]
    for secret in (ONE, ONE[4:], "Filan", "A-1001", TOKEN, str(asking.crm.port)):
        assert not [line for line in told if secret in line]
    assert any("does not answer" in line for line in told)


async def test_the_settings_show_no_token(asking: Asking) -> None:  # R32
    assert TOKEN not in repr(asking.crm.settings())


async def test_every_question_has_an_id_of_its_own_and_its_tries_share_it(asking: Asking) -> None:
    asking.crm.moods = [says(503), says(503), says(503)]
    asking.desk = asking.desk.__class__(**{**vars(asking.desk), "randomness": SystemRandomness()})
    directory = asking.another(tries=4)
    await directory.find("alfa", "number", ONE)
    await directory.find("alfa", "number", TWO)
    assert len(asking.crm.ids) == 5
    assert len(set(asking.crm.ids[:4])) == 1
    assert asking.crm.ids[4] != asking.crm.ids[0]
