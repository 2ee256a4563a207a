"""Answers a file of questions, a JSON object a line; a broken line is named and the rest still answered."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TextIO

from bot.assistant import Assistant
from bot.channels.wire import reasons, reply_json
from bot.errors import MburojaError, UnknownCompanyError


class _BrokenLineError(MburojaError):
    """A line that cannot be answered."""


def answer_lines(
    lines: Iterable[bytes], out: TextIO, complain: Callable[[str], None], assistant: Assistant, *, why: bool
) -> int:
    """Answer every line to ``out`` in order; returns how many lines were broken. Empty lines are passed over."""
    broken = 0
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            answer = _answer(line, assistant, why=why)
        except _BrokenLineError as error:
            broken += 1
            complain(f"Rreshti {number}: {error}")
            continue
        out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    out.flush()
    return broken


def _answer(line: bytes, assistant: Assistant, *, why: bool) -> dict[str, Any]:
    try:
        item = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _BrokenLineError("nuk është UTF-8; ruajeni skedarin si UTF-8.") from None
    except (json.JSONDecodeError, RecursionError):
        raise _BrokenLineError('nuk është JSON; pritet p.sh. {"id": "1", "company": "ipko", "text": "…"}.') from None
    if not isinstance(item, dict):
        raise _BrokenLineError("pritet një objekt JSON me «id», «company» dhe «text».")
    text, company = item.get("text"), item.get("company")
    if not isinstance(text, str):
        raise _BrokenLineError("mungon «text» (teksti i pyetjes).")
    if company is not None and not isinstance(company, str):
        raise _BrokenLineError("«company» duhet të jetë emri i një kompanie ose null.")
    try:
        reply, meaning = assistant.explain(text, company)
    except UnknownCompanyError as error:
        raise _BrokenLineError(str(error)) from None
    identity = item.get("id")
    answer = reply_json(reply, None if identity is None else str(identity))
    if why:
        answer["why"] = reasons(meaning)
    return answer
