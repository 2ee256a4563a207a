"""``mburoja check`` and ``compile``: the data files; ``bench``: how fast it is."""

import argparse

from bot.commands.ask import open_assistant
from bot.commands.console import BAD_INPUT, OK
from bot.settings import Settings


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands ``check``, ``compile`` and ``bench``."""
    check = commands.add_parser("check", help="kontrollon tekstet, përgjigjet dhe shprehjet")
    check.set_defaults(command=_check)
    compiled = commands.add_parser("compile", help="përgatit njohësin nga shprehjet (bëhet edhe vetvetiu)")
    compiled.set_defaults(command=_compile)
    bench = commands.add_parser("bench", help="mat shpejtësinë")
    bench.add_argument("what", choices=["ask", "turns"])
    bench.add_argument("--questions", metavar="SKEDARI", help="pyetje si rreshta JSON (pa të: shprehjet tona)")
    bench.add_argument("--seconds", type=float, default=3.0, help="sa zgjat secila matje (turns)")
    bench.add_argument("--clients", type=int, action="append", metavar="N", help="sa biseda përnjëherë (turns)")
    bench.set_defaults(command=_bench)


def _check(_options: argparse.Namespace, settings: Settings) -> int:
    from bot.knowledge.check import check  # noqa: PLC0415  training code, slow to import

    report = check(settings.data, settings.cache)
    for fault in report.faults:
        print(fault)
    print(report.summary)
    return BAD_INPUT if report.faults else OK


def _compile(_options: argparse.Namespace, settings: Settings) -> int:
    open_assistant(settings)
    return OK


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    from bot.bench import bench_ask  # noqa: PLC0415  only for this command
    from bot.bench_turns import CLIENTS, bench_turns  # noqa: PLC0415

    if options.what == "ask":
        lines = bench_ask(settings, options.questions)
    else:
        lines = bench_turns(settings, options.questions, options.clients or CLIENTS, options.seconds)
    for line in lines:
        print(line, flush=True)
    return OK
