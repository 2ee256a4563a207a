"""Updates are kept before they are acknowledged, ended once, in order within their chat, and say nothing afterwards."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services import updates
from bot.services.updates import Ended, Update
from tests.services.acting import House, made_up_house
from tests.tools.desks import NOW

SAID = '{"text": "numri im është 044 000 101 – ë"}'.encode()


@pytest.fixture
def house() -> House:
    return made_up_house()


def keep(house: House, *ids: int, bot: str = "alfa", chat: str | None = "500100") -> list[int]:
    came = [Update(bot=bot, id=number, chat=chat, payload=SAID) for number in ids]
    return updates.keep(house.tx, house.desk, NOW, came)


def finish(house: House, number: int, how: Ended = Ended.DONE, bot: str = "alfa") -> bool:
    return updates.finish(house.tx, bot, number, how)


def ready(house: House, bot: str = "alfa") -> list[int]:
    return sorted(updates.ready(house.tx, bot))


def test_what_came_is_kept_sealed_and_without_the_number_of_its_chat(house: House) -> None:  # R29
    keep(house, 7)
    stored = json.dumps(house.rows("updates"))
    assert "044 000 101" not in stored  # whole: three digits stand in one of some thousand sealed texts by chance
    assert "500100" not in stored
    (waiting,) = updates.read(house.tx, house.desk, "alfa", [7])
    assert (waiting.id, waiting.payload) == (7, SAID)
    (row,) = house.rows("updates")
    assert (row["chat_hash"], row["received_at"]) == (updates.chat_hash(house.desk, "alfa", "500100"), NOW)


def test_what_comes_again_is_known_before_and_after_it_was_handled(house: House) -> None:  # R29
    assert keep(house, 7, 8, 7) == [7, 8]
    assert keep(house, 8, 9) == [9]
    assert finish(house, 7)
    assert keep(house, 7) == []
    assert ready(house) == [8, 9]


def test_an_update_is_ended_once_and_says_nothing_afterwards(house: House) -> None:  # R29
    keep(house, 7)
    assert finish(house, 7)
    assert not finish(house, 7)
    assert not finish(house, 8)  # one that never came
    (row,) = house.rows("updates")
    assert (row["state"], row["payload_sealed"]) == ("done", "")


@pytest.mark.parametrize("how", list(Ended))
def test_how_it_was_ended_is_kept(house: House, how: Ended) -> None:
    keep(house, 7)
    assert finish(house, 7, how)
    assert [(row["state"], row["payload_sealed"]) for row in house.rows("updates")] == [(str(how), "")]
    assert updates.waiting(house.tx) == 0


def test_an_earlier_one_of_the_chat_comes_first(house: House) -> None:  # R29
    keep(house, 9, 7)
    assert not finish(house, 9)
    assert ready(house) == [7, 9]
    assert finish(house, 7)
    assert finish(house, 9)


def test_one_that_came_too_late_is_handled_all_the_same(house: House) -> None:  # R29
    keep(house, 9)
    finish(house, 9)
    assert keep(house, 7) == [7]
    assert finish(house, 7)


def test_chats_do_not_wait_for_one_another(house: House) -> None:
    keep(house, 1)
    keep(house, 2, chat="500200")
    keep(house, 3, 4, chat=None)
    keep(house, 5, bot="beta")
    for number in (4, 3, 2):
        assert finish(house, number)
    assert finish(house, 5, bot="beta")
    assert ready(house) == [1]


@given(data=st.data(), chats=st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=6))
def test_in_whatever_order_they_come_each_is_taken_once_and_in_order(
    data: st.DataObject, chats: list[str | None]
) -> None:
    house = made_up_house()
    taken: list[int] = []
    for number in data.draw(st.permutations(range(len(chats)))):
        keep(house, number, chat=chats[number])
        keep(house, number, chat=chats[number])  # R29
    for _ in range(len(chats)):
        taken += [number for number in data.draw(st.permutations(range(len(chats)))) if finish(house, number)]
    assert sorted(taken) == list(range(len(chats)))
    for chat in ("a", "b"):
        own = [number for number in taken if chats[number] == chat]
        assert own == sorted(own)


def test_failures_are_counted_while_it_waits(house: House) -> None:
    keep(house, 7)
    assert [updates.failed(house.tx, "alfa", 7) for _ in range(3)] == [1, 2, 3]
    finish(house, 7, Ended.FAILED)
    assert updates.failed(house.tx, "alfa", 7) == 0


def test_those_that_wait_are_known_and_read_by_bot_and_number(house: House) -> None:
    keep(house, 3, 1, 2)
    keep(house, 1, bot="beta")
    finish(house, 1)
    assert (ready(house), ready(house, "beta"), updates.waiting(house.tx)) == ([2, 3], [1], 3)
    assert [waiting.id for waiting in updates.read(house.tx, house.desk, "alfa", [3, 2, 1, 99])] == [3, 2]
    assert [updates.waits(house.tx, "alfa", number) for number in (1, 2, 99)] == [False, True, False]


def test_one_that_cannot_be_opened_blocks_no_other(house: House) -> None:
    keep(house, 1, 2)
    house.tables.execute("UPDATE updates SET payload_sealed = 'k1.broken' WHERE update_id = 1")
    read = updates.read(house.tx, house.desk, "alfa", [1, 2])
    assert [(waiting.id, waiting.payload) for waiting in read] == [(1, b""), (2, SAID)]


def test_what_was_kept_for_one_bot_is_not_opened_for_another(house: House) -> None:  # R29
    keep(house, 1)
    house.tables.execute("UPDATE updates SET bot = 'beta'")
    assert [waiting.payload for waiting in updates.read(house.tx, house.desk, "beta", [1])] == [b""]


def test_the_highest_number_is_known_though_it_was_handled(house: House) -> None:
    assert updates.newest(house.tx, "alfa") is None
    keep(house, 7, 9)
    finish(house, 7)
    finish(house, 9)
    assert (updates.newest(house.tx, "alfa"), updates.newest(house.tx, "beta")) == (9, None)


def test_a_chat_has_another_hash_with_every_bot(house: House) -> None:
    pairs = [("alfa", "1"), ("beta", "1"), ("alfa", "2"), ("alf", "a1")]
    made = {updates.chat_hash(house.desk, bot, chat) for bot, chat in pairs}
    assert len(made) == len(pairs)
    assert all(chat not in one for one, chat in itertools.product(made, ["alfa", "beta"]))
