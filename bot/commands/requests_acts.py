"""The acts of ``mburoja requests``: each calls one service in one transaction and says in a line what came of it."""

import argparse
import asyncio
import getpass
from collections.abc import Callable
from typing import TypeVar

from bot.app import open_office
from bot.clock import Clock, FileClock
from bot.commands.requests_files import attached, read_files
from bot.errors import InputError
from bot.services.casework import case_file, escalations
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import backoffice, backoffice_close, backoffice_record
from bot.services.office.backoffice_close import Decision, Outcome, Part
from bot.services.office.backoffice_record import Incoming
from bot.services.office.notice_texts import Kept
from bot.settings import Settings
from bot.storage.store import Tx

T = TypeVar("T")
Command = Callable[[argparse.Namespace, Settings], int]
OK = 0
ON_ITS_WAY = "Njoftimi për klientin u bë gati; e dërgon `mburoja worker`."
IN_FORCE = "Hyn në fuqi kur të dorëzohet."


def clock_of(options: argparse.Namespace) -> Clock | None:
    """Return the clock that a script moves, if one is named (None: the machine's)."""
    return FileClock(options.clock) if options.clock else None


def transact(options: argparse.Namespace, settings: Settings, work: Callable[[Tx, Desk, Place], T]) -> T:
    """Do ``work`` in one transaction of the office's database and return its result."""

    async def run() -> T:
        async with open_office(settings, options.db, clock=clock_of(options)) as office:
            place = Place(conversation="", channel=OFFICE, now=office.clock.now())
            return await office.store.transact(lambda tx: work(tx, office.desk, place))

    return asyncio.run(run())


def who(options: argparse.Namespace) -> str:
    """Return the name under which an act is recorded: ``--by``, else the login name."""
    return str(options.by or getpass.getuser())


def _act(options: argparse.Namespace, settings: Settings, service: Callable[..., T], *rest: object) -> T:
    """Call a service on the case that is named, as whoever acts."""
    return transact(
        options,
        settings,
        lambda tx, desk, place: service(tx, desk, place, who(options), options.reference, *rest),
    )


def take(options: argparse.Namespace, settings: Settings) -> int:
    """Take a case, or take it over."""
    service = backoffice.hand_over if options.hand_over else backoffice.take
    _act(options, settings, service)
    return _say(f"Kërkesa {options.reference} është te {who(options)}.")


def reply(options: argparse.Namespace, settings: Settings) -> int:
    """Write to the customer."""
    _act(options, settings, backoffice.reply, options.text)
    return _say(ON_ITS_WAY)


def ask(options: argparse.Namespace, settings: Settings) -> int:
    """Ask the customer."""
    _act(options, settings, backoffice.ask, options.text, options.about)
    clock = "Afati vazhdon." if options.about is backoffice.About.OTHER else "Afati ndalet kur të dorëzohet."
    return _say(f"Kërkesa {options.reference} pret klientin.", ON_ITS_WAY, clock)


def extend(options: argparse.Namespace, settings: Settings) -> int:
    """Extend the time."""
    _act(options, settings, backoffice.extend, options.reason, options.until)
    return _say(ON_ITS_WAY, IN_FORCE)


def proof(options: argparse.Namespace, settings: Settings) -> int:
    """Record a second proof."""
    _act(options, settings, backoffice.prove, options.kind)
    return _say("U shënua që identiteti u kontrollua.")


def fee(options: argparse.Namespace, settings: Settings) -> int:
    """Warn of a fee, or decide it."""
    service = backoffice.warn_of_fee if options.warn else backoffice.decide_fee
    _act(options, settings, service, options.amount, options.reason)
    return _say(ON_ITS_WAY)


def words(options: argparse.Namespace, settings: Settings) -> int:
    """Enter what the customer said by another way."""
    _act(options, settings, backoffice.add_words, options.text)
    return _say("U shënua; nëse kërkesa e priste klientin, vazhdon.")


def note(options: argparse.Namespace, settings: Settings) -> int:
    """Note something for the office."""
    _act(options, settings, backoffice.note, options.text)
    return _say("U shënua.")


def acknowledge(options: argparse.Namespace, settings: Settings) -> int:
    """Acknowledge events, all or none of those that are there; says which were not open."""

    def work(tx: Tx, desk: Desk, place: Place) -> list[str]:
        return [e for e in options.ids if not backoffice.acknowledge(tx, desk, place, who(options), e)]

    not_open = transact(options, settings, work)
    _say(f"U konfirmuan: {len(options.ids) - len(not_open)}.")
    if not_open:
        raise InputError(f"Nuk ishin të hapura: {', '.join(not_open)}. Shihni: mburoja requests events --open")
    return OK


