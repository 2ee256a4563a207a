"""Sends mails by SMTP, each under an id of its own; knows no digest.

A mail is done once the server has taken it. After a crash between that and the job's end it is sent again, under the
same Message-ID, by which programs that read mail tell that it is the same. Nothing of a mail is logged (R32).
"""

import asyncio
import contextlib
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime

import aiosmtplib
from aiosmtplib import errors

from bot.clock import Clock, moment
from bot.delivery.pump import DeliveryError, Finish, Handler, nothing
from bot.services.jobs import Job, JobKind

TIMEOUT = 10.0  # seconds for each step of the exchange
_TEMPORARY = range(400, 500)  # RFC 5321, 4.2.1


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """Where mails are handed over. ``security`` is starttls, tls or none; an empty ``user`` signs in as nobody.

    ``trusts`` (None: the machine's authorities) says whose certificates are taken.
    """

    host: str
    port: int
    security: str
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)
    trusts: ssl.SSLContext | None = None


class Mailer:
    """Hands mails over to one server. One for the whole process; every mail has a connection of its own."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        """Take the server and the clock that dates mails."""
        self._server, self._clock = server, clock

    async def handle(self, job: Job) -> Finish:
        """Send the mail of a job. Raises DeliveryError."""
        to, subject, text = (str(job.payload[name]) for name in ("to", "subject", "text"))
        await self.send(to, subject, text, key=job.idempotency_key)
        return nothing

    async def send(self, to: str, subject: str, text: str, *, key: str) -> None:
        """Hand over a mail; the same ``key`` gives the same Message-ID. Raises DeliveryError.

        What the server has against this mail or its address is for good; all else may be put right.
        """
        mail = self._written(to, subject, text, key)
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, timeout=TIMEOUT,
            use_tls=server.security == "tls", start_tls=server.security == "starttls",
            tls_context=server.trusts or ssl.create_default_context(),
            username=server.user or None, password=server.password or None,
        )  # fmt: skip
        try:
            await smtp.connect()
            await smtp.send_message(mail, sender=server.sender, recipients=[to])
        except BaseException as error:
            smtp.close()
            if isinstance(error, asyncio.CancelledError) or not isinstance(error, Exception):
                raise
            raise _fault(error) from None
        with contextlib.suppress(errors.SMTPException, OSError):  # it is taken, whatever comes now
            await smtp.quit()
        smtp.close()

    def _written(self, to: str, subject: str, text: str, key: str) -> EmailMessage:
        domain = self._server.sender.rpartition("@")[2]
        mail = EmailMessage(policy=WIRE)
        try:
            mail["To"] = Address(addr_spec=to)
        except Exception:  # what the library finds wrong with an address has no common kind
            raise DeliveryError("mail.address", temporary=False) from None
        mail["From"] = Address("Mburoja", addr_spec=self._server.sender)
        mail["Subject"] = subject
        mail["Date"] = format_datetime(moment(self._clock.now()))
        mail["Message-ID"] = f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
        mail.set_content(text, charset="utf-8", cte="quoted-printable")
        return mail


def handlers(mailer: Mailer | None) -> Mapping[JobKind, Handler]:
    """Return what sends mails; nothing where no server is set."""
    return {JobKind.MAIL_SEND: mailer.handle} if mailer else {}


def _fault(error: Exception) -> DeliveryError:
    """Return what an error means for the mail, without the server's words: they often name the address (R32)."""
    match error:
        case errors.SMTPRecipientsRefused(recipients=[errors.SMTPRecipientRefused(code=code), *_]):
            return DeliveryError("mail.recipient", temporary=code in _TEMPORARY)
        case errors.SMTPDataError(code=code):
            return DeliveryError("mail.content", temporary=code in _TEMPORARY)
        case errors.SMTPAuthenticationError():
            return DeliveryError("mail.login", temporary=True)
        case errors.SMTPSenderRefused():
            return DeliveryError("mail.sender", temporary=True)
        case ssl.SSLError():
            return DeliveryError("mail.certificate", temporary=True)
        case errors.SMTPTimeoutError() | errors.SMTPConnectError() | errors.SMTPServerDisconnected() | OSError():
            certificate = isinstance(error.__cause__, ssl.SSLError)
            return DeliveryError("mail.certificate" if certificate else "mail.connection", temporary=True)
        case _:
            return DeliveryError("mail.server", temporary=True)
