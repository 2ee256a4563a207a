"""From the chat to the company's directory and back: a code, a withdrawal, a released answer; and while it is down."""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.clock import DAY, MINUTE, SECOND, moment
from bot.delivery import pump, switching
from bot.delivery.directory import choosing
from bot.delivery.directory.http import BY_NUMBER
from bot.services.decisions import consent_rows
from bot.services.lists import importing
from bot.settings import Settings
from bot.storage.store import Tx
from tests.tools.chatting import REFERENCE, words
from tests.tools.desks import NOW
from tests.tools.directory import Crm, Customer, Hang, crm, person, says
from tests.tools.engines import looking
from tests.tools.site import Frame, Site, Socket, made_up_site, text_of
from tests.web import answering
from tests.web.answering import AnswerPage

pytestmark = pytest.mark.asyncio

ONLY_THERE = "+38344000177"  # on no list of ours
NOBODY, ANOTHER = "+38344000178", "+38344000179"
TROUBLE = "nuk mund të dërgohen"  # what everybody is told then
COPY = "dua një kopje të të dhënave të mia"


@dataclass(frozen=True, kw_only=True)
class Both:
    """A site, and the directories of two companies."""

    site: Site
    ipko: Crm
    paysera: Crm
    path: Path

    async def states(self, customer_number: str = "D-7001") -> dict[str, str]:
        """A customer's consents on file, by purpose."""

        def read(tx: Tx) -> dict[str, str]:
            subject = importing.subject_of(tx, self.site.office.desk, "ipko", customer_number)
            return {purpose: holds.state.value for purpose, holds in consent_rows.held(tx, subject or "").items()}

        return await self.site.office.store.read(read)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with looking(self.path) as tables:
            return [tuple(row.values()) for row in tables.query(sql)]

    def look_ups(self) -> list[str]:
        """The states of the look-ups, in their order."""
        return [state for (state,) in self.rows("SELECT state FROM jobs WHERE kind = 'directory.lookup' ORDER BY seq")]

    def is_idle(self) -> bool:
        """Whether no job is due or under way."""
        waiting = self.rows("SELECT not_before, lease_token FROM jobs WHERE state = 'ready'")
        return all(token is None and self.site.clock.at < not_before for not_before, token in waiting)

    async def passes(self, seconds: int) -> None:
        """Let so much time pass, a little at a time, and what comes due be done."""
        for _ in range(0, seconds, 5):
            self.site.clock.at += 5 * SECOND
            await self.site.until(self.is_idle)

    async def passes_until(self, holds: Callable[[], bool]) -> None:
        """Let time pass until something holds, two minutes at most."""
        for _ in range(24):
            if holds():
                return
            await self.passes(5)
        await self.site.until(holds)

    @contextlib.asynccontextmanager
    async def talk(self, company: str = "ipko") -> AsyncIterator[Socket]:
        """Somebody's conversation on a company's page."""
        async with self.site.browser(company) as browser, browser.socket() as socket:
            await socket.hello()
            yield socket

    async def asked(self, socket: Socket, identity: str, number: str) -> str:
        """Ask for a code; returns what is said, without the number."""
        await socket.say(f"{identity}-1", "/pelqimet")
        return text_of(await socket.say(f"{identity}-2", number)).replace(number[-2:], "…")


@pytest_asyncio.fixture
async def both(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Both]:
    monkeypatch.setattr(pump, "LOOK_EACH", 0.01)  # the clock is moved without a commit
    monkeypatch.setattr(switching, "LOOK_EACH", 0.01)
    monkeypatch.setattr(switching, "AT_MOST_EACH", 0.01)
    monkeypatch.setattr(choosing, "LOOK_EACH", 0.05)
    async with contextlib.AsyncExitStack() as stack:
        ipko, paysera = [await stack.enter_async_context(crm(company)) for company in ("ipko", "paysera")]
        told = {"ipko": ipko.settings(tries=1), "paysera": paysera.settings(remembers=300)}
        site = await stack.enter_async_context(made_up_site(settings, tmp_path, directories=told))
        yield Both(site=site, ipko=ipko, paysera=paysera, path=tmp_path / "web.db")


def somebody(**more: object) -> Customer:
    since = moment(NOW - 100 * DAY).isoformat()
    consents = [{"purpose": purpose, "state": "given", "since": since} for purpose in ("offers-current", "improvement")]
    return person("D-7001", ONLY_THERE, consents=consents, **more)


def button(frames: list[Frame], label: str) -> str:
    """Return the value of a button."""
    items = [item for frame in frames for block in frame.get("blocks", []) for item in block.get("items", [])]
    return next(str(item["value"]) for item in items if item["label"].startswith(label))


async def test_whom_only_the_directory_knows_gets_a_code_and_withdraws_a_consent(both: Both) -> None:  # R38, R59
    both.ipko.customers = [somebody()]
    async with both.talk() as socket:
        shown = text_of(await socket.prove(ONLY_THERE))
        assert "Ofertat aktuale" in shown
        assert await both.states() == {"offers-current": "given", "improvement": "given"}
        await socket.say("w-1", "tërhiqni pëlqimin «Ofertat aktuale»")
        assert REFERENCE.search(text_of(await socket.say("w-2", "po")))
    assert await both.states() == {"offers-current": "withdrawn", "improvement": "given"}

    both.site.clock.at += 2 * MINUTE
    async with both.talk() as socket:
        await socket.prove(ONLY_THERE)  # the directory still says that it was given
    assert (await both.states())["offers-current"] == "withdrawn"
    assert both.ipko.asked == [(BY_NUMBER, ONLY_THERE)] * 2
    assert both.paysera.asked == []  # R56


