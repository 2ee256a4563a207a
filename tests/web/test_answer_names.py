"""Under which names and types files of an answer reach a browser."""

import pytest

from bot.web.answer.names import disposition, media_type, safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("të dhënat e mia.pdf", "të dhënat e mia.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\kopja.pdf", "kopja.pdf"),
        ('a"b\r\nSet-Cookie: x=1;.pdf', "a_bSet-Cookie_ x=1;.pdf"),
        ("fdp.\u202eexe", "fdp.exe"),
        ("..", "pergjigjja"),
        ("", "pergjigjja"),
        ("CON.pdf", "_CON.pdf"),
        ("\udcff.pdf", "pdf"),
    ],
)
def test_a_files_name_leads_nowhere(given: str, safe: str) -> None:
    assert safe_name(given) == safe


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("ë" * 300 + ".pdf").endswith("ë.pdf")
    assert len(safe_name("ë" * 300 + ".pdf")) <= 100


def test_the_header_names_the_file_twice_and_breaks_no_line() -> None:
    told = disposition('të "dhënat"\r\n.pdf')
    assert told == "attachment; filename=\"te _dhenat_.pdf\"; filename*=UTF-8''t%C3%AB%20_dh%C3%ABnat_.pdf"


@pytest.mark.parametrize("given", ["text/html", "image/svg+xml", "application/javascript", "nonsense\r\nX: 1"])
def test_nothing_is_sent_that_a_browser_would_run(given: str) -> None:
    assert media_type(given) == "application/octet-stream"
