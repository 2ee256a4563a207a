"""Static files come from memory, packed where that is taken, under an address that changes when any of them does."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.web.pages.assets import ASSETS, STATIC, Assets, asset, read_assets
from bot.web.pages.scripts import without_comments
from tests.web.paging import pages_app

Client = TestClient[web.Request, web.Application]
PLAIN = {"Accept-Encoding": "identity"}
PACKED = {"Accept-Encoding": "br, gzip"}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(pages_app({})), auto_decompress=False) as made:
        yield made


@pytest.fixture
def assets(client: Client) -> Assets:
    app = client.app
    assert app is not None
    return app[ASSETS]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "chat").mkdir()
    (tmp_path / "chat/main.js").write_text("import './dom.js';\n")
    (tmp_path / "chat/dom.js").write_text("export {};\n")
    (tmp_path / "pages.css").write_text("p { margin: 0 }\n" * 20)
    return tmp_path


class TestTheDigest:
    def test_it_is_the_same_for_the_same_files(self, folder: Path) -> None:
        assert read_assets(folder).digest == read_assets(folder).digest

    def test_a_changed_file_changes_the_address_of_every_file(self, folder: Path) -> None:
        before = read_assets(folder)
        (folder / "chat/dom.js").write_text("export const x = 1;\n")
        assert read_assets(folder).url("pages.css") != before.url("pages.css")

    def test_a_file_that_moves_changes_it_too(self, folder: Path) -> None:
        before = read_assets(folder).digest
        (folder / "chat/dom.js").rename(folder / "chat/dom2.js")
        assert read_assets(folder).digest != before

    def test_hidden_files_and_notes_are_not_served(self, folder: Path) -> None:
        before = read_assets(folder)
        (folder / ".secret.js").write_text("x")
        (folder / "chat/README").write_text("x")
        (folder / "chat/main.js.orig").write_text("x")
        assert read_assets(folder) == before


def test_a_file_that_is_not_there_has_no_address(folder: Path) -> None:
    with pytest.raises(LookupError, match=r"no static file 'pages\.js'"):
        read_assets(folder).url("pages.js")


def test_all_that_a_module_needs_is_known_however_deep(folder: Path) -> None:
    (folder / "chat/dom.js").write_text('export { a } from "../pages/a.js";\nimport "./main.js";\n')
    (folder / "chat/types.js").write_text("")
    (folder / "pages").mkdir()
    (folder / "pages/a.js").write_text(
        "import {\n  b,\n} from './b.js';\n/** @type {import('../chat/types.js').T} */\n"
    )
    (folder / "pages/b.js").write_text("export const b = 1;\n")
    assets = read_assets(folder)
    needed = ["chat/dom.js", "chat/main.js", "pages/a.js", "pages/b.js"]
    assert assets.modules("chat/main.js") == [assets.url(path) for path in needed]


def test_no_module_of_ours_asks_for_a_file_that_is_not_there() -> None:
    assets = read_assets()
    for path in assets.files:
        if path.endswith(".js"):
            assets.modules(path)


def test_a_body_that_packing_makes_longer_is_not_packed() -> None:
    assert asset(b"x", ".js").packed is None
    assert asset(b"x" * 1000, ".js").packed is not None
    assert asset(b"x" * 1000, ".png").packed is None


@pytest.mark.asyncio
class TestServing:
    async def test_every_file_is_there_with_its_type_to_be_kept_for_ever(self, client: Client, assets: Assets) -> None:
        kinds = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
        assert {path.suffix for path in STATIC.rglob("*") if path.is_file()} <= set(kinds)
        for path, file in assets.files.items():
            answer = await client.get(assets.url(path), headers=PLAIN)
            assert answer.status == 200
            assert answer.content_type == kinds[Path(path).suffix]
            assert answer.charset == "utf-8"
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            written = (STATIC / path).read_bytes()
            sent = without_comments(written) if path.endswith(".js") else written
            assert await answer.read() == file.body == sent

    @pytest.mark.parametrize("offered", ["br, gzip", "GZIP;q=0.5", "*", "*;q=0, gzip"])
    async def test_whoever_takes_gzip_gets_the_same_bytes_packed(
        self, client: Client, assets: Assets, offered: str
    ) -> None:
        answer = await client.get(assets.url("pages.css"), headers={"Accept-Encoding": offered})
        body = await answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert len(body) < len(assets.files["pages.css"].body) / 2
        assert gzip.decompress(body) == assets.files["pages.css"].body

    @pytest.mark.parametrize("offered", ["identity", "br", "gzip;q=0", "gzip; q=0.0, br", "*, gzip;q=0", "*;q=0", ""])
    async def test_whoever_does_not_gets_them_plain(self, client: Client, assets: Assets, offered: str) -> None:
        answer = await client.get(assets.url("pages.css"), headers={"Accept-Encoding": offered})
        assert "Content-Encoding" not in answer.headers
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert await answer.read() == assets.files["pages.css"].body

    async def test_what_is_known_is_not_sent_again(self, client: Client, assets: Assets) -> None:
        for accepts in (PLAIN, PACKED):
            tag = (await client.get(assets.url("pages.css"), headers=accepts)).headers["ETag"]
            again = await client.get(assets.url("pages.css"), headers={**accepts, "If-None-Match": f'"x", {tag}'})
            assert (again.status, await again.read()) == (304, b"")
            assert again.headers["ETag"] == tag

    async def test_the_packed_and_the_plain_body_have_tags_of_their_own(self, client: Client, assets: Assets) -> None:
        tags = {(await client.get(assets.url("pages.css"), headers=a)).headers["ETag"] for a in (PLAIN, PACKED)}
        assert len(tags) == 2

    async def test_a_head_has_no_body(self, client: Client, assets: Assets) -> None:
        answer = await client.head(assets.url("pages.css"), headers=PLAIN)
        assert (answer.status, await answer.read()) == (200, b"")
        assert int(answer.headers["Content-Length"]) == len(assets.files["pages.css"].body)

    @pytest.mark.parametrize(
        "path",
        [
            "/static/{digest}/nowhere.js",
            "/static/{digest}/",
            "/static/{digest}/../assets.py",
            "/static/{digest}/%2e%2e/assets.py",
            "/static/{digest}/chat",
            "/static/{digest}//pages.css",
            "/static/0000000000000000/pages.css",  # of an old page: its files are gone
            "/static/pages.css",
        ],
    )
    async def test_any_other_address_is_not_found_and_not_kept(self, client: Client, assets: Assets, path: str) -> None:
        answer = await client.get(path.format(digest=assets.digest))
        assert answer.status == 404
        assert "immutable" not in answer.headers.get("Cache-Control", "")
