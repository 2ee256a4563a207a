"""A company is found by its name in any case and spelling, and not where only an address holds it."""

import pytest

from bot.nlu.companies import CompanyNames

NAMES = CompanyNames(
    {
        "kulla": ["kulla", "kules", "kl"],
        "shembulli": ["shembulli", "shem bulli", "kompania e shembullit te bardhe"],
    }
)


def named(message: str) -> tuple[str, ...]:
    return NAMES.named(message.split())


@pytest.mark.parametrize(
    ("message", "companies"),
    [
        ("kulla", ("kulla",)),
        ("a i ruan kulla te dhenat", ("kulla",)),
        ("te kules", ("kulla",)),
        ("kullasve", ("kulla",)),  # three letters of ending
        ("kullasvee", ()),
        ("ekulla", ()),
        ("kull", ()),
        ("kl", ("kulla",)),
        ("klsit", ("kulla",)),
        ("klasat", ()),
        ("shembul", ()),
        ("shembullise", ("shembulli",)),
        ("shem bulli", ("shembulli",)),
        ("shem dhe bulli", ()),
        ("po kompania e shembullit te bardhe", ("shembulli",)),
        ("kompania e bardhe", ()),
        ("a ka dallim", ()),
        ("", ()),
    ],
)
def test_a_company_is_known_by_its_names(message: str, companies: tuple[str, ...]) -> None:
    assert named(message) == companies


def test_several_companies_come_in_order_of_the_message_and_once() -> None:
    assert named("shembulli kulla shembulli") == ("shembulli", "kulla")
    assert named("kulla shem bulli kules") == ("kulla", "shembulli")


def test_a_mail_address_names_no_company() -> None:
    assert named("kulla@posta.example") == ()
    assert named("kulla@x") == ()
    assert named("filan@posta.example kulla") == ("kulla",)


def test_names_are_taken_out_of_a_message() -> None:
    assert NAMES.without(["a", "ruan", "kulla", "te", "dhenat"]) == ["a", "ruan", "te", "dhenat"]
    assert NAMES.without(["kulles", "kullasve", "kulla@posta.example"]) == ["kulles", "kulla@posta.example"]


def test_a_message_of_names_only_keeps_them() -> None:
    assert NAMES.without(["kulla", "shembulli"]) == ["kulla", "shembulli"]
    assert NAMES.without([]) == []


def test_without_companies_nothing_is_named() -> None:
    assert CompanyNames({}).named(["kulla"]) == ()
