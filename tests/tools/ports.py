"""Ports that stay a test's own, also while nobody listens there; knows no server.

A port that is only looked up may be another's before it is listened on, or while the server that had it is down. A
socket that is bound there and never listens keeps it: the system gives the port to nobody else, who connects is
refused, and a server may listen there that asks for ``SO_REUSEADDR``, as asyncio's do.
"""

import socket
import weakref


def held_port(holder: object) -> int:
    """Return a port on this machine that is given to nobody else as long as ``holder`` is there."""
    held = _bound()
    weakref.finalize(holder, held.close)
    return int(held.getsockname()[1])


def free_port() -> int:
    """Return a port on this machine that is given to nobody else until this process ends."""
    held = _bound()
    port = int(held.getsockname()[1])
    held.detach()  # open without its object
    return port


def _bound() -> socket.socket:
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    return held
