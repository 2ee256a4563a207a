"""Nothing that can be seen, counted or timed tells who is a customer."""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.clock import MINUTE, SECOND
from bot.dialogue.events import CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.limits import Limits
from tests.tools.codes import FOREIGN, NOBODY, NUMBER, House, Recording, wrong
from tests.tools.desks import NOW, SeededRandomness, made_up_desk


@pytest.fixture
def house() -> House:
    return House()


class Fixed(SeededRandomness):
    """Always the same code."""

    def code(self) -> str:
        return "000042"


def settle_known(house: House) -> dict[str, str]:
    """Contacts of every sort: one that gets a code, and those that must look the same."""
    house.customer()
    house.customer("A-1002", "+38344000102", sim_changed_on="2026-03-04")
    house.customer("A-1003", FOREIGN)
    house.customer("A-1004", "+38344000104", company="beta")
    return {"known": NUMBER, "unknown": NOBODY, "sim": "+38344000102", "other company": "+38344000104"}


def story(house: House, typed: str) -> list[object]:
    """Everything that a person at the other end sees of a contact, up to its lock and beyond."""
    seen: list[object] = []
    for turn in range(4):
        now = NOW + turn * MINUTE
        under_way = house.ask(typed, now=now)
        if not isinstance(under_way, CodeUnderWay):
            seen.append(under_way)
            continue
        seen.append((under_way.expires_at, under_way.resend_at))
        (payload,) = house.look_up(now)
        seen += [
            house.redeem(under_way.challenge, text, now=now) for text in ("po", *[wrong(str(payload["code"]))] * 6)
        ]
        seen.append(house.ask(typed, now=now + SECOND))
    return seen


@pytest.mark.parametrize("other", ["unknown", "sim", "other company"])
def test_a_known_contact_and_any_other_have_the_same_story_up_to_the_lock(other: str) -> None:  # R11, R13
    one, two = House(), House()
    known, contact = settle_known(one)["known"], settle_known(two)[other]

    told = story(one, known)
    assert told == story(two, contact)
    assert any(isinstance(answer, CodeRefused) and answer.why is Why.LOCKED for answer in told)


def test_a_known_customer_number_and_an_unknown_one_have_the_same_story() -> None:  # R11
    one, two = House(), House()
    settle_known(one)
    settle_known(two)

    assert story(one, "A-1001") == story(two, "A-9999") == story(House(), "A-1003")


def test_a_decoy_is_wrong_even_when_its_digits_are_right(house: House) -> None:  # R11
    challenge, code = house.code(NOBODY)

    assert house.redeem(challenge, code) == CodeWrong(left=4)
    assert "code.accepted" not in house.acts()


def test_a_code_is_a_decoy_until_the_look_up(house: House) -> None:  # R11
    house = House(replace(made_up_desk(), randomness=Fixed()))
    house.customer()
    under_way = house.ask()
    assert isinstance(under_way, CodeUnderWay)

    assert house.redeem(under_way.challenge, "000042") == CodeWrong(left=4)


def statements(house: House, work: Callable[[], object]) -> list[str]:
    whole = house.tx
    house.tx = recording = Recording(whole)
    work()
    house.tx = whole
    return recording.names


def test_opening_runs_the_same_statements_for_known_and_unknown(house: House) -> None:  # R11
    contacts = settle_known(house)
    runs = {
        name: statements(house, lambda n=n, typed=typed: house.ask(typed, conversation=f"c{n}"))  # type: ignore[misc]
        for n, (name, typed) in enumerate([*contacts.items(), ("customer", "A-1001"), ("no customer", "A-9999")])
    }

    assert len({tuple(run) for run in runs.values()}) == 1, runs
    assert "otp.open" in runs["known"]


def test_redeeming_runs_the_same_statements_for_a_code_and_a_decoy_up_to_the_lock(house: House) -> None:  # R5, R11
    contacts = settle_known(house)
    runs: dict[str, list[tuple[str, ...]]] = {}
    for name, typed in contacts.items():
        for turn in range(3):
            now = NOW + turn * MINUTE
            challenge, code = house.code(typed, now=now, conversation=name)
            for _ in range(6):
                run = statements(
                    house,
                    lambda c=challenge, k=code, t=now, n=name: house.redeem(c, wrong(k), now=t, conversation=n),  # type: ignore[misc]
                )
                runs.setdefault(name, []).append(tuple(run))

    assert runs["known"] == runs["unknown"] == runs["sim"] == runs["other company"]
    assert any("escalations.add" in run for run in runs["known"])  # the lock was among them


def test_a_report_tells_the_same_of_known_and_unknown(house: House) -> None:  # R18
    house.customer()
    house.code()

    runs = {
        tuple(statements(house, lambda typed=typed: house.report(typed, conversation="victim")))  # type: ignore[misc]
        for typed in (NUMBER, NOBODY)
    }
    assert len(runs) == 1


@pytest.mark.alone
def test_known_and_unknown_take_the_same_time() -> None:  # R11
    house = House(made_up_desk(limits=Limits(company_hour=100_000)))
    taken: dict[str, list[int]] = {"ask known": [], "ask unknown": [], "redeem known": [], "redeem unknown": []}
    for n in range(120):
        known, unknown = f"+38344{n:06d}", f"+38345{n:06d}"
        house.customer(f"A-{n:04d}", known)
        pair = [("known", known), ("unknown", unknown)]
        for name, typed in pair if n % 2 else reversed(pair):
            began = time.perf_counter_ns()
            under_way = house.ask(typed, conversation=f"{name}{n}")
            taken[f"ask {name}"].append(time.perf_counter_ns() - began)
            assert isinstance(under_way, CodeUnderWay)
            (payload,) = house.look_up()
            guess = wrong(str(payload["code"]))
            began = time.perf_counter_ns()
            house.redeem(under_way.challenge, guess, conversation=f"{name}{n}")
            taken[f"redeem {name}"].append(time.perf_counter_ns() - began)
    median = {name: statistics.median(times) for name, times in taken.items()}

    # Interleaved and by medians, so that a busy machine slows both; a look-up more would double them.
    for act in ("ask", "redeem"):
        assert 1 / 1.5 < median[f"{act} known"] / median[f"{act} unknown"] < 1.5, median
