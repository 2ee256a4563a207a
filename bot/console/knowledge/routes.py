"""Adds the routes of what the bot knows: open questions, answers, patches."""

from aiohttp import hdrs, web

from bot.console import door
from bot.console.knowledge import answers, edits, patch_pages, phrases, questions
from bot.console.knowledge.patches import PATCHES, Patches, closing
from bot.services.staff.roles import Permission
from bot.web.keys import HOUSE

_ROUTES = (
    (hdrs.METH_GET, questions.PATH, questions.page),
    (hdrs.METH_POST, f"{questions.PATH}/close", questions.close),
    (hdrs.METH_POST, f"{questions.PATH}/reply", questions.reply),
    (hdrs.METH_GET, phrases.PATH, phrases.page),
    (hdrs.METH_POST, phrases.PATH, phrases.make),
    (hdrs.METH_POST, f"{questions.PATH}/added", patch_pages.close),
    (hdrs.METH_GET, patch_pages.PATH, patch_pages.page),
    (hdrs.METH_GET, f"{patch_pages.PATH}/file", patch_pages.file),
    (hdrs.METH_GET, answers.PATH, answers.page),
    (hdrs.METH_POST, f"{answers.PATH}/approve", answers.approve),
    (hdrs.METH_POST, f"{answers.PATH}/approve-part", answers.approve_part),
    (hdrs.METH_POST, f"{answers.PATH}/take-back", answers.take_back),
    (hdrs.METH_POST, f"{answers.PATH}/switch", answers.switch),
    (hdrs.METH_GET, f"{answers.PATH}/edit", edits.page),
    (hdrs.METH_POST, f"{answers.PATH}/edit", edits.edit),
    (hdrs.METH_POST, f"{answers.PATH}/export", edits.export),
)


def add_routes(app: web.Application) -> None:
    """Add them."""
    office = app[HOUSE].office
    app[PATCHES] = Patches(office.settings, office.clock)
    app.cleanup_ctx.append(closing)
    for method, path, handler in _ROUTES:
        door.add(app, method, path, handler, needs=Permission.KNOWLEDGE)
