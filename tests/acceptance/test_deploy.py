"""What a company installs from ``deploy/``: read by the very programs that it is for."""

import asyncio
import contextlib
import json
import os
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.console import forms
from bot.console.api import gate
from bot.limits import Limits
from bot.web.guard import security
from bot.web.settings import read_server_settings
from bot.web.watch.metrics import Metrics
from tests.acceptance.replicas.replicas import LONGEST, town
from tests.acceptance.replicas.test_conversations import messages
from tests.acceptance.replicas.test_restarts import RESTART
from tests.tools.command import ROOT
from tests.tools.walking import program
from tests.tools.wire import Caller

DEPLOY = ROOT / "deploy"
ALERTS = DEPLOY / "prometheus" / "alerts.yml"
DASHBOARD = DEPLOY / "grafana" / "mburoja.json"
_METRIC = re.compile(r"\bmburoja_[a-z_]+\b")


def passes(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def metrics() -> set[str]:
    """Every name that Prometheus may ask us for."""
    names: set[str] = set()
    for line in Metrics().text().decode().splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


@pytest.mark.parametrize("file", [ALERTS, DASHBOARD], ids=lambda path: path.name)
def test_what_is_looked_at_is_what_is_counted(file: Path) -> None:
    used = set(_METRIC.findall(file.read_text("utf-8")))
    assert len(used) > 5
    assert used - metrics() == set()


def test_every_metric_is_in_the_document_and_on_the_dashboard() -> None:
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")
    shown = DASHBOARD.read_text("utf-8")
    for name in metrics():
        bare = name.removesuffix("_bucket").removesuffix("_sum").removesuffix("_count").removesuffix("_created")
        assert f"`{bare}" in told, f"docs/operations.md does not say what {bare} means"
        assert bare in shown, f"no panel shows {bare}"


def test_every_alarm_says_what_to_do() -> None:
    import yaml  # noqa: PLC0415  of this test alone

    rules = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"][0]["rules"]
    told = (ROOT / "docs" / "operations.md").read_text("utf-8")
    for rule in rules:
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["annotations"]["action"], rule["alert"]
        assert f"`{rule['alert']}`" in told, f"docs/operations.md does not know {rule['alert']}"


def test_the_dashboard_is_one_that_can_be_imported() -> None:
    board = json.loads(DASHBOARD.read_text("utf-8"))
    assert board["uid"] == "mburoja"
    assert all(panel["targets"] for panel in board["panels"] if panel["type"] != "row")
    places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(places)) == len(places)


def test_the_settings_are_read_and_all_are_known() -> None:
    settings = read_server_settings(DEPLOY / "mburoja.toml")
    assert settings.sms == "gateways"
    assert settings.secure


@pytest.mark.thorough
def test_prometheus_takes_the_alarms_and_they_go_off_when_they_should() -> None:
    promtool = program("promtool")
    passes(promtool, "check", "rules", str(ALERTS))
    passes(promtool, "test", "rules", str(ALERTS.with_name("alerts_test.yml")))


@pytest.mark.thorough
def test_caddy_takes_its_file() -> None:
    passes(program("caddy"), "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "proxy" / "Caddyfile"))


@pytest.mark.thorough
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    analyze = program("systemd-analyze")
    for unit in (DEPLOY / "systemd").iterdir():  # the program itself is not installed on a machine that tests it
        text = unit.read_text("utf-8").replace("/opt/mburoja/current/bin/mburoja", "/bin/true")
        (tmp_path / unit.name).write_text(text, "utf-8")
    units = sorted(tmp_path.iterdir())
    assert passes(analyze, "verify", "--man=no", "--recursive-errors=no", *map(str, units)) == ""
    for unit in units:
        if unit.suffix == ".service":  # 10: anything may be done; as it comes from most packages
            passes(analyze, "security", "--offline=yes", "--threshold=40", str(unit))


def test_the_container_is_made_of_what_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert "--require-hashes -r deploy/requirements.lock" in text
    assert "USER mburoja" in text
    copied = [each for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE) for each in line.split()[:-1]]
    assert [each for each in copied if not each.startswith("--") and not (ROOT / each).exists()] == []
    assert not {".", "./"} & set(copied)  # what lies in a working folder may be anything


