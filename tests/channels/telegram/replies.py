"""Replies as blocks, made by hand, and how Telegram reads the messages that are made of them."""

from typing import Any

from bot.answering import translations
from bot.channels.telegram.rendering import render
from bot.delivery.telegram.calls import Send
from tests.tools.botapi.markup import Entity, cut, read_text

SITE = "https://mburoja.example"
SEQ = 7  # the number of the reply
translate = translations().gettext
Block = dict[str, Any]


def paragraph(text: str) -> Block:
    return {"type": "paragraph", "text": text}


def quote(text: str, source: str = "Alfa · 5.1") -> Block:
    return {
        "type": "quote", "text": text, "company": "alfa", "clause": "5.1", "url": "/policy/alfa#5.1", "source": source,
    }  # fmt: skip


def choices(*labels: str, prompt: str = "Çfarë doni?", lasting: bool = False) -> Block:
    items = [{"label": label, "value": f"{number:012x}"} for number, label in enumerate(labels, 1)]
    return {
        "type": "choices",
        "prompt": prompt,
        "items": [item | {"lasting": True} if lasting else item for item in items],
    }


def receipt(**fields: str) -> Block:
    reference = "7K2Q-9FXA-4"
    made = [{"label": label, "value": value} for label, value in {"Numri": reference, **fields}.items()]
    return {"type": "receipt", "reference": reference, "fields": made}


def link(label: str, url: str) -> Block:
    return {"type": "link", "label": label, "url": url}


def shown(*blocks: Block, site: str | None = SITE, contact: bool = False, clears: bool = False) -> list[Send]:
    return render(blocks, SEQ, translate, public_url=site, contact=contact, clears=clears)


def read(send: Send) -> str:
    """Return the words of a message as Telegram reads its markup; what it refuses is refused here."""
    return read_text(send.text, "HTML")[0]


def marked(send: Send, kind: str) -> list[str]:
    """Return the stretches of a message that are marked so."""
    text, entities = read_text(send.text, "HTML")
    return [cut(text, one.offset, one.length) for one in entities if one.type == kind]


def entities(send: Send) -> tuple[Entity, ...]:
    return read_text(send.text, "HTML")[1]


def labels(send: Send) -> list[list[str]]:
    return [[button.text for button in row] for row in send.keyboard]


def bare(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())
