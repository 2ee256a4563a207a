"""An answer that is ready to be fetched, for tests: a customer, a case, files, a link, and codes that arrive."""

import re

from bot.dialogue.effects import LinkAnswer
from bot.dialogue.events import AnswerLinked, CodeUnderWay
from bot.policy.actions import Action
from bot.services import jobs
from bot.services.casework import answer_links, answer_release
from bot.services.casework.answer_files import Attachment
from bot.services.casework.answer_release import Granted
from bot.services.identity import customers, otp
from bot.services.jobs import JobKind
from bot.services.office import backoffice, backoffice_close
from bot.services.office.backoffice import SecondProof
from tests.services.acting import House, customer, prove
from tests.services.casework import DPO, bring, filed, office
from tests.tools.desks import NOW, place

COPY = Attachment(name="të dhënat e mia.pdf", media_type="application/pdf", content=b"%PDF-1.7 Filan Fisteku")
LIST = Attachment(name="thirrjet.csv", media_type="text/csv", content=b"kur,kush\n" * 60_000)


def answered(
    house: House, *files: Attachment, subject: str | None = None, action: Action = Action.DSAR_ACCESS, now: int = NOW
) -> str:
    """A case of a customer (proven in "c1") that was answered with files, and told so; returns its reference."""
    if subject is None:
        subject = customer(house.tx, house.desk)
        prove(house.tx, house.desk, subject)
    reference = filed(house, action, subject=subject)
    backoffice.prove(house.tx, house.desk, office(now), DPO, reference, SecondProof.SHOP)
    backoffice_close.answer(house.tx, house.desk, office(now), DPO, reference, files=files or (COPY,))
    bring(house, now)
    return reference


def linked(house: House, reference: str, now: int = NOW, conversation: str = "c1") -> str:
    """The token of a new link, made in a conversation that may have one."""
    effect = LinkAnswer(company="alfa", reference=reference)
    made = answer_links.link_answer(house.tx, house.desk, place(now, conversation), effect)
    assert isinstance(made, AnswerLinked), made
    return made.token


def sms(house: House, now: int = NOW) -> list[tuple[str, str]]:
    """Do what waits, as the worker does; return the SMS that went out, to whom and which."""
    sent: list[tuple[str, str]] = []
    while claimed := jobs.claim(house.tx, house.desk, now, [JobKind.DIRECTORY_LOOKUP, JobKind.SMS_SEND], 100, 1000):
        for job in claimed:
            text = {key: str(value) for key, value in job.payload.items()}
            if job.kind is JobKind.DIRECTORY_LOOKUP:
                found = customers.find(house.tx, house.desk, text["company"], text["kind"], text["value"])
                otp.resolve(house.tx, house.desk, now, text["challenge"], text["code"], found)
            else:
                sent.append((text["to"], text["text"]))
            jobs.settle(house.tx, now, job.id, job.lease_token)
    return sent


def coded(house: House, token: str, now: int = NOW) -> str:
    """Have a code sent for a link; return it."""
    sms(house, now)
    assert isinstance(answer_release.send_code(house.tx, house.desk, now, token), CodeUnderWay)
    ((_, text),) = sms(house, now)
    return code_in(text)


def code_in(text: str) -> str:
    """Return the code of an SMS."""
    found = re.search(r"\d{6}", text)
    assert found, text
    return found[0]


def opened(house: House, token: str, now: int = NOW) -> str:
    """Prove by a code that one may download; return the grant."""
    granted = answer_release.try_code(house.tx, house.desk, now, token, coded(house, token, now))
    assert isinstance(granted, Granted), granted
    return granted.grant
