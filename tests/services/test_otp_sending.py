"""Where an SMS with a code goes, and where none does."""

import pytest

from bot.clock import HOUR, MINUTE
from bot.dialogue.effects import Escalation
from bot.dialogue.events import CodeAccepted, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.limits import Limits
from bot.services.casework import escalations
from bot.services.identity import customers, otp
from bot.services.records import events
from tests.tools.codes import FOREIGN, NOBODY, NUMBER, House, house_with_foreign
from tests.tools.desks import NOW, made_up_desk


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("typed", ["044 000 101", "A-1001", "a1001"])
def test_the_sms_goes_to_the_number_on_file(house: House, typed: str) -> None:  # R12
    house.customer("A-1001", NUMBER, "+38349000102")
    challenge, code = house.code(typed)

    (sms,) = house.sms()
    assert (sms["to"], sms["company"], sms["challenge"]) == (NUMBER, "alfa", challenge)
    assert sms["text"] == f"Alfa: kodi {code} për kërkesë privatësie. Mos ia jepni askujt!"


@pytest.mark.parametrize("typed", [NOBODY, "B-9999"])
def test_no_sms_goes_to_unknowns(house: House, typed: str) -> None:  # R11
    house.customer()
    house.code(typed)

    assert house.sms() == []


def test_no_sms_goes_to_a_customer_of_another_company(house: House) -> None:  # R11
    house.customer(company="beta")
    house.code()

    assert house.sms() == []


def test_the_look_up_done_twice_sends_one_sms(house: House) -> None:
    house.customer()
    under_way = house.ask()
    assert isinstance(under_way, CodeUnderWay)
    found = customers.find(house.tx, house.desk, "alfa", "number", NUMBER)
    for now in (NOW, NOW + 2 * MINUTE):
        otp.resolve(house.tx, house.desk, now, under_way.challenge, "123456", found)
        house.look_up(now)

    assert len(house.sms(NOW + 2 * MINUTE)) == 1
    assert house.tx.first("otp.nth_latest", scope="number", key=house.number_hash(), skip=1) is None


@pytest.mark.parametrize("how", ["expired", "reported", "tried too often", "not there"])
def test_a_code_that_was_over_before_the_look_up_is_not_sent(house: House, how: str) -> None:
    house.customer()
    under_way = house.ask()
    assert isinstance(under_way, CodeUnderWay)
    found = customers.find(house.tx, house.desk, "alfa", "number", NUMBER)
    if how == "reported":
        house.report("")
    if how == "tried too often":
        for guess in range(5):
            house.redeem(under_way.challenge, f"00000{guess}")
    now = under_way.expires_at if how == "expired" else NOW
    otp.resolve(house.tx, house.desk, now, "none" if how == "not there" else under_way.challenge, "123456", found)

    assert house.tx.first("otp.nth_latest", scope="number", key=house.number_hash(), skip=0) is None
    assert house.sms(now) == []


def test_the_sms_and_the_look_up_expire_with_the_code(house: House) -> None:
    house.customer()
    house.code()
    assert house.sms(NOW + 5 * MINUTE) == []

    house.ask(now=NOW + HOUR)
    assert house.look_up(NOW + HOUR + 5 * MINUTE) == []


@pytest.mark.parametrize(("day", "sent"), [("2026-03-05", 0), ("2026-02-26", 0), ("2026-02-25", 1), ("2026-03-06", 0)])
def test_no_sms_goes_out_within_seven_days_of_a_sim_change(house: House, day: str, sent: int) -> None:  # R13
    house.customer(sim_changed_on=day)
    challenge, code = house.code()

    assert len(house.sms()) == sent
    assert isinstance(house.redeem(challenge, code), CodeAccepted if sent else CodeWrong)


def test_a_sim_change_that_becomes_known_after_the_sms_makes_the_code_wrong(house: House) -> None:  # R13
    house.customer()
    challenge, code = house.code()
    house.tx.run("customers.note_sim_change", company="alfa", number_hash=house.number_hash(), day="2026-03-05")

    assert house.redeem(challenge, code) == CodeWrong(left=4)


def test_a_number_that_was_taken_off_file_makes_the_code_wrong(house: House) -> None:  # R55
    subject = house.customer()
    challenge, code = house.code()
    house.tx.run("customers.drop_number", subject=subject, number_hash=house.number_hash())

    assert house.redeem(challenge, code) == CodeWrong(left=4)


