"""A directory that is slow, wrong, refusing, or down: nothing is ever taken up of it, and nobody is ever "nobody"."""

import asyncio
import ssl
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.clock import SECOND
from bot.delivery.directory import http
from bot.delivery.directory.answers import MOST_BYTES
from bot.delivery.directory.calling import LONGEST_WAIT
from bot.delivery.directory.port import DirectoryError
from tests.delivery.directory.conftest import ONE, TWO, Asking
from tests.delivery.postoffice import self_made_certificate
from tests.tools.directory import (
    Customer,
    Giant,
    Mood,
    compresses,
    half_a_body,
    hangs,
    hangs_up,
    person,
    redirects,
    says,
    tells,
    trickles,
)

pytestmark = pytest.mark.asyncio

HTML = b"<!doctype html><title>Mir\xc3\xabmbajtje</title>"


def answer(*customers: Customer, company: str = "alfa") -> dict[str, Any]:
    return {"company": company, "customers": list(customers)}


def changed(**more: object) -> Mood:
    return tells(answer({**person(), **more}))


def numbered(**more: object) -> Mood:
    return changed(numbers=[{"number": ONE, **more}])


def agreed(**more: object) -> Mood:
    return changed(consents=[{"purpose": "offers", "state": "given", "since": None, **more}])


async def refused(asking: Asking, mood: Mood | None, **settings: Any) -> DirectoryError:
    """Ask, be given this answer, and see it refused with nothing taken up; returns the error."""
    asking.crm.mood = mood
    directory = asking.another(**settings)
    with pytest.raises(DirectoryError) as raised:
        await directory.find("alfa", "number", ONE)
    assert await asking.read(lambda tx: tx.all("customers.by_customer", company="alfa", customer_hash="")) == []
    with pytest.raises(AssertionError, match="not on file"):
        await asking.numbers()
    return raised.value


WRONG: dict[str, tuple[Mood, str]] = {
    "no JSON": (tells(b"{"), "directory.no_json"),
    "an empty body": (tells(b""), "directory.no_json"),
    "no UTF-8": (tells(b'{"company": "\xff"}'), "directory.no_json"),
    "half a surrogate": (tells(b'{"company": "\\ud800", "customers": []}'), "directory.no_json"),
    "nested without end": (
        tells(b'{"company": "alfa", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b', "customers": []}'),
        "directory.no_json",
    ),
    "a page": (tells(HTML, "text/html"), "directory.no_json"),
    "a page that says that it is JSON": (tells(HTML), "directory.no_json"),
    "a list": (tells([]), "directory.form"),
    "null": (tells(None), "directory.form"),
    "no customers": (tells({"company": "alfa"}), "directory.form"),
    "no company": (tells({"customers": []}), "directory.form"),
    "another company": (tells(answer(person(), company="beta")), "directory.other_company"),
    "another company's nobody": (tells(answer(company="beta")), "directory.other_company"),
    "somebody who has another number": (tells(answer(person("A-1001", TWO))), "directory.other_customer"),
    "somebody else besides": (tells(answer(person(), person("A-1002", TWO))), "directory.other_customer"),
    "the same customer twice": (tells(answer(person("A-1001"), person("a 1001"))), "directory.other_customer"),
    "a customer number of dashes": (changed(customer_number="--"), "directory.other_customer"),
    "a customer number that is a number": (changed(customer_number=1001), "directory.form"),
    "an empty customer number": (changed(customer_number=""), "directory.form"),
    "a control character in the name": (changed(name="Filan\u0007"), "directory.form"),
    "no name": (changed(name=None), "directory.form"),
    "a name without end": (changed(name="x" * 201), "directory.form"),
    "an unknown relationship": (changed(relationship="divorced"), "directory.form"),
    "an unknown line": (changed(line=None), "directory.form"),
    "numbers as text": (changed(numbers=ONE), "directory.form"),
    "a number as people write it": (changed(numbers=[{"number": ONE}, {"number": "044 000 102"}]), "directory.form"),
    "a number and a line break": (changed(numbers=[{"number": ONE}, {"number": f"{TWO}\n"}]), "directory.form"),
    "a number as a number": (changed(numbers=[{"number": 38344000101}]), "directory.form"),
    "a number twice": (changed(numbers=[{"number": ONE}, {"number": ONE}]), "directory.form"),
    "too many numbers": (
        changed(numbers=[{"number": ONE}, *({"number": f"+383441{i:05d}"} for i in range(20))]),
        "directory.form",
    ),
    "too many customers": (tells(answer(*(person(f"A-{i}") for i in range(1000, 1051)))), "directory.form"),
    "a SIM changed yesterday in words": (numbered(sim_changed_on="dje"), "directory.form"),
    "a SIM changed tomorrow": (numbered(sim_changed_on="2026-03-06"), "directory.form"),
    "ported tomorrow": (numbered(ported_on="2026-03-06"), "directory.form"),
    "a SIM changed at a time": (numbered(sim_changed_on=1_772_000_000), "directory.form"),
    "a consent that is maybe": (agreed(state="maybe"), "directory.form"),
    "a consent since a time without its zone": (agreed(since="2025-03-05T10:00:00"), "directory.form"),
    "a consent since before there were computers": (agreed(since="1905-03-05T10:00:00Z"), "directory.form"),
    "a purpose twice": (
        changed(consents=[{"purpose": "offers", "state": "given"}, {"purpose": "offers", "state": "withdrawn"}]),
        "directory.form",
    ),
    "the token refused": (says(401), "directory.token"),
    "the token not allowed": (says(403), "directory.token"),
    "no such address": (says(404), "directory.address"),
    "the question refused": (says(422), "directory.refused"),
    "a status that nobody knows": (says(499), "directory.refused"),
    "nothing created": (says(204), "directory.form"),
    "too busy": (says(429), "directory.busy"),
    "failing": (says(500), "directory.failing"),
    "not there": (says(503), "directory.failing"),
    "half a body": (half_a_body, "directory.broken"),
    "hung up": (hangs_up, "directory.broken"),
    "compressed": (compresses(answer(person())), "directory.encoded"),
    "too large": (
        tells(b'{"company": "alfa", "customers": []}' + b" " * MOST_BYTES),
        "directory.large",
    ),
}  # fmt: skip


