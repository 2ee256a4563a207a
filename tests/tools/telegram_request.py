"""A network for python-telegram-bot that is none: it keeps what is asked, and answers what it was told to answer."""

import json
import urllib.parse
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from telegram.request import BaseRequest, RequestData

Answer: TypeAlias = tuple[int, bytes] | Exception


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request: the API's method, what it carried (objects decoded), and how long its answer is waited for (s)."""

    method: str
    parameters: dict[str, Any]
    token: str
    read_timeout: object

    @property
    def chat(self) -> int:
        """The chat that it is about."""
        return int(self.parameters["chat_id"])


class RecordingRequest(BaseRequest):
    """Answers as a well-behaved server does, but for what ``next`` and ``always`` say."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.next: deque[Answer] = deque()  # each for one request
        self.always: Callable[[Asked], Answer | None] = lambda _asked: None
        self.opened = self.closed = 0

    def of(self, method: str) -> list[dict[str, Any]]:
        """What the requests of a method carried."""
        return [asked.parameters for asked in self.asked if asked.method == method]

    @property
    def texts(self) -> list[str]:
        """The texts of the messages, in order, those included that were refused."""
        return [str(parameters["text"]) for parameters in self.of("sendMessage")]

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None:
        self.opened += 1

    async def shutdown(self) -> None:
        self.closed += 1

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: object, **more: object
    ) -> tuple[int, bytes]:
        del method
        read_timeout = timeouts[0] if timeouts else more.get("read_timeout")
        address = urllib.parse.urlsplit(url)
        _, token, name = address.path.rsplit("/", 2)
        carried: dict[str, Any] = {
            key: json.loads(value) if value[:1] in "[{" else value
            for key, value in urllib.parse.parse_qsl(address.query)
        }
        carried |= request_data.parameters if request_data else {}
        asked = Asked(method=name, parameters=carried, token=token.removeprefix("bot"), read_timeout=read_timeout)
        self.asked.append(asked)
        answer = self.next.popleft() if self.next else self.always(asked) or _done(asked)
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(code: int, description: str, **parameters: int) -> tuple[int, bytes]:
    """An answer of the Bot API that says no, in its words; ``parameters`` as it gives them."""
    told = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return code, json.dumps(told).encode()


def flood(seconds: int) -> tuple[int, bytes]:
    """An answer to who sent too much."""
    return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


BLOCKED = refused(403, "Forbidden: bot was blocked by the user")


def _done(asked: Asked) -> tuple[int, bytes]:
    result: object = True
    if asked.method == "sendMessage":
        chat = {"id": asked.parameters["chat_id"], "type": "private"}
        result = {"message_id": 1, "date": 1_700_000_000, "chat": chat, "text": asked.parameters["text"]}
    elif asked.method == "getUpdates":
        result = []
    return 200, json.dumps({"ok": True, "result": result}).encode()
