"""Claims: two people never work on one case unknowingly, and nobody acts on what they have not seen."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import MINUTE
from bot.errors import NotAllowedError
from bot.services.casework import case_file
from bot.services.office import backoffice, claims
from bot.services.office.claims import Claim
from bot.services.records.audit import Act
from bot.storage.store import Store
from tests.services.acting import House, made_up_house
from tests.services.casework import filed, office
from tests.tools.desks import NOW, made_up_desk
from tests.tools.engines import Engine, open_store

LIFE = 10 * MINUTE


@pytest.fixture
def house() -> House:
    return made_up_house()


@pytest_asyncio.fixture
async def store(both_engines: Engine, tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(tmp_path / f"{both_engines}.db")
    yield opened
    await opened.close()


def holder(house: House, reference: str, now: int = NOW) -> str | None:
    found = claims.current(house.tx, now, reference)
    return found.holder if found else None


def taken_over(house: House) -> list[tuple[str, str]]:
    rows = [row for row in house.rows("audit") if row["act"] == Act.CLAIM_TAKEN_OVER]
    return [(row["who"], row["company"]) for row in rows]


# ---- whose it is --------------------------------------------------------------------------------------------


def test_a_claim_is_over_by_itself_after_ten_minutes_without_a_sign_of_life(house: House) -> None:
    reference = filed(house)
    claims.claim(house.tx, house.desk, NOW, reference, "zana")
    assert holder(house, reference, NOW + LIFE - 1) == "zana"
    assert holder(house, reference, NOW + LIFE) is None
    claims.claim(house.tx, house.desk, NOW + LIFE, reference, "leka")
    assert holder(house, reference, NOW + LIFE) == "leka"


def test_a_sign_of_life_renews_a_claim_and_it_is_as_old_as_it_was(house: House) -> None:
    reference = filed(house)
    claims.claim(house.tx, house.desk, NOW, reference, "zana")
    renewed = claims.claim(house.tx, house.desk, NOW + MINUTE, reference, "zana")
    assert renewed == Claim(reference=reference, holder="zana", since=NOW, until=NOW + MINUTE + LIFE)
    again = claims.claim(house.tx, house.desk, renewed.until, reference, "zana")
    assert again.since == renewed.until, "it was over: this is a new one"


def test_what_another_works_on_is_refused_by_name_and_stays_theirs(house: House) -> None:
    reference = filed(house)
    claims.claim(house.tx, house.desk, NOW, reference, "zana")
    with pytest.raises(NotAllowedError, match=f"zana is working on {reference}"):
        claims.claim(house.tx, house.desk, NOW + LIFE - 1, reference, "leka")
    assert holder(house, reference) == "zana"


@pytest.mark.asyncio
async def test_of_twenty_who_claim_at_once_exactly_one_has_it(store: Store) -> None:
    desk = made_up_desk()

    async def claim(who: str) -> str | None:
        try:
            return (await store.transact(lambda tx: claims.claim(tx, desk, NOW, "7K2Q-9FXA-8", who))).holder
        except NotAllowedError:
            return None

    won = [who for who in await asyncio.gather(*(claim(f"k{n}") for n in range(20))) if who]
    now = await store.read(lambda tx: claims.current(tx, NOW, "7K2Q-9FXA-8"))
    assert len(won) == 1
    assert now is not None
    assert won == [now.holder]


def test_only_ones_own_claim_is_given_back(house: House) -> None:
    reference = filed(house)
    claims.claim(house.tx, house.desk, NOW, reference, "zana")
    assert not claims.release(house.tx, reference, "leka")
    assert holder(house, reference) == "zana"
    assert claims.release(house.tx, reference, "zana")
    assert holder(house, reference) is None


def test_all_claims_that_hold_are_found_at_once(house: House) -> None:
    first, second = filed(house), filed(house)
    claims.claim(house.tx, house.desk, NOW - LIFE, first, "zana")
    claims.claim(house.tx, house.desk, NOW, second, "leka")
    assert {key: claim.holder for key, claim in claims.every(house.tx, NOW).items()} == {second: "leka"}


# ---- taking over ----------------------------------------------------------------------------------------------


def test_taking_over_is_logged_with_from_whom(house: House) -> None:
    reference = filed(house)
    claims.claim(house.tx, house.desk, NOW, reference, "zana")
    taken = claims.take_over(house.tx, house.desk, office(NOW + MINUTE), reference, "leka")
    assert (taken.holder, taken.since) == ("leka", NOW + MINUTE)
    assert taken_over(house) == [("leka", "alfa")]  # R39
    with pytest.raises(NotAllowedError, match="leka"):
        claims.claim(house.tx, house.desk, NOW + MINUTE, reference, "zana")


def test_what_is_free_over_or_ones_own_is_taken_over_from_nobody(house: House) -> None:
    reference = filed(house)
    claims.take_over(house.tx, house.desk, office(), reference, "zana")
    claims.take_over(house.tx, house.desk, office(), reference, "zana")
    claims.take_over(house.tx, house.desk, office(NOW + LIFE), reference, "leka")
    assert holder(house, reference, NOW + LIFE) == "leka"
    assert taken_over(house) == []


# ---- at work ----------------------------------------------------------------------------------------------------


def test_who_saw_the_newest_acts_and_has_the_claim_with_it(house: House) -> None:
    reference = filed(house)
    seen = str(claims.edition(house.tx, reference))
    claims.at_work(house.tx, house.desk, office(), "zana", reference, seen)
    assert holder(house, reference) == "zana"


@pytest.mark.parametrize("seen", ["", "0", "-1", "x", "99", " 2", "02"])
def test_a_page_that_is_stale_or_made_up_changes_nothing(house: House, seen: str) -> None:
    reference = filed(house)
    with pytest.raises(NotAllowedError, match="has changed since you opened it"):
        claims.at_work(house.tx, house.desk, office(), "zana", reference, seen)
    assert holder(house, reference) is None


def test_every_entry_of_the_time_line_makes_open_pages_stale(house: House) -> None:
    reference = filed(house)
    seen = str(claims.edition(house.tx, reference))
    backoffice.note(house.tx, house.desk, office(), "leka", reference, "U fol me arkivin")
    with pytest.raises(NotAllowedError, match="has changed"):
        claims.at_work(house.tx, house.desk, office(), "zana", reference, seen)
    case_file.note(house.tx, house.desk, NOW, reference, "words", "customer", {"text": "Edhe diçka"})
    assert claims.edition(house.tx, reference) == int(seen) + 2


def test_nobody_acts_on_what_another_works_on(house: House) -> None:
    reference = filed(house)
    seen = str(claims.edition(house.tx, reference))
    claims.claim(house.tx, house.desk, NOW, reference, "leka")
    with pytest.raises(NotAllowedError, match="leka is working on"):
        claims.at_work(house.tx, house.desk, office(), "zana", reference, seen)
    claims.at_work(house.tx, house.desk, office(NOW + LIFE), "zana", reference, seen)
    assert holder(house, reference, NOW + LIFE) == "zana"


def test_what_is_not_there_cannot_be_worked_on(house: House) -> None:
    with pytest.raises(NotAllowedError, match="There is no request"):
        claims.at_work(house.tx, house.desk, office(), "zana", "7K2Q-9FXA-8", "1")
    assert house.rows("claims") == []
