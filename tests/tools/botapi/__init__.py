"""A Bot API server for tests, as strict as the real one: people who talk with a bot, faults that a test orders.

    async with FakeBotApi({"111:AAfake": "ipko_bot"}) as api:
        bot = telegram.Bot("111:AAfake", base_url=api.base_url)
        filan = api.person("111:AAfake", name="Filan", phone="+38344000101")
        filan.start()                                     # /start reaches the bot by poll or webhook
        await bot.send_message(filan.id, "Mirë se vini")
        (told,) = await filan.hears("Mirë se vini")       # what is new on the screen
        filan.presses("Po")                               # a button, by label or place
        api.order(answers_too_many(2), method="sendMessage", chat=filan.id)
        assert api.calls.of("sendMessage")[0].status == 200

In a test without a loop: ``with RunningBotApi({…}) as api``, where ``hears`` and the rest block.
"""

from tests.tools.botapi.account import Rules
from tests.tools.botapi.broken import SHAPES
from tests.tools.botapi.calls import Call, Calls
from tests.tools.botapi.crowds import Channel, Group
from tests.tools.botapi.fake import FakeBotApi
from tests.tools.botapi.faults import (
    Fault,
    answers_bad_gateway,
    answers_bad_request,
    answers_forbidden,
    answers_late,
    answers_server_error,
    answers_too_many,
    cuts_after,
    cuts_before,
    waits,
)
from tests.tools.botapi.markup import Entity
from tests.tools.botapi.people import Person, RunningPerson
from tests.tools.botapi.rates import Limits
from tests.tools.botapi.running import RunningBotApi
from tests.tools.botapi.screen import Button, Shown
from tests.tools.botapi.things import Notice
from tests.tools.botapi.updates import Mischief
from tests.tools.botapi.webhooks import SECRET_HEADER

__all__ = [
    "SECRET_HEADER", "SHAPES", "Button", "Call", "Calls", "Channel", "Entity", "FakeBotApi", "Fault", "Group", "Limits",
    "Mischief", "Notice", "Person", "Rules", "RunningBotApi", "RunningPerson", "Shown", "answers_bad_gateway",
    "answers_bad_request", "answers_forbidden", "answers_late", "answers_server_error", "answers_too_many",
    "cuts_after", "cuts_before", "waits",
]  # fmt: skip
