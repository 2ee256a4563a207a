"""One-time codes: how one is typed, whose it is, what it proves, and what is kept of it."""

import re
from dataclasses import replace

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.crypto import SystemRandomness, Vault
from bot.dialogue.events import Account, CodeAccepted, CodeDead, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.services.identity import otp
from bot.services.identity.otp_sending import SEGMENT, code_text, lock_text
from tests.tools.codes import NOBODY, NUMBER, House, wrong
from tests.tools.desks import NOW, SeededRandomness, made_up_desk


@pytest.fixture
def house() -> House:
    return House()


class Fixed(SeededRandomness):
    """Always the same code."""

    def code(self) -> str:
        return "000042"


def test_a_code_is_six_digits_and_leading_zeros_are_part_of_it() -> None:  # R1
    house = House(replace(made_up_desk(), randomness=Fixed()))
    house.customer()
    challenge, _ = house.code()

    assert "000042" in str(house.sms()[0]["text"])
    assert house.redeem(challenge, "42") == CodeWrong(left=5, counted=False)
    assert isinstance(house.redeem(challenge, "000042"), CodeAccepted)


def test_a_tenth_of_all_codes_begins_with_zero() -> None:  # R1
    codes = [SystemRandomness().code() for _ in range(4000)]

    assert all(re.fullmatch("[0-9]{6}", code) for code in codes)
    assert 250 < sum(code.startswith("0") for code in codes) < 600


def test_a_code_lives_five_minutes_and_not_a_moment_more(house: House) -> None:  # R2
    house.customer()
    challenge, code = house.code()

    assert house.redeem(challenge, code, now=NOW + 5 * MINUTE) == CodeDead(why=Why.UNREADABLE)
    assert isinstance(house.redeem(challenge, code, now=NOW + 5 * MINUTE - 1), CodeAccepted)


def test_a_code_works_once(house: House) -> None:  # R3
    house.customer()
    challenge, code = house.code()

    assert isinstance(house.redeem(challenge, code), CodeAccepted)
    assert house.redeem(challenge, code) == CodeDead(why=Why.UNREADABLE)


def test_five_attempts_and_no_more_even_with_the_right_code(house: House) -> None:  # R4
    house.customer()
    challenge, code = house.code()

    assert [house.redeem(challenge, wrong(code)) for _ in range(5)] == [CodeWrong(left=n) for n in (4, 3, 2, 1, 0)]
    assert house.redeem(challenge, code) == CodeDead(why=Why.TOO_MANY)


def test_an_attempt_is_counted_before_the_comparison(house: House, monkeypatch: pytest.MonkeyPatch) -> None:  # R4
    house.customer()
    challenge, code = house.code()
    seen, compare = [], Vault.is_index

    def look(vault: Vault, digest: str, purpose: str, *parts: str) -> bool:
        if purpose == "code":
            row = house.tx.first("otp.challenge", id=challenge)
            assert row is not None
            seen.append(row["attempts"])
        return compare(vault, digest, purpose, *parts)

    monkeypatch.setattr(Vault, "is_index", look)
    house.redeem(challenge, wrong(code))
    house.redeem(challenge, code)

    assert seen == [1, 2]


@pytest.mark.parametrize(
    "typed", ["{}", " {} ", "kodi: {}.", "Alfa: kodi {} për kërkesë privatësie. Mos ia jepni askujt!"]
)
@pytest.mark.parametrize("split", ["{0}{1}", "{0} {1}", "{0}-{1}", "{0} – {1}"])
def test_a_code_is_read_with_spaces_dashes_and_words_around_it(house: House, typed: str, split: str) -> None:
    house.customer()
    challenge, code = house.code()

    assert isinstance(house.redeem(challenge, typed.format(split.format(code[:3], code[3:]))), CodeAccepted)


