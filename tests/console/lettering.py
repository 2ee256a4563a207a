"""Cases of customers in a chat for tests of the composer, and the steps of writing to them: form, preview, sending."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.delivery.telegram import calls
from bot.delivery.telegram.calls import Call, Chat, Send
from bot.dialogue.effects import IN_CHAT
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import conversations
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase, Words
from bot.services.conversations import Message
from bot.services.desk import Desk, Place
from bot.services.identity import customers
from bot.services.office import backoffice, notices
from bot.services.office.backoffice import SecondProof
from bot.services.office.notices import Notice
from bot.services.records.references import new_reference
from bot.storage.store import Tx
from tests.console.casing import office, read
from tests.tools.console import Caller, Page
from tests.tools.site import Site
from tests.tools.twice import Rehearsal

_BUBBLE = re.compile(r'<div class="bubble">(.*?)</div>', re.DOTALL)
_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)


async def filed(
    site: Site,
    action: Action,
    *,
    company: str = "ipko",
    channel: str = "web",
    reply_to: str = IN_CHAT,
    proven: bool = True,
    fields: Mapping[str, str] | None = None,
) -> str:
    """File a request of Filan, in a conversation of a channel ("" for none), and return its reference."""

    def work(tx: Tx) -> str:
        desk, now = site.office.desk, site.office.clock.now()
        reference = new_reference(desk.randomness)
        address = f"bot:{int(desk.randomness.code()) + 1}"  # of a made-up chat
        here = conversations.take(tx, desk, now, channel, address).id if channel else None
        found = customers.find(tx, desk, company, "customer", "A-1001" if company == "ipko" else "P-2001")
        subject = found[0].subject if found and proven else None
        new = NewCase(
            company=company, action=action, identity=Identity.PROVEN if subject else Identity.PENDING, subject=subject,
            conversation=here, channel=channel or "email", reply_to=reply_to, flags=(), received_at=now,
            body=Body(fields=fields or {}, words=(Words(at=now, text="Ju lutem."),)),
        )  # fmt: skip
        case_file.create(tx, desk, Place(conversation=here or "", channel=channel, now=now), reference, new)
        return reference

    return await site.office.store.transact(work)


async def prove(site: Site, reference: str) -> None:
    """Record a second proof."""
    await site.change(
        lambda tx: backoffice.prove(tx, site.office.desk, office(site), "zana", reference, SecondProof.SHOP)
    )


async def previewed(who: Caller, reference: str, act: str, **fields: str | Sequence[str]) -> Page:
    """Fill the form of an act in and return what comes of looking at it beforehand."""
    page = await who.get(f"/console/cases/{reference}/write/{act}")
    assert page.status == 200, (page.status, page.words[:300])
    return await who.send_fields(page, f"/write/{act}/preview", fields)


async def sent(who: Caller, reference: str, act: str, **fields: str | Sequence[str]) -> list[list[str]]:
    """Write to the customer, through both steps; return what was previewed."""
    page = await previewed(who, reference, act, **fields)
    assert page.status == 200, (page.status, page.words[:600])
    after = await who.send(page, f"/write/{act}")
    assert after.location == f"/console/cases/{reference}?done=sent", (after.status, after.words[:600])
    return bubbles(page)


def bubbles(page: Page) -> list[list[str]]:
    """Return what a preview shows: every message with its paragraphs."""
    return [[html.unescape(text) for text in _PARAGRAPH.findall(one)] for one in _BUBBLE.findall(page.text)]


def typed(page: Page, action: str, name: str) -> str:
    """Return what stands in a field of a form."""
    return next((value for field, value in page.form(action).fields if field == name), "")


async def heard(site: Site, reference: str) -> list[str]:
    """Return the paragraphs of the last message of the case's conversation, as the customer reads it."""

    def work(tx: Tx) -> list[Message]:
        case = case_file.loaded(tx, site.office.desk, reference)
        return conversations.messages(tx, site.office.desk, str(case.conversation), 0)

    messages: list[Message] = await read(site, work)
    return [block["text"] for block in messages[-1].blocks] if messages else []


async def told(site: Site, reference: str) -> list[Notice]:
    """Return the notices of a case."""
    found: list[Notice] = await read(site, lambda tx: notices.of_case(tx, site.office.desk, reference))
    return found


def telegrams(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note from now on what is ordered to go to Telegram: of each message its text, paragraph by paragraph."""
    went: list[list[str]] = []
    order = calls.order

    def noted(tx: Tx, desk: Desk, now: int, chat: Chat, call: Call, **more: Any) -> None:
        if isinstance(call, Send) and not isinstance(tx, Rehearsal):
            went.append(html.unescape(call.text).split("\n\n"))
        order(tx, desk, now, chat, call, **more)

    monkeypatch.setattr(calls, "order", noted)
    return went


async def state(site: Site, reference: str) -> CaseState:
    """Return where a case stands."""
    found: CaseState = await read(site, lambda tx: case_file.loaded(tx, site.office.desk, reference).state)
    return found
