"""Fills a database with plausible requests, fast: rows are sealed as they are in truth, but no act stands behind them.

Three in ten are open. Of the open ones most have their whole month before them, some are due these days, a few are
late, wait for their customer, or stand still.
"""

import datetime as dt
import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from stdnum.iso7064 import mod_37_36

from bot.clock import DAY, HOUR
from bot.dialogue.effects import Flag
from bot.policy.actions import Action
from bot.services.casework.cases import Body, Words
from bot.services.casework.deadlines import due_on, local_day
from bot.services.desk import Desk
from tests.tools.engines import looking

_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_CHANNELS = ("web", "web", "web", "telegram", "telegram", "email", "shop", "post")
_STAFF = ("zana", "leka", "drita")
_COLUMNS = (
    "reference", "company", "kind", "state", "proof", "subject", "conversation", "channel", "body_sealed",
    "address_sealed", "flags", "received_at", "due_on", "due_rule", "extended_to", "paused_at", "paused_ms", "taken_by",
    "second_proof", "closed_at", "erased_at",
)  # fmt: skip
_INSERT = f"INSERT INTO requests ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608  our own names


def fill(path: Path, desk: Desk, now: int, count: int, seed: int = 1) -> None:
    """Add requests of every company to a database that is there."""
    with looking(path) as tables:
        tables.insert_many(_INSERT, _rows(desk, now, count, random.Random(seed)))  # noqa: S311  nothing secret


def _rows(desk: Desk, now: int, count: int, chance: random.Random) -> Iterator[tuple[object, ...]]:
    companies, kinds, flags = sorted(desk.companies), [kind.value for kind in Action], [flag.value for flag in Flag]
    words = "Ju lutem më dërgoni një kopje të të dhënave që keni për mua, me shpjegim se nga i keni marrë. " * 4
    for _ in range(count):
        company, is_open = chance.choice(companies), chance.random() < 0.3
        # Who is open came lately: at most the month, and a few days more where it is late.
        age = chance.triangular(0, 33, 2) if is_open else chance.uniform(30, 1500)
        received = now - int(age * DAY)
        due = due_on(received, desk.companies[company].rights.deadline)
        state, taken, paused, closed, extended = "received", None, None, None, None
        if not is_open:
            state, taken = chance.choice(("answered", "answered", "partly", "refused")), chance.choice(_STAFF)
            closed = received + int(chance.uniform(1, 28) * DAY)
        elif chance.random() < 0.7:
            state, taken = chance.choice(("in_progress", "in_progress", "waiting")), chance.choice(_STAFF)
            if state == "waiting" and chance.random() < 0.5:
                paused = received + HOUR
            elif chance.random() < 0.1:
                state, extended = "extended", (local_day(received) + dt.timedelta(days=91)).isoformat()
        reference = _reference(chance)
        body = Body(words=(Words(at=received, text=words),))
        sealed = desk.vault.seal("requests", json.dumps(asdict(body)), f"{reference}:body")
        yield (
            reference, company, chance.choice(kinds), state, chance.choice(("proven", "proven", "pending")), None, None,
            chance.choice(_CHANNELS), sealed, None, json.dumps(chance.sample(flags, chance.choice((0, 0, 1, 2)))),
            received, due.date.isoformat(), due.rule, extended, paused, 0, taken, None, closed, None,
        )  # fmt: skip


def _reference(chance: random.Random) -> str:
    letters = "".join(chance.choices(_LETTERS, k=8))
    return f"{letters[:4]}-{letters[4:]}-{mod_37_36.calc_check_digit(letters)}"
