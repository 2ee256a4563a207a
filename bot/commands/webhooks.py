"""``mburoja webhooks``: where a company's events are posted to: added, shown, tried, their secrets rotated."""

import argparse
import json
from collections.abc import Awaitable

from bot.app import Office
from bot.clock import moment
from bot.commands.tokens import add_options, place_of, run, who_of, written
from bot.delivery.webhooks import Answer
from bot.errors import InputError
from bot.services.outward import webhooks
from bot.services.outward.webhooks import Webhook
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.settings import Settings
from bot.web.outward import poster
from bot.web.settings import read_server_settings

OK, BAD_INPUT = 0, 2
_WHY = {webhooks.BY_HAND: "me dorë", webhooks.GONE: "marrësi tha se s’është më"}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group ``webhooks``."""
    group = commands.add_parser("webhooks", help="ku dërgohen ngjarjet e kompanisë")
    acts = group.add_subparsers(required=True, metavar="veprimi")
    added = acts.add_parser("add", help="i dërgon ngjarjet te një adresë; sekreti tregohet vetëm një herë")
    added.add_argument("url", metavar="ADRESA", help="p.sh. https://www.shembull.example/mburoja")
    added.add_argument("--company", required=True, metavar="KOMPANIA", help="kompania, p.sh. ipko")
    added.add_argument(
        "--type", dest="kinds", action="append", default=[], type=EventKind, choices=list(EventKind), metavar="LLOJI",
        help="vetëm ngjarjet e këtij lloji; jepet disa herë (pa të: të gjitha)",
    )  # fmt: skip
    added.set_defaults(command=_add)
    listed = acts.add_parser("list", help="tregon ku dërgohen")
    listed.add_argument("--company", metavar="KOMPANIA")
    listed.set_defaults(command=_list)
    made = [added, listed]
    for name, help_, command in (
        ("rotate", "jep sekret të ri; edhe i vjetri nënshkruan 24 orë", _rotate),
        ("disable", "nuk dërgon më", _disable),
        ("enable", "dërgon prapë, ngjarjet që vijnë", _enable),
        ("test", "dërgon tani një mesazh prove", _test),
    ):
        act = acts.add_parser(name, help=help_)
        act.add_argument("id", metavar="ID")
        act.set_defaults(command=command)
        made.append(act)
    for act in made:
        add_options(act)


def _add(options: argparse.Namespace, settings: Settings) -> int:
    def work(office: Office) -> Awaitable[Webhook]:
        return office.store.transact(
            lambda tx: webhooks.add(
                tx, office.desk, place_of(office), who_of(options), options.url, options.company, options.kinds
            )
        )

    _show_secret(run(options, settings, work))
    return OK


def _rotate(options: argparse.Namespace, settings: Settings) -> int:
    def work(office: Office) -> Awaitable[Webhook]:
        return office.store.transact(
            lambda tx: webhooks.rotate(tx, office.desk, place_of(office), who_of(options), options.id)
        )

    _show_secret(run(options, settings, work))
    return OK


def _disable(options: argparse.Namespace, settings: Settings) -> int:
    def work(office: Office) -> Awaitable[bool]:
        return office.store.transact(
            lambda tx: webhooks.disable(tx, office.desk, place_of(office), who_of(options), options.id)
        )

    print("Nuk dërgohet më." if run(options, settings, work) else "Ishte ndalur që më parë.")
    return OK


def _enable(options: argparse.Namespace, settings: Settings) -> int:
    def work(office: Office) -> Awaitable[bool]:
        return office.store.transact(
            lambda tx: webhooks.enable(tx, office.desk, place_of(office), who_of(options), options.id)
        )

    print("Dërgohet prapë, që tani." if run(options, settings, work) else "Nuk ishte ndalur.")
    return OK


def _list(options: argparse.Namespace, settings: Settings) -> int:
    async def work(office: Office) -> tuple[Webhook, ...]:
        now = office.clock.now()
        return await office.store.read(lambda tx: webhooks.every(tx, office.desk, now, options.company))

    found = run(options, settings, work)
    for hook in found:
        kinds = " ".join(sorted(hook.kinds)) or "të gjitha"
        state = (
            "dërgohet"
            if hook.disabled_at is None
            else f"u ndal më {written(hook.disabled_at)} ({_WHY.get(hook.disabled_why, hook.disabled_why)})"
        )
        print(f"{hook.id}  {hook.company}  {hook.url}  {kinds}  {state}")
    if not found:
        print("Ngjarjet nuk dërgohen askund.")
    return OK


def _test(options: argparse.Namespace, settings: Settings) -> int:
    async def work(office: Office) -> Answer:
        now = office.clock.now()
        hook = await office.store.read(lambda tx: webhooks.load(tx, office.desk, now, options.id))
        if hook is None:
            raise InputError(f"Nuk ka adresë me ID {options.id}. Shihni: mburoja webhooks list")
        told = {
            "version": events.VERSION,
            "id": office.desk.randomness.token(),
            "type": "webhook.test",
            "time": moment(now).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "company": hook.company,
            "data": {},
        }
        return await poster(office, read_server_settings()).post(hook, str(told["id"]), json.dumps(told).encode())

    answer = run(options, settings, work)
    if answer.taken:
        print(f"U mor ({answer.status}).")
        return OK
    print(f"Nuk u mor: {answer.fault or answer.status}.")
    return BAD_INPUT


def _show_secret(hook: Webhook) -> None:
    print(f"ID: {hook.id}")
    print(f"Sekreti: {hook.secrets[0]}")
    print("Ruajeni tani: nuk tregohet më.")
