"""Wrong codes in a row: what is counted, the lock, who is told of it, and how it ends."""

import pytest

from bot.clock import HOUR, MINUTE
from bot.dialogue.effects import Escalation
from bot.dialogue.events import CodeAccepted, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.limits import Limits
from bot.services.casework import escalations
from bot.services.desk import OFFICE
from bot.services.identity import otp, otp_unlocking
from bot.storage.store import Row, Value
from tests.tools.codes import FOREIGN, NOBODY, NUMBER, House, Recording, wrong
from tests.tools.desks import NOW, made_up_desk, place


@pytest.fixture
def house() -> House:
    return House()


def test_fifteen_wrong_codes_lock_whatever_new_codes_were_sent_between(house: House) -> None:  # R5
    house.customer()
    now = house.lock()

    assert house.ask(now=now + MINUTE) == CodeRefused(why=Why.LOCKED, until=now + 24 * HOUR)
    assert house.ask("+38344000102", now=now + MINUTE, conversation="c2") != CodeRefused(why=Why.LOCKED)


def test_a_lock_holds_for_a_code_that_is_already_under_way(house: House) -> None:  # R6
    house = House(made_up_desk(limits=Limits(failures=3)))
    house.customer()
    challenge, code = house.code()
    for _ in range(3):
        last = house.redeem(challenge, wrong(code))

    assert last == CodeRefused(why=Why.LOCKED, until=NOW + 24 * HOUR)
    assert house.redeem(challenge, code, now=NOW + 1) == CodeRefused(why=Why.LOCKED, until=NOW + 24 * HOUR)


def test_the_lock_ends_after_a_day_and_the_count_begins_anew(house: House) -> None:  # R5
    house.customer()
    end = house.lock() + 24 * HOUR

    assert isinstance(house.ask(now=end - 1), CodeRefused)
    challenge, code = house.code(now=end)
    assert [house.redeem(challenge, wrong(code), now=end) for _ in range(4)] == [
        CodeWrong(left=n) for n in (4, 3, 2, 1)
    ]
    assert isinstance(house.redeem(challenge, code, now=end), CodeAccepted)


def test_a_right_code_ends_the_row_and_a_new_code_does_not(house: House) -> None:  # R5
    house = House(made_up_desk(limits=Limits(failures=6)))
    house.customer()
    challenge, code = house.code()
    for _ in range(4):
        house.redeem(challenge, wrong(code))
    house.redeem(challenge, code)
    again, other = house.code(now=NOW + MINUTE)

    assert [house.redeem(again, wrong(other), now=NOW + MINUTE).__class__ for _ in range(5)] == [CodeWrong] * 5
    third, last = house.code(now=NOW + 2 * MINUTE)
    assert isinstance(house.redeem(third, wrong(last), now=NOW + 2 * MINUTE), CodeRefused)


def test_the_owner_is_told_of_a_lock_once_and_the_dpo_too(house: House) -> None:  # R5
    subject = house.customer()
    now = house.lock()

    told = [sms for sms in house.sms(now) if sms["challenge"] is None]
    assert [(sms["to"], sms["text"]) for sms in told] == [
        (NUMBER, "Alfa: kodet u ndalën 24 orë (gabime). S'ishit ju? Na shkruani!")
    ]
    (escalation,) = escalations.list_open(house.tx, house.desk)
    assert (escalation.kind, escalation.company, escalation.subject) == (Escalation.LOCKED, "alfa", subject)
    assert house.acts().count("code.locked") == 1


def test_the_owner_is_not_told_again_when_the_other_contact_is_locked_too() -> None:  # R5
    house = House(made_up_desk(limits=Limits(failures=5)))
    house.customer()
    by_customer, code = house.code("A-1001")
    for _ in range(3):
        house.redeem(by_customer, wrong(code))
    now = NOW + MINUTE
    by_number, other = house.code(NUMBER, now=now, conversation="c2")
    answers = [house.redeem(by_number, wrong(other), now=now + n, conversation="c2") for n in range(5)]

    assert isinstance(answers[-1], CodeRefused)
    assert house.acts().count("code.locked") == 2  # the number after five, what was typed after eight
    assert [sms["challenge"] for sms in house.sms(now + 5)].count(None) == 1


