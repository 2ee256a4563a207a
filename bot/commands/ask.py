"""``mburoja ask``: one question, or a file of them; nothing of it is kept."""

import argparse
import contextlib
import datetime as dt
import json
import sys
from pathlib import Path

from bot.answering import build, translations
from bot.assistant import Assistant
from bot.channels.batch import answer_lines
from bot.channels.rendering import render
from bot.channels.wire import reasons, reply_json
from bot.commands.console import BAD_INPUT, OK, announce_compiling, complain, style, width
from bot.dialogue.blocks import block_json
from bot.errors import InputError
from bot.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``ask``."""
    ask = commands.add_parser("ask", help="përgjigjet një pyetjeje, ose një skedari me pyetje")
    ask.add_argument("question", nargs="?", metavar="pyetja")
    ask.add_argument("--company", metavar="C", help="ipko ose paysera")
    ask.add_argument("--json", action="store_true", help="përgjigjja si JSON")
    ask.add_argument("--why", action="store_true", help="edhe pse u kuptua ashtu")
    ask.add_argument("--batch", metavar="SKEDARI", help="pyetje si rreshta JSON; - për hyrjen standarde")
    ask.set_defaults(command=_ask)


def open_assistant(settings: Settings) -> Assistant:
    """Return an assistant that goes by today's date."""
    return build(settings, lambda: dt.datetime.now().astimezone().date(), announce_compiling)


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    if (options.question is None) == (options.batch is None):
        raise InputError('Jepni një pyetje (mburoja ask "…") ose një skedar me --batch, njërën nga të dyja.')
    assistant = open_assistant(settings)
    if options.batch is not None:
        return _ask_batch(options, assistant)
    reply, meaning = assistant.explain(options.question, options.company)
    if options.json:
        answer = reply_json(reply, None)
        if options.why:
            answer["why"] = reasons(meaning)
        print(json.dumps(answer, ensure_ascii=False))
        return OK
    blocks = [block_json(block) for block in reply.blocks]
    for line in render(blocks, style(), width(), translations().gettext, whole=True):
        print(line)
    if options.why:
        print("\n" + "\n".join(reasons(meaning)))
    return OK


def _ask_batch(options: argparse.Namespace, assistant: Assistant) -> int:
    if options.company:
        raise InputError("Me --batch kompania jepet në çdo rresht («company»), jo me --company.")
    with contextlib.ExitStack() as stack:
        if options.batch == "-":
            lines = sys.stdin.buffer
        else:
            try:
                lines = stack.enter_context(Path(options.batch).open("rb"))
            except OSError as error:
                raise InputError(f"Skedari {options.batch} nuk mund të lexohet: {error.strerror}.") from None
        broken = answer_lines(lines, sys.stdout, complain, assistant, why=options.why)
    return BAD_INPUT if broken else OK
