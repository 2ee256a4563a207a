"""``mburoja mail test``: sends one mail as the worker would, and says what came of it."""

import argparse
import asyncio
import secrets
from pathlib import Path

from bot.clock import SystemClock
from bot.commands.console import BAD_INPUT, OK, complain
from bot.delivery.mail import Mailer
from bot.delivery.pump import DeliveryError
from bot.errors import InputError
from bot.services.outward import mail_texts
from bot.settings import Settings
from bot.web.outward import mailer
from bot.web.settings import read_server_settings

_WHY = {
    "mail.address": "Adresa nuk është e plotë. Shkruajeni si emri@shembull.example.",
    "mail.recipient": "Serveri i postës nuk e pranon këtë adresë. Shikojeni edhe një herë.",
    "mail.content": "Serveri i postës nuk e pranon këtë mesazh. Pyeteni kujdestarin e tij.",
    "mail.sender": "Serveri i postës nuk e pranon dërguesin. Shikoni smtp_from.",
    "mail.login": "Serveri i postës nuk na lejon të hyjmë. Shikoni smtp_user dhe smtp_password.",
    "mail.certificate": "Certifikata e serverit të postës nuk vërtetohet. Shikoni smtp_host dhe smtp_security.",
    "mail.connection": "Serveri i postës nuk arrihet. Shikoni smtp_host, smtp_port dhe smtp_security.",
    "mail.server": "Serveri i postës nuk pranon të flasë me ne. Shikoni smtp_port dhe smtp_security.",
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``mail``."""
    mail = commands.add_parser("mail", help="posta për njerëzit e kompanisë")
    acts = mail.add_subparsers(required=True, metavar="veprimi")
    test = acts.add_parser("test", help="dërgon një mesazh prove")
    test.add_argument("address", metavar="ADRESA", help="kujt")
    test.add_argument("--config", type=Path, metavar="SKEDARI", help="skedari i cilësimeve (TOML)")
    test.set_defaults(command=_test)


def _test(options: argparse.Namespace, _settings: Settings) -> int:
    settings = read_server_settings(options.config)
    sender = mailer(settings, SystemClock())
    if sender is None:
        raise InputError("Posta nuk është vënë: shkruani smtp_host (MBUROJA_SMTP_HOST), pastaj provoni prapë.")
    try:
        asyncio.run(_send(sender, options.address))
    except DeliveryError as error:
        complain(_WHY[error.kind])
        if error.temporary:
            complain("Mesazhet e vërteta nuk humbin: punëtori i provon prapë, gjithnjë më rrallë.")
        return BAD_INPUT
    print(f"Serveri {settings.smtp_host} e mori mesazhin. Shikoni a erdhi, edhe te mesazhet e padëshiruara.")
    return OK


async def _send(sender: Mailer, address: str) -> None:
    trial = mail_texts.trial()
    await sender.send(address, trial.subject, trial.text, key=secrets.token_hex(16))
