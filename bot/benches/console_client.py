"""The people of ``bench console`` in a process of their own: each has the queue open, live, and reads page after page.

``python -m bot.benches.console_client URL PATH PEOPLE SECONDS`` reads the session's token as its first line, says when
everybody has the page open, and prints a line of JSON when its input ends.
"""

import asyncio
import json
import sys
import time

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from bot.console.door import COOKIE, HOME


class _People:
    def __init__(self, http: ClientSession, path: str, each: float) -> None:
        self._http, self._path, self._each = http, path, each
        self.times: list[float] = []

    async def page(self) -> None:
        begun = time.perf_counter()
        async with self._http.get(self._path) as answer:
            await answer.read()
            answer.raise_for_status()
        self.times.append(time.perf_counter() - begun)

    async def work(self, number: int, count: int) -> None:
        await asyncio.sleep(self._each * number / count)  # they do not all begin at once
        while True:
            await self.page()
            await asyncio.sleep(self._each)

    async def listen(self) -> None:
        async with self._http.get(f"{HOME}/live", timeout=ClientTimeout(total=None)) as answer:
            answer.raise_for_status()
            async for _ in answer.content:
                pass


async def main(url: str, path: str, count: int, each: float, token: str) -> None:
    """Work until the input ends."""
    loop = asyncio.get_running_loop()
    async with ClientSession(
        url, cookie_jar=DummyCookieJar(), headers={"Cookie": f"{COOKIE}={token}"}, connector=TCPConnector(limit=0)
    ) as http:
        people = _People(http, path, each)
        await people.page()
        people.times.clear()
        begun = time.perf_counter()
        working = [asyncio.create_task(people.work(number, count)) for number in range(count)]
        working += [asyncio.create_task(people.listen()) for _ in range(count)]
        print("open", flush=True)
        await loop.run_in_executor(None, sys.stdin.read)
        for task in working:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        print(
            json.dumps({"rate": len(people.times) / (time.perf_counter() - begun), "times": people.times}), flush=True
        )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.stdin.readline().strip()))
