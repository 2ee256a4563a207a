"""Acts of the console: done in one transaction, once for each form that was sent, in the name of who is signed in.

Knows no act and no page. The same form sent twice is done once; a rule that forbids comes back as a refusal in
Albanian, and nothing was done.
"""

import datetime as dt
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiohttp import web

from bot.console.door import CSRF, FORM, ONCE, Visit
from bot.console.pages import day, say
from bot.errors import NotAllowedError
from bot.services.desk import OFFICE, Desk, Place
from bot.services.office import submissions
from bot.services.office.submissions import Differs, NotedMeanwhileError
from bot.storage.store import Tx

T = TypeVar("T")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DONE = submissions.Done(status=303, answer="")


@dataclass(frozen=True, kw_only=True)
class Acted(Generic[T]):
    """What came of it. ``result`` is None where the form had been taken before."""

    result: T | None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A rule forbids it; ``text`` says which and what is allowed instead."""

    text: str


async def act(request: web.Request, visit: Visit, work: Callable[[Tx, Desk, Place], T]) -> Acted[T] | Refused:
    """Do ``work`` in a transaction, unless this very form was done before. Raises HTTPBadRequest without its mark."""
    office = visit.house.office
    form = request[FORM]
    key, scope = form.text(ONCE), f"console:{visit.account.id}"
    if not key or len(key) > 64:
        raise web.HTTPBadRequest
    body = _body(request)
    place = Place(conversation="", channel=OFFICE, now=office.clock.now())

    def once(tx: Tx) -> Acted[T]:
        done = submissions.earlier(tx, office.desk, scope, key, body)
        if isinstance(done, Differs):
            raise NotAllowedError("This page was used already; open it again and look what stands there now.")
        if done is not None:
            return Acted(result=None)
        submissions.note(tx, office.desk, place.now, scope, key, body, _DONE)
        return Acted(result=work(tx, office.desk, place))

    try:
        try:
            return await office.store.transact(once)
        except NotedMeanwhileError:  # the same form, sent twice at once: the other one was quicker, and is there now
            return await office.store.transact(once)
    except NotAllowedError as error:
        return Refused(text=refusal(error))


def refusal(error: NotAllowedError) -> str:
    """Return in Albanian which rule forbids something, and what is allowed instead."""
    text = say(error.message)
    return text.format(**{name: _written(fact) for name, fact in error.facts.items()}) if error.facts else text


def _written(fact: object) -> str:
    """Return a fact as it is read: the command line writes days as 2026-03-05."""
    text = str(fact)
    try:
        return day(dt.date.fromisoformat(text)) if _DAY.fullmatch(text) else text
    except ValueError:
        return text


def _body(request: web.Request) -> bytes:
    """Return all that tells one order from another: where it was sent, and every field and file of it."""
    form, digest = request[FORM], hashlib.sha256()
    for name, texts in sorted(form.fields.items()):
        if name not in (CSRF, ONCE):
            digest.update(repr((name, tuple(texts))).encode("utf-8", "surrogatepass"))
    for file in form.files:
        digest.update(file.name.encode("utf-8", "surrogatepass") + b"\0" + hashlib.sha256(file.content).digest())
    return request.path.encode() + digest.digest()
