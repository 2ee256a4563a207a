"""`mburoja tokens` and `mburoja webhooks`: what is shown once is shown once, and refusals say what to do."""

import re
from pathlib import Path

import pytest

from tests.tools.command import in_process

pytestmark = pytest.mark.usefixtures("settings")


def run(database: Path, *arguments: str) -> tuple[int, str, str]:
    return in_process(*arguments, "--db", str(database))


def test_a_token_is_given_shown_and_revoked(tmp_path: Path) -> None:
    database = tmp_path / "mburoja.db"
    add = ("tokens", "add", "crm", "--company", "ipko", "--scope", "requests:work")
    code, told, _ = run(database, *add, "--by", "zana")
    assert code == 0
    token = told.splitlines()[0]
    assert re.fullmatch(r"mbu_[0-9a-f]{64}", token)
    again = run(database, *add)
    assert again[0] == 2
    assert "crm" in again[2]
    listed = run(database, "tokens", "list")[1]
    assert token not in listed
    assert "requests:work  vlen" in listed
    identity = listed.split()[0]
    assert run(database, "tokens", "revoke", identity)[0] == 0
    assert run(database, "tokens", "revoke", identity)[0] == 2
    assert "u ndal më" in run(database, "tokens", "list", "--company", "ipko")[1]
    assert run(database, "tokens", "list", "--company", "paysera")[1] == "Asnjë program nuk ka qasje.\n"


def test_a_token_ends_on_the_day_that_was_named(tmp_path: Path) -> None:
    database = tmp_path / "mburoja.db"
    add = ("tokens", "add", "crm", "--company", "ipko", "--scope", "events:read", "--expires")
    assert run(database, *add, "2020-01-31")[0] == 2
    assert run(database, *add, "2999-01-31")[0] == 0
    assert "vlen deri më 2999-01-30T23:00:00Z" in run(database, "tokens", "list")[1]  # midnight in Kosovo


def test_a_webhook_is_added_tried_rotated_stopped_and_begun_again(tmp_path: Path) -> None:  # R30
    database = tmp_path / "mburoja.db"
    url = "https://127.0.0.1:9/mburoja"
    code, told, _ = run(database, "webhooks", "add", url, "--company", "ipko", "--type", "consent.withdrawn")
    assert code == 0
    identity, secret = re.findall(r"^\w+: (\S+)$", told, re.MULTILINE)
    assert secret.startswith("whsec_")
    listed = run(database, "webhooks", "list")[1]
    assert f"{identity}  ipko  {url}  consent.withdrawn  dërgohet" in listed
    assert secret not in listed
    assert secret not in run(database, "webhooks", "rotate", identity)[1]
    assert run(database, "webhooks", "test", identity)[:2] == (2, "Nuk u mor: webhook.address.\n")
    assert run(database, "webhooks", "disable", identity)[1] == "Nuk dërgohet më.\n"
    assert "(me dorë)" in run(database, "webhooks", "list")[1]
    assert run(database, "webhooks", "enable", identity)[1] == "Dërgohet prapë, që tani.\n"
    for act in ("rotate", "disable", "enable", "test"):
        assert run(database, "webhooks", act, "nobody")[0] == 2
    assert run(database, "webhooks", "add", "ftp://127.0.0.1", "--company", "ipko")[0] == 2