def test_the_owner_is_told_though_the_wrong_codes_were_for_a_code_that_another_replaced() -> None:  # R5
    house = House(made_up_desk(limits=Limits(failures=5)))
    house.customer()
    by_customer, code = house.code("A-1001")
    now = NOW + MINUTE
    house.code(NUMBER, now=now, conversation="c2")
    for _ in range(5):
        house.redeem(by_customer, wrong(code), now=now)

    assert [sms["to"] for sms in house.sms(now) if sms["challenge"] is None] == [NUMBER]


def test_the_lock_of_what_was_typed_holds_though_the_number_behind_it_is_free() -> None:  # R6
    house = House(made_up_desk(limits=Limits(failures=3)))
    house.customer()
    challenge, code = house.code("A-1001")
    for _ in range(2):
        house.redeem(challenge, wrong(code))
    now = NOW + MINUTE
    by_number, other = house.code(NUMBER, now=now, conversation="c2")
    assert isinstance(house.redeem(by_number, other, now=now, conversation="c2"), CodeAccepted)
    now += MINUTE
    challenge, code = house.code("A-1001", now=now)
    locked = CodeRefused(why=Why.LOCKED, until=now + 24 * HOUR)

    assert [house.redeem(challenge, text, now=now) for text in (wrong(code), code, "po")] == [locked] * 3


def test_a_right_code_ends_the_row_of_the_number_too() -> None:  # R5
    house = House(made_up_desk(limits=Limits(failures=5)))
    house.customer()
    for minute, typed in enumerate((NUMBER, "A-1001")):
        now = NOW + minute * MINUTE
        challenge, code = house.code(typed, now=now)
        for _ in range(4):
            house.redeem(challenge, wrong(code), now=now)
        assert isinstance(house.redeem(challenge, code, now=now), CodeAccepted)


def test_nobody_is_told_of_a_lock_on_a_number_that_is_nobodys(house: House) -> None:  # R11
    now = house.lock(NOBODY)

    assert house.sms(now) == []
    (escalation,) = escalations.list_open(house.tx, house.desk)
    assert escalation.subject is None


def test_wrong_codes_for_the_customer_number_and_for_the_number_count_together(house: House) -> None:  # R5, R6
    house = House(made_up_desk(limits=Limits(failures=5)))
    house.customer()
    by_customer, code = house.code("A-1001")
    for _ in range(3):
        house.redeem(by_customer, wrong(code))
    by_number, other = house.code(NUMBER, now=NOW + MINUTE, conversation="c2")
    for _ in range(2):
        answer = house.redeem(by_number, wrong(other), now=NOW + MINUTE, conversation="c2")

    assert answer == CodeWrong(left=3)  # that the two belong together is not shown (R11)
    assert house.redeem(by_number, other, now=NOW + MINUTE, conversation="c2") == CodeWrong(left=2)
    house.sms(NOW + MINUTE)
    house.code("A-1001", now=NOW + 3 * MINUTE)
    assert house.sms(NOW + 3 * MINUTE) == []
    assert house.acts().count("code.locked") == 1


def test_the_dpo_ends_a_lock(house: House) -> None:  # R5
    house.customer()
    now = house.lock() + MINUTE
    office = place(now, conversation="", channel=OFFICE)

    assert not otp.unlock(house.tx, house.desk, office, "beta", NUMBER)
    assert otp.unlock(house.tx, house.desk, office, "alfa", "044 000 101")
    assert not otp.unlock(house.tx, house.desk, office, "alfa", NUMBER)
    challenge, code = house.code(now=now)
    assert isinstance(house.redeem(challenge, code, now=now), CodeAccepted)
    assert house.acts().count("customer.unlocked") == 1


