"""Walks through a document as its reader does: its own blocks, in their order, on a machine that is a folder.

A block is walked when a comment before it says so (``<!-- walk: install -->``). What must differ from the document is
one table: paths, ports, and what ``walked.py`` does instead of `sudo` and `systemctl`.
"""

import asyncio
import contextlib
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.tools import walked
from tests.tools.command import ROOT
from tests.tools.wire import Caller, Line, Pass

HOST = "mburoja.shembull.example"
_BLOCK = re.compile(r"^<!-- walk: ([a-z-]+) -->\n```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACES = (
    "/opt/mburoja", "/etc/mburoja", "/etc/systemd/system", "/etc/nginx", "/etc/ssl", "/etc/prometheus",
    "/var/lib/mburoja", "/var/cache/mburoja", "/var/backups/mburoja", "/usr/local/bin",
)  # fmt: skip
_PLACE = re.compile(rf"(?<![\w/.])(?:{'|'.join(_PLACES)})(?![\w-])")
_PORTS = ("8321", "8322", "8330")
_PORT = re.compile(rf"\b(1?)({'|'.join(_PORTS)})\b")  # also that of its metrics; not in a digest of a lock file
_LONGEST = 480.0  # seconds for a block: packages are installed
# What Debian's packages of nginx and Prometheus bring with them.
_NGINX = """daemon off; pid {0}/tmp/nginx-pid; error_log {0}/var/log/nginx-own; {1}
events {{}}
http {{
    client_body_temp_path {0}/tmp/body; proxy_temp_path {0}/tmp/proxy; fastcgi_temp_path {0}/tmp/fastcgi;
    uwsgi_temp_path {0}/tmp/uwsgi; scgi_temp_path {0}/tmp/scgi;
    include {0}/etc/nginx/conf.d/*.conf;
}}
"""
_UNITS = {
    "nginx": "ExecStart=/usr/sbin/nginx -c {0}/etc/nginx/nginx.conf -p {0}",
    "prometheus": "ExecStart=/usr/bin/prometheus --config.file={0}/etc/prometheus/prometheus.yml"
    " --storage.tsdb.path={0}/tmp/prometheus --web.listen-address=127.0.0.1:{2}",
}


def blocks(document: str) -> dict[str, str]:
    """Return the blocks that are walked, by name, in their order."""
    found = _BLOCK.findall(document)
    assert len(found) == len({name for name, _ in found}) == document.count("<!-- walk:"), "a block is not read"
    return dict(found)


