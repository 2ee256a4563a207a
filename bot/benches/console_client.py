"""The people of ``bench console`` in a process of their own: each has the queue open, live, and reads page after page.

``python -m bot.benches.console_client URL PATH SECONDS`` reads the sessions' tokens as its first line, says when
everybody has the page open, and prints a line of JSON when its input ends.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.console.door import COOKIE, HOME


class _People:
    def __init__(self, http: ClientSession, path: str, each: float, tokens: Sequence[str]) -> None:
        self._http, self._path, self._each = http, path, each
        self._cookies = [{"Cookie": f"{COOKIE}={token}"} for token in tokens]
        self.times: list[float] = []

    async def page(self, number: int) -> None:
        begun = time.perf_counter()
        async with self._http.get(self._path, headers=self._cookies[number]) as answer:
            await answer.read()
            answer.raise_for_status()
        self.times.append(time.perf_counter() - begun)

    async def work(self, number: int) -> None:
        await asyncio.sleep(self._each * number / len(self._cookies))  # they do not all begin at once
        while True:
            await self.page(number)
            await asyncio.sleep(self._each)

    async def listen(self, number: int) -> None:
        forever = ClientTimeout(total=None)
        async with self._http.get(f"{HOME}/live", headers=self._cookies[number], timeout=forever) as answer:
            answer.raise_for_status()
            async for _ in answer.content:
                pass


async def main(url: str, path: str, each: float, tokens: Sequence[str]) -> None:
    """Work until the input ends."""
    loop = asyncio.get_running_loop()
    async with ClientSession(url, cookie_jar=DummyCookieJar(), connector=TCPConnector(limit=0)) as http:
        people = _People(http, path, each, tokens)
        await people.page(0)
        people.times.clear()
        begun = time.perf_counter()
        working = [asyncio.create_task(act(n)) for n in range(len(tokens)) for act in (people.work, people.listen)]
        print("open", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        for task in working:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        rate = len(people.times) / (time.perf_counter() - begun)
        print(json.dumps({"rate": rate, "times": people.times}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.stdin.readline().split()))
