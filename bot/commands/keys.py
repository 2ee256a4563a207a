"""``mburoja keys``: replaces the root secret while others serve, and tells what still stands under the one before."""

import argparse
import asyncio
import contextlib
import functools
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from bot.app import Office, open_office
from bot.clock import moment
from bot.commands.console import OK, add_database, complain
from bot.crypto import Key
from bot.delivery import heads
from bot.delivery.house import House
from bot.errors import InputError
from bot.limits import Limits
from bot.services.keys import resealing, ring
from bot.services.keys.joining import Member
from bot.services.keys.ring import State
from bot.services.keys.rotating import BATCH, LaggingError, Left, NotReadyError, Rotation, Step
from bot.services.records import audit
from bot.services.retention import CODE_TRACES
from bot.settings import Database, Settings, before_of, next_of, write_secret
from bot.upkeep.places import sync

T = TypeVar("T")
WAITS = 3  # something needs the secret before yet, or a process does not know the next one
_MOST = 5_000  # texts in one transaction
_HELP = (
    "Sekreti i bazës (MBUROJA_SECRET) ndërrohet pa e ndalur shërbimin. Së pari jepjani të gjitha proceseve sekretin e "
    "ri te MBUROJA_SECRET_NEXT dhe rinisini; pastaj nisni mburoja keys rotate. docs/keys.md e shpjegon hap pas hapi."
)
_STATES = {State.CURRENT: "i sotmi", State.LEAVING: "po lihet", State.GONE: "i lënë"}
_DYING = {
    "failures": "numërime kodesh të gabuara", "sendings": "numërime kodesh të dërguara", "challenges": "kode",
    "updates": "mesazhe të Telegramit në pritje", "jobs": "kërkime e mesazhe për dërgim në pritje",
}  # fmt: skip


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``keys``."""
    group = commands.add_parser("keys", help="sekreti i bazës dhe ndërrimi i tij", description=_HELP).add_subparsers(
        required=True, metavar="veprimi"
    )
    rotated = group.add_parser("rotate", help="ndërron sekretin; mund të ndalet e të niset prapë", description=_HELP)
    add_database(rotated)
    rotated.add_argument(
        "--batch", type=_batch, default=BATCH, metavar="N", help=f"sa tekste në një transaksion; pa të: {BATCH}"
    )
    rotated.set_defaults(command=_rotate)
    status = group.add_parser("status", help=f"çka pret ende sekretin e vjetër; dalja {WAITS}: ende diçka")
    add_database(status)
    status.set_defaults(command=_status)


def _batch(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise argparse.ArgumentTypeError(f"shkruani një numër nga 1 deri në {_MOST}")
    return int(text)


def _rotate(options: argparse.Namespace, settings: Settings) -> int:
    place = _place(options, settings)
    known = _in_office(settings, place, lambda office: office.store.read(ring.every))
    is_leaving = any(key.state is State.LEAVING for key in known)
    own = settings.key_of(place) if settings.secret is None and isinstance(place, Path) else None
    if own is not None and not is_leaving and not next_of(own).exists():
        write_secret(next_of(own))
    wanted = Key(settings.secrets_of(place).wanted).id
    is_current = any(key.id == wanted and key.state is State.CURRENT for key in known)
    if is_current and not is_leaving and not _in_office(settings, place, _find).under_others:
        print("Sekreti i dhënë është ai i sotmi. Për ta ndërruar jepni të riun te MBUROJA_SECRET_NEXT.")
        return OK

    async def rotate(office: Office) -> Left | None:
        rotation = _rotation(office, options.batch)
        try:
            await rotation.change_over(wanted)
        except NotReadyError:
            await _tell_strangers(office, wanted)
            return None
        except LaggingError:
            print(
                "Sekreti i ri është në përdorim, por jo te çdo proces që e ka hapur bazën: shihni regjistrat e tyre, "
                "rinisini, pastaj provoni prapë. Mos e hiqni sekretin e vjetër."
            )
            return None
        if own is not None:
            await asyncio.to_thread(_take_over, own)
        await rotation.run(_progress())
        await _fresh_head(office)
        return await _looked(rotation)

    left = _in_office(settings, place, rotate)
    if left is None:
        return WAITS
    print("Çdo gjë që mund të vuloset prapë u vulos me çelësin e ri.")
    return _tell(left)


def _status(options: argparse.Namespace, settings: Settings) -> int:
    return _tell(_in_office(settings, _place(options, settings), lambda office: _looked(_rotation(office, BATCH))))


async def _find(office: Office) -> Left:
    return await _rotation(office, BATCH).left()


async def _looked(rotation: Rotation) -> Left:
    left = await rotation.left()
    await rotation.finish(left)
    return left


def _tell(left: Left) -> int:
    for key in left.known:
        now = State.GONE if key.state is State.LEAVING and _may_go(left) else key.state
        print(f"{key.id}  {_STATES[now]:<9} nga {moment(key.since):%Y-%m-%d %H:%M} UTC")
    print(f"Procese që e kanë hapur bazën: {len(left.holders)}")
    for table, counts in left.texts.items():
        others = {key: count for key, count in counts.items() if key != left.current.id}
        if others:
            print(f"  {table}: " + ", ".join(f"{count} {_key_words(key)}" for key, count in sorted(others.items())))
    for table, count in left.lookups.items():
        print(f"  {table}: {count} kërkime nën çelësin që po lihet")
    if left.leaving is None and not left.under_others:
        print("Asgjë nuk pret një sekret të vjetër.")
        return OK
    if left.under_others:
        print("Ndërrimi nuk ka mbaruar: nisni mburoja keys rotate. Mos e hiqni sekretin e vjetër.")
        return WAITS
    if left.lagging:
        print(
            f"{left.lagging} procese nuk e përdorin ende çelësin e sotëm: shihni regjistrat e tyre ose rinisini. Mos e "
            "hiqni sekretin e vjetër."
        )
        return WAITS
    if not _may_go(left):
        dying = ", ".join(f"{count} {_DYING[name]}" for name, count in left.dying.items() if count)
        over = moment((left.dying_until or 0) + max(CODE_TRACES, Limits().lock))
        print(f"Ende vdesin vetë: {dying}; më së voni {over:%Y-%m-%d %H:%M} UTC. Mos e hiqni sekretin e vjetër.")
        return WAITS
    print("Sekreti i vjetër nuk i duhet më askujt: hiqeni nga MBUROJA_SECRET_BEFORE dhe shkatërrojeni.")
    return OK


def _may_go(left: Left) -> bool:
    return left.is_clear and (left.leaving is None or left.dying_until is not None)


def _key_words(key: str) -> str:
    return "nuk hapen me asnjë çelës" if key == resealing.BROKEN else f"nën {key}"


async def _tell_strangers(office: Office, wanted: str) -> None:
    there = await office.store.read(functools.partial(ring.holders, now=office.clock.now()))
    strangers = [one for one in there if wanted not in {one.current, one.other}]
    print(
        f"Ende nuk u ndërrua asgjë: {len(strangers)} procese e kanë hapur bazën pa e njohur sekretin e ri ({wanted}). "
        "Jepjani te MBUROJA_SECRET_NEXT (te një bazë-skedar mjafton rinisja), rinisini, pastaj provoni prapë. "
        "Pas një ndalimi të papritur prisni një minutë e gjysmë."
    )


def _progress() -> Callable[[Step, str, int, int], None]:
    """Return what tells a person at a terminal how far it is, on one line."""
    if not sys.stderr.isatty():
        return lambda *_: None
    words = {Step.LOOKUPS: "kërkime", Step.TEXTS: "tekste"}

    def tell(step: Step, table: str, count: int, broken: int) -> None:
        more = f", {broken} nuk hapen" if broken else ""
        sys.stderr.write(f"\r\x1b[K{table}: {count} {words[step]}{more}")
        sys.stderr.flush()

    return tell


async def _fresh_head(office: Office) -> None:
    """Seal what waits and sign the chain's head with the key of today: it covers all that the one before signed."""
    path = office.settings.heads_of(office.database)
    await House(office.store, office.desk, office.clock, path).seal()
    now = office.clock.now()
    head = await office.store.read(lambda tx: audit.current_head(tx, office.desk, now))
    if head is not None:
        try:
            await asyncio.to_thread(heads.append, path, head)
        except OSError as error:
            complain(f"Koka e re e regjistrit nuk u shkrua te {path}: {error.strerror}. Provoni prapë keys rotate.")


