"""The buttons below a message: rows, pages, what a press leaves of them."""

import pytest

from bot.channels.telegram.rendering import MOST_ROWS, offers, page, pressed
from bot.delivery.telegram.calls import Button, Send
from tests.channels.telegram.replies import SITE, choices, labels, paragraph, read, shown, translate
from tests.tools.chatting import words

# ---- choices ------------------------------------------------------------------------------------------------


def test_choices_stand_below_their_question_short_ones_side_by_side() -> None:
    (send,) = shown(paragraph("E kuptova."), choices("Po, konfirmoj", "Jo", "Vetëm disa prej tyre", "Anulo"))
    assert read(send) == "E kuptova.\n\nÇfarë doni?"
    assert labels(send) == [["Po, konfirmoj", "Jo"], ["Vetëm disa prej tyre"], ["Anulo"]]
    assert send.keyboard[0][1] == Button(text="Jo", data="c:000000000002")
    assert shown(choices("Po", lasting=True))[0].keyboard == ((Button(text="Po", data="l:000000000001"),),)


def test_labels_that_a_phone_cuts_are_written_out_and_numbered() -> None:
    long = "A mund t’i bart të dhënat te operatori tjetër?"
    (send,) = shown(choices("Anulo", long))
    assert read(send) == f"Çfarë doni?\n1. Anulo\n2. {long}"
    assert labels(send) == [["1. Anulo"], ["2. A mund t’i bart të dhënat te…"]]
    (send,) = shown(choices(long))
    assert read(send) == f"Çfarë doni?\n{long}"
    assert labels(send) == [["A mund t’i bart të dhënat te operatori…"]]
    (send,) = shown(choices("a" * 40, "Anulo"))
    assert read(send) == "Çfarë doni?"


def test_each_question_has_its_own_buttons() -> None:
    sends = shown(paragraph("Po."), choices("Një", prompt="E para?"), choices("Dy", prompt="E dyta?"))
    assert [(read(send), labels(send)) for send in sends] == [("Po.\n\nE para?", [["Një"]]), ("E dyta?", [["Dy"]])]


def test_choices_without_a_question_stand_below_what_was_said_before() -> None:
    (send,) = shown(paragraph("Po."), choices("Një", prompt=""))
    assert (read(send), labels(send)) == ("Po.", [["Një"]])
    assert read(shown(choices("Një", prompt=""))[0]) == words("Choose:")
    assert shown(choices(prompt="Asgjë?")) == [Send(text="Asgjë?")]


def test_many_choices_are_turned_like_pages() -> None:
    blocks = [choices(*(f"Zgjedhja e gjatë me numrin {number}" for number in range(25)))]
    (send,) = shown(*blocks)
    pages = [send.keyboard, page(blocks, 7, 1, translate), page(blocks, 7, 2, translate)]
    earlier, later = words("‹ Earlier"), words("More ›")
    assert [[(b.text, b.data) for b in rows[-1]] for rows in pages] == [
        [(later, "p:7:1")], [(earlier, "p:7:0"), (later, "p:7:2")], [(earlier, "p:7:1")],
    ]  # fmt: skip
    assert page(blocks, 7, 0, translate) == send.keyboard
    assert [button.data for rows in pages for row in rows[:-1] for button in row] == [
        f"c:{n:012x}" for n in range(1, 26)
    ]
    assert max(len(rows) for rows in pages) == MOST_ROWS
    assert (
        page(blocks, 7, 3, translate) == page(blocks, 7, -1, translate) == page([paragraph("a")], 7, 0, translate) == ()
    )


def test_pages_are_numbered_through_a_reply() -> None:
    many = [f"Zgjedhja e gjatë me numrin {number}" for number in range(12)]
    blocks = [choices(*many), choices(*many)]
    first, second = shown(*blocks)
    assert (first.keyboard[-1][0].data, second.keyboard[-1][0].data) == ("p:7:1", "p:7:3")
    assert page(blocks, 7, 3, translate)[-1][0].data == "p:7:2"
    assert len(shown(choices(*many[:MOST_ROWS]))[0].keyboard) == MOST_ROWS


def test_a_reply_knows_its_own_buttons() -> None:
    blocks = [choices("Po", "Jo"), choices("Tjetër", lasting=True)]
    (first, second) = shown(*blocks)
    assert offers(blocks, first.keyboard)
    assert offers(blocks, second.keyboard)
    assert not offers([choices("Po")], first.keyboard)


def test_data_that_a_button_cannot_carry_is_refused_here() -> None:
    block = choices("Po")
    block["items"][0]["value"] = "ë" * 31
    assert shown(block)[0].keyboard[0][0].data == "c:" + "ë" * 31
    block["items"][0]["value"] = "ë" * 32
    with pytest.raises(ValueError, match="too long"):
        shown(block)


# ---- pressing -----------------------------------------------------------------------------------------------

PO, JO = Button(text="Po", data="c:1"), Button(text="Jo", data="c:2")
TOPIC, OTHER = Button(text="Cookies", data="l:3"), Button(text="Të drejtat", data="l:4")
PAGE, OPENS = Button(text="Më shumë ›", data="p:7:1"), Button(text="Hapeni", url=SITE)


def test_a_choice_that_was_made_stays_alone_and_marked() -> None:
    done = Button(text="✓ Po", data="c:1")
    assert pressed(((OPENS,), (PO, JO), (TOPIC,), (PAGE,)), "c:1") == ((OPENS,), (done,))
    assert pressed(((done,),), "c:1") == ((done,),)


def test_a_topic_is_marked_and_the_others_stay() -> None:
    once = pressed(((OPENS,), (TOPIC, OTHER), (PO,), (PAGE,)), "l:3")
    assert once == ((OPENS,), (Button(text="✓ Cookies", data="l:3"), OTHER), (PO,), (PAGE,))
    assert pressed(once, "l:3") == once
    assert pressed(once, "l:4")[1][1].text == "✓ Të drejtat"


def test_what_was_not_among_the_buttons_changes_none() -> None:
    for data in ("c:9", "l:9", "", "x"):
        assert pressed(((PO, JO), (OPENS,)), data) == ((PO, JO), (OPENS,))
    assert pressed((), "c:1") == ()
