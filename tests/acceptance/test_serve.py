"""`mburoja serve` as an operator runs it: it tells where it is, stops in good order, and refuses what is unsafe."""

import json
import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash import checker
from tests.tools.command import MBUROJA, mburoja

pytestmark = pytest.mark.usefixtures("settings")

LONGEST = 60.0  # seconds to start
SOON = 30.0  # seconds to stop, where nothing holds it up
LATE = "600"  # seconds: who waits for what is under way comes too late


class Server:
    """A process under way: what it said so far, and where it is."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []

    def until(self, pattern: str) -> str:
        """Read what it says until something is said; return what the pattern's first group matches."""
        assert self.process.stdout
        while line := self.process.stdout.readline():
            self.said.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"{self.said} {self.process.stderr.read() if self.process.stderr else ''}")

    def end(self) -> tuple[int, str]:
        """Wait for its end; return the exit code and its log."""
        rest, log = self.process.communicate(timeout=SOON)
        self.said += rest.splitlines(keepends=True)
        return self.process.returncode, log


@contextmanager
def started(database: Path, *arguments: str, **env: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [str(MBUROJA), "serve", "--db", str(database), "--port", "0", *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **env},
    )  # fmt: skip
    stuck = signal.signal(signal.SIGALRM, lambda *_: process.kill())
    signal.alarm(int(LONGEST))
    try:
        yield Server(process)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, stuck)
        process.kill()
        process.wait()
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stderr.close()


def got(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as told:
        with told:
            return told.code, told.read().decode()


def greeting(url: str) -> bytes:
    """Return what opens a WebSocket of a page of ours, by a browser that will never say a word."""
    host = url.removeprefix("http://")
    return (
        f"GET /ws/ipko HTTP/1.1\r\nHost: {host}\r\nOrigin: {url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


def hangs(line: socket.socket, url: str) -> None:
    """Send half of a request, once the server has said that it waits for it."""
    head = f"POST /session/ipko HTTP/1.1\r\nHost: x\r\nOrigin: {url}\r\nContent-Type: application/json\r\n"
    line.sendall(f"{head}Content-Length: 10\r\nExpect: 100-continue\r\n\r\n".encode())
    assert line.recv(1024).startswith(b"HTTP/1.1 100 ")
    line.sendall(b"{")


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT], ids=lambda told: told.name)
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, told: signal.Signals) -> None:
    database = tmp_path / "mburoja.db"
    with started(database, MBUROJA_METRICS_PORT="0", MBUROJA_STOP_SECONDS=LATE) as server:
        url = server.until(r"^Mburoja dëgjon në (http://127\.0\.0\.1:\d+)$")
        metrics = server.until(r"^Matjet janë në (http://127\.0\.0\.1:\d+/metrics)$")
        assert got(f"{url}/healthz")[0] == 200
        status, ready = got(f"{url}/readyz")
        assert (status, json.loads(ready)["ready"]) == (200, True)
        assert got(f"{url}/nowhere")[0] == 404
        assert 'route="/readyz",status="200"} 1.0' in got(metrics)[1]
        assert got(f"{url}/metrics")[0] == 404
        server.process.send_signal(told)
        code, log = server.end()
        assert code == 0
    assert server.said[-1] == "Mburoja u ndal.\n"
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["route"] for line in lines if line["event"] == "request"] == ["/healthz", "/readyz", "none", "none"]
    assert not [line for line in lines if line["level"] not in ("info", "debug")]
    assert checker.faults(database) == []


def test_connections_that_hang_hold_up_no_stop(tmp_path: Path) -> None:  # R52
    with started(tmp_path / "mburoja.db", MBUROJA_STOP_SECONDS="1") as server:
        url = server.until(r"^Mburoja dëgjon në (\S+)$")
        port = int(url.rpartition(":")[2])
        hanging = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(20)]
        for number, each in enumerate(hanging):
            if number % 4 == 0:
                each.sendall(greeting(url))
                assert each.recv(1024)  # upgraded or refused
            if number % 4 == 1:
                each.sendall(b"POST /session/ipko HTTP/1.1\r\nHost: x\r\nOrigin: " + url.encode())
            if number % 4 == 2:
                hangs(each, url)
        server.process.terminate()
        code, log = server.end()
        for each in hanging:
            each.close()
        assert code == 0, log
        assert "Traceback" not in log


def test_told_twice_it_ends_at_once(tmp_path: Path) -> None:
    with started(tmp_path / "mburoja.db", MBUROJA_STOP_SECONDS=LATE) as server:
        url = server.until(r"^Mburoja dëgjon në (\S+)$")
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=30) as hanging:
            hangs(hanging, url)
            server.process.terminate()
            server.until(r"(po ndalet)")
            server.process.terminate()
            assert server.end()[0] == -signal.SIGTERM


def test_the_clock_is_the_one_that_is_given(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("no time", encoding="utf-8")
    done = mburoja("serve", "--port", "0", "--db", str(tmp_path / "mburoja.db"), "--clock", str(clock))
    assert (done.returncode, done.stdout) == (2, b"")
    assert "Ora nuk lexohet" in done.stderr.decode()


def refused(*arguments: str, **env: str) -> list[str]:
    """Start it with what it must refuse; return the reasons."""
    done = mburoja("serve", *arguments, env=env)
    assert (done.returncode, done.stdout) == (2, b"")
    head, *reasons = done.stderr.decode().splitlines()
    assert head.endswith(":")
    return [reason.removeprefix("- ") for reason in reasons]


def test_what_is_unsafe_is_refused_with_every_reason_and_nothing_is_made(tmp_path: Path) -> None:
    database = tmp_path / "mburoja.db"
    reasons = refused("--host", "0.0.0.0", "--db", str(database), MBUROJA_PROXIES="0.0.0.0/0")  # noqa: S104
    named = [re.match(r"[\w.]+", reason)[0] for reason in reasons]  # type: ignore[index]
    assert [name for name in named if not name.startswith("sites.")] == [
        "proxies",
        "MBUROJA_SECRET",
        "sms",
        "public_url",
    ]
    assert list(tmp_path.iterdir()) == []  # no database, no secret


def test_faults_of_the_settings_are_refused_all_at_once(tmp_path: Path) -> None:
    config = tmp_path / "mburoja.toml"
    config.write_text('log_level = "loud"\nidle = 5\n', encoding="utf-8")
    reasons = refused("--config", str(config), "--port", "many")
    assert [reason.split(" ")[0] for reason in reasons] == ["port", "log_level", "idle:"]


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = mburoja("serve", "--port", str(taken.getsockname()[1]), "--db", str(tmp_path / "mburoja.db"))
    assert done.returncode == 2
    assert "nuk mund të dëgjohet" in done.stderr.decode()
