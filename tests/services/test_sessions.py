"""Sessions of browsers: what opens one, what replaces its token, what ends it."""

import pytest

from bot.clock import HOUR
from bot.services.desk import Desk
from bot.services.identity import sessions
from bot.services.identity.sessions import TICKET_LIFE
from bot.storage.store import Tx
from tests.tools.desks import NOW, made_up_desk, memory_tx
from tests.tools.engines import tables_of


@pytest.fixture
def tx() -> Tx:
    return memory_tx()


@pytest.fixture
def desk() -> Desk:
    return made_up_desk()


def _found(tx: Tx, desk: Desk, token: str, company: str = "alfa") -> sessions.Session:
    found = sessions.find(tx, desk, company, token)
    assert found is not None
    return found


def test_a_token_opens_its_session_at_its_company_only(tx: Tx, desk: Desk) -> None:  # R19
    token = sessions.begin(tx, desk, NOW, "alfa")
    assert _found(tx, desk, token).company == "alfa"
    assert sessions.find(tx, desk, "beta", token) is None
    assert sessions.find(tx, desk, "alfa", token[:-1] + "g") is None
    assert sessions.find(tx, desk, "alfa", "") is None


def test_a_token_has_at_least_128_bits_and_is_kept_as_a_hash_only(tx: Tx, desk: Desk) -> None:  # R19
    token = sessions.begin(tx, desk, NOW, "alfa")
    assert len(bytes.fromhex(token)) * 8 >= 128
    kept = tables_of(tx).everything()
    assert _found(tx, desk, token).token_hash in kept
    assert token not in kept


def test_any_text_as_a_token_opens_nothing(tx: Tx, desk: Desk) -> None:
    sessions.begin(tx, desk, NOW, "alfa")
    for token in ("\ud800", "ë" * 5000, "'; DROP TABLE sessions; --", "\x00"):
        assert sessions.find(tx, desk, "alfa", token) is None


def test_the_old_token_dies_when_the_new_one_is_first_used(tx: Tx, desk: Desk) -> None:  # R19
    old = sessions.begin(tx, desk, NOW, "alfa")
    session = _found(tx, desk, old)
    ticket = sessions.ticket(tx, desk, NOW, session.id)
    new = sessions.renew(tx, desk, NOW, session, ticket)
    assert new is not None
    assert _found(tx, desk, old).id == session.id  # the answer may have been lost
    fresh = _found(tx, desk, new)
    assert sessions.wants_use(fresh, NOW)
    sessions.use(tx, NOW, fresh)
    assert sessions.find(tx, desk, "alfa", old) is None
    assert _found(tx, desk, new).id == session.id
    assert not _found(tx, desk, new).renewal_due


def test_of_two_new_tokens_the_one_used_second_ends_nobody(tx: Tx, desk: Desk) -> None:  # R19
    session = _found(tx, desk, sessions.begin(tx, desk, NOW, "alfa"))
    one, other = (
        sessions.renew(tx, desk, NOW, session, sessions.ticket(tx, desk, NOW, session.id)) or "" for _ in range(2)
    )
    seen_before = _found(tx, desk, other)
    sessions.use(tx, NOW, _found(tx, desk, one))
    sessions.use(tx, NOW, seen_before)
    assert _found(tx, desk, one).id == session.id
    assert sessions.find(tx, desk, "alfa", other) is None


def test_a_ticket_is_exchanged_once_in_its_session_and_in_time(tx: Tx, desk: Desk) -> None:
    session = _found(tx, desk, sessions.begin(tx, desk, NOW, "alfa"))
    other = _found(tx, desk, sessions.begin(tx, desk, NOW, "alfa"))
    ticket = sessions.ticket(tx, desk, NOW, session.id)
    assert sessions.renew(tx, desk, NOW, other, ticket) is None
    assert sessions.renew(tx, desk, NOW + TICKET_LIFE, session, ticket) is None
    assert sessions.renew(tx, desk, NOW, session, ticket) is not None
    assert sessions.renew(tx, desk, NOW, session, ticket) is None


def test_a_ticket_opens_no_session(tx: Tx, desk: Desk) -> None:
    session = _found(tx, desk, sessions.begin(tx, desk, NOW, "alfa"))
    assert sessions.find(tx, desk, "alfa", sessions.ticket(tx, desk, NOW, session.id)) is None


def test_a_lost_ticket_is_known_to_be_due(tx: Tx, desk: Desk) -> None:
    token = sessions.begin(tx, desk, NOW, "alfa")
    assert not _found(tx, desk, token).renewal_due
    sessions.ticket(tx, desk, NOW, _found(tx, desk, token).id)
    assert _found(tx, desk, token).renewal_due


def test_an_ended_session_is_opened_by_none_of_its_tokens(tx: Tx, desk: Desk) -> None:
    old = sessions.begin(tx, desk, NOW, "alfa")
    session = _found(tx, desk, old)
    new = sessions.renew(tx, desk, NOW, session, sessions.ticket(tx, desk, NOW, session.id))
    sessions.end(tx, session.id)
    assert new is not None
    assert sessions.find(tx, desk, "alfa", old) is sessions.find(tx, desk, "alfa", new) is None


def test_what_a_page_sends_with_changes_is_bound_to_its_token(desk: Desk) -> None:  # R23
    assert sessions.csrf(desk, "a") == sessions.csrf(desk, "a") != sessions.csrf(desk, "b")


def test_a_session_in_use_is_noted_now_and_then(tx: Tx, desk: Desk) -> None:
    session = _found(tx, desk, sessions.begin(tx, desk, NOW, "alfa"))
    assert not sessions.wants_use(session, NOW + HOUR - 1)
    assert sessions.wants_use(session, NOW + HOUR)
