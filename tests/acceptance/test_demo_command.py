"""`mburoja demo`, and `make run` which starts it: the real process, its two sites, and its end."""

import html
import http.client
import json
import re
import shlex
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from bot.services.staff import totp
from bot.web.demo.loopback import listen, port_of
from tests.tools.command import ROOT, mburoja
from tests.tools.demonstration import Demonstration, database_of

pytestmark = pytest.mark.usefixtures("settings")

Frame = dict[str, Any]

ANY = ("--port", "0", "--shops-port", "0")
LONGEST = 60.0  # seconds that an answer may take
# Seconds to the end after Ctrl-C; who waited for a page that is open would take a minute or, with these settings, ten.
SOON, PATIENT = 30.0, {"MBUROJA_STOP_SECONDS": "600"}


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LONGEST) as answer:
        assert answer.status == 200
        return str(answer.read().decode())


def answers(url: str) -> bool:
    try:
        get(url)
    except (OSError, http.client.HTTPException):
        return False
    return True


def last_sms(shops: str) -> Frame:
    """Return the first message on the stage's phones; waits for it."""
    with urllib.request.urlopen(f"{shops}/phones", timeout=LONGEST) as phones:
        return next(dict(json.loads(line[6:])) for line in phones if line.startswith(b"data: "))


def code_of(sms: Frame) -> str:
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", sms["text"])
    return str(code)


def receipt_in(frames: list[Frame]) -> str:
    """Return the reference of the one receipt that was told."""
    blocks = [block for frame in frames if frame["type"] == "message" for block in frame["blocks"]]
    (reference,) = {block["reference"] for block in blocks if block["type"] == "receipt"}
    return str(reference)


