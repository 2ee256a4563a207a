"""``mburoja requests``: the back office on the command line; a face of its services, with no rule of its own."""

import argparse
import datetime as dt
from pathlib import Path
from typing import TypeAlias

from bot.commands import requests_acts as acts
from bot.commands import requests_views as views
from bot.commands.console import add_database
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.office.backoffice import About, SecondProof
from bot.services.office.backoffice_close import Grounds
from bot.services.office.backoffice_record import Way
from bot.services.office.office_rules import Ground
from bot.services.records.events import EventKind
from bot.services.records.references import read_reference

Group: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add(commands: Group) -> None:
    """Add the group ``requests``."""
    parser = commands.add_parser("requests", help="kërkesat e klientëve: radha, përgjigjet, vendimet")
    group = parser.add_subparsers(required=True, metavar="veprimi")
    _add_views(group)
    _add_acts(group)
    _add_endings(group)
    _add_record(group)
    _add_escalations(group)


def _add_views(group: Group) -> None:
    listed = _command(group, "list", "radha e kërkesave", views.show_list)
    _narrowing(listed)
    listed.add_argument("--late", action="store_true", help="vetëm ato me afat të kaluar")
    _json(listed)
    shown = _case_command(group, "show", "një kërkesë e tërë", views.show_case)
    _json(shown)
    export = _command(group, "export", "të gjitha kërkesat në skedar", views.export)
    _narrowing(export)
    export.add_argument("--format", choices=["csv", "json"], default="csv")
    export.add_argument("--out", type=Path, metavar="SKEDARI", help="ku shkruhet (pa të: dalja standarde)")
    events = _command(group, "events", "ngjarjet që presin konfirmim", views.show_events)
    events.add_argument("--open", action="store_true", help="vetëm të hapurat (kështu është edhe pa të)")
    events.add_argument(
        "--type", type=EventKind, choices=list(EventKind), action="append", metavar="LLOJI", help="vetëm të këtij lloji"
    )
    events.add_argument("--late", action="store_true", help="vetëm ato mbi 24 orë")
    events.add_argument("--company", metavar="C")
    _json(events)


def _add_acts(group: Group) -> None:
    take = _act(group, "take", "e merr kërkesën", acts.take)
    take.add_argument("--hand-over", action="store_true", help="edhe nga tjetri që e ka")
    reply = _act(group, "reply", "i shkruan klientit", acts.reply)
    reply.add_argument("text", metavar="TEKSTI")
    ask = _act(group, "ask", "e pyet klientin", acts.ask)
    ask.add_argument("text", metavar="PYETJA")
    ask.add_argument(
        "--about", type=About, choices=list(About), required=True, help="vetëm identity e scope e ndalin afatin"
    )
    extend = _act(group, "extend", "e zgjat afatin, një herë", acts.extend)
    extend.add_argument("--reason", required=True, metavar="ARSYEJA")
    extend.add_argument("--until", type=_day, metavar="DATA", help="pa të: aq sa lejon rregulli")
    proof = _act(group, "proof", "shënon që identiteti u kontrollua edhe ndryshe", acts.proof)
    proof.add_argument("--kind", type=SecondProof, choices=list(SecondProof), required=True)
    fee = _act(group, "fee", "paralajmëron ose vendos një pagesë", acts.fee)
    fee.add_argument("--amount", required=True, metavar="SHUMA")
    fee.add_argument("--reason", required=True, metavar="ARSYEJA")
    fee.add_argument("--warn", action="store_true", help="vetëm paralajmëron; pa të vendoset")
    words = _act(group, "words", "fut çka tha klienti me e-mail, në dyqan, me postë", acts.words)
    words.add_argument("text", metavar="TEKSTI")
    _act(group, "hold", "e merr bisedën: klientit i përgjigjet njeriu, jo Mburoja", acts.hold)
    _act(group, "release", "ia kthen bisedën Mburojës", acts.release)
    note = _act(group, "note", "shënim për zyrën; klienti nuk e sheh", acts.note)
    note.add_argument("text", metavar="TEKSTI")
    acknowledge = _command(group, "acknowledge", "konfirmon ngjarje", acts.acknowledge)
    acknowledge.add_argument("ids", nargs="+", metavar="ID")
    _by(acknowledge)