def program(name: str) -> str:
    """Its path; where it is not, the test is left out, loudly, and fails under CI."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{name} is not installed: `.ci/run` installs it")
    return found


class Machine:
    """A folder that stands for a machine. ``ports`` are those of the document, as they are here."""

    def __init__(self, folder: Path, database: Path) -> None:
        self.folder, self._database = folder, database
        self.home = folder / "home"  # where the reader is
        self.ports = dict(zip((*_PORTS, "443", "9090"), _free_ports(), strict=True))
        for place in (*_PLACES, "/run", "/tmp", "/home", "/shims", "/var/log", "/etc/ssl/private", "/etc/nginx/conf.d"):  # noqa: S108
            self.at(place).mkdir(parents=True, exist_ok=True)
        self._shims()
        as_root = "user root;" if os.geteuid() == 0 else ""
        self.at("/etc/nginx/nginx.conf").write_text(_NGINX.format(folder, as_root), encoding="utf-8")
        for name, text in _UNITS.items():
            written = text.format(folder, "", self.ports["9090"])
            self.at(f"/etc/systemd/system/{name}.service").write_text(f"[Service]\n{written}\n", encoding="utf-8")
        (folder / ".curlrc").write_text(
            f'connect-to = "{HOST}:443:127.0.0.1:{self.ports["443"]}"\ncacert = "{folder}/etc/ssl/mburoja.pem"\n'
        )
        self._take(ROOT / "deploy", self.home / "deploy")

    def at(self, path: str) -> Path:
        """Return where a path of the document is."""
        return self.folder / path.removeprefix("/")

    def here(self, text: str) -> str:
        """Return a text of the document, or of a file, as it holds here."""
        text = _PORT.sub(lambda found: found[1] + self.ports[found[2]], text)  # first: the folder's name is chance
        text = _PLACE.sub(lambda found: str(self.at(found[0])), text)
        text = text.replace("    listen [::]:443 ssl http2;\n", "")  # not every machine has IPv6
        text = text.replace("listen 443 ", f"listen 127.0.0.1:{self.ports['443']} ")
        return text.replace("_interval: 15s", "_interval: 1s")

    def edit(self, path: str, *changes: tuple[str, str]) -> None:
        """Change a file as its reader is told to."""
        text = self.at(path).read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        self.at(path).write_text(text, encoding="utf-8")

    def run(self, block: str) -> str:
        """Run the commands of a block; return what they said. Each must end well."""
        done = subprocess.run(
            ["/bin/bash", "-euo", "pipefail", "-c", self.here(block)], cwd=self.home, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_LONGEST, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{block}\n{done.stdout[-4000:]}\n{self.logs()}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """What the reader's shell has; nothing of the tests' own settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("MBUROJA_", "PG"))}
        path = f"{self.folder}/shims:{self.folder}/usr/local/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin"
        return {
            **own, walked.MACHINE: str(self.folder), "PATH": path, "CURL_HOME": str(self.folder), "LANG": "C.UTF-8",
            "PGHOST": str(self._database),
        }  # fmt: skip

    def unit(self, name: str) -> walked.Unit:
        """Return a unit as it was installed here."""
        return walked.read_unit(self.folder, name)

    def logs(self) -> str:
        """Return the end of what each unit said."""
        return "\n".join(
            f"--- {file.name}\n{file.read_text('utf-8', 'replace')[-1500:]}" for file in self.at("/var/log").iterdir()
        )

    def _take(self, source: Path, target: Path) -> None:
        for file in source.rglob("*"):
            if file.is_file():
                copy = target / file.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(self.here(file.read_text(encoding="utf-8")), encoding="utf-8")
                shutil.copymode(file, copy)

    def _shims(self) -> None:
        for name in walked.COMMANDS:
            shim = self.folder / "shims" / name
            shim.write_text(f"#!{sys.executable}\nimport sys\nsys.path[0] = {str(ROOT)!r}\n"
                            "from tests.tools.walked import main\n"
                            f"sys.exit(main({name!r}, sys.argv[1:]))\n")  # fmt: skip
            shim.chmod(0o755)


@contextlib.contextmanager
def machine(database: Path) -> Iterator[Machine]:
    """A machine while the context lasts; ``database`` is the folder of its PostgreSQL's socket."""
    folder = Path(tempfile.mkdtemp(prefix="mburoja-walk-"))
    try:
        yield Machine(folder, database)
    finally:
        walked.stop_all(folder)
        shutil.rmtree(folder, ignore_errors=True)


class _Here(AbstractResolver):
    """The name of the document, as its own DNS would tell it; and the proxy's port, which is not 443 here."""

    def __init__(self, port: str) -> None:
        self._port = int(port)

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # noqa: ARG002
        assert host == HOST
        found: ResolveResult = {
            "hostname": host, "host": "127.0.0.1", "port": self._port, "family": 2, "proto": 0, "flags": 0,
        }  # fmt: skip
        return [found]

    async def close(self) -> None:
        """There is nothing to close."""


class Visitor(Caller):
    """A browser: HTTPS by the public name, the certificate verified."""

    def __init__(self, here: Machine) -> None:
        super().__init__(f"https://{HOST}")
        self._here = here

    async def __aenter__(self) -> Self:
        trusted = ssl.create_default_context(cafile=str(self._here.at("/etc/ssl/mburoja.pem")))
        resolver = _Here(self._here.ports["443"])
        self._http = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            connector=aiohttp.TCPConnector(limit=0, force_close=True, ssl=trusted, resolver=resolver),
        )
        return self

    async def __aexit__(self, *details: object) -> None:
        await super().__aexit__(*details)
        await asyncio.sleep(0.5)  # the client says that it has closed before TLS has (aiohttp, "Graceful Shutdown")

    @contextlib.asynccontextmanager
    async def line(self, shown: Pass, **options: Any) -> AsyncIterator[Line]:
        # A proxy is gone when it has passed the server's farewell on; whoever answers it would forget its code.
        async with super().line(shown, **{"autoclose": False, **options}) as line:
            yield line


def _free_ports() -> list[str]:
    """Return ports as the document's are: four digits, those with a 1 before them free too."""
    found: list[str] = []
    for port in range(2_000 + os.getpid() % 5_000, 10_000):
        if len(found) == len(_PORTS) + 2:
            break
        if all(_is_free(each) for each in (port, 10_000 + port)):
            found.append(str(port))
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False