@pytest.mark.parametrize(
    "typed", ["", "po", "12345", "1234567", "123456 ose 654321", "044 123 456", "1234 5", "x" * 100_000]
)
def test_what_is_no_code_costs_no_attempt(house: House, typed: str) -> None:
    house.customer()
    challenge, code = house.code()
    house.redeem(challenge, wrong(code))

    assert house.redeem(challenge, typed) == CodeWrong(left=4, counted=False)
    assert house.redeem(challenge, wrong(code)) == CodeWrong(left=3)


def test_digits_of_another_script_are_digits() -> None:
    assert otp.read_code("٠١٢٣٤٥") == "012345"


def test_a_code_works_only_in_the_conversation_and_for_the_company_that_asked(house: House) -> None:  # R7
    house.customer()
    challenge, code = house.code()

    assert house.redeem(challenge, code, conversation="c2") == CodeDead(why=Why.UNREADABLE)
    assert house.redeem(challenge, code, company="beta") == CodeDead(why=Why.UNREADABLE)
    assert house.redeem("no such", code) == CodeDead(why=Why.UNREADABLE)
    assert isinstance(house.redeem(challenge, code), CodeAccepted)


def test_another_code_is_sent_after_a_minute_and_kills_the_one_before(house: House) -> None:  # R8
    house.customer()
    challenge, code = house.code()

    assert house.ask(now=NOW + MINUTE - 1) == CodeRefused(why=Why.TOO_SOON, until=NOW + MINUTE)
    again, other = house.code(now=NOW + MINUTE)
    assert house.redeem(challenge, code, now=NOW + MINUTE) == CodeDead(why=Why.UNREADABLE)
    assert isinstance(house.redeem(again, other, now=NOW + MINUTE), CodeAccepted)


def test_a_code_asked_for_elsewhere_kills_the_one_before_too(house: House) -> None:  # R8
    house.customer()
    challenge, code = house.code()
    house.code(now=NOW + MINUTE, conversation="c2")

    assert house.redeem(challenge, code, now=NOW + MINUTE) == CodeDead(why=Why.UNREADABLE)


def test_a_code_for_another_contact_kills_the_one_before_in_the_same_conversation(house: House) -> None:
    house.customer()
    challenge, code = house.code()
    house.code(NOBODY)

    assert house.redeem(challenge, code) == CodeDead(why=Why.UNREADABLE)


def test_a_code_of_another_company_stays(house: House) -> None:
    house.customer()
    challenge, code = house.code()
    house.ask(company="beta")

    assert isinstance(house.redeem(challenge, code), CodeAccepted)


@pytest.mark.parametrize("typed", [NUMBER, NOBODY])
def test_five_codes_in_ten_minutes_and_ten_a_day(house: House, typed: str) -> None:  # R8
    house.customer()
    for minute in range(5):
        assert isinstance(house.ask(typed, now=NOW + minute * MINUTE), CodeUnderWay)

    assert house.ask(typed, now=NOW + 9 * MINUTE) == CodeRefused(why=Why.TOO_MANY, until=NOW + 10 * MINUTE)
    for hour in range(1, 6):
        assert isinstance(house.ask(typed, now=NOW + hour * HOUR, conversation="c2"), CodeUnderWay)
    assert house.ask(typed, now=NOW + 6 * HOUR) == CodeRefused(why=Why.TOO_MANY, until=NOW + DAY)
    assert isinstance(house.ask(typed, now=NOW + DAY), CodeUnderWay)


def test_the_customer_number_does_not_get_round_the_caps_of_the_number(house: House) -> None:  # R8
    house.customer()
    for minute in range(5):
        house.code(now=NOW + minute * MINUTE)
        assert len(house.sms(NOW + minute * MINUTE)) == 1

    assert isinstance(house.ask("A-1001", now=NOW + 6 * MINUTE), CodeUnderWay)
    house.look_up(NOW + 6 * MINUTE)
    assert house.sms(NOW + 6 * MINUTE) == []


def test_an_sms_by_another_contact_takes_the_worth_from_the_code_before_and_shows_nothing(house: House) -> None:
    house.customer()
    challenge, code = house.code("A-1001")
    house.code(NUMBER, now=NOW + MINUTE, conversation="c2")

    assert house.redeem(challenge, code, now=NOW + MINUTE) == CodeWrong(left=4)  # R8, R11: wrong, not dead


