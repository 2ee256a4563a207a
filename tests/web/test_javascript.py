"""The scripts that reach the browser: their own tests pass, they stay small, and they do nothing that they must not."""

import gzip
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.web.pages.assets import STATIC, read_assets
from bot.web.pages.scripts import without_comments
from tests.tools.folders import read_whole
from tests.web.paging import pages_app

ROOT = Path(__file__).parents[2]
_SCRIPTS = sorted(STATIC.rglob("*.js"))
_FRAME = sorted([*(STATIC / "chat").glob("*.js"), *(STATIC / "chat").glob("*.css")])
_KIB = 1024
_COMPANIES = {name: read_whole(ROOT / "policy_texts" / name) for name in ("ipko", "paysera")}

# Text that becomes HTML or a program (R26), and places where something would outlast the page (R22).
_FORBIDDEN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|srcdoc|DOMParser"
    r"|document\.write|\beval\b|new\s+Function|\bimport\("
    r"|localStorage|sessionStorage|indexedDB|document\.cookie|\bcaches\b"
)


def test_the_scripts_own_tests_pass() -> None:
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("node is missing: under CI the scripts must be tested")
        pytest.skip("node is not installed: the scripts' own tests need it")
    tests = sorted((ROOT / "tests/js").glob("*.test.mjs"))
    assert tests
    done = subprocess.run(
        [node, "--test", *map(str, tests)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]


@pytest.mark.parametrize("script", _SCRIPTS, ids=lambda script: str(script.relative_to(STATIC)))
def test_no_script_makes_html_or_programs_of_text_or_keeps_anything(script: Path) -> None:  # R22, R26
    source = _without_comments(script.read_text(encoding="utf-8"))
    assert not _FORBIDDEN.findall(source)


@pytest.mark.parametrize(
    "line",
    [
        "element.innerHTML = text;",
        "element.insertAdjacentHTML('beforeend', text);",
        "window.localStorage.setItem('a', 'b');",
        "new  Function(text)();",
        'const module = await import("./other.js");',
    ],
)
def test_the_search_for_what_scripts_must_not_do_finds_it(line: str) -> None:
    assert _FORBIDDEN.search(_without_comments(f"// innocent\n{line}\n"))
    assert not _FORBIDDEN.search(_without_comments(f"// {line}\n/** {line} */\n"))


@pytest.mark.asyncio
@pytest.mark.parametrize("company", sorted(_COMPANIES))
async def test_the_loader_is_small_with_each_companys_looks_in_front(company: str) -> None:
    async with TestClient(TestServer(pages_app(_COMPANIES))) as client:
        loader = await (await client.get("/widget.js", params={"company": company})).read()
    assert b"MBUROJA = {" in loader
    assert _packed(loader) <= 3 * _KIB


def test_the_frames_own_files_are_small_together() -> None:
    assert (STATIC / "chat/main.js") in _FRAME
    served = read_assets().files
    sizes = {path.name: _packed(served[f"chat/{path.name}"].body) for path in _FRAME}
    assert sum(sizes.values()) <= 40 * _KIB, sizes


def _packed(body: bytes) -> int:
    return len(gzip.compress(body, 9))


def _without_comments(source: str) -> str:
    return without_comments(source.encode()).decode()