async def test_every_wrong_answer_is_refused_whole(asking: Asking) -> None:
    kinds = {name: (await refused(asking, mood, tries=1)).kind for name, (mood, _) in WRONG.items()}
    assert kinds == {name: kind for name, (_, kind) in WRONG.items()}


async def test_the_answer_that_all_of_these_were_made_of_is_right(asking: Asking) -> None:
    asking.crm.mood = agreed(since="2025-03-05T10:00:00+01:00")
    assert len(await asking.find()) == 1


async def test_what_the_contract_does_not_name_is_passed_over(asking: Asking) -> None:
    told = answer(person(segment="gold", consents=[{"purpose": "of-another-kind", "state": "given", "x": 1}]))
    asking.crm.mood = tells({**told, "page": {"next": None}})
    assert len(await asking.find()) == 1
    assert await asking.states() == {}


async def test_a_body_without_end_is_cut_off(asking: Asking) -> None:
    giant = Giant()
    assert (await refused(asking, giant)).kind == "directory.large"
    assert giant.sent < 30_000_000  # what sockets hold besides what was read


async def test_a_redirect_is_not_followed(asking: Asking) -> None:
    elsewhere = asking.crm.url.replace("/crm", "/elsewhere")  # where being asked is a fault
    assert (await refused(asking, redirects(elsewhere))).kind == "directory.redirect"
    assert len(asking.crm.asked) == 1


async def test_a_customer_number_brings_that_customer_alone(asking: Asking) -> None:
    for customers in ([person("A-1002")], [person("A-1001"), person("A-1002")]):
        asking.crm.mood = tells(answer(*customers))
        with pytest.raises(DirectoryError, match="other_customer"):
            await asking.find("A1001", "customer")


# ---- trying again -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mood", [says(500), says(503), says(429), hangs_up, half_a_body])
async def test_what_may_be_better_the_next_moment_is_tried_again(asking: Asking, mood: Mood) -> None:
    asking.crm.customers = [person()]
    asking.crm.moods = [mood]
    assert len(await asking.find()) == 1
    assert len(asking.crm.asked) == 2


@pytest.mark.parametrize("mood", [says(400), says(401), says(404), redirects("/"), tells(b"{"), tells(HTML)])
async def test_what_will_be_the_same_is_not(asking: Asking, mood: Mood) -> None:
    await refused(asking, mood, tries=5)
    assert len(asking.crm.asked) == 1


async def test_the_wait_that_is_asked_for_is_kept_where_it_is_short(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asking.crm.customers = [person()]
    asking.crm.moods = [says(429, retry_after="1")]
    assert len(await asking.find()) == 1
    assert slept == [1.0]


@pytest.mark.parametrize(
    ("told", "wait"), [("7", 7 * SECOND), ("86400", LONGEST_WAIT), ("9" * 40, None), ("nesër", None), ("-1", None)]
)
async def test_a_long_wait_is_the_jobs_and_has_a_bound(asking: Asking, told: str, wait: int | None) -> None:
    error = await refused(asking, says(429, retry_after=told), tries=2)
    assert error.wait == wait
    assert len(asking.crm.asked) == (1 if wait else 2)


async def test_a_directory_that_is_slow_is_given_up_in_time(asking: Asking) -> None:
    for mood in (hangs, trickles):
        began = time.perf_counter()
        assert (await refused(asking, mood, timeout=0.1, tries=2)).kind == "directory.slow"
        assert time.perf_counter() - began < 20  # the directory itself takes longer than that


async def test_all_tries_together_stay_below_a_jobs_patience(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LONGEST", 0.2)
    began = time.perf_counter()
    assert (await refused(asking, hangs, timeout=10, tries=5)).kind == "directory.slow"
    assert time.perf_counter() - began < 8  # one try alone would take longer


# ---- TLS ----------------------------------------------------------------------------------------------------


async def test_a_certificate_that_nobody_vouches_for_is_refused(asking: Asking, tmp_path: Path) -> None:
    pem = self_made_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    asked = []

    async def nobody(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.json_response({"company": "alfa", "customers": []})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", nobody)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        assert (await refused(asking, None, url=url)).kind == "directory.certificate"
        assert asked == []
        assert await asking.another(url=url, ca_file=pem).find("alfa", "number", ONE) == ()
        assert asked == ["/v1/lookups/by-number"]
    finally:
        await runner.cleanup()