def test_a_code_proves_every_account_of_the_number_and_says_which_are_shared_or_ended(house: House) -> None:  # R55
    one = house.customer("A-1001")
    two = house.customer("A-2002", relationship="ended")
    challenge, code = house.code()
    accepted = house.redeem(challenge, code)

    assert accepted == CodeAccepted(
        company="alfa",
        number_hash=house.number_hash(),
        accounts=(
            Account(subject=one, masked="•••01", shared=False, ended=False),
            Account(subject=two, masked="•••02", shared=True, ended=True),
        ),
    )


def test_several_people_with_one_number_share_it(house: House) -> None:  # R55
    house.customer("A-1001")
    house.customer("A-2002", name="Filane Fisteku")
    challenge, code = house.code()
    accepted = house.redeem(challenge, code)

    assert isinstance(accepted, CodeAccepted)
    assert [account.shared for account in accepted.accounts] == [True, True]


def test_a_customer_number_proves_that_account_only_and_still_shares(house: House) -> None:  # R55
    subject = house.customer("A-1001")
    house.customer("A-2002", name="Filane Fisteku")
    challenge, code = house.code("A-1001")
    accepted = house.redeem(challenge, code)

    assert isinstance(accepted, CodeAccepted)
    assert [(account.subject, account.shared) for account in accepted.accounts] == [(subject, True)]


def test_a_customer_who_got_the_number_after_the_code_is_not_proven_by_it(house: House) -> None:  # R55
    subject = house.customer("A-1001")
    challenge, code = house.code()
    house.customer("A-2002")
    accepted = house.redeem(challenge, code)

    assert isinstance(accepted, CodeAccepted)
    assert [account.subject for account in accepted.accounts] == [subject]


def test_no_code_and_no_number_stands_in_clear_in_the_database(house: House) -> None:  # R15, R46
    house.customer()
    challenge, code = house.code()
    house.redeem(challenge, wrong(code))
    before_sending = house.everything()
    house.sms()
    house.redeem(challenge, code)

    for text in (before_sending, house.everything()):
        assert code not in text
        assert wrong(code) not in text
        assert NUMBER[4:] not in text
        assert "A-1001" not in text.replace("alfa:A-1001", "")  # the test's own subject id
    assert house.desk.vault.index("code", challenge, code) in before_sending


def test_the_comparison_is_the_one_that_takes_constant_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:  # R15
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr("hmac.compare_digest", compare)
    house.customer()
    challenge, code = house.code()
    house.redeem(challenge, wrong(code))

    assert len(compared) == 1


@pytest.mark.parametrize(
    "name", ["IPKO", "Paysera", "Alfa", "Shoqëria e Gjatë me Emër të Pafund Sh.p.k.", "😀" * 40, ""]
)
def test_every_sms_is_one_segment_and_names_no_right(name: str) -> None:  # R18
    for text in (code_text(name, "012345"), lock_text(name, 24 * HOUR), lock_text(name, 100 * DAY)):
        assert len(text.encode("utf-16-le")) // 2 <= SEGMENT
        assert not re.search("fshirje|qasje|tërheqje|kundërshtim|pëlqim|ankes", text)
    assert "012345" in code_text(name, "012345")
    assert "kërkesë privatësie" in code_text(name, "012345")
    assert "Mos ia jepni askujt" in code_text(name, "012345")
    assert code_text("Paysera", "012345").startswith("Paysera: ")
    assert lock_text("Paysera", 24 * HOUR).startswith("Paysera: ")


def test_what_was_asked_accepted_and_locked_is_logged_without_anything_personal(house: House) -> None:  # R39
    subject = house.customer()
    challenge, code = house.code()
    house.redeem(challenge, code)

    assert sorted(house.acts()) == ["code.accepted", "code.requested"]
    assert f'"subject":"{subject}"' in house.everything()
