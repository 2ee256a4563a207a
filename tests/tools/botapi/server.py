"""The fake's HTTP: a token, a method, parameters; faults and rates; the answer, and its record."""

import asyncio
import inspect
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.tools.botapi.account import Account
from tests.tools.botapi.calls import Call, Calls
from tests.tools.botapi.faults import Fault, Faults, Way
from tests.tools.botapi.methods import HOOKS, METHODS, SENDING
from tests.tools.botapi.parameters import Parameters, read_parameters
from tests.tools.botapi.rates import Rates
from tests.tools.botapi.refusals import RefusedError, too_many
from tests.tools.botapi.stage import Stage
from tests.tools.botapi.webhooks import Postman

_TOKEN = re.compile(r"[1-9][0-9]*:[A-Za-z0-9_-]+")
_PAGE = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><h1>502 Bad Gateway</h1></body>\r\n</html>\r\n"


@dataclass(kw_only=True)
class Counter:
    """Takes calls. ``postmen`` by token; ``closed`` while every call is answered with 502."""

    accounts: Mapping[str, Account]
    postmen: Mapping[str, Postman]
    stage: Stage
    rates: Rates
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    closed: bool = False

    def application(self) -> web.Application:
        """Return the server."""
        app = web.Application(client_max_size=50 * 1024 * 1024)
        app.router.add_route("*", "/bot{token}/{method}", self._take)
        app.router.add_route("*", "/{rest:.*}", _nothing_here)
        return app

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self.closed:
            return _page()
        try:
            account = self._account(request.match_info["token"])
            if request.method not in ("GET", "POST"):
                raise RefusedError(405, "Method Not Allowed")
            parameters = await read_parameters(request)
        except RefusedError as refused:
            return _refusal(refused)
        method = request.match_info["method"]
        call = self._record(account, method, parameters)
        fault = self.faults.take(method=method.lower(), chat=call.chat, bot=account.user.username)
        try:
            return await self._answer(request, account, parameters, call, fault)
        finally:
            call.took = time.time() - call.at
            self.stage.ring()

    def _account(self, token: str) -> Account:
        account = self.accounts.get(token)
        if account:
            return account
        raise RefusedError(401, "Unauthorized") if _TOKEN.fullmatch(token) else RefusedError(404, "Not Found")

    def _record(self, account: Account, method: str, parameters: Parameters) -> Call:
        chat: int | None = parameters.integer("chat_id") or None
        press = account.presses.get(parameters.text("callback_query_id"))
        if press:
            chat = press.chat.id
        call = Call(
            bot=account.user.username, method=method, parameters=parameters.read(), at=time.time(), chat=chat,
            files=parameters.files,
        )  # fmt: skip
        self.calls.made.append(call)
        return call

    async def _answer(
        self, request: web.Request, account: Account, parameters: Parameters, call: Call, fault: Fault | None
    ) -> web.StreamResponse:
        if fault:
            call.fault = fault.way.value
            told = await self._before(request, call, fault)
            if told:
                return told
        status, body = await self.carry_out(account, parameters, call)
        if fault and fault.way is Way.LATE:
            self.stage.ring()
            await asyncio.sleep(fault.seconds)
        if fault and fault.way is Way.CUT_AFTER:
            call.status = 0
            return _cut(request)
        return web.json_response(body, status=status)

    async def _before(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse | None:
        """Return the answer of a call that is not carried out."""
        match fault.way:
            case Way.REFUSE:
                assert fault.refused
                call.status, call.description = fault.refused.code, fault.refused.description
                return _refusal(fault.refused)
            case Way.PAGE:
                call.status = fault.status
                return _page()
            case Way.CUT_BEFORE:
                call.status = 0
                return _cut(request)
            case Way.SLOW:
                await asyncio.sleep(fault.seconds)
        return None

    async def carry_out(self, account: Account, parameters: Parameters, call: Call) -> tuple[int, dict[str, object]]:
        """Do what a call asks; return its status and body, and note them."""
        name = call.method.lower()
        try:
            method = METHODS.get(name)
            if not method:
                raise RefusedError(404, "Not Found")
            if name in SENDING and call.chat:
                self._spend(account, call.chat)
            told = method(account, parameters)
            call.result = await told if inspect.isawaitable(told) else told
            if name in HOOKS:
                await self._rehang(account)
        except RefusedError as refused:
            call.status, call.description = refused.code, refused.description
            return refused.code, refused.body()
        call.status = 200
        return 200, {"ok": True, "result": call.result}

    def _spend(self, account: Account, chat: int) -> None:
        seconds = self.rates.spend(account.user.username, chat, time.monotonic())
        if seconds:
            raise too_many(seconds)

    async def _rehang(self, account: Account) -> None:
        postman = self.postmen[account.token]
        await postman.stop()
        if account.updates.webhook.url:
            postman.start()

    async def named(self, account: Account, body: dict[str, Any]) -> None:
        """Do what the answer to an update names; nobody hears what comes of it. Hooks and questions are ignored."""
        if str(body["method"]).lower() in HOOKS or str(body["method"]).lower().startswith("get"):
            return
        parameters = Parameters(values={name: value for name, value in body.items() if name != "method"})
        call = self._record(account, str(body["method"]), parameters)
        call.through_webhook = True
        await self.carry_out(account, parameters, call)
        self.stage.ring()


async def _nothing_here(_request: web.Request) -> web.Response:
    return _refusal(RefusedError(404, "Not Found"))


def _refusal(refused: RefusedError) -> web.Response:
    return web.json_response(refused.body(), status=refused.code)


def _page() -> web.Response:
    return web.Response(text=_PAGE, status=502, content_type="text/html")


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
