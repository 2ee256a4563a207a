"""The command line; parses, wires, and turns errors into one plain message and exit code 2."""

import argparse
import contextlib
import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from bot import __version__
from bot.app import build, translations
from bot.assistant import Assistant
from bot.channels.batch import answer_lines
from bot.channels.terminal import COLOURS, NO_COLOURS, Conversation, Style, converse, render
from bot.channels.wire import reasons, reply_json
from bot.errors import DataError, InputError, MburojaError, UnknownCompanyError
from bot.settings import Settings, read_settings

OK, BAD_INPUT = 0, 2


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code (0, or 2 for what the user or the data files got wrong)."""
    options = _parser().parse_args(arguments)
    settings = read_settings()
    try:
        return int(options.command(options, settings))
    except DataError as error:
        _complain("Mburoja nuk mund të përgjigjet: në skedarët e saj ka gabime. Ndreqni këto, pastaj provoni prapë:")
        _complain(str(error))
    except MburojaError as error:
        _complain(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return 130
    return BAD_INPUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mburoja", description="Mburoja: privatësia juaj, e shpjeguar nga vetë politika."
    )
    parser.add_argument("--version", action="version", version=f"mburoja {__version__}")
    commands = parser.add_subparsers(required=True, metavar="komanda")
    ask = commands.add_parser("ask", help="përgjigjet një pyetjeje, ose një skedari me pyetje")
    ask.add_argument("question", nargs="?", metavar="pyetja")
    ask.add_argument("--company", metavar="C", help="ipko ose paysera")
    ask.add_argument("--json", action="store_true", help="përgjigjja si JSON")
    ask.add_argument("--why", action="store_true", help="edhe pse u kuptua ashtu")
    ask.add_argument("--batch", metavar="SKEDARI", help="pyetje si rreshta JSON; - për hyrjen standarde")
    ask.set_defaults(command=_ask)
    chat = commands.add_parser("chat", help="bisedë në terminal")
    chat.add_argument("--company", metavar="C", help="ipko ose paysera")
    chat.set_defaults(command=_chat)
    check = commands.add_parser("check", help="kontrollon tekstet, përgjigjet dhe shprehjet")
    check.set_defaults(command=_check)
    compiled = commands.add_parser("compile", help="përgatit njohësin nga shprehjet (bëhet edhe vetvetiu)")
    compiled.set_defaults(command=_compile)
    bench = commands.add_parser("bench", help="mat shpejtësinë")
    bench.add_argument("what", choices=["ask"])
    bench.add_argument("--questions", metavar="SKEDARI", help="pyetje si rreshta JSON (pa të: shprehjet tona)")
    bench.set_defaults(command=_bench)
    return parser


def _complain(message: str) -> None:
    # A lone surrogate in what the user gave must not become a traceback here.
    print(message.encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)


def _assistant(settings: Settings) -> Assistant:
    return build(
        settings,
        lambda: dt.datetime.now().astimezone().date(),
        lambda: _complain(
            "Po përgatitem nga skedarët e të dhënave; kjo zgjat deri në gjysmë minute, vetëm herën e parë."
        ),
    )


def _ask(options: argparse.Namespace, settings: Settings) -> int:
    if (options.question is None) == (options.batch is None):
        raise InputError('Jepni një pyetje (mburoja ask "…") ose një skedar me --batch, njërën nga të dyja.')
    assistant = _assistant(settings)
    if options.batch is not None:
        return _ask_batch(options, assistant)
    reply, meaning = assistant.explain(options.question, options.company)
    if options.json:
        answer = reply_json(reply, None)
        if options.why:
            answer["why"] = reasons(meaning)
        print(json.dumps(answer, ensure_ascii=False))
        return OK
    for line in render(reply, _style(), _width(), translations().gettext, whole=True):
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
        broken = answer_lines(lines, sys.stdout, _complain, assistant, why=options.why)
    return BAD_INPUT if broken else OK


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    assistant = _assistant(settings)
    if options.company is not None and options.company not in {c.id for c in assistant.companies}:
        known = ", ".join(c.id for c in assistant.companies)
        raise UnknownCompanyError(f"Kompania {options.company!r} nuk njihet. Të njohura janë: {known}.")
    with contextlib.suppress(ImportError):  # line editing and history, where the platform has it
        import readline  # noqa: F401, PLC0415
    conversation = Conversation(assistant, options.company, _style(), translations().gettext)
    try:
        converse(conversation, input, print, _width)
    except KeyboardInterrupt:
        print()
    return OK


def _check(_options: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.check import check  # noqa: PLC0415  training code, slow to import

    report = check(settings.data, settings.cache)
    for fault in report.faults:
        print(fault)
    print(report.summary)
    return BAD_INPUT if report.faults else OK


def _compile(_options: argparse.Namespace, settings: Settings) -> int:
    _assistant(settings)
    return OK


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    from bot.bench import bench_ask  # noqa: PLC0415  only for this command

    for line in bench_ask(settings, options.questions):
        print(line)
    return OK


def _style() -> Style:
    return COLOURS if sys.stdout.isatty() and "NO_COLOR" not in os.environ else NO_COLOURS


def _width() -> int:
    return shutil.get_terminal_size().columns
