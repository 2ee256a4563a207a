"""What a form may bring: texts and files within bounds; files of who is not signed in are read past."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from bot.console import forms
from bot.console.forms import LARGEST_TEXT, MOST_FIELDS

FILES = 1000  # bytes that the form of this test may have in files
Client = TestClient[web.Request, web.Application]


async def echo(request: web.Request) -> web.Response:
    """Answer with what was read; "past" reads files past, "plain" takes none."""
    match request.match_info["way"]:
        case "past":
            form = await forms.read_texts(request, FILES)
        case "plain":
            form = await forms.read(request)
        case _:
            form = await forms.read(request, FILES)
    files = [(file.name, len(file.content)) for file in form.files]
    return web.json_response({"texts": {name: form.texts(name) for name in form.fields}, "files": files})


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_post("/{way}", echo)
    async with TestClient(TestServer(app)) as made:
        yield made


def with_file(size: int, *, text: str = "Përshëndetje", name: str = "letra.pdf") -> FormData:
    data = FormData(default_to_multipart=True)
    data.add_field("text", text)
    data.add_field("file", b"x" * size, filename=name, content_type="application/pdf")
    return data


@pytest.mark.asyncio
async def test_texts_come_trimmed_with_plain_line_ends_and_several_of_a_name(client: Client) -> None:
    sent = FormData([("a", " një\r\ndy\0 "), ("b", "1"), ("b", "2"), ("c", "")])
    told = await (await client.post("/plain", data=sent)).json()
    assert told == {"texts": {"a": ["një\ndy"], "b": ["1", "2"], "c": [""]}, "files": []}


@pytest.mark.asyncio
async def test_files_come_with_their_content_where_a_form_may_have_some(client: Client) -> None:
    told = await (await client.post("/files", data=with_file(FILES))).json()
    assert told == {"texts": {"text": ["Përshëndetje"]}, "files": [["letra.pdf", FILES]]}


@pytest.mark.asyncio
async def test_files_of_who_is_not_signed_in_take_no_memory_and_texts_stay(client: Client) -> None:
    told = await (await client.post("/past", data=with_file(FILES))).json()
    assert told == {"texts": {"text": ["Përshëndetje"]}, "files": [["letra.pdf", 0]]}


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["files", "past"])
async def test_files_that_are_too_large_are_refused(client: Client, way: str) -> None:  # R24
    assert (await client.post(f"/{way}", data=with_file(FILES + 1))).status == 413
    assert (await client.post(f"/{way}", data=with_file(200_000))).status == 413


@pytest.mark.asyncio
async def test_texts_that_are_too_long_or_too_many_are_refused(client: Client) -> None:  # R24
    assert (await client.post("/plain", data={"a": "a" * LARGEST_TEXT})).status == 413
    assert (await client.post("/files", data=with_file(1, text="a" * (LARGEST_TEXT + 1)))).status == 413
    many = FormData([(f"f{number}", "") for number in range(MOST_FIELDS + 1)])
    assert (await client.post("/plain", data=many)).status == 400


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b"a=%ff", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"\xff=1", {"Content-Type": "application/x-www-form-urlencoded"}, 400),
        (b"--x", {"Content-Type": "multipart/form-data"}, 400),
        (b"garbage", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"x", {"Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}, 415),
    ],
)
async def test_what_is_no_form_is_refused_and_no_fault_of_ours(  # R51
    client: Client, body: bytes, headers: dict[str, str], status: int
) -> None:
    got = (await client.post("/files", data=body, headers=headers)).status
    assert got == status or (status == 415 and got == 400)  # the library unpacks by itself, and fails there


@pytest.mark.asyncio
async def test_no_body_is_an_empty_form(client: Client) -> None:
    assert await (await client.post("/plain")).json() == {"texts": {}, "files": []}
