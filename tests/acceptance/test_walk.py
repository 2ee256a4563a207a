"""From nothing to running, by the blocks of docs/deploying.md as they stand there (``tests/tools/walking.py``).

A real PostgreSQL, nginx, Prometheus and Kannel; what a test cannot have is played: systemd, sudo, and DNS.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from bot.settings import Settings
from tests.acceptance.replicas.test_conversations import alternating, messages
from tests.acceptance.replicas.test_restarts import RESTART, Talker
from tests.tools import postgres
from tests.tools.chatting import CODE, REFERENCE
from tests.tools.command import ROOT
from tests.tools.kannel import PASSWORD, USER, Kannel, kannel
from tests.tools.site import text_of
from tests.tools.walking import Machine, Visitor, blocks, machine, program
from tests.tools.wire import Line

DEPLOYING = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
NUMBER = "+38344000101"  # of the document's made-up customer
_GATEWAYS = re.compile(r"\[\[sms_gateways\]\]\nkind = \"smpp\".*?(?=\[\[sms_gateways\]\])", re.DOTALL)
REST = 0.7  # seconds between two messages of a person: a hundred a minute are allowed (R24)
_LONGEST = 60.0


class Walk:
    """Who reads the document, and does what it says, block by block."""

    def __init__(self, here: Machine, sms: Kannel, server: postgres.Server) -> None:
        self.here, self.sms, self.server = here, sms, server
        self.left = blocks(DEPLOYING)

    def does(self, name: str) -> str:
        """Do a block."""
        return self.here.run(self.left.pop(name))

    def installs_again(self) -> None:
        """Install another version, which stands on the same: that it is not fetched twice saves half a minute."""
        block = blocks(DEPLOYING)["install"]
        (fetching,) = re.findall(r"^.*--require-hashes.*$", block, re.MULTILINE)
        place = f"/opt/mburoja/'$version'/lib/{self.packages.parent.name}/site-packages/x.pth"
        link = f"sudo sh -c 'echo {self.packages} > {place}'"
        self.here.run(block.replace(fetching, link))

    @property
    def packages(self) -> Path:
        """Where the packages of the first version are."""
        (found,) = self.here.at("/opt/mburoja/current").resolve().glob("lib/python3*/site-packages")
        return found


@pytest.fixture
def walk(settings: Settings, tmp_path: Path) -> Iterator[Walk]:
    for name in ("nginx", "prometheus", "promtool", "curl", "openssl"):
        program(name)
    with postgres.server() as server, kannel(tmp_path) as sms, machine(server.folder) as here:
        # The recogniser is trained once for all tests; what was trained from other phrases would not be taken.
        shutil.copytree(settings.cache, here.at("/var/cache/mburoja"), dirs_exist_ok=True)
        yield Walk(here, sms, server)


def until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _LONGEST
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def test_every_command_of_the_document_is_walked_but_those_of_containers() -> None:
    shown = re.findall(r"^```sh\n(.*?)^```$", DEPLOYING, re.MULTILINE | re.DOTALL)
    others = [block for block in shown if block not in blocks(DEPLOYING).values()]
    said_before = "sudo systemctl start mburoja-backup\n# step 3, “install”: the new version beside the one that runs\n"
    assert others[0] == said_before
    assert [line.split()[:2] for block in others[1:] for line in block.splitlines()] == [["podman", "compose"]] * 2


def test_a_block_that_cannot_be_read_is_told() -> None:
    with pytest.raises(AssertionError, match="not read"):
        blocks("<!-- walk: one -->\n\n```sh\nls\n```\n")
    assert blocks("<!-- walk: one -->\n```sh\nls\n```\n") == {"one": "ls\n"}


@pytest.mark.thorough
def test_the_document_leads_from_nothing_to_running(walk: Walk) -> None:
    _install(walk)
    _start(walk)
    asyncio.run(_people_come(walk))
    _watch(walk)
    _back_up_and_restore(walk)
    asyncio.run(_upgrade_while_people_talk(walk))
    asyncio.run(_replace_the_secret_while_people_talk(walk))
    _restore_in_earnest(walk)  # last: for a minute and a half it thinks that who ran at the back-up's time runs still
    assert list(walk.left) == []  # nothing of the document was passed over
    for name in ("mburoja@8321", "mburoja@8322", "mburoja-worker"):
        log = walk.here.unit(walk.here.here(name)).log.read_text(encoding="utf-8")
        assert "Traceback" not in log
        assert '"level":"error"' not in log.replace(" ", ""), log[-2000:]


def _install(walk: Walk) -> None:
    for name in ("wheel", "packages", "user", "install", "switch", "database", "secret", "settings"):
        walk.does(name)
    settings = walk.here.at("/etc/mburoja/mburoja.toml")
    settings.write_text(_GATEWAYS.sub("", settings.read_text(encoding="utf-8")), encoding="utf-8")
    walk.here.edit(
        "/etc/mburoja/mburoja.toml",
        ("http://10.0.0.6:13013/cgi-bin/sendsms", walk.sms.url),
        ('user = "mburoja"', f'user = "{USER}"'),
        ("********", PASSWORD),
    )
    assert walk.does("migrate").rstrip().endswith("Nuk mungon asgjë.")
    walk.does("customers")
    assert "teuta" in walk.does("staff")


def _start(walk: Walk) -> None:
    for name in ("units", "certificate", "proxy"):
        walk.does(name)
    _wait_until_ready(walk)
    said = walk.does("look")
    for part in ('"alive": true', '"ready": true', "punon", "Regjistri është i paprekur."):
        assert part in said, said
    assert any("SMS prove" in text for _, _, text in walk.sms.texts())


def _wait_until_ready(walk: Walk) -> None:
    for port in ("8321", "8322", "8330"):
        address = f"http://127.0.0.1:{walk.here.ports[port]}/readyz"
        until(lambda address=address: _status(address) == 200, f"{port}: {walk.here.logs()}")  # type: ignore[misc]


async def _people_come(walk: Walk) -> None:
    async with Visitor(walk.here) as visitor:
        for path in ("/policy/ipko", "/console/sign-in"):
            async with visitor.http.get(f"{visitor.address}{path}") as page:
                assert page.status == 200, path
                assert "default-src" in page.headers["Content-Security-Policy"]
        async with visitor.http.get(f"{visitor.address}/metrics") as page:
            assert page.status == 404
        letter = f"{visitor.address}/console/cases/7K2Q-9FXA-8/write/answer"  # whose files are larger than a message
        async with visitor.http.post(letter, data=b"x" * 100_000, allow_redirects=False) as page:
            assert page.status == 403, "who is not signed in is refused by the console, not by the proxy"
        shown = await visitor.enters()
        async with visitor.line(shown) as line:
            await line.greets()
            told = await line.says("kush i sheh thirrjet e mia?")
            assert any(block["type"] == "quote" for frame in messages(told) for block in frame["blocks"]), text_of(told)
            await _withdraws(walk, line)
            # One replica goes while this one talks: the browser comes back by the other.
            served = [name for name in ("8321", "8322") if _open_lines(walk, name)]
            assert len(served) == 1
            stopping = asyncio.create_task(asyncio.to_thread(walk.here.run, f"sudo systemctl stop mburoja@{served[0]}"))
            assert await line.closed() == RESTART
            await stopping
        for _ in range(4):  # whomever nginx would ask first
            async with visitor.line(shown) as line:
                seen = messages(await line.greets())
                assert REFERENCE.search(json.dumps(seen))
                assert messages(await line.says("menyja"))
        assert (await visitor.enters("paysera")).csrf
        await asyncio.to_thread(walk.here.run, f"sudo systemctl start mburoja@{served[0]}")


async def _withdraws(walk: Walk, line: Line) -> None:
    before = len(walk.sms.texts())
    await line.says("ndalni krejt reklamat te ipko")
    await line.says(NUMBER)
    async with asyncio.timeout(_LONGEST):
        while not (codes := [text for _, to, text in walk.sms.texts()[before:] if NUMBER[1:] in to]):
            await asyncio.sleep(0.1)
    found = CODE.search(codes[0])
    assert found
    assert "Faleminderit" in text_of(await line.says(found[0]))
    told = await line.says("po")
    assert any(block["type"] == "receipt" for frame in messages(told) for block in frame["blocks"]), text_of(told)


def _open_lines(walk: Walk, port: str) -> bool:
    told = _get(f"http://127.0.0.1:1{walk.here.ports[port]}/metrics")
    found = re.search(r"^mburoja_sockets_open (\S+)", told, re.MULTILINE)
    assert found
    return float(found[1]) > 0


def _watch(walk: Walk) -> None:
    assert "SUCCESS" in walk.does("prometheus")
    found: dict[str, str] = {}

    def all_up() -> bool:
        found.clear()
        for sample in _asked(walk, 'up{job="mburoja"}'):
            found[sample["metric"]["instance"][-4:]] = sample["metric"]["role"] + sample["value"][1]
        return sorted(found.values()) == ["web1", "web1", "worker1"]

    until(all_up, f"{found}\n{walk.here.logs()}")
    until(lambda: bool(_asked(walk, "sum(mburoja_turns_total) > 3")), "no turn was counted")
    until(lambda: bool(_asked(walk, 'mburoja_sms_total{outcome="taken"} > 0')), "no SMS was counted")
    assert _asked(walk, 'ALERTS{alertstate="firing"}') == []


def _asked(walk: Walk, query: str) -> list[dict[str, Any]]:
    place = f"http://127.0.0.1:{walk.here.ports['9090']}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    if _status(place) != 200:
        return []
    found: list[dict[str, Any]] = json.loads(_get(place))["data"]["result"]
    return found


def _back_up_and_restore(walk: Walk) -> None:
    old = walk.here.at("/var/backups/mburoja/2020-01-01T031500")
    old.mkdir()
    subprocess.run(["/usr/bin/touch", "--date=40 days ago", str(old)], check=True)
    assert re.fullmatch(r"20\S+T\d{6}", walk.does("backup").strip())  # and the old one is gone
    said = walk.does("drill")
    assert "regjistri është i paprekur" in said
    assert "Regjistri është i paprekur." in said
    assert _databases(walk) == ["mburoja"]


def _restore_in_earnest(walk: Walk) -> None:
    walk.here.run("sudo systemctl start mburoja-backup")
    assert "regjistri është i paprekur" in walk.does("restore")
    assert _databases(walk) == ["mburoja", "mburoja_before"]
    _wait_until_ready(walk)


def _databases(walk: Walk) -> list[str]:
    with psycopg.connect(walk.server.url()) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'mburoja%' ORDER BY datname")
        return [name for (name,) in found.fetchall()]


def _next_version(walk: Walk) -> None:
    """Make a wheel of the same program as of a version to come."""
    sources = walk.here.folder / "next"
    for name in ("bot", "intents", "policy_texts"):
        shutil.copytree(ROOT / name, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, sources)
    version = sources / "bot/__init__.py"
    version.write_text(re.sub(r'(__version__ = )"[^"]+"', r'\1"9.0.0"', version.read_text("utf-8")), "utf-8")
    shutil.rmtree(walk.here.home / "dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(walk.here.home / "dist")]
    subprocess.run([*command, str(sources)], check=True, capture_output=True, timeout=120)


async def _while_people_talk(walk: Walk, work: Callable[[], None]) -> None:
    """Let some talk all the time, and fail where one lost a word, heard one twice, or was closed otherwise."""
    async with Visitor(walk.here) as visitor:
        talkers = [Talker(visitor, await visitor.enters(), rest=REST) for _ in range(4)]
        over = asyncio.Event()
        talking = asyncio.gather(*(talker.talks(over) for talker in talkers))
        try:
            await asyncio.to_thread(work)
        finally:
            over.set()
            async with asyncio.timeout(_LONGEST):
                await talking
        for talker in talkers:
            async with visitor.line(talker.shown) as line:
                told = messages(await line.greets())
            alternating(told, len(talker.said))
            assert [frame["seq"] for frame in talker.seen] == [frame["seq"] for frame in told]
            assert set(talker.closed) <= {RESTART}
        assert sum(len(talker.closed) for talker in talkers) >= len(talkers)


async def _upgrade_while_people_talk(walk: Walk) -> None:
    _next_version(walk)

    def upgrades() -> None:
        walk.installs_again()
        walk.does("upgrade")
        assert walk.here.run("sudo mburoja --version").split() == ["mburoja", "9.0.0"]
        assert _versions(walk) == {"9.0.0"}
        walk.does("back")
        assert "9.0.0" not in _versions(walk)

    await _while_people_talk(walk, upgrades)


def _versions(walk: Walk) -> set[str]:
    """Return the versions of the programs that run."""
    units = (walk.here.unit(walk.here.here(name)) for name in ("mburoja@8321", "mburoja@8322", "mburoja-worker"))
    programs = [psutil.Process(pid).cmdline()[0] for unit in units if (pid := unit.pid())]
    assert len(programs) == 3
    return {Path(program).parents[1].name for program in programs}


async def _replace_the_secret_while_people_talk(walk: Walk) -> None:
    before = walk.here.at("/etc/mburoja/secrets").read_text(encoding="utf-8")

    def replaces() -> None:
        assert "u vulos me çelësin e ri" in walk.does("rotate")
        walk.does("rotate-end")

    await _while_people_talk(walk, replaces)
    after = walk.here.at("/etc/mburoja/secrets").read_text(encoding="utf-8")
    assert re.search(r"^MBUROJA_SECRET_BEFORE=(\S+)", after, re.MULTILINE)[1] in before  # type: ignore[index]
    assert "i paprekur" in walk.here.run("sudo sh -c 'mburoja audit verify --heads /var/lib/mburoja/heads-*'")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except OSError:
        return 0
