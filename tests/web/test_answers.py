"""The page of a one-time link, as a browser meets it: what it may ask, what comes, and what is refused alike."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.clock import DAY, HOUR, MINUTE
from bot.services.casework.answer_files import Attachment
from bot.storage.store import Row
from tests.tools.site import LONGEST, Site
from tests.web.answering import COPY, LARGE, AnswerPage, codes, link, renewed_in, sim_changed

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def door(site: Site) -> AsyncIterator[AnswerPage]:
    """A browser at the page of a link to one file."""
    async with site.browser() as browser:
        yield AnswerPage(browser, await link(site))


async def link_row(site: Site, token: str) -> Row:
    """A link as it is stored."""
    token_hash = site.office.desk.vault.index("answer_link", token)
    row = await site.office.store.read(lambda tx: tx.first("answers.link", token_hash=token_hash))
    assert row is not None
    return row


async def is_spent(site: Site, token: str) -> bool:
    """Whether a link is spent, once the server has noted what it sent."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LONGEST):
            while (await link_row(site, token))["spent_at"] is None:
                await asyncio.sleep(0.01)
            return True
    return False


def other(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


# ---- the page ---------------------------------------------------------------------------------------------------


async def test_the_page_is_the_same_for_everybody_and_is_kept_by_nobody(site: Site) -> None:  # R25, R43
    async with site.browser() as browser, browser.http.get(f"{site.url}/answer") as answer:
        text = await answer.text()
        assert answer.status == 200
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
        assert (answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert 'autocomplete="one-time-code"' in text
    assert "<noscript>" in text
    assert "JavaScript" in text


# ---- the way ----------------------------------------------------------------------------------------------------


async def test_a_link_a_code_and_the_file(site: Site, door: AnswerPage) -> None:  # R43
    status, told = await door.open()
    assert (status, told["company"]) == (200, "Paysera")
    assert told["expires"] == "6 mars 2026, 10:00"
    code = await door.coded()
    status, told = await door.prove(f"{code[:3]} {code[3:]}")
    assert (status, told["files"]) == (200, [{"file": 1, "name": COPY.name, "bytes": len(COPY.content)}])
    assert told["seconds"] == 15 * 60

    status, body, headers = await door.download()
    assert (status, body) == (200, COPY.content)
    assert headers["Content-Disposition"].startswith("attachment; ")
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert headers["Content-Type"] == "application/pdf"
    assert await is_spent(site, door.token)
    assert (await door.open())[0] == 404


async def test_several_large_files_come_whole_and_the_last_spends_the_link(site: Site) -> None:  # R43
    async with site.browser() as browser:
        page = AnswerPage(browser, await link(site, COPY, LARGE))
        told = await page.unlocked()
        assert [file["bytes"] for file in told["files"]] == [len(COPY.content), len(LARGE.content)]
        assert (await page.download(2))[1] == LARGE.content
        assert (await page.open())[0] == 200
        assert (await page.download(1))[1] == COPY.content
        assert await is_spent(site, page.token)
        assert (await page.download(2))[1] == LARGE.content  # the grant may try again
        site.clock.at += 15 * MINUTE
        assert (await page.download(2))[0] == 403


async def test_a_download_that_breaks_off_spends_nothing_and_is_tried_again(site: Site) -> None:  # R43
    huge = Attachment(name="krejt.zip", media_type="application/zip", content=bytes(range(256)) * 60_000)
    async with site.browser() as browser:
        page = AnswerPage(browser, await link(site, huge))
        await page.unlocked()
        await asyncio.to_thread(_hang_up, site, page)
        await asyncio.sleep(0.2)
        row = await link_row(site, page.token)
        assert (row["fetched"], row["spent_at"]) == (0, None)
        assert (await page.download())[1] == huge.content


def _hang_up(site: Site, page: AnswerPage) -> None:
    """Begin a download, read a little, and be gone."""
    host, _, port = site.url.removeprefix("http://").partition(":")
    body = f'{{"token":"{page.token}","grant":"{page.grant}","file":1}}'
    with socket.create_connection((host, int(port))) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.sendall(
            f"POST /api/answer/file HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {site.url}\r\n"
            f"X-CSRF-Token: {page.csrf}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        time.sleep(0.1)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")  # gone at once


# ---- what is refused --------------------------------------------------------------------------------------------


async def test_unknown_expired_replaced_and_spent_links_are_told_alike(site: Site) -> None:  # R43
    async with site.browser() as browser:
        tokens = [await link(site) for _ in range(3)]
        used = AnswerPage(browser, tokens[0])
        await used.unlocked()
        await used.download()
        assert await is_spent(site, tokens[0])

        reference = str((await link_row(site, tokens[1]))["reference"])
        await site.change(lambda tx: renewed_in(tx, site, reference))
        told = [await AnswerPage(browser, token).open() for token in ("0" * 32, "", "ë", tokens[0], tokens[1])]
        site.clock.at += 24 * HOUR
        told.append(await AnswerPage(browser, tokens[2]).open())

    assert {status for status, _ in told} == {404}
    assert len({str(body) for _, body in told}) == 1
    text = told[0][1]["error"]["text"]
    assert text == "Kjo lidhje nuk vlen më; një të re e merrni te gjendja e kërkesës."


async def test_no_code_and_no_file_without_the_page_that_opened_the_link(door: AnswerPage) -> None:  # R23
    await door.unlocked()
    good, door.csrf = door.csrf, "0" * 64
    bodies: dict[str, dict[str, object]] = {
        "send": {},
        "code": {"code": "123456"},
        "file": {"grant": door.grant, "file": 1},
    }
    for path, more in bodies.items():
        body = {"token": door.token, **more}
        assert (await door.call(path, body))[0] == 403
    door.csrf = good
    assert (await door.download())[0] == 200


async def test_another_sites_page_gets_nothing(door: AnswerPage) -> None:  # R23
    await door.open()
    for path in ("open", "send", "code", "file"):
        assert (await door.call(path, {"token": door.token}, Origin="https://shop.example"))[0] == 403
        assert (await door.call(path, {"token": door.token}, Origin=""))[0] == 403


async def test_the_csrf_token_of_one_link_does_nothing_for_another(site: Site, door: AnswerPage) -> None:  # R23
    await door.open()
    elsewhere = AnswerPage(door.browser, await link(site))
    elsewhere.csrf = door.csrf
    assert (await elsewhere.send())[0] == 403


async def test_a_grant_of_another_link_or_a_made_up_one_downloads_nothing(site: Site, door: AnswerPage) -> None:  # R43
    await door.unlocked()
    site.clock.at += MINUTE
    elsewhere = AnswerPage(door.browser, await link(site))
    await elsewhere.open()
    for grant in (door.grant, "", "0" * 32, elsewhere.token):
        elsewhere.grant = grant
        status, body, _ = await elsewhere.download()
        assert status == 403
        assert COPY.content not in body
    assert (await door.download(2))[0] == 403


async def test_wrong_codes_are_counted_and_told(door: AnswerPage) -> None:  # R4
    await door.open()
    code = await door.coded()
    status, told = await door.prove("12 34")
    assert (status, told["error"]["tries"]) == (422, 5)
    tries = [await door.prove(other(code)) for _ in range(5)]
    assert [status for status, _ in tries] == [422, 422, 422, 422, 410]
    assert [told["error"].get("tries") for _, told in tries] == [4, 3, 2, 1, None]
    assert (await door.prove(code))[0] == 410


async def test_of_sixteen_right_codes_at_once_one_opens(door: AnswerPage) -> None:  # R3
    await door.open()
    code = await door.coded()
    body = {"token": door.token, "code": code}
    told = await asyncio.gather(*(door.call("code", body) for _ in range(16)))
    assert sorted(status for status, _ in told) == [200] + [410] * 15


async def test_a_second_code_waits_a_minute_and_says_how_long(site: Site, door: AnswerPage) -> None:  # R8
    await door.open()
    await door.coded()
    site.clock.at += 18_000
    status, told = await door.send()
    assert (status, told["error"]["code"], told["error"]["retry_seconds"]) == (429, "too_soon", 42)


async def test_after_a_sim_change_nothing_is_released_and_the_officer_is_named(  # R13
    site: Site, door: AnswerPage
) -> None:
    await door.open()
    await door.prove(await door.coded())
    assert door.grant
    site.clock.at += MINUTE

    await site.change(lambda tx: sim_changed(tx, site, "2026-03-05"))
    assert (await door.download())[0] == 403
    before = codes(site)
    assert (await door.send())[0] == 200  # the same for everyone (R11)
    await asyncio.sleep(0.1)
    assert codes(site) == before


UNREADABLE = (
    b"", b"{}", b"[]", b"null", b'{"token":1}', b'{"token":"a","more":1}', b"\xff", b'{"token":"%b"}' % (b"a" * 129),
)  # fmt: skip


async def test_what_cannot_be_read_is_refused(site: Site) -> None:
    async with site.browser() as browser:
        for path in ("open", "send", "code", "file"):
            for body in UNREADABLE:
                status, told, _ = await browser.ask("POST", f"/api/answer/{path}", body)
                assert (path, body, status) == (path, body, 400)
                assert told["error"]["text"]


async def test_token_and_grant_are_in_no_address_and_no_log(  # R22, R32, R43
    door: AnswerPage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    await door.unlocked()
    await door.download()
    for secret in (door.token, door.grant, door.csrf, COPY.name, "Filane"):
        assert secret not in caplog.text


async def test_after_thirty_days_there_is_nothing_to_fetch(site: Site, door: AnswerPage) -> None:  # R45
    await door.unlocked()
    site.clock.at += 30 * DAY
    assert (await door.open())[0] == 404
    assert (await door.download())[0] == 403