@pytest.mark.parametrize(("allowed", "sent"), [((), 0), (("+41",), 0), (("+41", "+49"), 1)])
def test_a_foreign_number_on_file_gets_an_sms_only_if_the_company_lists_its_country(  # R10
    allowed: tuple[str, ...], sent: int
) -> None:
    house = house_with_foreign(*allowed)
    house.customer("A-1001", FOREIGN)

    assert isinstance(house.ask("A-1001"), CodeUnderWay)
    house.look_up()
    assert [sms["to"] for sms in house.sms()] == [FOREIGN] * sent


def test_foreign_sms_have_a_cap_of_their_own(  # R10
) -> None:
    house = house_with_foreign("+49", limits=Limits(foreign_hour=2))
    for n in range(3):
        house.customer(f"A-100{n}", f"+49170123456{n}")
        house.code(f"A-100{n}", conversation=f"c{n}")
    house.customer()

    assert [sms["to"] for sms in house.sms()] == ["+491701234560", "+491701234561"]
    house.code()
    assert len(house.sms()) == 1  # Kosovo's are not under it
    house.code("A-1002", now=NOW + HOUR, conversation="c2")
    assert len(house.sms(NOW + HOUR)) == 1


@pytest.mark.parametrize(
    ("typed", "why"), [("+49 170 1234567", Why.NOT_KOSOVO), ("038 123 456", Why.NOT_KOSOVO), ("po", Why.UNREADABLE)]
)
def test_only_mobiles_of_kosovo_and_customer_numbers_are_taken(house: House, typed: str, why: Why) -> None:  # R10
    assert house.ask(typed) == CodeRefused(why=why)
    assert house.look_up() == []


def test_a_company_whose_hour_is_full_is_busy_for_everybody() -> None:  # R10, R11
    house = House(made_up_desk(limits=Limits(company_hour=3)))
    house.customer()
    for n in range(3):
        house.ask(f"+3834400020{n}", now=NOW + n, conversation=f"c{n}")

    assert house.ask(NUMBER, now=NOW + MINUTE) == CodeRefused(why=Why.BUSY, until=NOW + HOUR)
    assert house.ask(NOBODY, now=NOW + MINUTE) == CodeRefused(why=Why.BUSY, until=NOW + HOUR)
    assert isinstance(house.ask(NUMBER, now=NOW + MINUTE, company="beta"), CodeUnderWay)
    assert isinstance(house.ask(NUMBER, now=NOW + HOUR), CodeUnderWay)


def alarms(house: House) -> list[int]:
    stored = events.open_events(house.tx, house.desk)
    return [e.at for e in stored if e.kind is events.EventKind.ALARM_RAISED]


def send_many(house: House, first: int, count: int, now: int, redeemed: int = 0) -> None:
    for n in range(first, first + count):
        number = f"+38344{n:06d}"
        house.customer(f"A-{n}", number)
        challenge, code = house.code(number, now=now, conversation=f"c{n}")
        if n < first + redeemed:
            assert isinstance(house.redeem(challenge, code, now=now, conversation=f"c{n}"), CodeAccepted)


def test_an_alarm_is_raised_once_an_hour_when_few_codes_are_redeemed() -> None:  # R10
    house = House(made_up_desk(limits=Limits(redeemed_of=10)))
    send_many(house, 100, 10, NOW, redeemed=2)
    assert alarms(house) == []  # eight of them may yet be redeemed

    later = NOW + 10 * MINUTE
    send_many(house, 200, 2, later)
    assert alarms(house) == [later]
    (escalation,) = escalations.list_open(house.tx, house.desk)
    assert (escalation.kind, escalation.company) == (Escalation.ALARM, "alfa")
    send_many(house, 300, 1, later + HOUR)
    assert alarms(house) == [later, later + HOUR]


def test_no_alarm_is_raised_while_enough_codes_are_redeemed() -> None:  # R10
    house = House(made_up_desk(limits=Limits(redeemed_of=10)))
    send_many(house, 100, 10, NOW, redeemed=3)
    for n in range(20):  # decoys are not counted: nothing was sent
        house.ask(f"B-{n:04d}", now=NOW + MINUTE, conversation=f"d{n}")
    send_many(house, 200, 1, NOW + 10 * MINUTE)

    assert alarms(house) == []
