"""Shows a patch that was made just now: its text to download, what the check says of it."""

from aiohttp import hdrs, web

from bot.console import acting
from bot.console.acting import Refused
from bot.console.door import FORM, HOME, Visit, see
from bot.console.knowledge.patches import PATCHES, Patch
from bot.console.knowledge.questions import PATH as QUESTIONS
from bot.console.knowledge.questions import outcome_name
from bot.console.pages import render
from bot.services.knowledge import questions
from bot.services.knowledge.questions import Outcome
from bot.services.staff.roles import Permission

PATH = f"{HOME}/patches/{{id}}"


async def page(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Show it."""
    return _page(request, visit, _patch(request, visit))


async def file(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Give it as a file."""
    patch = _patch(request, visit)
    return web.Response(
        body=patch.text.encode(),
        content_type="text/x-diff",
        charset="utf-8",
        headers={
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{patch.name}"',
            hdrs.CACHE_CONTROL: "no-store",
        },
    )


async def close(request: web.Request, visit: Visit) -> web.StreamResponse:
    """Take the questions off the list that its phrases were made of."""
    patch = request.app[PATCHES].find(visit.account.id, request[FORM].text("patch"))
    companies = visit.companies_for(Permission.KNOWLEDGE)
    why = outcome_name(Outcome.PHRASE)
    done = await acting.act(
        request, visit,
        lambda tx, desk, place: [
            questions.see_to(tx, desk, place, visit.who, found, patch.until, Outcome.PHRASE, why)
            for found in questions.find(tx, desk, companies, patch.questions)
            if found
        ],
    )  # fmt: skip
    if isinstance(done, Refused):
        return _page(request, visit, patch, refused=done.text)
    return see(f"{QUESTIONS}?done=closed")


def _patch(request: web.Request, visit: Visit) -> Patch:
    return request.app[PATCHES].find(visit.account.id, request.match_info["id"])


def _page(request: web.Request, visit: Visit, patch: Patch, refused: str = "") -> web.StreamResponse:
    return render(
        request, visit, "knowledge/patch.html", place="questions" if patch.questions else "answers",
        status=409 if refused else 200, patch=patch, refused=refused,
    )  # fmt: skip