def answer(options: argparse.Namespace, settings: Settings) -> int:
    """Answer a case; an answer with personal data by its files."""
    files = read_files(options.file)
    _act(options, settings, backoffice_close.answer, options.text, files)
    return _say(*attached(files), ON_ITS_WAY, IN_FORCE)


def partly(options: argparse.Namespace, settings: Settings) -> int:
    """Answer a case in part."""
    part = Part(
        text=options.text,
        reasons=options.reason,
        erased=tuple(options.erased),
        kept=tuple(Kept(what=what, clause=clause, until=until) for what, clause, until in options.kept),
    )
    files = read_files(options.file)
    _act(options, settings, backoffice_close.partly, part, files)
    return _say(*attached(files), ON_ITS_WAY, IN_FORCE)


def refuse(options: argparse.Namespace, settings: Settings) -> int:
    """Refuse a case."""
    _act(options, settings, backoffice_close.refuse, options.reason, options.ground)
    return _say(ON_ITS_WAY, IN_FORCE)


def decide(options: argparse.Namespace, settings: Settings) -> int:
    """Decide an objection."""
    decision = Decision(
        outcome=Outcome.UPHELD if options.uphold else Outcome.REJECTED,
        text=options.text,
        grounds=options.reject,
        clause=options.clause,
    )
    _act(options, settings, backoffice_close.decide, decision)
    return _say(ON_ITS_WAY, IN_FORCE)


def record(options: argparse.Namespace, settings: Settings) -> int:
    """Enter a request that came by e-mail, in a shop, by post; prints its reference."""
    incoming = Incoming(
        company=options.company,
        action=options.kind,
        way=options.way,
        on=options.on,
        words=options.words,
        reply_to=options.reply_to,
        customer=options.customer,
        checked=options.checked,
        fields={"against": "marketing"} if options.against_marketing else {},
    )
    reference = transact(
        options, settings, lambda tx, desk, place: backoffice_record.record(tx, desk, place, who(options), incoming)
    )
    return _say(f"Kërkesa u regjistrua me numrin {reference}.")


def hold(options: argparse.Namespace, settings: Settings) -> int:
    """Take the conversation in which a case was filed."""
    _hand_over(options, settings, holds=True)
    return _say("Biseda është te ju; shkruani me `mburoja requests reply`, kthejeni me `mburoja requests release`.")


def release(options: argparse.Namespace, settings: Settings) -> int:
    """Give the conversation back."""
    _hand_over(options, settings, holds=False)
    return _say("Biseda iu kthye Mburojës.")


def _hand_over(options: argparse.Namespace, settings: Settings, *, holds: bool) -> None:
    async def run() -> bool:
        async with open_office(settings, options.db, clock=clock_of(options)) as office:
            turns, now = office.turns(), office.clock.now()

            def work(tx: Tx) -> bool:
                stored = case_file.load(tx, office.desk, options.reference)
                if stored is None or stored.conversation is None:
                    return False
                return turns.hand_over(tx, now, stored.conversation, stored.reference, holds=holds)

            return await office.store.transact(work)

    if not asyncio.run(run()):
        raise InputError(f"{options.reference} nuk ka bisedë te Mburoja; klientit i shkruani me `requests reply`.")


def close_escalation(options: argparse.Namespace, settings: Settings) -> int:
    """Close an escalation."""
    closed = transact(
        options,
        settings,
        lambda tx, desk, place: escalations.close(tx, desk, place, options.reference, who(options)),
    )
    if not closed:
        raise InputError(f"{options.reference} nuk është e hapur. Shihni: mburoja requests escalations list")
    return _say("U mbyll.")


def convert_escalation(options: argparse.Namespace, settings: Settings) -> int:
    """Make an escalation a request that keeps its time."""
    reference = transact(
        options,
        settings,
        lambda tx, desk, place: escalations.to_request(
            tx, desk, place, options.reference, options.kind, who(options), options.company
        ),
    )
    return _say(f"U bë kërkesë me numrin {reference}, me kohën kur u shkrua.")


def _say(*lines: str) -> int:
    print("\n".join(lines))
    return OK
