"""A console over small data folders that belong to the test: two made-up companies, learnt and checked in a second."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from bot.settings import Settings
from tests.tools.console import Caller, Page, console_site
from tests.tools.folders import SAMPLE, write_company, write_intents
from tests.tools.site import Site

OTHER = "kulla"


@contextlib.asynccontextmanager
async def small_site(settings: Settings, folder: Path) -> AsyncIterator[Site]:
    """Serve the made-up companies."""
    for company in (SAMPLE, OTHER):
        write_company(folder, company)
        write_intents(folder, company)
    (folder / "cache").mkdir()
    async with console_site(replace(settings, data=folder, cache=folder / "cache"), folder) as made:
        yield made


def articles(page: Page) -> list[str]:
    """Return what stands on the page one below the other, each as HTML."""
    return re.findall(r"<article.*?</article>", page.text, re.DOTALL)


async def submit(who: Caller, page: Page, action: str, *, holding: tuple[str, str], **more: str) -> Page:
    """Send the one of several forms of the same action that has a field of a value."""
    for form in page.forms:
        if form.action.endswith(action) and holding in form.fields:
            return await who.post(form.action, {**dict(form.fields), **more})
    raise AssertionError(f"no form {action} has {holding}: {page.words[:400]}")