async def test_known_and_unknown_look_the_same(both: Both) -> None:  # R11
    both.ipko.customers = [somebody()]
    said = []
    for identity, number in enumerate((ONLY_THERE, NOBODY)):
        async with both.talk() as socket:
            said.append(await both.asked(socket, f"k{identity}", number))
    await both.site.until(lambda: both.look_ups() == ["done", "done"] and both.is_idle())
    assert said[0] == said[1]
    assert both.ipko.asked == [(BY_NUMBER, ONLY_THERE), (BY_NUMBER, NOBODY)]
    assert len(both.site.sms) == 1


async def test_a_customer_of_our_lists_whom_the_directory_does_not_know_gets_no_code(both: Both) -> None:  # R11
    async with both.talk() as socket:
        await both.asked(socket, "l", "+38344000101")
        await both.site.until(lambda: both.look_ups() == ["done"])
    assert both.site.sms == []


async def test_a_directory_that_is_back_within_the_codes_life_brings_the_code(both: Both) -> None:  # R50
    both.ipko.customers = [somebody()]
    await both.ipko.down()
    async with both.talk() as socket:
        await both.asked(socket, "d", ONLY_THERE)
        await both.passes(60)
        both.ipko.mood = says(503)
        await both.ipko.up()
        await both.passes(60)
        assert both.site.sms == []
        assert both.look_ups() == ["ready"]
        both.ipko.mood = None
        back = both.site.clock.at
        await both.passes_until(lambda: len(both.site.sms) == 1)
        assert both.site.clock.at - back <= MINUTE
        assert "Ofertat aktuale" in text_of(await socket.say("d-3", both.site.code, last="renew"))


async def test_while_it_is_down_everybody_is_told_at_that_company_and_nobody_else(both: Both) -> None:  # R11, R50
    both.ipko.customers, both.paysera.customers = [somebody()], []
    async with both.talk() as socket:
        assert TROUBLE not in await both.asked(socket, "a", ANOTHER)
    both.ipko.mood = says(503)
    await both.site.until(lambda: both.site.office.trouble.holds_at("ipko"))  # though nobody asks
    said = []
    for identity, number in (("b", ONLY_THERE), ("c", NOBODY)):
        async with both.talk() as socket:
            said.append(await both.asked(socket, identity, number))
    assert said[0] == said[1]
    assert TROUBLE in said[0]
    async with both.talk("paysera") as socket:
        assert TROUBLE not in await both.asked(socket, "e", NOBODY)

    both.ipko.mood = None
    await both.site.until(lambda: not both.site.office.trouble.holds_at("ipko"))


async def test_down_for_longer_the_code_expires_and_the_right_goes_without_one(both: Both) -> None:  # R50, R53
    both.ipko.customers = [somebody()]
    await both.ipko.down()
    async with both.talk() as socket:
        await socket.say("f-1", COPY)
        frames = await socket.say("f-2", ONLY_THERE)
        await both.passes(60)
        both.site.clock.at += 4 * MINUTE
        await both.site.until(lambda: both.look_ups() == ["expired"])
        frames = await socket.choose("f-3", button(frames, words("Without a code")))
        for number, answer in enumerate(("të gjitha", "filan@shembull.example")):
            await socket.say(f"f-4{number}", answer)
        found = REFERENCE.search(text_of(await socket.say("f-5", "po")))
    assert found
    assert both.rows("SELECT reference, proof, subject FROM requests") == [(found[0], "pending", None)]
    assert both.rows("SELECT COUNT(*) FROM escalations WHERE kind = 'alarm'") == [(0,)]  # an expired code is no fault
    assert both.site.sms == []


async def test_a_directory_that_hangs_holds_up_no_turn(both: Both) -> None:  # R11
    both.ipko.mood = hang = Hang()
    async with both.talk() as socket:
        await both.asked(socket, "h", NOBODY)
        await both.site.until(lambda: len(both.ipko.asked) == 1)
        assert await both.asked(socket, "i", "/anulo")  # the look-up is under way, and the talk goes on
        assert both.look_ups() == ["ready"]
        hang.over.set()


async def test_an_answer_is_released_only_after_the_directory_was_asked_again(both: Both) -> None:  # R13, R43
    filane = person("P-2001", answering.PHONE, name="Filane Fisteku")
    both.paysera.customers = [filane]
    async with both.talk("paysera") as socket:
        await both.asked(socket, "r", answering.PHONE)  # so that she is remembered
        await both.site.until(lambda: len(answering.codes(both.site)) == 1)
    token = await answering.link(both.site)
    filane["numbers"][0]["sim_changed_on"] = "2026-03-04"
    both.site.clock.at += MINUTE
    async with both.site.browser("paysera") as browser:
        page = AnswerPage(browser, token)
        await page.open()
        assert (await page.send())[0] == 200  # as to everybody
        await both.site.until(lambda: len(both.paysera.asked) == 2)
        await both.site.until(lambda: both.look_ups() == ["done", "done"])
    assert len(answering.codes(both.site)) == 1
