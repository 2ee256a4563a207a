"""Leases: one holder at a time."""

from bot.clock import MINUTE
from bot.services.leases import release_lease, take_lease
from tests.tools.desks import NOW, memory_tx


def test_a_lease_has_one_holder_until_it_is_over() -> None:
    tx = memory_tx()
    assert take_lease(tx, "sealer", "one", NOW, MINUTE)
    assert not take_lease(tx, "sealer", "two", NOW + MINUTE - 1, MINUTE)
    assert take_lease(tx, "sealer", "two", NOW + MINUTE, MINUTE)
    assert not take_lease(tx, "sealer", "one", NOW + MINUTE, MINUTE)


def test_its_holder_renews_it() -> None:
    tx = memory_tx()
    assert take_lease(tx, "sealer", "one", NOW, MINUTE)
    assert take_lease(tx, "sealer", "one", NOW + MINUTE - 1, MINUTE)
    assert not take_lease(tx, "sealer", "two", NOW + MINUTE, MINUTE)


def test_leases_of_other_names_are_free() -> None:
    tx = memory_tx()
    assert take_lease(tx, "sealer", "one", NOW, MINUTE)
    assert take_lease(tx, "housekeeper", "two", NOW, MINUTE)


def test_only_the_holder_gives_it_back() -> None:
    tx = memory_tx()
    assert take_lease(tx, "sealer", "one", NOW, MINUTE)
    assert not release_lease(tx, "sealer", "two")
    assert not take_lease(tx, "sealer", "two", NOW, MINUTE)
    assert release_lease(tx, "sealer", "one")
    assert take_lease(tx, "sealer", "two", NOW, MINUTE)