def _take_over(key: Path) -> None:
    """Put a file's next secret into the place of the one before, which stays beside it; each step whole or not at all.

    Whatever is there is known to every process that opens the database, so that it may end anywhere in between.
    """
    following = next_of(key)
    try:
        new, old = following.read_bytes(), key.read_bytes()
    except FileNotFoundError:
        return
    if new == old:  # somebody else did it just now: what they put aside must stay
        return
    aside = key.with_name(f"{key.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(old)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(before_of(key))
    finally:
        aside.unlink(missing_ok=True)
    sync(key.parent)  # the old one must not go with the power: what it sealed would be lost
    with contextlib.suppress(FileNotFoundError):
        following.replace(key)


def _rotation(office: Office, batch: int) -> Rotation:
    if not isinstance(office.store, Member):
        raise TypeError("an open office has joined the ring")
    return Rotation(office.store, office.desk, office.clock, batch=batch)


def _place(options: argparse.Namespace, settings: Settings) -> Database:
    place: Database = options.db or settings.database
    if isinstance(place, Path) and not place.is_file():
        raise InputError(f"Nuk ka bazë të dhënash te {place}; jepni një tjetër me --db.")
    return place


def _in_office(settings: Settings, place: Database, work: Callable[[Office], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_office(settings, place) as office:
            return await work(office)

    return asyncio.run(run())
