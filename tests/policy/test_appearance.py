"""Colours can be read, and a site is one exact origin."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge.drawing import drawing_faults
from bot.policy.appearance import (
    ENOUGH_TO_READ,
    ENOUGH_TO_SEE,
    PAGE,
    PAGE_DARK,
    Appearance,
    contrast,
    is_colour,
    is_site,
)

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),  # the grey that is known for just failing
        ("#767676", "#ffffff", 4.54),  # and the one that just passes
        ("#ff0000", "#ffffff", 4.0),
        ("#0000FF", "#ffffff", 8.59),
        ("#000000", "#0A0A0A", 1.06),  # dark enough for the straight part of the curve
    ],
)
def test_contrast_is_what_wcag_says(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(colours, colours)
def test_contrast_does_not_ask_which_colour_is_in_front(one: str, other: str) -> None:
    assert 1.0 <= contrast(one, other) == contrast(other, one) <= 21.0


def test_the_neutral_looks_can_be_read_and_no_site_may_show_them() -> None:
    looks = Appearance()
    assert contrast(looks.brand, looks.on_brand) >= ENOUGH_TO_READ
    assert contrast(looks.brand_dark, looks.on_brand_dark) >= ENOUGH_TO_READ
    assert contrast(looks.brand, PAGE) >= ENOUGH_TO_SEE
    assert contrast(looks.brand_dark, PAGE_DARK) >= ENOUGH_TO_SEE
    assert looks.sites == ()
    assert drawing_faults(looks.drawing.encode()) == []


@pytest.mark.parametrize("written", ["#1a2b3c", "#FFFFFF"])
def test_a_colour_is_six_digits(written: str) -> None:
    assert is_colour(written)


@pytest.mark.parametrize(
    "written", ["", "red", "#fff", "1a2b3c", "#1a2b3g", "#1a2b3c80", "#1a2b3c;}", " #1a2b3c", "#1a2b3c\n", "var(--x)"]
)
def test_nothing_else_is_a_colour(written: str) -> None:
    assert not is_colour(written)


@pytest.mark.parametrize(
    "written",
    [
        "https://www.shembulli.example",
        "https://shembulli.example:8443",
        "https://xn--shmbulli-x0a.example",
        "http://localhost:8080",
        "http://ipko.localhost",
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
    ],
)
def test_an_exact_origin_is_a_site(written: str) -> None:
    assert is_site(written)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "https:",
        "'self'",
        "https://*.shembulli.example",
        "https://shembulli.example/",
        "https://shembulli.example/faqja",
        "https://shembulli.example?x",
        "https://Shembulli.example",
        "https://shëmbulli.example",
        "https://shembulli.example:443",  # browsers leave it out: it would never match
        "http://localhost:80",
        "https://shembulli.example:0",
        "https://shembulli.example:99999",
        "https://shembulli",
        "https://.example",
        "https://-.example",
        "https://filan@shembulli.example",
        "https://shembulli.example https://tjeter.example",
        "https://shembulli.example; script-src *",
        "https://shembulli.example\n",
        "http://shembulli.example",
        "http://127.0.0.1.shembulli.example",
        "http://localhost.shembulli.example",
        "ftp://shembulli.example",
        "data:text/html,x",
    ],
)
def test_anything_wider_or_looser_is_none(written: str) -> None:  # R25
    assert not is_site(written)