class Talk:
    """A conversation over plain HTTP, as a browser has it without WebSockets."""

    def __init__(self, server: str, company: str) -> None:
        self._server, self._company, self._said = server, company, 0
        opened = self._post(f"/session/{company}", {"memory": True}, {})
        self._keys = {"Authorization": f"Bearer {opened['token']}", "X-CSRF-Token": str(opened["csrf"])}
        self.hello()

    def hello(self) -> list[Frame]:
        """Return the whole conversation."""
        return self._turn({"type": "hello", "last_seq": 0})

    def say(self, text: str) -> list[Frame]:
        """Say something; returns the frames that answer it."""
        self._said += 1
        return self._turn({"type": "say", "id": f"m-{self._said}", "text": text, "last_seq": 0})

    def wait_for(self, sender: str, *, until: str) -> Frame:
        """Return the first message of a sender with a text in it, once it is there."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            for frame in self.hello():
                if frame.get("from") == sender and until in json.dumps(frame, ensure_ascii=False):
                    return frame
            time.sleep(1)  # each look counts as a message
        raise AssertionError(f"nothing from {sender} with {until!r}")

    def _turn(self, frame: Frame) -> list[Frame]:
        return list(self._post(f"/api/chat/{self._company}", frame, self._keys)["frames"])

    def _post(self, path: str, body: object, headers: dict[str, str]) -> Frame:
        told = {**headers, "Content-Type": "application/json", "Origin": self._server}
        request = urllib.request.Request(self._server + path, json.dumps(body).encode(), told)
        with urllib.request.urlopen(request, timeout=LONGEST) as answer:
            return dict(json.load(answer))


def named(page: str) -> set[str]:
    """Return every address that a page leads to or loads, whole."""
    return {html.unescape(found) for found in re.findall(r'(?:href|src)="(http[^"]+)"', page)}


def test_make_run_starts_it_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    # What make sets up first is as it is already, or this test would not run; it must not be touched under the others.
    command = ("make", "-o", "compiled", "run", f"DEMO={tmp_path / 'demo.db'}")
    with Demonstration(command=command, env=PATIENT) as demo:
        stage = get(f"{demo.shops}/")
        assert "Filan Fisteku" in stage
        assert get(f"{demo.server}/readyz")
        assert {urlsplit(url).hostname for url in (demo.shops, demo.server)} == {"localhost", "127.0.0.1"}

        began = time.monotonic()
        demo.interrupt()
        assert time.monotonic() - began < SOON
        assert not answers(f"{demo.shops}/")
        assert not answers(f"{demo.server}/readyz")
    assert "Traceback" not in "\n".join(demo.told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_well_also_while_somebody_watches_the_phones(tmp_path: Path, number: signal.Signals) -> None:
    with (
        Demonstration("--db", str(database_of(tmp_path)), *ANY, env=PATIENT) as demo,
        urllib.request.urlopen(f"{demo.shops}/phones", timeout=LONGEST) as phones,
    ):
        assert phones.readline()
        began = time.monotonic()
        assert demo.interrupt(number) == 0
        assert time.monotonic() - began < SOON
    assert demo.told[-1] == "Ctrl-C e ndal."  # and nothing after it: no traceback, no log


def test_every_address_that_its_pages_name_answers(tmp_path: Path) -> None:
    with Demonstration("--db", str(database_of(tmp_path)), *ANY) as demo:
        for page in ("/", "/ipko", "/paysera"):
            for url in named(get(demo.shops + page)):
                assert url.startswith((demo.shops, demo.server)), url
                assert get(url)


def test_the_frame_may_stand_in_its_shops_and_nowhere_else(tmp_path: Path) -> None:  # R25
    with Demonstration("--db", str(database_of(tmp_path)), *ANY) as demo:
        for company in ("ipko", "paysera"):
            with urllib.request.urlopen(f"{demo.server}/widget/{company}", timeout=LONGEST) as answer:
                policy = answer.headers["Content-Security-Policy"]
            assert re.findall(r"frame-ancestors ([^;]*)", policy) == [demo.shops]


def test_a_request_is_filed_in_a_shop_and_every_command_on_the_stage_answers_it(tmp_path: Path) -> None:  # R43
    with Demonstration("--db", str(database_of(tmp_path)), *ANY) as demo:
        talk = Talk(demo.server, "ipko")
        talk.say("dua nje kopje te te dhenave te mia")
        talk.say("A-1002")
        talk.say(code_of(last_sms(demo.shops)))
        talk.say("Të gjitha")
        reference = receipt_in(talk.say("po"))

        commands = re.findall(r"<code data-copy>(\S*mburoja [^<]+)</code>", html.unescape(get(f"{demo.shops}/")))
        assert len(commands) >= 6
        for command in commands:
            done = mburoja(*shlex.split(command.replace("NUMRI", reference))[1:])
            assert done.returncode == 0, done.stderr.decode()
        answered = talk.wait_for("dpo", until="Po e shohim")
    assert answered["from"] == "dpo"


def test_a_code_that_is_asked_for_on_the_wire_arrives_on_the_stage(tmp_path: Path) -> None:
    with Demonstration("--db", str(database_of(tmp_path)), *ANY) as demo:
        talk = Talk(demo.server, "ipko")
        talk.say("mos me qoni ma reklama")
        talk.say("A-1001")
        told = last_sms(demo.shops)

    assert told["owners"] == ["Filan Fisteku"]
    assert told["to"] == "+383 44 *** *01"  # R46
    assert code_of(told)


def test_the_officer_signs_in_with_what_the_terminal_tells(tmp_path: Path) -> None:  # R27
    with Demonstration("--db", str(tmp_path / "demo.db"), *ANY) as demo:
        told = "\n".join(demo.told)
        login, password, secret, address = (
            re.findall(pattern, told)[0]
            for pattern in (
                r"hyrja: (\S+)",
                r"fjalëkalimi: (\S+)",
                r"sekreti i telefonit: (\S+)",
                r"Konsola e zyrtares: (\S+)",
            )
        )
        assert address == f"{demo.server}/console"
        browser = _Browser(demo.server)
        assert browser.sends("/console/sign-in", login=login, password=password) == "/console/sign-in/second"
        code = totp.code_at(secret, int(time.time() * 1000))
        assert browser.sends("/console/sign-in/second", code=code, csrf=browser.mark()) == "/console"
        assert "Radha" in browser.opens("/console/queue")


class _Browser:
    """As much of a browser as signing in takes; Python's own keeps no Secure cookie of an address without TLS."""

    def __init__(self, server: str) -> None:
        self._server, self._cookie, self._page = server, "", ""

    def sends(self, path: str, **fields: str) -> str:
        """Send a form; return where it leads, having gone there."""
        headers = {"Origin": self._server, "Cookie": self._cookie}
        line = http.client.HTTPConnection(urlsplit(self._server).netloc, timeout=LONGEST)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        line.request("POST", path, urlencode({"next": "/console", **fields}), headers)
        answer = line.getresponse()
        assert answer.status == 303, answer.read().decode()
        self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
        line.close()
        to = str(answer.getheader("Location"))
        self._page = self.opens(to) if "sign-in" in to else ""
        return to.partition("?")[0]

    def opens(self, path: str) -> str:
        """Open a page."""
        with urllib.request.urlopen(
            urllib.request.Request(self._server + path, headers={"Cookie": self._cookie}), timeout=LONGEST
        ) as answer:
            return str(answer.read().decode())

    def mark(self) -> str:
        """Return the mark of the form that is open."""
        return str(re.findall(r'name="csrf" value="([^"]+)"', self._page)[0])


