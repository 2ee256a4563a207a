"""How long things wait for somebody."""

import pytest

from bot.services import jobs
from bot.services.jobs import JobKind
from bot.services.records import audit
from bot.services.standing import standing
from tests.services.acting import House, made_up_house
from tests.tools.desks import NOW, place


@pytest.fixture
def house() -> House:
    return made_up_house()


def add(house: House, key: str, *, not_before: int = 0) -> None:
    jobs.add(
        house.tx, house.desk, NOW, JobKind.SMS_SEND, {"to": "x"}, ordering_key=key, idempotency_key=key,
        not_before=not_before,
    )  # fmt: skip


def test_where_nothing_waits_nothing_is_late(house: House) -> None:
    stands = standing(house.tx, NOW)
    assert (stands.ready, stands.dead, stands.overdue, stands.unsealed) == (0, 0, 0, 0)


def test_a_job_is_overdue_from_when_it_was_due(house: House) -> None:
    add(house, "a")
    add(house, "b", not_before=NOW + 60_000)
    assert standing(house.tx, NOW + 5_000).overdue == 5_000
    assert standing(house.tx, NOW + 5_000).ready == 2


def test_one_that_somebody_works_on_is_not_overdue(house: House) -> None:
    add(house, "a")
    jobs.claim(house.tx, house.desk, NOW + 1, [JobKind.SMS_SEND], 1, 15_000)
    assert standing(house.tx, NOW + 10_000).overdue == 0
    assert standing(house.tx, NOW + 16_000).overdue == 16_000  # whoever did was killed


def test_what_stands_behind_another_of_its_key_waits_for_that_one(house: House) -> None:
    for key in ("first", "second"):
        jobs.add(
            house.tx, house.desk, NOW, JobKind.SMS_SEND, {"to": "x"}, ordering_key="k", idempotency_key=key,
            not_before=NOW + 60_000 if key == "first" else 0,
        )  # fmt: skip
    assert standing(house.tx, NOW + 59_000).overdue == 0  # the first is tried again in a second
    assert standing(house.tx, NOW + 65_000).overdue == 5_000


def test_an_entry_waits_for_the_sealer_until_it_is_sealed(house: House) -> None:  # R47
    audit.write(house.tx, house.desk, place(), audit.Act.CASE_VIEWED, company="alfa")
    assert standing(house.tx, NOW + 3_000).unsealed == 3_000
    audit.seal_chain(house.tx, house.desk, NOW + 3_000, "me")
    assert standing(house.tx, NOW + 9_000).unsealed == 0
