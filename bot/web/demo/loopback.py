"""Sockets that only this machine reaches, on the port that is wanted or the next free one; knows no page."""

import contextlib
import errno
import os
import socket
from collections.abc import Sequence

from bot.errors import InputError
from bot.web.settings import is_loopback

ADDRESS = "127.0.0.1"  # the server's: for a browser another site than ``localhost``, so the frame is a foreign one
NAME = "localhost"  # the shops'
NAMED = ("127.0.0.1", "::1")  # what ``localhost`` may mean to a browser: both have to be ours
_TRIES = 20
_LAST = 65_535
_TAKEN = {errno.EADDRINUSE, errno.EACCES}


def listen(wanted: int, hosts: Sequence[str] = (ADDRESS,)) -> list[socket.socket]:
    """Return bound sockets, one for each host that the machine has, all on one port: the next free from ``wanted`` on.

    With ``wanted`` 0 the system chooses. Raises InputError when 20 ports in a row are taken, ValueError for a host
    beyond loopback.
    """
    if strangers := [host for host in hosts if not is_loopback(host)]:
        raise ValueError(f"beyond loopback: {strangers}")
    for step in range(_TRIES):
        with contextlib.suppress(_TakenError):
            return _bound(min(wanted + step, _LAST) if wanted else 0, hosts)
    raise InputError(f"Asnjë nga {_TRIES} portat prej {wanted} e tutje nuk është e lirë. Jepni një tjetër.")


def port_of(sockets: Sequence[socket.socket]) -> int:
    """Return the port of sockets that ``listen`` gave."""
    return int(sockets[0].getsockname()[1])


class _TakenError(Exception):
    pass


def _bound(port: int, hosts: Sequence[str]) -> list[socket.socket]:
    bound: list[socket.socket] = []
    try:
        for host in hosts:
            made = _try(host, port)
            if made is not None:
                bound.append(made)
                port = port_of(bound)
    except _TakenError:
        for each in bound:
            each.close()
        raise
    if not bound:
        raise _TakenError
    return bound


def _try(host: str, port: int) -> socket.socket | None:
    """Return a listening socket, or None where the machine has no such address (IPv6 switched off)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return None
    if os.name == "posix":  # elsewhere the option would let two processes share the port
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind((host, port))
        made.listen(128)
    except OSError as error:
        made.close()
        if error.errno in _TAKEN:
            raise _TakenError from None
        return None
    return made
