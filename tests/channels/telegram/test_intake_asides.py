"""What is said beside the outbox: a press is answered, who waits for long is shown that we are at it."""

import asyncio

import pytest

from bot.answering import translations
from bot.channels.telegram import patience
from tests.channels.telegram.booth import Booth, MoodyStore, let_pass
from tests.channels.telegram.raws import FILAN, FILANE, group, message, person, press, text, update

pytestmark = [pytest.mark.asyncio, pytest.mark.usefixtures("hurried")]


async def test_a_pressed_button_is_answered_after_its_turn_and_once(store: MoodyStore) -> None:
    booth = Booth(store)
    async with booth.running():
        await booth.keep(press(1), press(1))
        await booth.until(lambda: bool(booth.api.said))
        assert booth.states() == {1: "done"}
        await booth.keep(press(1))
    assert booth.api.said == [("query", "4711")]


async def test_an_inline_query_leads_into_the_private_chat(store: MoodyStore) -> None:
    booth = Booth(store)
    label = translations().gettext("Write to me in private")
    async with booth.running():
        await booth.keep(update(1, inline_query={"id": "q", "from": person(), "query": "", "offset": ""}))
        await booth.until(lambda: bool(booth.api.said))
    assert booth.api.said == [("inline", f"q: {label}")]


async def test_who_waits_for_long_is_shown_once_that_we_are_at_it(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "SECONDS", 60)
    booth = Booth(store)
    async with booth.running():
        await booth.keep(text(1))
        await booth.done()
        let_pass(61)
        await booth.until(lambda: not len(booth.intake._patience))  # it was looked whether it waits
        assert booth.api.said == []
        await booth.keep(text(2), text(3), text(4, chat=FILANE), update(5, message=message() | {"chat": group()}))
        store.open.clear()  # their turns stand still
        let_pass(61)
        await booth.until(lambda: len(booth.api.said) == 2)
        let_pass(61)
        await booth.until(lambda: not len(booth.intake._patience))
        store.open.set()
        await booth.done()
    assert sorted(booth.api.said) == [("typing", FILAN), ("typing", FILANE)]


async def test_no_more_is_said_beside_than_may_be(store: MoodyStore, monkeypatch: pytest.MonkeyPatch) -> None:  # R52
    monkeypatch.setattr("bot.channels.telegram.aside.MOST", 2)
    monkeypatch.setattr("bot.channels.telegram.aside.LAST_WORDS", 0.01)
    booth = Booth(store)
    begun = []

    async def never(query: str) -> None:
        begun.append(query)
        await asyncio.Event().wait()

    monkeypatch.setattr(booth.api, "answer_query", never)
    async with booth.running():
        await booth.keep(*(press(number) for number in range(1, 6)))
        await booth.done()
    assert len(begun) == 2


async def test_an_answer_that_fails_is_logged_by_its_kind(
    store: MoodyStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    booth = Booth(store)

    async def fails(query: str) -> None:
        raise ValueError(query)

    monkeypatch.setattr(booth.api, "answer_query", fails)
    async with booth.running():
        await booth.keep(press(1))
        await booth.until(lambda: "ValueError at" in caplog.text)
    assert "4711" not in caplog.text
