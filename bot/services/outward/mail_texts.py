"""What the company's own people read in our mails, in Albanian; knows no table, no clock and no account.

Counts, references, kinds and dates only: a mail leaves the house, so nothing of a person stands in it (R32).
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services.office.notice_texts import day

MOST_LISTED = 20  # lines of one list; the rest is counted

_KINDS = {  # as the console's queue calls them
    Action.WITHDRAW_MARKETING: "ndalje e reklamave",
    Action.OBJECT_STATISTICS: "kundërshtim i statistikave",
    Action.DSAR_ACCESS: "qasje në të dhëna",
    Action.DSAR_RECTIFICATION: "korrigjim i të dhënave",
    Action.DSAR_ERASURE: "fshirje e të dhënave",
    Action.DSAR_RESTRICTION: "kufizim i përdorimit",
    Action.DSAR_OBJECTION: "kundërshtim",
    Action.DSAR_PORTABILITY: "bartje e të dhënave",
    Action.HUMAN_REVIEW: "shqyrtim nga njeriu",
    Action.CONTACT_DPO: "pyetje për zyrtarin/zyrtaren",
    Action.COMPLAINT: "ankesë",
}


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail's subject and its plain text."""

    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A request as a mail lists it. ``left`` are the days until it is due, negative where it is late."""

    reference: str
    action: Action
    state: CaseState
    due: dt.date
    left: int


@dataclass(frozen=True, kw_only=True)
class Listed:
    """How many there are, and the first of them."""

    count: int
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Reference numbers: how many, and the first of them."""

    count: int
    references: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What waits at a company on a day. ``open`` counts every open request, ``kept`` parts that are to be erased now,
    ``people`` what waits for a person without being a request."""

    late: Listed
    today: Listed
    week: Listed
    new: Listed
    unapplied: Numbers
    letters: Numbers
    kept: int
    people: int
    questions: int
    open: int

    @property
    def is_quiet(self) -> bool:
        """Whether nothing of it asks for work."""
        lists = (self.late, self.today, self.week, self.new)
        numbers = (self.unapplied.count, self.letters.count, self.kept, self.people, self.questions)
        return not any(each.count for each in lists) and not any(numbers)


def digest(company: str, picture: Picture, link: str, instead_of: Sequence[str] = ()) -> Mail:
    """Return the mail of a day; ``instead_of`` are the names of those whose deputy reads it."""
    parts = [_for_whom(instead_of), f"Mirëmëngjesi! Kështu qëndron puna te {company}."]
    if picture.is_quiet:
        parts.append(f"Asgjë nuk kërkon punë sot. Të hapura gjithsej: {picture.open}")
        return _mail(f"{company}: asgjë e ngutshme", parts, link)
    parts += [
        _listed("Të vonuara", picture.late),
        _listed("Me afat sot", picture.today),
        _listed("Me afat në 7 ditët e ardhshme", picture.week),
        _listed("Të reja", picture.new),
        _numbers("Tërheqje dhe kundërshtime që presin zbatim më shumë se një ditë", picture.unapplied),
        _numbers("Njoftime për t’u dërguar me dorë", picture.letters),
        _counted("Pjesë për t’u fshirë tani (u ka kaluar koha e ruajtjes)", picture.kept),
        _counted("Presin një njeri", picture.people),
        _counted("Pyetje pa përgjigje", picture.questions),
        f"Të hapura gjithsej: {picture.open}",
    ]
    return _mail(f"{company}: {_headline(picture)}", parts, link)


def alarm(company: str, lines: Sequence[Line], link: str, instead_of: Sequence[str] = ()) -> Mail:
    """Return the mail about requests whose date comes near or is over, the most urgent first."""
    first = lines[0]
    about = first.reference if len(lines) == 1 else _requests(len(lines))
    parts = [
        _for_whom(instead_of),
        _why(company, lines),
        _listed("Kërkesat", Listed(count=len(lines), lines=tuple(lines[:MOST_LISTED]))),
    ]
    return _mail(f"{company}: {when(first.left)} · {about}", parts, link)


def trial() -> Mail:
    """Return the mail that shows that mails arrive."""
    text = "Kjo është një provë nga Mburoja. Nëse e lexoni, posta punon."
    return Mail(subject="Mburoja: provë e postës", text=f"{text}\n")


def when(left: int) -> str:
    """Return how long there is until a date, in words."""
    if left < 0:
        return f"e vonuar {-left} ditë"
    if left == 0:
        return "afati është sot"
    return f"edhe {left} ditë"


def _why(company: str, lines: Sequence[Line]) -> str:
    late = sum(line.left < 0 for line in lines)
    if len(lines) == 1:
        return f"Te {company} një kërkesë {'është e vonuar' if late else 'e ka afatin afër'}."
    if late == len(lines):
        return f"Te {company} disa kërkesa janë të vonuara."
    return f"Te {company} disa kërkesa {'janë të vonuara ose ' if late else ''}e kanë afatin afër."


def _headline(picture: Picture) -> str:
    told = [
        f"{found.count} {one if found.count == 1 else several}"
        for found, one, several in (
            (picture.late, "e vonuar", "të vonuara"),
            (picture.today, "me afat sot", "me afat sot"),
            (picture.new, "e re", "të reja"),
        )
        if found.count
    ]
    return ", ".join(told) or "përmbledhja e ditës"


def _requests(count: int) -> str:
    return "1 kërkesë" if count == 1 else f"{count} kërkesa"


def _for_whom(instead_of: Sequence[str]) -> str:
    return f"E merrni sepse zëvendësoni: {', '.join(instead_of)}." if instead_of else ""


def _listed(title: str, found: Listed) -> str:
    if not found.count:
        return ""
    lines = [f"{title}: {found.count}", *(f"- {_line(line)}" for line in found.lines)]
    return "\n".join(lines + _rest(found.count - len(found.lines)))


def _line(line: Line) -> str:
    waits = ", pret përgjigjen e klientit" if line.state is CaseState.WAITING else ""
    return f"{line.reference}, {_KINDS[line.action]}: {when(line.left)} ({day(line.due)}){waits}"


def _numbers(title: str, found: Numbers) -> str:
    if not found.count:
        return ""
    lines = [f"{title}: {found.count}", *(f"- {reference}" for reference in found.references)]
    return "\n".join(lines + _rest(found.count - len(found.references)))


def _rest(more: int) -> list[str]:
    return [f"- dhe {more} të tjera"] if more > 0 else []


def _counted(title: str, count: int) -> str:
    return f"{title}: {count}" if count else ""


def _mail(subject: str, parts: Sequence[str], link: str) -> Mail:
    said = [part for part in parts if part]
    said += [f"Radha e plotë: {link}", "Ky mesazh vjen nga Mburoja. Mos iu përgjigjni: këtu nuk e lexon askush."]
    return Mail(subject=subject, text="\n\n".join(said) + "\n")
