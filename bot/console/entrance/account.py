"""One's own account: roles, sessions, password, recovery codes, who stands in; and signing out (R27)."""

import datetime as dt
from typing import Any

from aiohttp import web

from bot.console import acting, door, pages
from bot.console.door import FORM, HOME, Visit
from bot.console.entrance import words
from bot.console.entrance.first import refused_password
from bot.console.entrance.keys import Tools, tools
from bot.console.forms import Form
from bot.console.pages import say
from bot.errors import NotAllowedError
from bot.services.casework.deadlines import local_day
from bot.services.staff import account_changes, accounts, recovery, signing_in, staff_sessions
from bot.services.staff import passwords as password_rules
from bot.services.staff.lockout import Locked
from bot.services.staff.signing_in import Attempt, Stranger
from bot.storage.store import Tx

ACCOUNT = f"{HOME}/account"


def add_routes(app: web.Application) -> None:
    """Add them."""
    door.add(app, "GET", ACCOUNT, show, needs=None)
    door.add(app, "POST", f"{ACCOUNT}/password", change_password, needs=None)
    door.add(app, "POST", f"{ACCOUNT}/codes", make_codes, needs=None)
    door.add(app, "POST", f"{ACCOUNT}/sessions", end_sessions, needs=None)
    door.add(app, "POST", f"{ACCOUNT}/away", change_deputy, needs=None)
    door.add(app, "POST", f"{HOME}/sign-out", sign_out, needs=None)


async def show(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show one's own account."""
    return await _page(request, visit)


async def sign_out(request: web.Request, visit: Visit) -> web.StreamResponse:
    """End this session."""
    given = tools(request)
    await given.store.transact(lambda tx: signing_in.sign_out(tx, given.desk, given.place, visit.session, visit.who))
    response = door.see(f"{door.SIGN_IN}?done=out")
    door.drop(response)
    return response


async def change_password(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Change the password of who knows the one before; other sessions end."""
    form, given = request[FORM], tools(request)
    fault = refused_password(form, visit.who) or await _not_known(given, visit, form.text("current"))
    if fault:
        return await _page(request, visit, "password", fault)
    made, session = await given.entrance.hashed(form.text("password")), visit.session.id
    if not await given.store.transact(
        lambda tx: account_changes.own_password(tx, given.desk, given.place, visit.account, made, session)
    ):
        raise door.StalePage  # the session was ended just now
    return door.see(f"{ACCOUNT}?done=password")


async def make_codes(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Make the recovery codes anew for who has the authenticator, and show them, this once."""
    given, typed = tools(request), request[FORM].text("code")

    def make(tx: Tx) -> tuple[str, ...] | signing_in.Wrong | Locked:
        refused = signing_in.own_code(tx, given.desk, given.place, visit.account.id, typed)
        return refused or account_changes.own_recovery_codes(tx, given.desk, given.place, visit.account)

    match await given.store.transact(make):
        case Locked() as locked:
            return await _page(request, visit, "codes", words.locked(locked, given.place.now))
        case signing_in.Wrong() as wrong:
            return await _page(request, visit, "codes", words.wrong_code(wrong))
        case codes:
            return pages.render(request, visit, "entrance/new_codes.html", codes=codes)


async def end_sessions(request: web.Request, visit: Visit) -> web.StreamResponse:
    """End one other session, or all of them."""
    form, given = request[FORM], tools(request)
    one, account = form.text("session"), visit.account

    def end(tx: Tx) -> bool:
        if form.has("others"):
            account_changes.end_other_sessions(tx, given.desk, given.place, account, visit.session.id)
            return True
        return one != visit.session.id and account_changes.end_session(tx, given.desk, given.place, account, one)

    if not await given.store.transact(end):
        return await _page(request, visit, "sessions", say("This session has ended already."))
    return door.see(f"{ACCOUNT}?done=sessions")


async def change_deputy(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Note who stands in, or that nobody does any more."""
    form, given, account = request[FORM], tools(request), visit.account
    if form.has("back"):
        await given.store.transact(
            lambda tx: account_changes.back_again(tx, given.desk, given.place, visit.who, account)
        )
        return door.see(f"{ACCOUNT}?done=back")
    try:
        until = dt.date.fromisoformat(form.text("until"))
    except ValueError:
        return await _page(request, visit, "away", say("Give the last day that you are away."))

    def stand_in(tx: Tx) -> None:
        deputy = accounts.load(tx, given.desk, form.text("deputy"))
        if deputy is None:
            raise NotAllowedError("Choose who stands in for you.")
        account_changes.stand_in(tx, given.desk, given.place, visit.who, account, deputy, until)

    try:
        await given.store.transact(stand_in)
    except NotAllowedError as error:
        return await _page(request, visit, "away", acting.refusal(error))
    return door.see(f"{ACCOUNT}?done=away")


async def _not_known(given: Tools, visit: Visit, typed: str) -> str:
    """Return what is told to who does not know the account's password; empty where it was right."""
    desk, place = given.desk, given.place
    tried = await given.store.transact(lambda tx: signing_in.attempt(tx, desk, place.now, visit.who))
    match tried:
        case Locked():
            return words.locked(tried, place.now)
        case Stranger():
            raise door.StalePage  # the account was disabled just now
        case Attempt() as known:
            if await given.entrance.right(known.kept, typed):
                await given.store.transact(lambda tx: signing_in.own_password_right(tx, known))
                return ""
            told = await given.store.transact(lambda tx: signing_in.password_wrong(tx, desk, place, known))
            if isinstance(told, Locked):
                return words.locked(told, place.now)
            return say("The password that you have now is not right.")


async def _page(request: web.Request, visit: Visit, at: str = "", fault: str = "") -> web.Response:
    """Return the page; ``fault`` is told ``at`` one of its parts, with what was typed there."""
    given, account, form = tools(request), visit.account, request[FORM]

    def look(tx: Tx) -> dict[str, Any]:
        others = {a.id: a for company in account.roles for a in accounts.of_company(tx, given.desk, company)}
        return {
            "sessions": staff_sessions.of_account(tx, given.desk, given.place.now, account.id),
            "codes_left": recovery.left(tx, account.id),
            "colleagues": sorted((a for a in others.values() if a.id != account.id), key=lambda a: a.name),
            "deputy": accounts.load(tx, given.desk, account.deputy) if account.deputy else None,
        }

    today = local_day(given.place.now)
    return pages.render(
        request, visit, "entrance/account.html", status=409 if fault else 200,
        **await given.store.read(look),
        roles=[(visit.companies[company].name, words.role(account.roles[company])) for company in visit.companies],
        away=account.deputy is not None and account.away_until is not None and account.away_until >= today,
        today=today, at=at, fault=fault, typed=_typed(form, at), shortest=password_rules.SHORTEST,
        few_codes=3,
    )  # fmt: skip


def _typed(form: Form, at: str) -> dict[str, str]:
    return {name: form.text(name) if at == "away" else "" for name in ("deputy", "until")}