def test_what_runs_is_what_was_tested() -> None:
    """Every pin of the container's lock is one of the developers' lock."""
    pins = {
        name: dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "deploy/requirements.lock")
    }
    ours = pins["deploy/requirements.lock"]
    assert len(ours) > 30
    assert {name: pins["requirements.lock"].get(name) for name in ours} == ours


def test_prometheus_finds_every_unit_under_its_role() -> None:
    """A unit's metrics are at its port with a 1 before it, and `role` is what MburojaNoWorker asks for."""
    import yaml  # noqa: PLC0415  of this test alone

    (job,) = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yml").read_text("utf-8"))["scrape_configs"]
    told = {target: each["labels"]["role"] for each in job["static_configs"] for target in each["targets"]}
    units = {
        name: (DEPLOY / "systemd" / name).read_text("utf-8") for name in ("mburoja@.service", "mburoja-worker.service")
    }
    assert "--role web --port %i" in units["mburoja@.service"]
    assert "MBUROJA_METRICS_PORT=1%i" in units["mburoja@.service"]
    assert "--role worker --port 8330" in units["mburoja-worker.service"]
    assert "MBUROJA_METRICS_PORT=18330" in units["mburoja-worker.service"]
    assert told == {"127.0.0.1:18321": "web", "127.0.0.1:18322": "web", "127.0.0.1:18330": "worker"}
    assert job["job_name"] == "mburoja"
    assert 'up{job="mburoja", role=~"worker|all"}' in ALERTS.read_text("utf-8")


def test_the_proxy_takes_what_we_take() -> None:
    """Else a refusal comes that nobody can explain: the files of an answer are larger than anything in the chat."""
    text = (DEPLOY / "proxy" / "nginx.conf").read_text("utf-8")
    whole, *places = re.split(r"location (?=\S+ \{)", text)
    passes_on = {place.partition(" ")[0]: _body_size(place) or _body_size(whole) for place in places}
    assert passes_on["/"] >= security.LARGEST_BODY
    assert passes_on["/api/v1/"] >= gate.LARGEST_BODY
    assert passes_on["/console"] >= Limits().answer_bytes + forms.LARGEST_TEXT + 16 * 1024  # what is between the files


def _body_size(block: str) -> int:
    found = re.search(r"client_max_body_size (\d+)([km]);", block)
    return int(found[1]) << {"k": 10, "m": 20}[found[2]] if found else 0


def test_what_is_composed_is_what_the_files_name() -> None:
    import yaml  # noqa: PLC0415  of this test alone

    told = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = told["services"]
    ours = {name: each["environment"] for name, each in services.items() if each["image"] == "mburoja"}
    assert sorted(each["MBUROJA_ROLE"] for each in ours.values()) == ["web", "web", "worker"]
    assert len({each["MBUROJA_HEADS"] for each in ours.values()}) == 3
    assert all("healthcheck" in services[name] and each["MBUROJA_METRICS_PORT"] for name, each in ours.items())
    for service in services.values():
        assert {named.partition(":")[0] for named in service.get("volumes", ())} <= told["volumes"].keys()
        assert set(service.get("secrets", ())) <= told["secrets"].keys()
        assert {each["source"] for each in service.get("configs", ())} <= told["configs"].keys()
    assert not any("SECRET" in name or "DATABASE" in name for each in ours.values() for name in each)


def test_a_container_reads_its_secrets_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("MBUROJA_DATABASE_URL='postgresql://mburoja@database/mburoja?sslmode=disable&x=$1'\n", "utf-8")
    entry = str(DEPLOY / "bin" / "container-entry")
    shown = [entry, "/bin/sh", "-c", 'echo "$MBUROJA_DATABASE_URL"; echo "${MBUROJA_SECRETS-none}"']
    for place, first in ((file, "postgresql://mburoja@database/mburoja?sslmode=disable&x=$1"), (tmp_path / "no", "")):
        environment = {"PATH": os.environ["PATH"], "MBUROJA_SECRETS": str(place)}
        done = subprocess.run(shown, capture_output=True, text=True, timeout=60, check=True, env=environment)
        assert done.stdout.splitlines() == [first, "none"]


