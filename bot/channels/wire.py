"""Replies as the JSON that ``mburoja ask`` promises (the contract in docs/ask.md); knows no rule of the dialogue."""

from typing import Any

from bot.dialogue.reply import Reply
from bot.nlu.understand import Meaning

_SHOWN = 5


def reply_json(reply: Reply, identity: str | None) -> dict[str, Any]:
    """Return a reply as plain data; ``start`` and ``end`` are characters in the policy file."""
    return {
        "id": identity,
        "kind": reply.kind.value,
        "company": reply.company,
        "action": reply.action.value if reply.action else None,
        "text": reply.text,
        "score": round(reply.score, 4),
        "choices": [{"label": c.label, "value": c.value} for c in reply.choices],
        "citations": [
            {"company": p.company, "clause": p.clause, "quote": p.quote, "start": p.start, "end": p.end}
            for p in reply.passages
        ],
    }


def reasons(meaning: Meaning | None) -> list[str]:
    """Return why a message was read as it was, a line each; for engineers, so in English."""
    if meaning is None:
        return ["decided before ranking (empty, too long, several companies, another language, or none named)"]
    lines = [f"decided by: {meaning.because.value}"]
    if meaning.reading:
        mended = [f"{t.word} → {t.known_as}" for t in meaning.reading.tokens if t.word != t.known_as]
        lines.append(f"read as: {meaning.reading.folded}")
        if mended:
            lines.append("mended: " + ", ".join(mended))
        lines.append("concepts: " + (", ".join(meaning.reading.concepts) or "none"))
    ranked = meaning.guesses[:_SHOWN]
    lines += [f"{g.share:6.1%}  margin {g.margin:+.2f}  {g.card.id}" for g in ranked]
    if len(ranked) > 1:
        lines.append(f"won by {ranked[0].margin - ranked[1].margin:.2f} over the next")
    return lines
