"""The secrets as an operator gives them: by the environment, or in files beside a database."""

from pathlib import Path

import pytest

from bot.errors import InputError
from bot.settings import PostgresUrl, Secrets, Settings, before_of, next_of, read_settings
from bot.web.safety import unsafe
from bot.web.settings import ServerSettings

ONE, TWO, THREE = (f"{word} secret for tests only" for word in ("one", "two", "three"))


def of_file(path: Path) -> Secrets:
    return Settings(data=path.parent, cache=path.parent, database=path).secrets_of(path)


def test_the_next_one_is_wanted_and_all_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_SECRET", ONE)
    monkeypatch.setenv("MBUROJA_SECRET_NEXT", TWO)
    monkeypatch.setenv("MBUROJA_SECRET_BEFORE", THREE)
    found = read_settings().secrets_of(PostgresUrl("postgresql://h/d"))
    assert found.secret == ONE.encode()
    assert found.wanted == TWO.encode()
    assert set(found.others) == {TWO.encode(), THREE.encode()}


def test_without_a_next_one_the_secret_itself_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MBUROJA_SECRET", ONE)
    monkeypatch.setenv("MBUROJA_SECRET_NEXT", "")
    monkeypatch.setenv("MBUROJA_SECRET_BEFORE", TWO)
    found = read_settings().secrets_of(PostgresUrl("postgresql://h/d"))
    assert (found.wanted, found.others) == (ONE.encode(), (TWO.encode(),))


@pytest.mark.parametrize("name", ["MBUROJA_SECRET", "MBUROJA_SECRET_NEXT", "MBUROJA_SECRET_BEFORE"])
def test_a_short_one_is_refused_by_its_name_and_not_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:  # R32
    monkeypatch.setenv("MBUROJA_SECRET", ONE)
    monkeypatch.setenv(name, "short-one")
    with pytest.raises(InputError, match=f"^{name} ") as told:
        read_settings()
    assert "short-one" not in str(told.value)


def test_others_alone_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MBUROJA_SECRET", raising=False)
    monkeypatch.setenv("MBUROJA_SECRET_NEXT", TWO)
    with pytest.raises(InputError, match="vetëm bashkë me MBUROJA_SECRET"):
        read_settings()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:  # R32
    for name, value in (("MBUROJA_SECRET", ONE), ("MBUROJA_SECRET_NEXT", TWO), ("MBUROJA_SECRET_BEFORE", THREE)):
        monkeypatch.setenv(name, value)
    settings = read_settings()
    told = repr(settings) + repr(settings.secrets_of(PostgresUrl("postgresql://h/d")))
    assert not any(secret in told for secret in (ONE, TWO, THREE))


def test_what_stands_beside_a_file_is_known_however_far_the_change_came(tmp_path: Path) -> None:
    path, key = tmp_path / "a.db", tmp_path / "a.db.key"
    key.write_text(ONE)
    assert of_file(path) == Secrets(secret=ONE.encode(), wanted=ONE.encode())
    next_of(key).write_text(TWO)
    found = of_file(path)
    assert (found.secret, found.wanted, found.others) == (ONE.encode(), TWO.encode(), (TWO.encode(),))
    next_of(key).replace(key)
    before_of(key).write_text(ONE)
    found = of_file(path)
    assert (found.secret, found.wanted, found.others) == (TWO.encode(), TWO.encode(), (ONE.encode(),))


def test_the_next_secret_must_be_as_good_as_the_first() -> None:
    settings = ServerSettings(host="0.0.0.0", public_url="https://mburoja.shembull.example")  # noqa: S104
    good = bytes(range(40))
    before = unsafe(settings, secret=good, companies={})
    assert len(unsafe(settings, secret=good, companies={}, following=good)) == len(before)
    for bad in (good[:20], b"change-me-" * 4):
        (fault,) = set(unsafe(settings, secret=good, companies={}, following=bad)) - set(before)
        assert fault.startswith("MBUROJA_SECRET_NEXT ")