def test_ports_that_are_taken_are_passed_over_and_the_addresses_told_are_right(tmp_path: Path) -> None:
    (server,), shops = listen(0), listen(0, ("127.0.0.1", "::1"))
    try:
        taken = port_of([server]), port_of(shops)
        wanted = ("--port", str(taken[0]), "--shops-port", str(taken[1]))
        with Demonstration("--db", str(database_of(tmp_path)), *wanted) as demo:
            assert urlsplit(demo.server).port not in taken
            assert urlsplit(demo.shops).port not in taken
            assert f"{demo.server}/widget.js?company=ipko" in get(f"{demo.shops}/ipko")
            assert get(f"{demo.server}/healthz")
    finally:
        for each in (server, *shops):
            each.close()


@pytest.mark.thorough
def test_what_was_done_is_still_there_when_it_is_started_again(tmp_path: Path) -> None:
    database = str(database_of(tmp_path))
    for _ in range(2):
        with Demonstration("--db", database, *ANY) as demo:
            assert demo.interrupt() == 0
    done = mburoja("customers", "demo", "--db", database)
    assert "0 u shtuan · 0 u ndryshuan · 14 si më parë" in done.stdout.decode()


def test_without_a_database_named_it_takes_its_own_and_never_the_real_one(tmp_path: Path) -> None:
    real = tmp_path / "mburoja.db"
    with Demonstration(*ANY, env={"MBUROJA_DATABASE": str(real)}) as demo:
        assert demo.interrupt() == 0
    assert (tmp_path / "demo.db").exists()
    assert not real.exists()


@pytest.mark.parametrize(
    "asked",
    [{"MBUROJA_HOST": "0.0.0.0"}, {"MBUROJA_PUBLIC_URL": "https://prova.example"}],  # noqa: S104
)
def test_beyond_loopback_it_refuses(tmp_path: Path, asked: dict[str, str]) -> None:
    done = mburoja("demo", "--db", str(tmp_path / "demo.db"), *ANY, env=asked)

    assert done.returncode == 2
    assert "mbetet në këtë makinë" in done.stderr.decode()
    assert not (tmp_path / "demo.db").exists()


@pytest.mark.parametrize("port", ["-1", "65536", "tetë", "٨"])
def test_what_is_no_port_is_refused(port: str) -> None:
    done = mburoja("demo", f"--port={port}")

    assert done.returncode == 2
    assert "nuk është port" in done.stderr.decode()


def test_the_makefile_runs_it_on_a_database_of_its_own() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "mburoja demo --db $(DEMO)" in makefile
