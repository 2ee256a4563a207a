"""What a customer reads in a notice about a case, in Albanian; knows no table, no channel and no rule.

Short, warm, *ju*; the law's words only where a person of the company wrote them. What no policy text gives (the
agency's name of today, a date whose rule is not confirmed) is marked or left out (R33, R44).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from babel.dates import format_date

from bot.policy.company import Company

SMS_UNITS = 70  # UTF-16 code units in one SMS that holds an ë
_UNCONFIRMED = "(Ky emër nuk është nga politika dhe ende pritet të konfirmohet.)"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Data that are not erased: which, the clause that says so, and until when (a retention names its start).

    ``clause`` is the clause's id where a person gives it, its name (``office_rules.clause``) where a customer reads it.
    ``due_on`` is the day on which it is to be erased, where one can be named; then it comes back into the queue.
    """

    what: str
    clause: str
    until: str
    due_on: dt.date | None = None


def day(date: dt.date) -> str:
    """Return a date as it is written in Kosovo: "5 prill 2026"."""
    return str(format_date(date, format="long", locale="sq_XK"))


def data_for(purpose: str) -> str:
    """Return how the data of a purpose of the policy are called, where a person has no better words for them."""
    return f"të dhënat për qëllimin “{purpose}”"


def sms(company: str, reference: str) -> str:
    """Return an SMS without content (R58), 70 UTF-16 units at most; a long company name is shortened."""
    text = "{}: njoftim për kërkesën {}. Shkruani numrin te Mburoja."
    room = SMS_UNITS - len(text.format("", reference))
    while len(company.encode("utf-16-le")) // 2 > room:
        company = company[:-1].rstrip()
    return text.format(company, reference)


def reply(reference: str, text: str) -> str:
    """Return a message of the company about a case."""
    return f"Për kërkesën {reference}: {_sentence(text)}"


def question(reference: str, text: str, *, pauses: bool) -> str:
    """Return a question; where the clock stands still until it is answered, it says so (R34)."""
    asked = f"Për kërkesën {reference} kemi një pyetje: {_sentence(text)}"
    if pauses:
        asked += " Koha derisa të na përgjigjeni nuk llogaritet në afat."
    return asked


def extension(reference: str, reasons: str, until: dt.date | None) -> str:
    """Return the reasons and the new date (R34); ``until`` is None where no date may be promised (R33)."""
    when = f"deri më {day(until)}" if until else "brenda afatit ligjor të zgjatur"
    because = _sentence(reasons)
    return f"Për kërkesën {reference} na duhet më shumë kohë. Arsyeja: {because} Përgjigjen do ta merrni {when}."


def refusal(company: Company, reference: str, reasons: str) -> str:
    """Return the reasons, and where to turn (R35)."""
    return (
        f"Na vjen keq, kërkesën {reference} nuk mund ta plotësojmë. Arsyeja: {_sentence(reasons)}\n{redress(company)}"
    )


def partly(company: Company, reference: str, text: str, erased: Sequence[str], kept: Sequence[Kept]) -> str:
    """Return what was done and what not, purpose by purpose for an erasure, why, and where to turn (R35)."""
    lines = [f"Kërkesa {reference} u plotësua pjesërisht.{' ' + _sentence(text) if text.strip() else ''}"]
    if erased:
        lines.append("I fshimë: " + "; ".join(erased) + ".")
    lines += [f"Ruhen ende: {item.what}, {item.until} (politika e privatësisë: {item.clause})." for item in kept]
    lines.append(redress(company))
    return "\n".join(lines)


def answer(reference: str, text: str) -> str:
    """Return an answer that carries no personal data."""
    return f"Përgjigjja për kërkesën {reference}: {_sentence(text)}"


def answer_ready(reference: str, *, by_link: bool) -> str:
    """Return that an answer with personal data is ready, and how it comes (R43); never the answer itself."""
    ready = (
        f"Përgjigjja për kërkesën {reference} është gati. Ajo përmban të dhënat tuaja, prandaj nuk dërgohet në bisedë."
    )
    if not by_link:
        return f"{ready} Do t’ju vijë në adresën që na dhatë."
    way = "E merrni me një lidhje që hapet një herë, pasi të vërtetoheni me kod: shkruani këtu numrin e kërkesës."
    return f"{ready} {way}"


def partly_ready(company: Company, reference: str, reasons: str, *, by_link: bool) -> str:
    """Return that a part of an answer with personal data is ready, why not all of it, and where to turn (R35)."""
    ready = answer_ready(reference, by_link=by_link)
    return f"{ready}\nPërgjigjja është e pjesshme. Arsyeja: {_sentence(reasons)}\n{redress(company)}"


def fee_warning(reference: str, amount: str, reasons: str) -> str:
    """Return that a fee is being thought of, before it is decided (R36)."""
    return (
        f"Kërkesat janë falas. Për kërkesën {reference} po shqyrtojmë një pagesë prej {amount}. Arsyeja: "
        f"{_sentence(reasons)} Ende nuk është vendosur: mund të na shkruani, ta ngushtoni kërkesën ose ta tërhiqni."
    )


def fee(company: Company, reference: str, amount: str, reasons: str) -> str:
    """Return a fee that was decided, its reasons, and where to turn (R36)."""
    return (
        f"Për kërkesën {reference} u vendos një pagesë prej {amount}. Arsyeja: {_sentence(reasons)}\n{redress(company)}"
    )


def objection_upheld(reference: str, text: str, *, statistics: bool) -> str:
    """Return that an objection was accepted (R41)."""
    holds = " Të dhënat tuaja nuk përdoren më për statistika." if statistics else ""
    return f"Kundërshtimi juaj {reference} u pranua.{holds}{' ' + _sentence(text) if text else ''}"


def objection_rejected(company: Company, reference: str, text: str, clause: str, working_days: int | None) -> str:
    """Return that an objection was not accepted, on what grounds, when the restriction ends (R41), where to turn."""
    ends = f" Kufizimi mbetet edhe {working_days} ditë pune pasi ta keni marrë këtë njoftim." if working_days else ""
    because = f"{_sentence(text)} (Politika e privatësisë: {clause}.)"
    return f"Kundërshtimi juaj {reference} nuk u pranua. Arsyeja: {because}{ends}\n{redress(company)}"


def redress(company: Company) -> str:
    """Return the complaint to the agency and the court (R35), the agency's name marked until it is confirmed (R44)."""
    agency = company.agency
    name = agency.name if agency else "autoriteti për mbrojtjen e të dhënave"
    said = f"Nëse nuk pajtoheni, mund të ankoheni te {name} dhe mund t’i drejtoheni gjykatës."
    return said if not agency or agency.confirmed else f"{said} {_UNCONFIRMED}"


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?", "…", ")", "”", "»")) else f"{text}."
