"""Blocks as the JSON that every channel reads and the store keeps (the contract's words); knows no channel."""

from collections.abc import Sequence
from typing import Any

import msgspec

from bot.dialogue.reply import Block, Choices, Link, Paragraph, Quote, Receipt

POLICY_PAGE = "/policy/{company}#{clause}"


def block_json(block: Block) -> dict[str, Any]:
    """Return one block as plain data; ``source`` beside the contract's keys is what a customer reads of a clause."""
    match block:
        case Paragraph():
            return {"type": "paragraph", "text": block.text}
        case Quote():
            passage = block.passage
            url = POLICY_PAGE.format(company=passage.company, clause=passage.clause)
            return {
                "type": "quote", "text": passage.quote, "company": passage.company, "clause": passage.clause,
                "url": url, "source": block.source,
            }  # fmt: skip
        case Choices():
            items = [
                {"label": item.label, "value": item.value, **({"lasting": True} if item.lasting else {})}
                for item in block.items
            ]
            return {"type": "choices", "prompt": block.prompt, "items": items}
        case Receipt():
            fields = [{"label": field.label, "value": field.value} for field in block.fields]
            return {"type": "receipt", "reference": block.reference, "fields": fields}
        case Link():
            return {"type": "link", "label": block.label, "url": block.url}


def encode(blocks: Sequence[Block]) -> bytes:
    """Return blocks as JSON, UTF-8."""
    return msgspec.json.encode([block_json(block) for block in blocks])


def decode(raw: bytes | str) -> list[dict[str, Any]]:
    """Return stored blocks as plain data."""
    return msgspec.json.decode(raw, type=list[dict[str, Any]])
