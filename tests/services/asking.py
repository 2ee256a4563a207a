"""What tests of requests do: file one, look it up, add to it, take it back, and look into the database."""

import json
from collections.abc import Mapping

from bot.dialogue.effects import (
    AddToCase,
    FileRequest,
    Flag,
    LocateCase,
    ReadCases,
    Shown,
    TakeBack,
)
from bot.dialogue.events import (
    ActRefused,
    Case,
    CaseLocated,
    CasesRead,
    Filed,
    Noted,
    ProofMissing,
    ReferenceWrong,
    TakenBack,
)
from bot.policy.actions import Action
from bot.services.casework import requests
from bot.services.casework.cases import Stored
from bot.services.decisions import taking_back
from bot.services.desk import Place
from bot.services.records import events
from bot.services.records.events import EventKind
from tests.services.acting import SHOWN, House
from tests.tools.desks import place

SENSITIVE = "Filan Fisteku e do listën e thirrjeve"


def asked(
    subject: str | None,
    action: Action = Action.DSAR_ACCESS,
    *,
    company: str = "alfa",
    words: str = SENSITIVE,
    reply_to: str = "",
    flags: tuple[Flag, ...] = (),
    fields: Mapping[str, str] | None = None,
    join: str | None = None,
) -> FileRequest:
    return FileRequest(
        company=company,
        action=action,
        subject=subject,
        fields=fields or {},
        words=words,
        reply_to=reply_to,
        flags=flags,
        shown=SHOWN,
        join=join,
    )


def filed(house: House, effect: FileRequest, here: Place | None = None) -> Case:
    """File a request that is taken, and return it."""
    result = requests.file(house.tx, house.desk, here or place(), effect)
    assert isinstance(result, Filed), result
    return result.case


def stored(house: House, case: Case) -> Stored:
    found = requests.load(house.tx, house.desk, case.reference)
    assert found is not None
    return found


def flags(house: House, case: Case) -> set[str]:
    return set(stored(house, case).flags)


def acts(house: House) -> list[str]:
    return [json.loads(row["body"])["act"] for row in house.rows("audit")]


def told_office(house: House) -> list[EventKind]:
    return [event.kind for event in events.open_events(house.tx, house.desk)]


def put(house: House, case: Case, **columns: str | int | None) -> None:
    """Change a request's row as the back office would."""
    house.tables.update("requests", case.reference, columns)


def read(house: House, subject: str | None, here: Place | None = None) -> list[str]:
    result = requests.read_cases(house.tx, house.desk, here or place(), ReadCases(company="alfa", subject=subject))
    assert isinstance(result, CasesRead), result
    return [case.reference for case in result.cases]


def locate(house: House, typed: str, here: Place | None = None) -> CaseLocated | ReferenceWrong:
    return requests.locate(house.tx, house.desk, here or place(), LocateCase(typed=typed))


def add(house: House, case: Case, words: str = "Po, jam unë.", here: Place | None = None) -> Noted | ProofMissing:
    effect = AddToCase(reference=case.reference, words=words)
    return requests.add_words(house.tx, house.desk, here or place(), effect)


def take_back(
    house: House, case: Case, here: Place | None = None, company: str = "alfa"
) -> TakenBack | ActRefused | ProofMissing:
    effect = TakeBack(company=company, reference=case.reference, shown=Shown(words="E tërhiqni?", clauses=()))
    return taking_back.take_back(house.tx, house.desk, here or place(), effect)
