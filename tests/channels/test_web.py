"""The web's conversations: who types that they want to be forgotten is asked first; whom the page has told is not."""

import pytest

from bot.channels.web import WebTurns
from bot.dialogue.blocks import decode
from bot.dialogue.state import State
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from tests.channels.bringing import COPY, MAIL
from tests.tools.chatting import Told, Town, words


class Browser:
    """Somebody at a page of IPKO's."""

    def __init__(self, town: Town) -> None:
        self.town, self.turns, self.said = town, WebTurns(town.turns, town.desk), 0
        token = sessions.begin(town.tx, town.desk, town.now, "ipko")
        found = sessions.find(town.tx, town.desk, "ipko", token)
        assert found is not None
        self.session: Session = found
        self.turns.open(town.tx, town.now, self.session)

    def say(self, text: str) -> Told:
        """Write a text."""
        self.said += 1
        taken = self.turns.take(self.town.tx, self.town.now, self.session, f"a-{self.said}", text=text).taken
        self.town.work()
        return Told(blocks=decode(taken.reply), state=taken.state, taken=taken)


@pytest.fixture
def browser(town: Town) -> Browser:
    """A browser with a request that is open."""
    browser = Browser(town)
    for said in (COPY, "pa kod", MAIL, "po"):
        browser.say(said)
    return browser


def test_with_an_open_request_the_typed_command_asks_first_and_the_session_lives(browser: Browser) -> None:  # R58
    told = browser.say("/harro")
    assert told.state == State.LEAVING
    assert not told.taken.forgot
    assert browser.say("anulo").state == State.OPEN
    assert browser.town.rows("messages")


def test_after_the_answer_session_and_conversation_are_gone(browser: Browser) -> None:  # R45
    browser.say("/harro")
    told = browser.say("filane@tjeter.example")
    assert told.taken.forgot
    assert words("I forgot who you are and what we had begun. Evidence of what you ordered stays.") in told.text
    assert browser.town.rows("messages") == []
    assert browser.turns.standing(browser.town.tx, browser.session) is None
    assert len(browser.town.rows("requests")) == 1


def test_whom_the_page_has_told_is_forgotten_at_once(browser: Browser) -> None:  # R45
    taken = browser.turns.forget(browser.town.tx, browser.town.now, browser.session)
    assert taken.forgot
    assert browser.town.rows("messages") == []
