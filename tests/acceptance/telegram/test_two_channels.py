"""One customer on Telegram and in the widget: acts, requests and counters are the customer's, a conversation is not."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.acceptance.telegram.conftest import IPKO, PAYSERA, Bots, served
from tests.acceptance.telegram.steps import asked_to_confirm, begun, proven, reference_in, until
from tests.tools.botapi import RunningBotApi
from tests.tools.chatting import lines
from tests.tools.wire import Caller, Frame, Line

ADS = ("Ofertat aktuale", "Ofertat vetëm për Mua", "Ofertat e paraqitura personalisht në shtëpi")
PAUSE = 2  # minutes until a number may have another code (R8)


@pytest.fixture(scope="module")
def bots(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """Both bots and the widget, at a time that a test lets pass."""
    folder = tmp_path_factory.mktemp("channels")
    with RunningBotApi({IPKO: "ipko_bot", PAYSERA: "paysera_bot"}) as api:
        with served(folder, filled, api, "polling", TELEGRAM_PER_CHAT="30", clock=True) as server:
            yield Bots(server, api)
        server.worked_well()


class Widget:
    """Somebody in IPKO's widget; every step returns what is answered."""

    def __init__(self, line: Line, bots: Bots) -> None:
        self._line, self._bots = line, bots
        self._buttons: dict[str, str] = {}

    async def opens(self) -> str:
        return self._read(await self._line.greets())

    async def says(self, text: str) -> str:
        return self._read(await self._line.says(text))

    async def presses(self, label: str) -> str:
        await self._line.sends({"type": "choose", "id": str(uuid.uuid4()), "value": self._buttons[label]})
        return self._read(await self._line.until("state"))

    async def proves(self, wish: str, phone: str) -> str:
        """Wish for something that needs a proof, and give it."""
        assert "numrin e telefonit" in await self.says(wish)
        await self.says(phone)
        return await self.says(await asyncio.to_thread(self._bots.served.code_for, phone))

    def _read(self, frames: list[Frame]) -> str:
        blocks = [b for one in frames if one["type"] == "message" and one["from"] == "bot" for b in one["blocks"]]
        items = [item for block in blocks if block["type"] == "choices" for item in block["items"]]
        self._buttons = {item["label"]: item["value"] for item in items}
        return "\n".join(lines(blocks))


@asynccontextmanager
async def widget(bots: Bots) -> AsyncIterator[Widget]:
    """Open the widget anew: another person's browser, as far as we know."""
    async with Caller(bots.served.address) as caller, caller.line(await caller.enters("ipko")) as line:
        yield Widget(line, bots)


def test_what_was_withdrawn_on_telegram_is_withdrawn_in_the_widget(bots: Bots) -> None:  # R38, R56
    phone = bots.served.someone()
    filan = begun(bots, phone=phone)
    asked_to_confirm(bots, filan, "nuk dua më reklama", phone)
    bots.presses(filan, "Po, konfirmoj", "u regjistrua")
    bots.served.passes(PAUSE)

    async def looks() -> str:
        async with widget(bots) as browser:
            await browser.opens()
            return await browser.proves("/pelqimet", phone)

    told = asyncio.run(looks())
    assert [f"{purpose}: tërhequr më" in told for purpose in ADS] == [True] * len(ADS)
    assert "Na ndihmoni të jemi më të mirë: dhënë më" in told


def test_a_request_of_the_widget_is_followed_on_telegram(bots: Bots) -> None:  # R58
    phone = bots.served.someone()

    async def files() -> str:
        async with widget(bots) as browser:
            await browser.opens()
            await browser.proves("e du nje kopje te t dhanave t mia", phone)
            await browser.presses("Të gjitha")
            return reference_in(await browser.presses("Po, konfirmoj"))

    reference = asyncio.run(files())
    bots.served.passes(PAUSE)
    filan = begun(bots, phone=phone)
    bots.says(filan, "/kerkesat", "numrin e kërkesës")
    bots.presses(filan, "Nuk e kam", "numrin e telefonit")
    proven(bots, filan, phone)
    assert reference in filan.last.text

    bots.served.office("requests", "reply", reference, "Po e shikojmë.", "--by", "zyrtari")
    until(filan, lambda: any("notice.deliver" in line for line in bots.served.lines))
    assert "Po e shikojmë." in bots.says(filan, "/kerkesat", reference)


def test_the_conversation_and_its_proof_are_not_shared(bots: Bots) -> None:  # R7, R20
    phone = bots.served.someone()
    filan = begun(bots, phone=phone)
    asked_to_confirm(bots, filan, "nuk dua më reklama", phone)

    async def comes() -> tuple[str, str]:
        async with widget(bots) as browser:
            return await browser.opens(), await browser.says("nuk dua më reklama")

    greeted, asked = asyncio.run(comes())
    assert "reklama" in greeted  # may be stopped; but nothing of what was said on Telegram
    assert "A e konfirmoni?" not in greeted
    assert "numrin e telefonit" in asked


def test_a_code_asked_for_on_telegram_opens_nothing_in_the_widget(bots: Bots) -> None:  # R7
    mine, theirs = bots.served.someone(), bots.served.someone()
    filan = begun(bots, phone=mine)
    bots.says(filan, "nuk dua më reklama", "numrin e telefonit")
    bots.says(filan, mine, "gjashtë shifrat")
    code = bots.served.code_for(mine)

    async def tries() -> str:
        async with widget(bots) as browser:
            await browser.opens()
            await browser.says("nuk dua më reklama")
            await browser.says(theirs)
            return await browser.says(code)

    assert "Ky kod nuk është i saktë." in asyncio.run(tries())
    bots.says(filan, code, "A e konfirmoni?")


def test_wrong_codes_of_both_channels_count_together(bots: Bots) -> None:  # R5, R6, R8
    phone = bots.served.someone()
    filan = begun(bots, phone=phone)
    bots.says(filan, "nuk dua më reklama", "numrin e telefonit")
    bots.says(filan, phone, "gjashtë shifrat")
    wrong = "000000" if bots.served.code_for(phone) != "000000" else "111111"
    for _ in range(4):
        bots.says(filan, wrong, "Prova të mbetura")
    bots.says(filan, wrong, "Ky kod nuk vlen më")

    async def guesses() -> None:
        async with widget(bots) as browser:
            await browser.opens()
            await browser.says("nuk dua më reklama")
            assert "Kodin sapo e kërkuat" in await browser.says(phone)  # the pause holds here too
            for _ in range(2):
                bots.served.passes(PAUSE)
                assert "gjashtë shifrat" in await browser.says(phone)
                await asyncio.to_thread(bots.served.code_for, phone)  # it has come before they are counted
                for _ in range(5):
                    await browser.says(wrong)

    asyncio.run(guesses())
    bots.served.passes(PAUSE)
    before = len(codes_to(bots, phone))
    bots.says(filan, "kod i ri", "numrin e telefonit")
    bots.says(filan, phone, "Pas shumë kodeve të gabuara, kodet janë ndalur")
    until(filan, lambda: "Pa kod" in filan.last.labels)  # the way without a code stays open (R14)
    assert len(codes_to(bots, phone)) == before


def codes_to(bots: Bots, phone: str) -> list[str]:
    """Return the SMS with codes that a number got."""
    return [line for line in bots.served.lines if f"*{phone[-2:]}:" in line and "kodi" in line]
