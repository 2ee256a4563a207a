"""The customer's whole way over bad networks: slow, failing, silent, gone, or without WebSockets.

Everything between browser and server passes a forwarder that is as bad as it is told to be.
"""

import contextlib
import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import expect

from tests.browser.conftest import COMPANIES, LONGEST_WAIT, Visitors
from tests.browser.network import Network
from tests.browser.shop import Shop
from tests.browser.visitor import QUESTION, WISH, Visitor, named
from tests.tools.ports import free_port
from tests.tools.serving import Served

pytestmark = pytest.mark.thorough

SEEDS = range(20 if os.environ.get("MBUROJA_THOROUGH") else 1)


@pytest.fixture(scope="module")
def served(filled: Path, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that browsers reach at another port than its own: at the network's."""
    sites = {company: [shop.address] for company in COMPANIES}
    folder = tmp_path_factory.mktemp("served")
    with Served(folder, filled, sites=sites, public_port=free_port()) as started:
        yield started
        started.worked_well()


@pytest.fixture
def network(served: Served) -> Iterator[Network]:
    with Network(served.port, port=served.public_port) as between:
        yield between


@pytest.fixture
def visitor(visitors: Visitors, network: Network) -> Visitor:
    del network
    one = visitors()
    one.watch.expects(r"ERR_", r"WebSocket connection", r"Failed to load resource")
    return one


def test_where_websockets_are_blocked_the_chat_goes_on_over_plain_http(visitor: Visitor, network: Network) -> None:
    network.weather.websockets = False
    visitor.chats()
    assert visitor.withdraws(visitor.served.someone())
    assert network.counted.refused > 0


def test_over_plain_http_a_reply_of_the_office_arrives_too(visitor: Visitor, network: Network) -> None:
    network.weather.websockets = False
    visitor.chats()
    reference = visitor.files_request(visitor.served.someone())
    visitor.served.office("requests", "take", reference, "--by", "zyra")
    visitor.served.office("requests", "reply", reference, "Po e shikojmë kërkesën tuaj.", "--by", "zyra")
    visitor.hears("Po e shikojmë kërkesën tuaj.")


def test_a_network_that_goes_silent_and_breaks_loses_nothing(visitor: Visitor, network: Network) -> None:
    visitor.chats()
    network.weather.silent = True
    visitor.says("tung")
    visitor.page.wait_for_timeout(500)
    network.cut_all()
    network.weather.silent = False
    expect(visitor.messages).to_have_count(3)
    visitor.says(QUESTION)
    expect(visitor.messages).to_have_count(5)


def test_what_is_typed_while_the_network_is_gone_is_said_once_and_in_order(visitor: Visitor, network: Network) -> None:
    visitor.chats()
    network.goes(offline=True)
    visitor.context.set_offline(True)
    for text in ("tung", "a jeni aty?", "faleminderit"):
        visitor.says(text)
    visitor.sees(named("offline"))
    mine = visitor.frame.locator("article.you")
    expect(mine.last).to_contain_text(named("waiting"))
    visitor.accessible("offline")
    network.goes(offline=False)
    visitor.context.set_offline(False)
    expect(visitor.messages).to_have_count(7)
    said = mine.all_inner_texts()
    assert ["tung" in said[0], "aty?" in said[1], "faleminderit" in said[2]] == [True] * 3
    visitor.reloads()
    expect(visitor.messages).to_have_count(7)


def test_an_answer_whose_way_back_was_cut_is_not_asked_for_twice(visitor: Visitor, network: Network) -> None:
    visitor.chats()
    for at in range(4):
        network.weather.delay = 0.3
        visitor.says(f"tung {at}")
        visitor.page.wait_for_timeout(450)  # it has arrived, its acknowledgement has not
        network.cut_all()
        network.weather.delay = 0
        expect(visitor.messages).to_have_count(3 + 2 * at)
    assert [f"tung {at}" in text for at, text in enumerate(visitor.frame.locator("article.you").all_inner_texts())] == [
        True
    ] * 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_way_from_the_page_to_the_receipt_works_over_a_bad_network(
    visitors: Visitors, served: Served, seed: int
) -> None:
    """300 ms each way, one in a hundred connections and pieces of data fails: several ways, so that some do."""
    chance = random.Random(seed)  # noqa: S311  it can be repeated
    with Network(served.port, port=served.public_port, seed=chance.randrange(2**32)) as network:
        network.weather.delay = 0.3
        visitor = visitors()
        visitor.watch.expects(r"ERR_", r"WebSocket connection", r"Failed to load resource")
        network.weather.failing = 0.01
        enters_until_greeted(visitor)
        visitor.says(WISH)
        visitor.hears("numrin e telefonit")
        visitor.proves(served.someone())
        visitor.hears("A e konfirmoni?")
        visitor.presses(re.compile("^Po"))
        network.cut_all()  # at the worst of moments, whatever chance does
        expect(visitor.frame.locator("dl")).to_be_visible(timeout=LONGEST_WAIT)
        assert visitor.has_receipt()
        assert visitor.frame.locator("dl").count() == 1


def enters_until_greeted(visitor: Visitor) -> None:
    """Open the chat; where a part of the page itself failed to load, do what a person does: load it again."""
    lost: list[str] = []
    visitor.context.on("requestfailed", lambda request: lost.append(request.resource_type))

    def is_lost() -> bool:
        return not {"document", "script", "stylesheet"}.isdisjoint(lost)

    def is_greeted() -> bool:
        with contextlib.suppress(PlaywrightError):  # a frame may go as it is looked at
            return any(frame.get_by_role("article").count() for frame in visitor.page.frames)
        return False

    for _ in range(12):
        lost.clear()
        visitor.enters_shop()
        visitor.eventually(lambda: is_lost() or visitor.launcher().count() > 0)
        if not is_lost():
            visitor.launcher().click()
            visitor.eventually(lambda: is_lost() or is_greeted())
        if not is_lost():
            return
        visitor.page.close()
    raise AssertionError("no page was whole")
