"""Tokens of programs: kept as HMAC, ended by time or by hand, their use noted once a minute, every change logged."""

import pytest

from bot.clock import DAY, MINUTE
from bot.errors import NotAllowedError
from bot.services.programs import tokens
from bot.services.programs.tokens import Scope, Token
from tests.services.acting import House, made_up_house
from tests.tools.desks import NOW, place

ZANA = "zana"


def given(house: House, name: str = "crm", company: str = "alfa", expires_at: int | None = None) -> str:
    """Give a program a token."""
    scopes = [Scope.REQUESTS_WORK, Scope.EVENTS_READ, Scope.EVENTS_READ]
    return tokens.add(house.tx, house.desk, place(NOW), ZANA, name, company, scopes, expires_at)


def found(house: House, token: str, now: int = NOW) -> Token | None:
    """Show a token."""
    return tokens.find(house.tx, house.desk, now, token)


def test_a_token_opens_its_company_for_its_scopes_and_is_kept_as_a_hash_only() -> None:
    house = made_up_house()
    token = given(house)
    assert token.startswith("mbu_")
    assert len(token) >= len("mbu_") + 32  # hex digits: 128 bits and more
    opened = found(house, token)
    assert opened
    assert (opened.name, opened.company, opened.who) == ("crm", "alfa", "api:crm")
    assert opened.scopes == {Scope.REQUESTS_WORK, Scope.EVENTS_READ}
    assert token not in str(house.rows("api_tokens")) + str(house.rows("audit"))


@pytest.mark.parametrize("shown", ["", "mbu_", "mbu_" + "0" * 64, "x" * 1000, "mbu_\ud800", "mbu_" + "0" * 64 + "\n"])
def test_what_is_no_token_opens_nothing(shown: str) -> None:
    house = made_up_house()
    given(house)
    assert found(house, shown) is None


def test_a_token_ends_at_its_time() -> None:
    house = made_up_house()
    token = given(house, expires_at=NOW + DAY)
    assert found(house, token, NOW + DAY - 1)
    assert found(house, token, NOW + DAY) is None


def test_a_token_that_was_revoked_stays_so_and_its_name_is_free() -> None:
    house = made_up_house()
    token = given(house)
    opened = found(house, token)
    assert opened
    assert tokens.revoke(house.tx, house.desk, place(NOW), ZANA, opened.id)
    assert not tokens.revoke(house.tx, house.desk, place(NOW), ZANA, opened.id)
    assert found(house, token) is None
    given(house)
    assert [(act["act"], act["company"], act["who"]) for act in house.rows("audit")] == [
        ("access.given", "alfa", ZANA),
        ("access.revoked", "alfa", ZANA),
        ("access.given", "alfa", ZANA),
    ]


def test_its_use_is_noted_once_a_minute() -> None:
    house = made_up_house()
    token = given(house)
    opened = found(house, token)
    assert opened
    assert tokens.wants_use(opened, NOW)
    tokens.use(house.tx, NOW, opened)
    used = found(house, token)
    assert used
    assert used.last_at == NOW
    assert not tokens.wants_use(used, NOW + MINUTE - 1)
    assert tokens.wants_use(used, NOW + MINUTE)


def test_what_makes_no_sense_is_refused() -> None:
    house = made_up_house()
    given(house)
    given(house, company="beta")  # names are a company's own
    for name, company, expires_at in (
        ("crm", "alfa", None),
        ("CRM", "alfa", None),
        ("api:crm", "alfa", None),
        ("", "alfa", None),
        ("erp", "nobody", None),
        ("erp", "alfa", NOW),
    ):
        with pytest.raises(NotAllowedError):
            given(house, name, company, expires_at)
    with pytest.raises(NotAllowedError):
        tokens.add(house.tx, house.desk, place(NOW), ZANA, "erp", "alfa", [])
    assert len(house.rows("api_tokens")) == 2
