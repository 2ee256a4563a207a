"""``mburoja bench``: how fast it is, beside a bare peer in the same run."""

import argparse

from bot.benches.asking import bench_ask
from bot.benches.console import CLIENTS as BESIDE
from bot.benches.console import bench_console
from bot.benches.replicas import REPLICAS
from bot.benches.stored import MESSAGES, bench_stored
from bot.benches.telegram import CLIENTS as CHATS
from bot.benches.telegram import bench_telegram
from bot.benches.turns import CLIENTS, bench_turns
from bot.benches.web import CONNECTIONS, bench_web
from bot.commands.console import OK
from bot.settings import PostgresUrl, Settings, database_at


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``bench``."""
    bench = commands.add_parser("bench", help="mat shpejtësinë")
    bench.add_argument("what", choices=["ask", "turns", "web", "telegram", "console", "stored"])
    bench.add_argument("--questions", metavar="SKEDARI", help="pyetje si rreshta JSON (pa të: shprehjet tona)")
    bench.add_argument("--seconds", type=float, default=3.0, help="sa zgjat secila matje (jo: ask)")
    bench.add_argument("--clients", type=int, action="append", metavar="N", help="sa biseda përnjëherë (jo: ask)")
    bench.add_argument("--idle", type=int, default=5000, metavar="N", help="sa lidhje që heshtin (web; 0: asnjë)")
    bench.add_argument(
        "--postgres", metavar="SERVERI", type=_server, help="postgresql://…: mat edhe aty, në baza të përkohshme"
    )
    bench.add_argument("--replicas", type=int, action="append", metavar="N", help="sa procese mbi një PostgreSQL")
    bench.add_argument("--messages", type=int, default=MESSAGES, metavar="N", help="sa mesazhe të ruajtura (stored)")
    bench.set_defaults(command=_bench)


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    if options.what == "ask":
        lines = bench_ask(settings, options.questions)
    elif options.what == "telegram":
        lines = bench_telegram(settings, options.clients or CHATS, options.seconds)
    elif options.what == "console":
        lines = bench_console(settings, options.clients or BESIDE, options.seconds)
    elif options.what == "web":
        lines = bench_web(
            settings, options.questions, options.clients or CONNECTIONS, options.seconds, options.idle,
            server=options.postgres, replicas=options.replicas or REPLICAS,
        )  # fmt: skip
    elif options.what == "stored":
        lines = bench_stored(settings, options.messages, options.seconds, server=options.postgres)
    else:
        lines = bench_turns(
            settings, options.questions, options.clients or CLIENTS, options.seconds,
            server=options.postgres, replicas=options.replicas or REPLICAS,
        )  # fmt: skip
    for line in lines:
        print(line, flush=True)
    return OK


def _server(place: str) -> PostgresUrl:
    server = database_at(place)
    if not isinstance(server, PostgresUrl):
        raise argparse.ArgumentTypeError("shkruani postgresql://përdoruesi@serveri/baza")
    return server
