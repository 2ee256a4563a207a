"""One-time links: who gets one, what stays of it, and when it opens nothing any more."""

import pytest

from bot.clock import HOUR
from bot.dialogue.effects import LinkAnswer
from bot.dialogue.events import AnswerLinked, AnswerWithheld
from bot.limits import Limits
from bot.services import retention
from bot.services.casework import answer_links, answer_release
from bot.services.casework.answer_release import NoLink, Opened
from tests.services.acting import House, customer, made_up_house, prove
from tests.services.answering import answered, linked
from tests.services.asking import acts
from tests.tools.desks import NOW, place


@pytest.fixture
def house() -> House:
    return made_up_house()


def link(house: House, reference: str, conversation: str = "c1") -> AnswerLinked | AnswerWithheld:
    effect = LinkAnswer(company="alfa", reference=reference)
    return answer_links.link_answer(house.tx, house.desk, place(conversation=conversation), effect)


def opens(house: House, token: str, now: int = NOW) -> bool:
    return isinstance(answer_release.open_link(house.tx, house.desk, now, token), Opened)


def test_a_link_tells_its_case_its_company_and_its_end(house: House) -> None:  # R43
    reference = answered(house)
    opened = answer_release.open_link(house.tx, house.desk, NOW, linked(house, reference))
    assert opened == Opened(reference=reference, company="alfa", expires_at=NOW + 24 * HOUR)


def test_a_token_has_128_bits_and_is_kept_as_a_hash_only(house: House) -> None:  # R43
    token = linked(house, answered(house))
    assert len(token) * 4 >= 128
    assert int(token, 16)
    assert token not in str([house.rows(t) for t in ("answer_links", "audit", "events", "request_events", "jobs")])
    assert "answer.linked" in acts(house)


def test_a_link_lives_a_day_and_not_a_moment_more(house: House) -> None:  # R43
    token = linked(house, answered(house))
    assert opens(house, token, NOW + 24 * HOUR - 1)
    assert not opens(house, token, NOW + 24 * HOUR)


def test_no_setting_lets_a_link_live_longer() -> None:  # R43
    with pytest.raises(ValueError, match="R43"):
        Limits(answer_link=25 * HOUR)
    with pytest.raises(ValueError, match="R43"):
        Limits(answer_grant=HOUR)


def test_a_new_link_ends_the_one_before_and_no_other_cases(house: House) -> None:  # R43
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject)
    mine, other = (answered(house, subject=subject) for _ in range(2))
    first, elsewhere, second = linked(house, mine), linked(house, other), linked(house, mine)
    assert [opens(house, token) for token in (first, elsewhere, second)] == [False, True, True]


def test_unknown_expired_and_replaced_links_are_told_alike(house: House) -> None:  # R43
    reference = answered(house)
    replaced = linked(house, reference)
    expired = linked(house, reference)
    told = [
        answer_release.open_link(house.tx, house.desk, now, token)
        for token, now in (("0" * 32, NOW), ("", NOW), ("ë" * 9000, NOW), (replaced, NOW), (expired, NOW + 25 * HOUR))
    ]
    assert told == [NoLink()] * 5
    assert house.rows("conversations") == []  # whoever guesses leaves nothing behind


@pytest.mark.parametrize("who", ["nobody", "another", "shared"])
def test_only_a_proof_that_singles_the_customer_out_gets_a_link(house: House, who: str) -> None:  # R43, R55
    subject = customer(house.tx, house.desk)
    reference = answered(house, subject=subject)
    if who == "another":
        prove(house.tx, house.desk, customer(house.tx, house.desk, number="A-1002", phone="+38344000102"))
    if who == "shared":
        prove(house.tx, house.desk, subject, shared=True)
    assert link(house, reference) == AnswerWithheld(company="alfa")
    assert house.rows("answer_links") == []


def test_the_conversation_that_filed_a_case_gets_no_link_without_a_proof(house: House) -> None:  # R43
    reference = answered(house)
    house.tables.execute("UPDATE requests SET conversation = 'c1'")
    house.tables.execute("UPDATE proofs SET ended_at = ?", [NOW])
    assert link(house, reference) == AnswerWithheld(company="alfa")


def test_a_case_with_its_identity_pending_has_no_link(house: House) -> None:  # R53
    reference = answered(house)
    house.tables.execute("UPDATE requests SET subject = NULL, proof = 'pending', conversation = 'c1'")
    assert link(house, reference) == AnswerWithheld(company="alfa")


def test_links_are_erased_with_their_life(house: House) -> None:  # R45
    linked(house, answered(house))
    retention.sweep(house.tx, house.desk, NOW + 24 * HOUR - 1)
    assert house.rows("answer_links")
    assert retention.sweep(house.tx, house.desk, NOW + 24 * HOUR)["answer_links"] == 1
    assert house.rows("answer_links") == []
