"""The API asked all that its document allows, and what it forbids: no fault of ours, none that it does not name."""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from bot.console.api import openapi
from bot.console.api.gate import PACE
from bot.console.api.operations import OPERATIONS, Operation
from bot.console.api.schemas import NoQuery
from bot.settings import Settings
from bot.web.guard.problems import API
from tests.tools.console import console_site
from tests.tools.programs import filed, program

EXAMPLES = 200 if os.environ.get("MBUROJA_THOROUGH") else 15


def without_security() -> dict[str, Any]:
    """Return the document as one who always has a token reads it: what opens which door is ``test_api``'s."""
    document = openapi.document()
    del document["security"], document["components"]["securitySchemes"]
    for operation in (each for path in document["paths"].values() for each in path.values()):
        del operation["security"]
    return document


SCHEMA = schemathesis.openapi.from_dict(without_security())


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server in a thread of its own, with a program's token and a request to work on."""

    url: str
    token: str
    reference: str


@pytest.fixture(scope="module")
def served(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("api")
    ready, told = threading.Event(), list[Served]()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with console_site(settings, folder) as site, program(site) as crm:
            site.app[PACE].per_minute = 10**9
            told.append(Served(url=site.url, token=crm.token, reference=await filed(site.office)))
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(60)
        yield told[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(operation, mode, id=f"{operation.name}-{mode.value}")
        for operation in OPERATIONS
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
        if mode is GenerationMode.POSITIVE or operation.body or operation.query is not NoQuery  # else all is right
    ],
)
def test_whatever_is_asked_gets_an_answer_that_the_document_names(
    operation: Operation, mode: GenerationMode, served: Served
) -> None:
    load_all_checks()
    known = {"reference": served.reference} if "{reference}" in operation.path else None
    asked = SCHEMA[operation.path][operation.method]
    # A cursor is only what `next` gave: not everything that its schema allows is one.
    unfit: list[Any] = CHECKS.get_by_names(["positive_data_acceptance"])
    with requests.Session() as http:

        @bounded(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=asked.as_strategy(mode) | asked.as_strategy(mode, path_parameters=known))
        def ask(case: Case[Any]) -> None:
            answer = case.call_and_validate(
                base_url=served.url + API,
                session=http,
                headers={"Authorization": f"Bearer {served.token}"},
                excluded_checks=unfit,
            )
            assert answer.status_code < 500

        ask()
