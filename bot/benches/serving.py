"""How a bench's bare peer listens: until it is killed, having said where; its other half is ``processes.listening``."""

import asyncio

from aiohttp import web


async def serve(app: web.Application) -> None:
    """Serve an app at a free port, print its address, and go on until killed (for an hour at most)."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    print(f"http://{host}:{port}", flush=True)
    await asyncio.sleep(3600)
