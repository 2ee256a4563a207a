"""One bot for all companies: links that choose one, links that choose nothing, and a proof for each company."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.telegram.conftest import IPKO, Bots
from tests.acceptance.telegram.steps import GREETING, asked_to_confirm, proven, reference_in
from tests.tools.botapi import RunningBotApi, RunningPerson
from tests.tools.serving import Served


@pytest.fixture(scope="module")
def bots(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bots]:
    """One bot for all companies."""
    folder = tmp_path_factory.mktemp("all")
    with RunningBotApi({IPKO: "mburoja_bot"}) as api:
        with Served(
            folder, filled, sites={}, TELEGRAM_TOKENS=json.dumps({"*": IPKO}), TELEGRAM_API=api.url,
            TELEGRAM_PER_CHAT="30",
        ) as server:  # fmt: skip
            yield Bots(server, api)
        server.worked_well()
        assert api.calls.refused == []


def opened(bots: Bots, payload: str) -> RunningPerson:
    """Return somebody who followed a link."""
    filan = bots.person()
    filan.start(payload)
    return filan


@pytest.mark.parametrize(("company", "name"), [("ipko", "IPKO"), ("paysera", "Paysera")])
def test_a_link_chooses_the_company(bots: Bots, company: str, name: str) -> None:
    filan = opened(bots, company)
    assert f"te {name}, ose zgjidhni" in bots.heard(filan, GREETING)
    assert name in bots.says(filan, "sa gjatë i ruani të dhënat?", name)


@pytest.mark.parametrize("payload", ["", "kurrkush", "IPKO", "do-withdraw", "inline"])
def test_a_link_that_names_no_company_leaves_the_choice(bots: Bots, payload: str) -> None:
    filan = opened(bots, payload)
    assert "IPKO dhe Paysera" in bots.heard(filan, GREETING)  # who the controllers are
    bots.presses(filan, "Ndali reklamat", "Për cilën kompani")
    assert filan.last.labels == ("IPKO", "Paysera", "Anulo")


def test_a_later_link_changes_the_company(bots: Bots) -> None:
    filan = opened(bots, "paysera")
    bots.heard(filan, "te Paysera, ose zgjidhni")
    filan.start("ipko")
    assert GREETING not in bots.heard(filan, "te IPKO, ose zgjidhni")
    filan.start("kurrkush")
    bots.heard(filan, "te IPKO, ose zgjidhni")


def test_a_link_in_the_middle_of_a_form_changes_nothing(bots: Bots) -> None:
    filan = opened(bots, "ipko")
    bots.heard(filan, GREETING)
    bots.says(filan, "nuk dua më reklama", "numrin e telefonit")
    filan.start("paysera")
    assert "që keni te IPKO" in bots.heard(filan, "numrin e klientit")
    assert "Vazhdojmë aty ku mbetëm." in "".join(one.text for one in filan.said)
    bots.says(filan, "/anulo", "te IPKO, ose zgjidhni")


def test_who_is_proven_at_one_company_is_not_at_the_other(bots: Bots) -> None:  # R56
    phone = bots.served.someone()
    filan = opened(bots, "ipko")
    bots.heard(filan, GREETING)
    asked_to_confirm(bots, filan, "nuk dua më reklama", phone)
    first = reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua"))
    filan.start("paysera")
    bots.heard(filan, "te Paysera, ose zgjidhni")
    assert "që keni te Paysera" in bots.says(filan, "nuk dua më reklama", "numrin e klientit")
    proven(bots, filan, phone)
    assert reference_in(bots.presses(filan, "Po, konfirmoj", "u regjistrua")) != first
    filan.start("ipko")
    bots.heard(filan, "te IPKO, ose zgjidhni")
    assert "numrin e telefonit" not in bots.says(filan, "/pelqimet", "Ofertat aktuale")  # still proven there
