"""Releasing an answer: a fresh code for its link only, a grant once, a quarter of an hour, and an end."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.clock import DAY, HOUR, MINUTE
from bot.crypto import SystemRandomness
from bot.dialogue.events import CodeDead, CodeRefused, CodeUnderWay, CodeWrong, Why
from bot.services import retention
from bot.services.casework import answer_links, answer_release
from bot.services.casework.answer_release import Granted, NoLink, Withheld
from bot.storage.store import Tx
from tests.services.acting import FILAN, House, customer, made_up_house, prove
from tests.services.answering import COPY, LIST, answered, coded, linked, opened, sms
from tests.services.asking import acts
from tests.tools.desks import NOW, made_up_desk
from tests.tools.engines import open_store, tables_of

SIM = "UPDATE numbers SET sim_changed_on = '2026-03-04'"


@pytest.fixture
def house() -> House:
    return made_up_house()


def try_code(house: House, token: str, code: str, now: int = NOW) -> object:
    return answer_release.try_code(house.tx, house.desk, now, token, code)


def may_download(house: House, token: str, grant: str, now: int = NOW, position: int = 1) -> bool:
    return answer_release.granted_file(house.tx, house.desk, now, token, grant, position) is not None


def download(house: House, token: str, grant: str, now: int = NOW, position: int = 1) -> bool:
    """Download a file whole; tells whether the link is spent."""
    found = answer_release.granted_file(house.tx, house.desk, now, token, grant, position)
    assert found
    return answer_release.fetched(house.tx, house.desk, now, found[0], position)


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ---- the code -----------------------------------------------------------------------------------------------


def test_the_code_goes_to_the_number_on_file_and_opens_the_files(house: House) -> None:  # R12, R43
    token = linked(house, answered(house, COPY, LIST))
    sms(house)
    assert isinstance(answer_release.send_code(house.tx, house.desk, NOW, token), CodeUnderWay)
    ((to, text),) = sms(house)
    assert to == FILAN
    granted = try_code(house, token, text.split("kodi ")[1][:6])

    assert isinstance(granted, Granted)
    assert len(granted.grant) * 4 >= 128
    assert granted.until == NOW + 15 * MINUTE
    assert [file.name for file in granted.files] == [COPY.name, LIST.name]
    assert {"answer.unlocked", "code.accepted"} <= set(acts(house))
    assert granted.grant not in str([house.rows(table) for table in ("answer_links", "audit", "request_events")])


def test_a_link_alone_opens_nothing(house: House) -> None:  # R17, R43
    token = linked(house, answered(house))
    assert isinstance(try_code(house, token, "123456"), CodeDead)
    for grant in ("", token, "0" * 32):
        assert not may_download(house, token, grant)


def test_a_code_works_for_the_link_that_asked_for_it_only(house: House) -> None:  # R7
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject)
    mine, elsewhere = (linked(house, answered(house, subject=subject)) for _ in range(2))
    code = coded(house, mine)
    assert isinstance(try_code(house, elsewhere, code), CodeDead)
    assert isinstance(try_code(house, mine, code), Granted)


def test_a_code_works_once(house: House) -> None:  # R3
    token = linked(house, answered(house))
    code = coded(house, token)
    assert isinstance(try_code(house, token, code), Granted)
    assert isinstance(try_code(house, token, code), CodeDead)


def test_wrong_codes_count_as_they_do_everywhere(house: House) -> None:  # R4, R5
    token = linked(house, answered(house))
    code = coded(house, token)
    told = [try_code(house, token, other(code)) for _ in range(5)]
    assert told == [CodeWrong(left=left) for left in (4, 3, 2, 1, 0)]
    assert isinstance(try_code(house, token, code), CodeDead)
    assert {row["count"] for row in house.rows("failures")} == {5}
    for minute in (2, 4):
        code = coded(house, token, NOW + minute * MINUTE)
        locked = [try_code(house, token, other(code), NOW + minute * MINUTE) for _ in range(5)]
    assert isinstance(locked[-1], CodeRefused)
    refused = answer_release.send_code(house.tx, house.desk, NOW + 10 * MINUTE, token)
    assert isinstance(refused, CodeRefused)
    assert refused.why is Why.LOCKED


def test_another_code_comes_after_a_minute_and_ends_the_one_before(house: House) -> None:  # R8
    token = linked(house, answered(house))
    first = coded(house, token)
    soon = answer_release.send_code(house.tx, house.desk, NOW + 1000, token)
    assert soon == CodeRefused(why=Why.TOO_SOON, until=NOW + MINUTE)
    second = coded(house, token, NOW + MINUTE)
    assert not isinstance(try_code(house, token, first, NOW + MINUTE), Granted)
    assert isinstance(try_code(house, token, second, NOW + MINUTE), Granted)


@pytest.mark.usefixtures("both_engines")
def test_of_sixteen_right_codes_at_once_one_gets_a_grant(tmp_path: Path) -> None:  # R3
    desk = replace(made_up_desk(), randomness=SystemRandomness())

    def prepared(tx: Tx) -> tuple[str, str]:
        house = House(tx=tx, desk=desk, tables=tables_of(tx))
        subject = customer(tx, desk)
        prove(tx, desk, subject)
        token = linked(house, answered(house, subject=subject))
        return token, coded(house, token)

    async def run() -> list[object]:
        store = open_store(tmp_path / "mburoja.db")
        try:
            token, code = await store.transact(prepared)
            works = [lambda tx: answer_release.try_code(tx, desk, NOW, token, code) for _ in range(16)]
            return list(await asyncio.gather(*(store.transact(work) for work in works)))
        finally:
            await store.close()

    told = asyncio.run(run())
    assert sum(isinstance(result, Granted) for result in told) == 1
    assert sum(isinstance(result, CodeDead) for result in told) == 15


# ---- who and when -------------------------------------------------------------------------------------------


def test_after_a_sim_change_no_code_goes_out(house: House) -> None:  # R13
    token = linked(house, answered(house))
    house.tables.execute(SIM)
    sms(house)
    answer_release.send_code(house.tx, house.desk, NOW, token)
    assert sms(house) == []


def test_a_sim_that_changes_between_the_code_and_the_grant_withholds_the_answer(house: House) -> None:  # R13
    token = linked(house, answered(house))
    code = coded(house, token)
    house.tables.execute(SIM)
    assert not isinstance(try_code(house, token, code), Granted)


def test_a_second_number_whose_sim_changed_withholds_it_too(house: House) -> None:  # R13
    reference = answered(house)
    token = linked(house, reference)
    code = coded(house, token)
    (subject,) = (row["id"] for row in house.rows("subjects"))
    second = house.desk.vault.index("number", "alfa", "+38344000102")
    sealed = house.desk.vault.seal("numbers", "+38344000102", f"{subject}:{second}")
    house.tx.run(
        "customers.add_number",
        subject=subject, company="alfa", number_hash=second, number_sealed=sealed, position=1,
    )  # fmt: skip
    house.tables.execute("UPDATE numbers SET sim_changed_on = '2026-03-04' WHERE position = 1")
    assert isinstance(try_code(house, token, code), Withheld)


def test_a_sim_that_changes_between_the_grant_and_the_download_withholds_it(house: House) -> None:  # R13
    token = linked(house, answered(house))
    grant = opened(house, token)
    assert may_download(house, token, grant)
    house.tables.execute(SIM)
    assert not may_download(house, token, grant)


def test_a_number_that_is_taken_off_file_after_the_code_downloads_nothing(house: House) -> None:  # R55
    token = linked(house, answered(house))
    grant = opened(house, token)
    house.tables.execute("DELETE FROM numbers")
    assert not may_download(house, token, grant)


def test_a_code_of_a_number_that_became_somebody_elses_gives_nothing(house: House) -> None:  # R55
    token = linked(house, answered(house))
    code = coded(house, token)
    house.tables.execute("UPDATE numbers SET subject = 'another'")
    assert not isinstance(try_code(house, token, code), Granted)


def test_a_number_that_came_to_be_shared_gives_nothing(house: House) -> None:  # R55
    token = linked(house, answered(house))
    code = coded(house, token)
    second = customer(house.tx, house.desk, number="A-1002")
    house.tables.execute("UPDATE subjects SET name_sealed = NULL WHERE id = ?", [second])
    assert isinstance(try_code(house, token, code), Withheld)


def test_an_answer_whose_files_are_gone_is_withheld(house: House) -> None:  # R45
    token = linked(house, answered(house), NOW + 30 * DAY - HOUR)
    code = coded(house, token, NOW + 30 * DAY - 1)
    house.tables.execute("UPDATE answer_files SET erased_at = ?", [NOW])
    assert isinstance(try_code(house, token, code, NOW + 30 * DAY), Withheld)


# ---- the grant ----------------------------------------------------------------------------------------------


def test_a_grant_is_for_its_link_and_for_a_quarter_of_an_hour(house: House) -> None:  # R43
    subject = customer(house.tx, house.desk)
    prove(house.tx, house.desk, subject)
    mine, elsewhere = (linked(house, answered(house, subject=subject)) for _ in range(2))
    grant = opened(house, mine)
    assert may_download(house, mine, grant, NOW + 15 * MINUTE - 1)
    assert not may_download(house, mine, grant, NOW + 15 * MINUTE)
    assert not may_download(house, elsewhere, grant)
    assert not may_download(house, mine, grant, position=2)


def test_a_whole_download_spends_the_link_and_the_grant_may_try_again(house: House) -> None:  # R43
    token = linked(house, answered(house))
    grant = opened(house, token)
    assert download(house, token, grant)
    assert "answer.fetched" in acts(house)

    assert answer_release.open_link(house.tx, house.desk, NOW, token) == NoLink()
    assert answer_release.send_code(house.tx, house.desk, NOW + 2 * MINUTE, token) == NoLink()
    assert may_download(house, token, grant, NOW + 14 * MINUTE)
    assert not may_download(house, token, grant, NOW + 15 * MINUTE)


def test_of_several_files_the_last_one_spends_the_link(house: House) -> None:  # R43
    token = linked(house, answered(house, COPY, LIST))
    grant = opened(house, token)
    assert [download(house, token, grant, position=n) for n in (2, 2, 1)] == [False, False, True]


def test_a_download_that_was_cut_short_leaves_the_link_for_another_code(house: House) -> None:  # R43
    token = linked(house, answered(house))
    old = opened(house, token)
    new = opened(house, token, NOW + 20 * MINUTE)
    assert not may_download(house, token, old, NOW + 20 * MINUTE)
    assert may_download(house, token, new, NOW + 20 * MINUTE)


def test_after_a_spent_link_a_new_one_comes_from_the_case_and_its_old_grant_goes_on(house: House) -> None:  # R43
    reference = answered(house)
    spent = linked(house, reference)
    grant = opened(house, spent)
    download(house, spent, grant)
    fresh = linked(house, reference, NOW + MINUTE)
    assert may_download(house, spent, grant, NOW + MINUTE)
    assert not may_download(house, fresh, grant, NOW + MINUTE)
    assert opened(house, fresh, NOW + MINUTE)


def test_a_replaced_link_takes_its_grant_with_it(house: House) -> None:  # R43
    reference = answered(house)
    old = linked(house, reference)
    grant = opened(house, old)
    linked(house, reference, NOW + MINUTE)
    assert not may_download(house, old, grant, NOW + MINUTE)


def test_a_download_that_ends_after_its_link_was_replaced_is_logged_all_the_same(house: House) -> None:
    reference = answered(house)
    old = linked(house, reference)
    grant = opened(house, old)
    found = answer_release.granted_file(house.tx, house.desk, NOW, old, grant, 1)
    assert found
    linked(house, reference)
    assert not answer_release.fetched(house.tx, house.desk, NOW, found[0], 1)
    assert acts(house)[-1] == "answer.fetched"


def test_a_spent_link_is_erased_when_its_grant_is_over(house: House) -> None:  # R45
    token = linked(house, answered(house))
    download(house, token, opened(house, token))
    retention.sweep(house.tx, house.desk, NOW + 15 * MINUTE - 1)
    assert house.rows("answer_links")
    retention.sweep(house.tx, house.desk, NOW + 15 * MINUTE)
    assert house.rows("answer_links") == []


def test_nothing_personal_stands_in_the_audit(house: House) -> None:  # R32, R47
    token = linked(house, answered(house))
    download(house, token, opened(house, token))
    logged = str(house.rows("audit"))
    for secret in (token, "44000101", "A-1001", "Filan", COPY.name):
        assert secret not in logged


def test_the_links_of_a_case_are_known_by_their_hash_only(house: House) -> None:  # R43
    token = linked(house, answered(house))
    link = answer_links.live(house.tx, house.desk, NOW, token)
    assert link is not None
    assert token not in str(link)
