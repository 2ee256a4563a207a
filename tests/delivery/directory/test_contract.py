"""The contract's document, its page, and our reader say the same."""

import copy
import datetime as dt
import json
import re
import tomllib
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.directory import answers, http
from bot.delivery.directory.answers import Asked, read_answer
from bot.delivery.directory.port import DirectoryError
from bot.delivery.directory.settings import DirectorySettings
from bot.dialogue.events import ConsentState
from bot.services.lists.import_rows import LONGEST, MOST_NUMBERS
from bot.web.settings import ServerSettings
from tests.delivery.directory.conftest import ONE
from tests.tools.command import ROOT
from tests.tools.directory import Contract

CONTRACT = Contract()
SCHEMAS = CONTRACT.document["components"]["schemas"]
PAGE = (ROOT / "docs/directory.md").read_text(encoding="utf-8")
ANSWER = {"$ref": "#/components/schemas/Answer"}
TODAY = dt.date(2026, 3, 5)


def example() -> dict[str, Any]:
    """The answer that the page shows."""
    (block,) = re.findall(r"```json\n(.+?)```", PAGE, flags=re.DOTALL)
    told: dict[str, Any] = json.loads(block)
    return told


def is_read(told: object, kind: str = "number", value: str = ONE) -> bool:
    asked = Asked(company="ipko", kind=kind, value=value, today=TODAY, purposes={"offers-current"})
    try:
        read_answer(json.dumps(told).encode(), asked)
    except DirectoryError:
        return False
    return True


@pytest.mark.thorough
def test_the_document_is_openapi() -> None:
    schemathesis.openapi.from_dict(copy.deepcopy(CONTRACT.document)).validate()
    assert set(CONTRACT.document["paths"]) == {http.HEALTH, http.BY_NUMBER, http.BY_CUSTOMER}


def test_every_example_of_the_document_is_as_the_document_has_it() -> None:
    looked = 0
    for path in CONTRACT.document["paths"].values():
        for operation in path.values():
            ok = operation["responses"]["200"]["content"]["application/json"]
            asked = operation.get("requestBody", {}).get("content", {}).get("application/json")
            for media in filter(None, (ok, asked)):
                told = [each["value"] for each in media.get("examples", {}).values()] + [media.get("example")]
                for each in filter(None, told):
                    assert CONTRACT.faults(media["schema"], each) == []
                    looked += 1
    assert looked == 6


def test_the_pages_answer_is_the_documents_and_is_read() -> None:
    by_number = CONTRACT.document["paths"][http.BY_NUMBER]["post"]["responses"]["200"]["content"]["application/json"]
    assert example() == by_number["examples"]["somebody"]["value"]
    asked = Asked(company="ipko", kind="number", value=ONE, today=TODAY, purposes={"offers-current", "offers-personal"})
    (named,) = read_answer(json.dumps(example()).encode(), asked)
    assert named.customer.numbers == (ONE, "+38349000102")
    assert named.customer.sim_changed == {"+38349000102": dt.date(2026, 2, 27)}
    assert [consent.state for consent in named.consents] == [ConsentState.GIVEN, ConsentState.WITHDRAWN]


def test_the_pages_settings_are_settings() -> None:
    (block,) = re.findall(r"```toml\n(.+?)```", PAGE, flags=re.DOTALL)
    told = tomllib.loads(block.replace("…", "0123"))
    assert ServerSettings(**told).directories["ipko"].url == "https://crm.shembull.example/mburoja"
    rows = re.findall(r"^\| `([a-z_]+)` \| (?:–|`?([^`|]+)`?) \|", PAGE, flags=re.MULTILINE)
    assert [name for name, _ in rows] == list(DirectorySettings.model_fields)
    assert {name: float(usual) for name, usual in rows if name in {"timeout", "tries", "remembers"}} == {
        name: DirectorySettings.model_fields[name].default for name in ("timeout", "tries", "remembers")
    }


def test_the_bounds_are_the_codes() -> None:
    assert SCHEMAS["Answer"]["properties"]["customers"]["maxItems"] == answers.MOST_CUSTOMERS
    customer = SCHEMAS["Customer"]["properties"]
    assert customer["numbers"]["maxItems"] == MOST_NUMBERS
    assert customer["consents"]["maxItems"] == answers.MOST_CONSENTS
    assert customer["name"]["maxLength"] == LONGEST
    assert SCHEMAS["Consent"]["properties"]["state"]["enum"] == [state.value for state in ConsentState]
    assert f"{answers.MOST_BYTES // 1024} KiB" in PAGE
    assert http.NOBODYS in PAGE


POOL: st.SearchStrategy[object] = st.sampled_from([
    None, 0, 1.5, True, "", "x" * 300, "\u0007", [], {}, [None], "beta", "active", "given", ONE, "+383 44 000 101",
    f"{ONE}\n", "2026-03-05", "2026-03-06", "2026-02-30", "2025-03-05T10:00:00Z", "2025-03-05T10:00:00",
    "1905-01-01T00:00:00Z",
])  # fmt: skip


def places(told: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in an answer."""
    inner = told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ()
    return [at, *(place for key, value in inner for place in places(value, (*at, key)))]


@given(data=st.data(), removes=st.booleans())
def test_what_the_document_forbids_is_never_read(data: st.DataObject, *, removes: bool) -> None:
    told = example()
    place = data.draw(st.sampled_from(places(told)[1:]))
    inner: Any = told
    for key in place[:-1]:
        inner = inner[key]
    if removes:
        del inner[place[-1]]
    else:
        inner[place[-1]] = data.draw(POOL)
    if is_read(told):
        assert CONTRACT.faults(ANSWER, told) == []


@pytest.mark.parametrize("kind", ["number", "customer"])
def test_nobody_is_read(kind: str) -> None:
    assert is_read({"company": "ipko", "customers": []}, kind)
    assert is_read(example())
    assert is_read(example(), "customer", "A1001")
    assert not is_read(example(), "customer", "A1002")