def _add_endings(group: Group) -> None:
    answer = _act(group, "answer", "i përgjigjet kërkesës", acts.answer)
    answer.add_argument("text", nargs="?", default="", metavar="TEKSTI", help="jo për qasje e bartje")
    _files(answer)
    partly = _act(group, "partly", "i përgjigjet pjesërisht", acts.partly)
    _files(partly)
    partly.add_argument("--text", default="", metavar="TEKSTI", help="çka u bë")
    partly.add_argument("--reason", default="", metavar="ARSYEJA")
    partly.add_argument("--erased", action="append", default=[], metavar="ÇKA", help="u fshi (mund të përsëritet)")
    partly.add_argument(
        "--kept", action="append", default=[], nargs=3, metavar=("ÇKA", "PIKA", "DERI_KUR"), help="ruhet (po ashtu)"
    )
    refuse = _act(group, "refuse", "e refuzon tërë kërkesën", acts.refuse)
    refuse.add_argument("--reason", required=True, metavar="ARSYEJA")
    refuse.add_argument("--ground", type=Ground, choices=list(Ground), default=Ground.OTHER)
    decide = _act(group, "decide", "vendos për një kundërshtim", acts.decide)
    outcome = decide.add_mutually_exclusive_group(required=True)
    outcome.add_argument("--uphold", action="store_true", help="pranohet")
    outcome.add_argument("--reject", type=Grounds, choices=list(Grounds), help="nuk pranohet, me këtë bazë")
    decide.add_argument("--text", default="", metavar="TEKSTI", help="arsyet, për klientin")
    decide.add_argument("--clause", default="", metavar="PIKA", help="pika e politikës, për --reject")


def _add_record(group: Group) -> None:
    record = _command(group, "record", "fut një kërkesë që erdhi ndryshe", acts.record)
    record.add_argument("--company", required=True, metavar="C")
    record.add_argument("--kind", type=Action, choices=list(Action), required=True)
    record.add_argument("--way", type=Way, choices=list(Way), required=True)
    record.add_argument("--on", type=_day, required=True, metavar="DATA", help="dita kur erdhi")
    record.add_argument("--words", required=True, metavar="TEKSTI", help="fjalët e vetë personit")
    record.add_argument("--reply-to", default="", metavar="ADRESA")
    record.add_argument("--customer", default="", metavar="NR", help="numri i klientit, nëse është dhënë")
    record.add_argument("--checked", type=SecondProof, choices=list(SecondProof), help="si u kontrollua identiteti")
    record.add_argument("--against-marketing", action="store_true", help="kundërshtim kundër reklamave")
    _by(record)


def _add_escalations(group: Group) -> None:
    parser = group.add_parser("escalations", help="çka duhet ta shohë një njeri")
    group = parser.add_subparsers(required=True, metavar="veprimi")
    listed = _command(group, "list", "të hapurat", views.show_escalations)
    listed.add_argument("--company", metavar="C")
    _json(listed)
    _act(group, "close", "e mbyll", acts.close_escalation)
    convert = _act(group, "convert", "e bën kërkesë, me kohën e vet", acts.convert_escalation)
    convert.add_argument("--kind", type=Action, choices=list(Action), required=True)
    convert.add_argument("--company", metavar="C", help="nëse nuk e ka")


def _command(group: Group, name: str, says: str, does: acts.Command) -> argparse.ArgumentParser:
    parser = group.add_parser(name, help=says)
    add_database(parser)
    parser.add_argument("--clock", type=Path, metavar="SKEDARI", help="skedar me orën (ISO 8601), për prova")
    parser.set_defaults(command=does)
    return parser


def _case_command(group: Group, name: str, says: str, does: acts.Command) -> argparse.ArgumentParser:
    parser = _command(group, name, says, does)
    parser.add_argument("reference", type=_reference, metavar="NUMRI")
    return parser


def _act(group: Group, name: str, says: str, does: acts.Command) -> argparse.ArgumentParser:
    parser = _case_command(group, name, says, does)
    _by(parser)
    return parser


def _by(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--by", metavar="EMRI", help="kush vepron (pa të: përdoruesi)")


def _files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--file", type=Path, action="append", default=[], metavar="SKEDARI",
        help="skedar i përgjigjes, për qasje e bartje (mund të përsëritet)",
    )  # fmt: skip


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="si JSON")


def _narrowing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--company", metavar="C")
    parser.add_argument(
        "--state", type=CaseState, choices=list(CaseState), metavar="GJENDJA", help=", ".join(CaseState)
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} nuk është datë; shkruani p.sh. 2026-03-05") from None


def _reference(text: str) -> str:
    reference = read_reference(text)
    if reference is None:
        raise argparse.ArgumentTypeError(f"{text!r} nuk është numër: mungon ose është gabuar ndonjë shkronjë")
    return reference
