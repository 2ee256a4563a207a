"""A mark is a drawing and nothing else: whatever runs, fetches or reacts is found, with its line."""

import pytest

from bot.knowledge.drawing import drawing_faults

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


def faults(inside: str) -> list[tuple[int, str]]:
    return drawing_faults(f"{OPEN}\n{inside}\n</svg>".encode())


def test_a_plain_drawing_has_no_fault() -> None:
    assert (
        faults(
            '<title>Ë</title><defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
            '<g id="a"><path d="M0 0h9v9z" fill="url(#g)"/></g><use href="#a"/><use xlink:href="#a"/>'
            '<rect clip-path="url( \'#g\' )" style="fill: #fff"/>'
        )
        == []
    )


@pytest.mark.parametrize(
    ("inside", "said"),
    [
        ("<script>alert(1)</script>", "<script> is no plain shape"),
        ('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>', "<foreignObject> is no plain"),
        ('<x:script xmlns:x="http://www.w3.org/1999/xhtml">alert(1)</x:script>', "<script> is no plain shape"),
        ("<style>@import 'https://shembulli.example/x.css'</style>", "<style> is no plain shape"),
        ('<image href="#a"/>', "<image> is no plain shape"),
        ('<a href="#a"/>', "<a> is no plain shape"),
        ('<animate attributeName="href" to="javascript:alert(1)"/>', "<animate> is no plain shape"),
        ('<path onclick="alert(1)"/>', "the attribute 'onclick' runs a script"),
        ('<path ONCLICK="alert(1)"/>', "the attribute 'ONCLICK' runs a script"),
        ('<use href="https://shembulli.example/x.svg#a"/>', "'href' points out of the drawing"),
        ('<use href=" //shembulli.example/x.svg#a"/>', "'href' points out of the drawing"),
        ('<use xlink:href="x.svg#a"/>', "'href' points out of the drawing"),
        ('<use href="data:image/svg+xml,x"/>', "'href' points out of the drawing"),
        ('<use href="java&#115;cript:alert(1)"/>', "'href' points out of the drawing"),
        ('<path fill="url(https://shembulli.example/x)"/>', "'fill' fetches something"),
        ("<path style=\"fill: URL( 'x.svg#a' )\"/>", "'style' fetches something"),
        (r'<path style="fill: u\72l(x)"/>', "'style' fetches something"),
        ('<path style="background: image-set(x)"/>', "'style' fetches something"),
        ("<?xml-stylesheet href='x.css'?>", "<?xml-stylesheet?> may fetch something"),
    ],
)
def test_what_is_more_than_a_drawing_is_named_with_its_line(inside: str, said: str) -> None:
    found = faults(inside)
    assert any(line == 2 and said in what for line, what in found), found


def test_a_doctype_is_refused_before_it_is_read() -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 20))
    found = drawing_faults(f'<!DOCTYPE svg [<!ENTITY a0 "ha">{laughs}]>{OPEN}&a19;</svg>'.encode())
    assert found == [(1, "a DOCTYPE may bring anything with it (take it out)")]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "it is no XML"),
        (b"<svg", "it is no XML"),
        (b"<html/>", "the file must begin with <svg"),
        (b"<svg/>", "the file must begin with <svg"),
        (b'<svg xmlns="http://www.w3.org/1999/xhtml"/>', "the file must begin with <svg"),
        (b'<?xml version="1.0" encoding="utf-16"?><svg/>', "the file must begin with <svg"),
        (OPEN.encode("utf-16"), "it is not UTF-8"),
        (b"\x89PNG\r\n", "it is not UTF-8"),
    ],
)
def test_a_file_that_is_no_svg_is_refused(raw: bytes, said: str) -> None:
    ((line, what),) = drawing_faults(raw)
    assert line == 1
    assert what.startswith(said)
