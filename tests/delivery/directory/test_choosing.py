"""Which directory is asked for whom, what its settings may be, and trying one out from the command line."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from bot.commands import directory as command
from bot.delivery.directory.choosing import directories
from bot.delivery.directory.port import DirectoryError
from bot.errors import InputError
from bot.settings import Settings
from bot.web.safety import unsafe
from bot.web.settings import ServerSettings, read_server_settings
from tests.delivery.directory.conftest import ONE, TWO, Asking
from tests.services.acting import customer
from tests.tools.command import ROOT, in_process
from tests.tools.directory import TOKEN, Crm, Mood, crm, hangs, person, redirects, says, tells

COMPANIES = {"ipko": (), "paysera": ()}


# ---- by company ---------------------------------------------------------------------------------------------


@pytest.mark.asyncio
async def test_a_company_is_looked_up_in_its_own_directory_and_the_others_in_the_lists(asking: Asking) -> None:  # R56
    await asking.store.transact(lambda tx: customer(tx, asking.desk, company="alfa", phone=TWO))
    await asking.store.transact(lambda tx: customer(tx, asking.desk, company="beta", phone=ONE))
    asking.crm.customers = [person("A-2002", ONE)]
    async with directories(asking.store, asking.desk, asking.clock, {"alfa": asking.crm.settings()}) as all_of_them:
        assert [found.masked_account for found in await all_of_them.find("alfa", "number", ONE)] == ["•••02"]
        assert await all_of_them.find("alfa", "number", TWO) == ()  # on a list, but the directory does not know it
        assert [found.masked_account for found in await all_of_them.find("beta", "number", ONE)] == ["•••01"]
        assert len(await all_of_them.find_anew("beta", "number", ONE)) == 1
    assert [value for _, value in asking.crm.asked] == [ONE, TWO]


@pytest.mark.asyncio
async def test_one_companys_directory_that_is_down_is_no_trouble_of_anothers(asking: Asking) -> None:  # R56
    async with crm("beta") as other:
        other.customers = [person("B-1001", ONE)]
        asking.crm.mood = says(503)
        settings = {"alfa": asking.crm.settings(tries=1), "beta": other.settings()}
        async with directories(asking.store, asking.desk, asking.clock, settings) as both:
            for _ in range(5):
                await both.look()
                with pytest.raises(DirectoryError):
                    await both.find("alfa", "number", ONE)
                assert len(await both.find("beta", "number", ONE)) == 1
            assert set(both.failing) == {"alfa"}


@pytest.mark.asyncio
async def test_certificates_that_cannot_be_read_are_told(asking: Asking, tmp_path: Path) -> None:
    settings = asking.crm.settings(ca_file=tmp_path / "mungon.pem")
    with pytest.raises(InputError, match="ca_file"):
        async with directories(asking.store, asking.desk, asking.clock, {"alfa": settings}):
            pass


# ---- settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"token": "x"}, "directories.ipko.url: shkruani adresën"),
        ({"url": "crm.example", "token": "x"}, "directories.ipko.url: shkruani adresën"),
        ({"url": "https://u:fjalekalim@crm.example", "token": "x"}, "directories.ipko.url: shkruani adresën"),
        ({"url": "https://crm.example/?key=fjalekalim", "token": "x"}, "directories.ipko.url: shkruani adresën"),
        ({"url": "https://crm.example:port", "token": "x"}, "directories.ipko.url: shkruani adresën"),
        ({"url": "https://crm.example"}, "directories.ipko.token: shkruani çelësin"),
        ({"url": "https://crm.example", "token": "dy fjalë"}, "directories.ipko.token: shkruani çelësin"),
        ({"url": "https://crm.example", "token": ""}, "directories.ipko.token: shkruani çelësin"),
        ({"url": "https://crm.example", "token": "x", "timeout": 11}, "directories.ipko.timeout: shkruani sekondat"),
        ({"url": "https://crm.example", "token": "x", "tries": 0}, "directories.ipko.tries: shkruani sa herë"),
        ({"url": "https://crm.example", "token": "x", "timeouts": 3}, "a doni timeout?"),
        ({"url": "https://crm.example", "token": "x", "fjalekalim": 3}, "hiqeni"),
    ],
)
def test_a_fault_is_told_with_what_to_write_and_without_what_was_written(
    given: dict[str, object], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:  # R32
    monkeypatch.setenv("MBUROJA_DIRECTORIES", json.dumps({"ipko": given}))
    with pytest.raises(InputError) as raised:
        read_server_settings()
    (line,) = [line for line in str(raised.value).splitlines() if line.startswith("- ")]
    assert told in line
    assert "fjalekalim" not in line
    assert "dy fjalë" not in line


def test_right_settings_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_DIRECTORIES", '{"ipko": {"url": "https://crm.example/m/ ", "token": "celes"}}')
    told = read_server_settings().directories["ipko"]
    assert (told.url, told.token.get_secret_value(), told.timeout) == ("https://crm.example/m", "celes", 3.0)


@pytest.mark.parametrize("url", ["https://crm.example", "http://127.0.0.1:8000", "http://localhost", "http://[::1]:80"])
def test_https_and_this_machine_are_safe(url: str) -> None:
    settings = ServerSettings.model_validate({"directories": {"ipko": {"url": url, "token": "celes"}}})
    assert unsafe(settings, secret=None, companies=COMPANIES) == []


@pytest.mark.parametrize("url", ["http://crm.example", "http://10.0.0.7/crm"])
def test_open_ways_and_unknown_companies_are_not(url: str) -> None:
    settings = ServerSettings.model_validate({"directories": {"ipko": {"url": url, "token": "celes"}}})
    (fault,) = unsafe(settings, secret=None, companies=COMPANIES)
    assert fault.startswith("directories.ipko.url:")
    settings = ServerSettings.model_validate({"directories": {"ipk": {"url": "https://crm.example", "token": "celes"}}})
    (fault,) = unsafe(settings, secret=None, companies=COMPANIES)
    assert "ipk nuk njihet" in fault


# ---- mburoja directory test ---------------------------------------------------------------------------------


@pytest.fixture
def database(settings: Settings, tmp_path: Path) -> Path:  # noqa: ARG001  the compiled knowledge is where the tests' is
    return tmp_path / "prova.db"


async def tried(own: Crm, database: Path, monkeypatch: pytest.MonkeyPatch, **more: object) -> tuple[int, str, str]:
    """Run the command against a directory; returns its exit code and what it wrote."""
    told = {"url": own.url, "token": TOKEN, "timeout": 10, "tries": 1, **more}
    monkeypatch.setenv("MBUROJA_DIRECTORIES", json.dumps({own.company: told}))
    return await asyncio.to_thread(in_process, "directory", "test", "--company", "ipko", "--db", str(database))


@pytest.mark.asyncio
async def test_a_directory_that_is_well_is_said_to_be(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with crm("ipko") as own:
        code, out, err = await tried(own, database, monkeypatch)
    assert (code, err) == (0, "")
    assert re.fullmatch(r"Regjistri i kompanisë ipko është mirë: .+ për \d+ ms\.\n", out)


@pytest.mark.parametrize(
    ("mood", "words"),
    [
        (says(401), "Shikoni «token»"),
        (says(404), "Shikoni «url»"),
        (says(503), "gabim te vetja"),
        (says(429), "tepër pyetje"),
        (redirects("/elsewhere"), "nuk shkojmë"),
        (tells(b"<html>", "text/html"), "nuk është JSON"),
        (tells({"status": "ok"}), "ndryshe nga ç’thotë kontrata"),
        (tells({"status": "ok", "company": "paysera", "customers": []}), "kompani tjetër"),
        (tells({"status": "ok", "company": "ipko", "customers": [person()]}), "nuk e ka askush"),
        (hangs, "nuk u përgjigj me kohë"),
        (None, "nuk arrihet"),
    ],
)
@pytest.mark.asyncio
async def test_a_directory_that_is_not_well_is_told_with_what_to_do(
    mood: Mood | None, words: str, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crm("ipko") as own:
        own.mood = mood
        if mood is None:
            await own.down()
        code, out, err = await tried(own, database, monkeypatch, timeout=0.15 if mood is hangs else 10)
    assert (code, out) == (2, "")
    assert words in err
    assert TOKEN not in err
    assert "+383" not in err


def test_a_company_without_one_is_told_so(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_DIRECTORIES", "{}")
    code, _, err = in_process("directory", "test", "--company", "ipko", "--db", str(database))
    assert code == 2
    assert "nuk ka regjistër të vetin" in err


def test_every_reason_has_words() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot/delivery/directory").glob("*.py"))
    kinds = set(re.findall(r'"(directory\.[a-z_]+)"', source)) - {"directory.rests", "directory.contradicts"}
    assert kinds == command._WHY.keys()  # those two come of look-ups of customers only
