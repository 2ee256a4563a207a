"""The wire over plain HTTP, for browsers whose WebSockets are blocked: one frame in, its frames out."""

from aiohttp import web

from bot.errors import InputError, StoreUnavailableError
from bot.services.identity.sessions import Session
from bot.web.keys import TALKS
from bot.web.wire import frames
from bot.web.wire.entering import acting_session, company_of
from bot.web.wire.frames import Choose, Hello, Say
from bot.web.wire.talks import Refused, Talks


def add_routes(app: web.Application) -> None:
    """Add the wire's other road."""
    app.router.add_post("/api/chat/{company}", chat)


async def chat(request: web.Request) -> web.Response:
    """Take one frame and return what a socket would send."""
    talks = request.app[TALKS]
    company = company_of(request)
    session = await acting_session(request, company)
    raw = await request.read()
    try:
        frame = frames.read(raw)
    except ValueError:
        return _answer([talks.refuse("bad_frame", frames.id_of(raw))], 400)
    if isinstance(frame, Hello):
        refused = talks.too_many(session)
        if refused:
            return _answer([refused.frame], refused.status)
        return await _greeted(talks, session, frame)
    return await _spoken(talks, session, frame)


async def _greeted(talks: Talks, session: Session, hello: Hello) -> web.Response:
    try:
        opened = await talks.open(session, hello.last_seq, hello.conversation)
        ticket = await talks.ticket_due(session)
    except (StoreUnavailableError, InputError):
        return _answer([talks.refuse("unavailable")], 503)
    standing = opened.standing
    welcome = frames.welcome(standing.last_seq, talks.name_of(standing.conversation))
    told = [welcome, *(frame for _, frame in opened.messages), opened.state]
    return _answer([*told, *([ticket] if ticket else [])])


async def _spoken(talks: Talks, session: Session, said: Say | Choose) -> web.Response:
    done = await talks.speak(session, said)
    if isinstance(done, Refused):
        return _answer([done.frame], done.status)
    told = [frame for _, frame in done.messages]
    if not done.forgotten and (not done.messages or done.messages[0][0] > said.last_seq + 1):
        told = [frame for _, frame in await talks.since(done.conversation, said.last_seq)]
    last = done.forgotten or done.ticket
    return _answer([done.ack, *told, done.state, *([last] if last else [])])


def _answer(told: list[bytes], status: int = 200) -> web.Response:
    return web.Response(body=frames.listed(told), status=status, content_type="application/json")
