"""A town to talk in, over the real knowledge."""

import pytest

from bot.knowledge.compiled import Knowledge
from bot.knowledge.compiling import open_knowledge
from bot.settings import Settings
from tests.tools.chatting import Town


@pytest.fixture(scope="session")
def knowledge(settings: Settings) -> Knowledge:
    """The real texts, answers and phrases."""
    return open_knowledge(settings.data, settings.cache)


@pytest.fixture
def town(knowledge: Knowledge) -> Town:
    """A town of its own for every test."""
    return Town(knowledge)
