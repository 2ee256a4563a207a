"""Updates posted to a bot's webhook: in parallel, each queue in its order, until they are accepted.

Each chat's messages are one queue and each person's callback queries another, as on the real server: a press may
overtake a message.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from tests.tools.botapi.updates import Queue, Update, Updates

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105  a header's name

Reply = Callable[[dict[str, Any]], Awaitable[None]]


class Postman:
    """Delivers one bot's updates to its webhook while it has one.

    What is not answered with 2xx within ``timeout`` seconds is tried again after ``back_off`` seconds, then twice as
    long up to ``most``. A method named in the answer's JSON is handed to ``reply``.
    """

    def __init__(
        self, updates: Updates, reply: Reply, *, back_off: float = 0.2, most: float = 2.0, timeout: float = 10.0
    ) -> None:
        self._updates, self._reply = updates, reply
        self._back_off, self._most = back_off, most
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._queues: dict[Queue, list[Update]] = {}
        self._looked = 0  # the highest number that stands or stood in a queue
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(1)
        self.most_at_once = 0
        self._at_once = 0

    def start(self) -> None:
        """Deliver to the webhook that is set now."""
        self._slots = asyncio.Semaphore(self._updates.webhook.connections)
        self._session = aiohttp.ClientSession(
            timeout=self._timeout, connector=aiohttp.TCPConnector(limit=0, force_close=False)
        )
        self.look()

    async def stop(self) -> None:
        """Deliver no more; what was not accepted waits on."""
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queues.clear()
        self._looked = 0
        session, self._session = self._session, None
        if session:
            await session.close()

    def look(self) -> None:
        """Put new updates into their queues."""
        if not self._session:
            return
        fresh = []
        for update in reversed(self._updates.pending.values()):  # their numbers rise
            if update.id <= self._looked:
                break
            fresh.append(update)
        for update in reversed(fresh):
            self._looked = update.id
            self._enqueue(update)

    @property
    def busy(self) -> bool:
        """Whether second deliveries are still on their way."""
        return bool(self._tasks)

    def _enqueue(self, update: Update) -> None:
        queue = self._queues.get(update.queue)
        if queue is None:
            self._queues[update.queue] = [update]
            task = asyncio.get_running_loop().create_task(self._serve(update.queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            queue.append(update)

    async def _serve(self, key: Queue) -> None:
        queue = self._queues[key]
        while queue:
            update = queue[0]
            await asyncio.sleep(max(0.0, update.due - time.monotonic()))
            if await self._post(update):
                queue.pop(0)
                self._accepted(update)
            else:
                update.tries += 1
                update.due = time.monotonic() + min(self._most, self._back_off * 2 ** (update.tries - 1))
        self._queues.pop(key, None)

    def _accepted(self, update: Update) -> None:
        self._updates.accept(update)
        mischief, numbers = self._updates.mischief, self._updates.random
        if update.again or numbers.random() >= mischief.redeliver:
            return
        at_once = numbers.random() < 0.5
        due = time.monotonic() + (0 if at_once else numbers.random() * mischief.later)
        again = Update(
            id=update.id, kind=update.kind, content=update.content, queue=("again", update.id), due=due,
            raw=update.raw, again=True,
        )  # fmt: skip
        self._enqueue(again)

    async def _post(self, update: Update) -> bool:
        webhook = self._updates.webhook
        headers = {"Content-Type": "application/json"}
        if webhook.secret:
            headers[SECRET_HEADER] = webhook.secret
        assert self._session
        async with self._slots:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            try:
                async with self._session.post(
                    webhook.url, data=update.body(), headers=headers, allow_redirects=False
                ) as answer:
                    told = await answer.read()
                    if answer.ok and answer.status < 300:
                        await self._answered(answer, told)
                        return True
                    self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
            except (aiohttp.ClientError, TimeoutError, OSError) as fault:
                self._failed(f"Connection failed: {type(fault).__name__}")
            finally:
                self._at_once -= 1
        return False

    async def _answered(self, answer: aiohttp.ClientResponse, told: bytes) -> None:
        if not told or answer.content_type != "application/json":
            return
        try:
            named = await answer.json()
        except ValueError:
            return
        if isinstance(named, dict) and isinstance(named.get("method"), str):
            await self._reply(named)

    def _failed(self, reason: str) -> None:
        self._updates.webhook.error = reason
        self._updates.webhook.error_date = int(time.time())
