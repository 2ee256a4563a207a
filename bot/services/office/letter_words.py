"""Ready words for a notice about a case: which templates fit it, with their blanks filled in; sends nothing."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.policy import templates
from bot.policy.actions import Action
from bot.policy.company import Company
from bot.policy.templates import Blank, Occasion
from bot.services.casework.cases import Stored
from bot.services.casework.deadlines import extended_to, local_day, promised
from bot.services.desk import Desk
from bot.services.office import notice_texts, office_rules

# After "kërkesa juaj".
_KINDS: Mapping[Action, str] = {
    Action.WITHDRAW_MARKETING: "për ndaljen e reklamave",
    Action.OBJECT_STATISTICS: "për ndaljen e statistikave",
    Action.DSAR_ACCESS: "për kopje të të dhënave",
    Action.DSAR_RECTIFICATION: "për korrigjim të të dhënave",
    Action.DSAR_ERASURE: "për fshirje të të dhënave",
    Action.DSAR_RESTRICTION: "për kufizim të përdorimit",
    Action.DSAR_OBJECTION: "për kundërshtim",
    Action.DSAR_PORTABILITY: "për bartje të të dhënave",
    Action.HUMAN_REVIEW: "që rastin ta shohë një njeri",
    Action.CONTACT_DPO: "për zyrtarin për mbrojtjen e të dhënave",
    Action.COMPLAINT: "me ankesë",
}


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A template as it reads for one case; ``choice`` is what it chooses beside its words."""

    id: str
    occasion: Occasion
    label: str
    text: str
    choice: str


def ready(desk: Desk, now: int, stored: Stored, *occasions: Occasion) -> tuple[Ready, ...]:
    """Return the templates that fit a case, by what they are for."""
    values = filled(desk, now, stored)
    return tuple(
        Ready(
            id=template.id,
            occasion=occasion,
            label=template.label,
            text=templates.fill(template.text, values),
            choice=template.choice,
        )
        for occasion in occasions
        for template in desk.companies[stored.company].templates
        if templates.fits(template, occasion, stored.action, values)
    )


def filled(desk: Desk, now: int, stored: Stored) -> dict[Blank, str]:
    """Return what stands in each blank for a case; empty where there is nothing to say (no date that is over, R33)."""
    company = desk.companies[stored.company]
    deadline = company.rights.deadline
    longest = extended_to(stored.received_at, stored.paused_ms, deadline).date
    limit = company.rights.limits.get(stored.action)
    return {
        Blank.REFERENCE: stored.reference,
        Blank.COMPANY: company.name,
        Blank.KIND: _KINDS[stored.action],
        Blank.RECEIVED: notice_texts.day(local_day(stored.received_at)),
        Blank.DUE: _until(stored.due_date, company, now, "brenda afatit ligjor"),
        Blank.LONGEST: _until(longest, company, now, "brenda afatit ligjor të zgjatur"),
        Blank.CONTACT: company.contact,
        Blank.AGENCY: company.agency.name if company.agency else "",
        Blank.COMPLAINT: notice_texts.redress(company),
        Blank.LIMIT: limit.says if limit else "",
        Blank.CLAUSE: _named(desk, now, stored, limit.clauses) if limit else "",
    }


def _until(day: dt.date, company: Company, now: int, unpromised: str) -> str:
    if day < local_day(now):
        return ""
    told = promised(day, company.rights.deadline)
    return f"deri më {notice_texts.day(told)}" if told else unpromised


def _named(desk: Desk, now: int, stored: Stored, clauses: tuple[str, ...]) -> str:
    return ", ".join(office_rules.clause(desk, stored, now, "write", clause) for clause in clauses)