@pytest.mark.parametrize("script", sorted((DEPLOY / "bin").iterdir()), ids=lambda path: path.name)
def test_every_script_is_one_that_the_shell_takes(script: Path) -> None:
    assert script.stat().st_mode & 0o111 == 0o111
    passes("/bin/sh", "-n", str(script))


@pytest.mark.thorough
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    passes(
        program("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=x.example",
        "-keyout", str(key), "-out", str(certificate),
    )  # fmt: skip
    text = (DEPLOY / "proxy" / "nginx.conf").read_text("utf-8")
    text = text.replace("/etc/ssl/private/mburoja.key", str(key)).replace("/etc/ssl/mburoja.pem", str(certificate))
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/log; events {{}} http {{ {text} }}"
    (tmp_path / "nginx.conf").write_text(whole, "utf-8")
    said = passes(program("nginx"), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"))
    assert "warn" not in said


@pytest.mark.thorough
@pytest.mark.asyncio
async def test_caddy_passes_conversations_on_and_to_the_other_replica(postgres_url: str, tmp_path: Path) -> None:
    with town(postgres_url, tmp_path, PROXIES="127.0.0.1") as place:
        here, there = await asyncio.to_thread(place.replicas_of, "web", "web")
        with caddy(tmp_path, place.public, {"8321": here.port, "8322": there.port}):
            async with Caller(place.public) as caller:
                shown = [await caller.enters() for _ in range(4)]
                status, _ = await caller.posts(shown[0], {"type": "say", "id": "x" * 20_000})
                assert status == 413
                async with caller.line(shown[0], autoclose=False) as one, caller.line(shown[1], autoclose=False) as two:
                    for line in (one, two):
                        assert messages(await line.greets())
                        assert messages(await line.says("menyja"))
                    lines = [asyncio.create_task(line.closed()) for line in (one, two)]
                    assert await asyncio.to_thread(here.stop) == 0
                    await asyncio.wait(lines, timeout=LONGEST, return_when=asyncio.FIRST_COMPLETED)
                    done, others = await asyncio.wait(lines, timeout=2)
                    assert [line.result() for line in done] == [RESTART]  # the other one's is open still
                    for line_open in others:
                        line_open.cancel()
                for each in shown:  # at once, before anybody has looked whether the replica is there
                    async with caller.line(each) as line:
                        assert messages(await line.greets())
                        assert messages(await line.says("menyja"))
                assert (await caller.enters("paysera")).csrf


@contextlib.contextmanager
def caddy(folder: Path, public: str, ports: Mapping[str, int]) -> Iterator[None]:
    """Our file, at another address and without TLS, on a real Caddy while the context lasts."""
    text = (DEPLOY / "proxy" / "Caddyfile").read_text("utf-8").replace("mburoja.shembull.example", public)
    for port, own in ports.items():
        assert text.count(f"127.0.0.1:{port}") == 2
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{own}")
    file, log = folder / "Caddyfile", folder / "caddy.log"
    file.write_text("{\n\tadmin off\n}\n" + text, "utf-8")
    environment = {**os.environ, "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(file)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        try:
            until = time.monotonic() + LONGEST
            while not _answers(f"{public}/readyz"):
                assert process.poll() is None, log.read_text("utf-8")
                assert time.monotonic() < until, log.read_text("utf-8")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            process.wait(LONGEST)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_what_the_document_says_of_the_proxy_stands_in_its_file() -> None:
    told = (
        (ROOT / "docs" / "operations.md").read_text("utf-8").partition("| what | nginx | why |")[2].partition("\n\n")[0]
    )
    written = " ".join((DEPLOY / "proxy" / "nginx.conf").read_text("utf-8").split())
    named = [part for row in told.splitlines()[2:] for part in re.findall(r"`([^`]+)`", row.split("|")[2])]
    assert len(named) > 10
    assert [part for part in named if part not in written] == []
