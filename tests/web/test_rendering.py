"""Pages are escaped, whole, and bare of anything that a content security policy would have to allow."""

import re
from pathlib import Path

import jinja2
import pytest
from aiohttp.test_utils import make_mocked_request

from bot.answering import translations
from bot.web.guard.csp import NONCE
from bot.web.pages.assets import ASSETS, read_assets
from bot.web.pages.rendering import environment, prepare, render
from tests.web.paging import pages_app

TEMPLATES = sorted((Path(__file__).parents[2] / "bot/web/templates").glob("*.html"))


@pytest.fixture(params=TEMPLATES, ids=lambda path: path.name)
def source(request: pytest.FixtureRequest) -> str:
    path: Path = request.param
    return path.read_text(encoding="utf-8")


class TestEveryTemplate:
    def test_nothing_is_declared_harmless(self, source: str) -> None:  # R26
        assert not re.search(r"\|\s*safe\b|autoescape|Markup|\bcall\s+html\b", source)

    def test_no_element_carries_a_script_or_a_style_of_its_own(self, source: str) -> None:  # R25
        assert not re.search(r"<[^>]*\s(on\w+|style)\s*=", source)
        assert "javascript:" not in source

    def test_what_stands_inline_has_the_nonce_and_is_no_script(self, source: str) -> None:  # R25
        for tag, attributes in re.findall(r"<(style|script)\b([^>]*)>", source):
            if "src=" in attributes:
                continue
            assert 'nonce="{{ nonce }}"' in attributes
            assert tag == "style" or 'type="application/json"' in attributes

    def test_every_attribute_that_is_filled_in_is_quoted(self, source: str) -> None:
        assert not re.search(r"<[^>{]*=\s*\{\{", source)

    def test_no_word_stands_in_it_that_the_catalogue_does_not_know(self, source: str) -> None:
        bare = re.sub(r"\{[{%#].*?[}%#]\}|<[^>]*>", " ", source, flags=re.DOTALL)
        bare = re.sub(r"(:root \{|--[\w-]+:\s*;|\})", " ", bare)
        assert set(re.findall(r"\w+", bare)) <= {"Mburoja"}

    def test_every_message_is_in_the_catalogue(self, source: str) -> None:
        albanian = translations()
        for message in re.findall(r'_\("((?:[^"\\]|\\.)*)"', source):
            assert albanian.gettext(message) != message, message


def test_a_value_is_escaped_wherever_it_stands() -> None:  # R26
    made = environment(lambda message: message, read_assets())
    page = made.from_string('<p title="{{ x }}">{{ x }}</p>{{ _("Hello {name}", name=x) }}').render(x="<b>\"'&")
    assert page == ('<p title="&lt;b&gt;&#34;&#39;&amp;">&lt;b&gt;&#34;&#39;&amp;</p>Hello &lt;b&gt;&#34;&#39;&amp;')


def test_a_value_cannot_end_the_data_of_a_page() -> None:  # R26
    made = environment(lambda message: message, read_assets())
    page = made.from_string("{{ x | tojson }}").render(x="</script><!--")
    assert "<" not in page
    assert ">" not in page


def test_a_value_that_is_missing_is_an_error_and_no_gap() -> None:
    made = environment(lambda message: message, read_assets())
    with pytest.raises(jinja2.UndefinedError, match="'company' is undefined"):
        made.from_string("{{ company }}").render()


def test_a_file_that_is_missing_is_an_error() -> None:
    made = environment(lambda message: message, read_assets())
    with pytest.raises(LookupError):
        made.from_string('{{ static("nowhere.css") }}').render()


def test_a_page_has_its_own_nonce_and_may_be_framed_by_nobody() -> None:  # R25
    app = pages_app({})
    request = make_mocked_request("GET", "/", app=app)
    request[NONCE] = "once"
    policy = render(request, "error.html", title="x", text="y").headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-once'" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert "unsafe" not in policy


def test_an_app_is_prepared_once() -> None:
    app = pages_app({})
    before = app[ASSETS]
    prepare(app)
    assert app[ASSETS] is before
