"""What is for a person and no request (yet): looked at, made a request, answered, closed, its codes unlocked.

One that names no company is seen by everybody who works on requests, as it may be any company's.
"""

import functools
from collections.abc import Mapping

from aiohttp import web

from bot.console import acting, door, pages, words
from bot.console.acting import Refused
from bot.console.cases import telling, transcript
from bot.console.cases.page import look
from bot.console.door import FORM, Visit
from bot.console.pages import say
from bot.dialogue.effects import IN_CHAT, Escalation
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import escalations, sharing
from bot.services.casework.escalations import State, StoredEscalation
from bot.services.desk import Desk, Place
from bot.services.identity import otp_unlocking
from bot.services.office import claims
from bot.services.records.references import read_reference
from bot.services.staff.roles import Permission
from bot.storage.store import Tx

# A person was told a number and may be answered; the others are for the office only.
ANSWERED = frozenset({Escalation.HAND_OFF, Escalation.AUTHORITY, Escalation.PRESS})


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Answer with the page of an escalation; one that became a request leads there."""
    found = await _found(request, visit, Permission.QUEUE)
    return await _render(request, visit, found)


async def convert(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make it a request of a kind, with its own time (R33); to answer it, a question to the officer."""
    found, form = await _found(request, visit, Permission.WORK), request[FORM]
    company = found.company or form.text("company")
    if found.company is None and company:
        visit.must(Permission.WORK, company)
    answers = form.has("answer")

    def work(tx: Tx, desk: Desk, place: Place) -> str:
        claims.claim(tx, desk, place.now, found.id, visit.who)
        action = Action.CONTACT_DPO if answers else _action(form.text("kind"))
        return escalations.to_request(tx, desk, place, found.id, action, visit.who, company or None)

    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return await _render(request, visit, found, act="convert", refused=acted.text, status=409)
    reference = acted.result or await _became(visit, found.id)
    path = f"{door.HOME}/cases/{reference}"
    if not answers:
        return door.see(f"{path}?done=converted")
    return door.see(f"{path}/write/{'answer' if visit.may(Permission.DECIDE, company) else 'reply'}")


async def close(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Close it, with how it was seen to."""
    found, form = await _found(request, visit, Permission.WORK), request[FORM]

    def work(tx: Tx, desk: Desk, place: Place) -> None:
        claims.claim(tx, desk, place.now, found.id, visit.who)
        if not form.text("why"):
            raise NotAllowedError("Write how you saw to it, so that others understand it later.")
        if not escalations.close(tx, desk, place, found.id, visit.who, form.text("why")):
            raise NotAllowedError("Somebody has seen to it meanwhile; look at what stands there now.")
        claims.release(tx, found.id, visit.who)

    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return await _render(request, visit, found, act="close", refused=acted.text, status=409)
    return door.see(f"{door.HOME}/escalations/{found.id}?done=close")


async def unlock(request: web.Request, visit: Visit) -> web.StreamResponse:
    """End the locks of the customer whom it is about (R5)."""
    found = await _found(request, visit, Permission.ADVISE)

    def work(tx: Tx, desk: Desk, place: Place) -> None:
        claims.claim(tx, desk, place.now, found.id, visit.who)
        company, subject = found.company, found.subject
        if not (company and subject) or not otp_unlocking.unlock_customer(
            tx, desk, place, visit.who, company, subject, found.id
        ):
            raise NotAllowedError("Nothing of this customer is locked.")

    acted = await acting.act(request, visit, work)
    if isinstance(acted, Refused):
        return await _render(request, visit, found, act="unlock", refused=acted.text, status=409)
    return door.see(f"{door.HOME}/escalations/{found.id}?done=unlock")


async def _found(request: web.Request, visit: Visit, permission: Permission) -> StoredEscalation:
    office = visit.house.office
    reference = read_reference(request.match_info["reference"])
    found = await office.store.read(lambda tx: escalations.load(tx, office.desk, reference)) if reference else None
    if found is None:
        raise web.HTTPNotFound
    if found.company is not None:
        visit.must(permission, found.company)
    return found


async def _became(visit: Visit, identity: str) -> str:
    """Return the request that an earlier sending of the same form made of it."""
    office = visit.house.office
    found = await office.store.read(lambda tx: escalations.load(tx, office.desk, identity))
    if found is None or found.reference is None:
        raise web.HTTPNotFound
    return found.reference


async def _render(
    request: web.Request,
    visit: Visit,
    found: StoredEscalation,
    *,
    act: str = "",
    refused: str = "",
    status: int = 200,
) -> web.StreamResponse:
    office, form = visit.house.office, request[FORM]
    now = office.clock.now()
    await look(visit, now, found.company, found.id)

    def read(tx: Tx) -> tuple[StoredEscalation, claims.Claim | None, bool, tuple[transcript.Line, ...], int | None]:
        fresh = escalations.load(tx, office.desk, found.id) or found
        locked = None
        if fresh.company and fresh.subject:
            locked = otp_unlocking.locked_until(tx, office.desk, now, fresh.company, fresh.subject)
        shared = sharing.is_shared(tx, fresh.id)
        lines = transcript.lines(sharing.shared(tx, office.desk, fresh.id))
        return fresh, claims.current(tx, now, fresh.id), shared, lines, locked

    fresh, claim, shared, lines, locked = await office.store.read(read)
    companies = [office.desk.companies[key] for key in visit.companies_for(Permission.WORK)]
    works = bool(companies) if fresh.company is None else visit.may(Permission.WORK, fresh.company)
    return pages.render(
        request, visit, "cases/escalation.html",
        place="queue", status=status, told=telling.done(request.query.get("done", "")), refused=refused, act=act,
        typed={name: form.text(name) for name in form.fields} if act else {},
        escalation=fresh, open=fresh.state is State.OPEN, claim=claim, shared=shared, lines=lines, locked=locked,
        company=office.desk.companies.get(fresh.company or ""), companies=companies, works=works,
        unlocks=fresh.company is not None and visit.may(Permission.ADVISE, fresh.company),
        explains=_explained()[fresh.kind], answered=fresh.kind in ANSWERED, in_chat=fresh.reply_to == IN_CHAT,
        kinds=words.kinds(), words=words,
    )  # fmt: skip


def _action(typed: str) -> Action:
    try:
        return Action(typed)
    except ValueError:
        raise NotAllowedError("Choose what kind of request it is.") from None


@functools.cache
def _explained() -> Mapping[Escalation, str]:
    return {
        Escalation.HAND_OFF: say(
            "Somebody wants to speak with a person. Answer, or make it a request of the right kind; then the time runs "
            "from when it was written."
        ),
        Escalation.UNANSWERED: say(
            "Mburoja found no answer. Nobody waits for you: look whether the policy says it, and close this."
        ),
        Escalation.ASKED_AGAIN: say(
            "Somebody asked for the same again, so the answer did not help. Nobody waits for you: look whether it can "
            "be said better, and close this."
        ),
        Escalation.LOCKED: say(
            "Too many wrong codes. Unlock only if you are sure that it was the customer; otherwise the lock ends by "
            "itself."
        ),
        Escalation.UNREQUESTED_CODE: say(
            "Somebody got a code that they did not ask for. The code is dead. Look whether it happens to the same "
            "customer again; then close this."
        ),
        Escalation.AUTHORITY: say(
            "An authority asks for something. Never answer it in the chat: ask for a letter, and check who they are."
        ),
        Escalation.PRESS: say("The press asks. Pass it on to whoever speaks for the company, then close this."),
        Escalation.ALARM: say(
            "Mburoja noticed something unusual. Tell whoever looks after the system, then close this."
        ),
    }