def test_unlocking_a_customer_number_unlocks_the_numbers_too(house: House) -> None:  # R5
    house.customer()
    now = house.lock("A-1001")
    now = house.lock(NUMBER, now + 10 * MINUTE) + 10 * MINUTE

    assert otp.unlock(house.tx, house.desk, place(now, channel=OFFICE), "alfa", "a 1001")
    for typed in ("A-1001", NUMBER):
        now += MINUTE
        challenge, code = house.code(typed, now=now)
        assert isinstance(house.redeem(challenge, code, now=now), CodeAccepted)


def test_nothing_readable_unlocks_nothing(house: House) -> None:
    assert not otp.unlock(house.tx, house.desk, place(), "alfa", "po")
    assert not otp.unlock(house.tx, house.desk, place(), "alfa", FOREIGN)


def test_counters_that_cannot_be_read_let_nobody_through(house: House) -> None:  # R6
    class Broken(Recording):
        def all(self, statement: str, /, **parameters: Value) -> list[Row]:
            if statement == "otp.hold_failures":
                raise RuntimeError("no counter")
            return super().all(statement, **parameters)

    house.customer()
    challenge, code = house.code()
    whole, house.tx = house.tx, Broken(house.tx)

    with pytest.raises(RuntimeError):
        house.redeem(challenge, code)
    with pytest.raises(RuntimeError):
        house.ask(now=NOW + HOUR)
    house.tx = whole
    assert isinstance(house.redeem(challenge, code), CodeAccepted)  # it was not used up either


def test_counters_are_the_customers_whatever_the_conversation_or_its_channel(house: House) -> None:  # R6
    house.customer()
    now = NOW
    for turn in range(3):
        challenge, code = house.code(now=now, conversation=f"c{turn}")
        for _ in range(5):
            last = house.redeem(challenge, wrong(code), now=now, conversation=f"c{turn}")
        now += MINUTE

    assert isinstance(last, CodeRefused)
    assert isinstance(house.ask(now=now, conversation="another"), CodeRefused)
    assert isinstance(house.ask(now=now, company="beta"), CodeUnderWay)  # R56: counted per company


def test_one_conversation_cannot_fill_a_companys_hour(house: House) -> None:  # R10
    house = House(made_up_desk(limits=Limits(conversation_hour=3)))
    asked = [house.ask(f"+3834400020{last}") for last in range(4)]
    assert [type(told) for told in asked] == [CodeUnderWay, CodeUnderWay, CodeUnderWay, CodeRefused]
    assert asked[-1] == CodeRefused(why=Why.TOO_MANY, until=NOW + HOUR)
    assert isinstance(house.ask("+38344000209", conversation="c2"), CodeUnderWay)
    assert isinstance(house.ask("+38344000209", now=NOW + HOUR), CodeUnderWay)


def test_the_dpo_sees_a_customer_s_lock_in_a_case_and_ends_it_there(house: House) -> None:  # R5
    subject = house.customer()
    now = house.lock() + MINUTE
    until = otp_unlocking.locked_until(house.tx, house.desk, now, "alfa", subject)
    assert until is not None
    assert until > now

    office = place(now, conversation="", channel=OFFICE)
    unlock = (house.tx, house.desk, office, "zana", "alfa", subject, "7K2Q-9FXA-8")
    assert otp_unlocking.unlock_customer(*unlock)
    assert otp_unlocking.locked_until(house.tx, house.desk, now, "alfa", subject) is None
    assert not otp_unlocking.unlock_customer(*unlock)
    assert house.acts().count("customer.unlocked") == 1
    challenge, code = house.code(now=now)
    assert isinstance(house.redeem(challenge, code, now=now), CodeAccepted)


def test_nobody_s_lock_is_another_s(house: House) -> None:  # R5, R55
    house.customer()
    other = house.customer("A-1002", "+38344000102")
    now = house.lock() + MINUTE
    assert otp_unlocking.locked_until(house.tx, house.desk, now, "alfa", other) is None
