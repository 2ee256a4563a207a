"""On a company's page, too, the officer reads the conversation only if the customer shares it."""

import pytest

from bot.services.casework import sharing
from tests.tools.site import Site, text_of

pytestmark = pytest.mark.asyncio


async def test_a_conversation_is_shared_by_a_button_of_the_reply(site: Site) -> None:
    async with site.browser() as browser, browser.socket() as socket:
        await socket.hello()
        reference = await socket.file_a_request()
        office = site.office
        assert not await office.store.read(lambda tx: sharing.is_shared(tx, reference))
        frames = await socket.say("s-1", "ndaje bisedën")
        assert reference in text_of(frames)
        read = await office.store.read(lambda tx: sharing.shared(tx, office.desk, reference))
        assert "filan@shembull.example" in str([message.blocks for message in read])
        buttons = {i["label"]: i for f in frames for b in f.get("blocks", ()) for i in b.get("items", ())}
        assert buttons["Mos e ndaj më"]["lasting"]
        await socket.choose("s-2", buttons["Mos e ndaj më"]["value"])
        assert not await office.store.read(lambda tx: sharing.is_shared(tx, reference))
