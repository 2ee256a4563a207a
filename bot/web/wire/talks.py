"""Turns of browsers, for sockets and plain HTTP alike: bounded, told to every listener; knows no request."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from bot.channels.turn import Standing, Taken
from bot.channels.web import CHANNEL, Spoken, WebTurns
from bot.clock import Clock
from bot.delivery.house import where
from bot.dialogue.blocks import decode
from bot.dialogue.expecting import Expectation
from bot.errors import InputError, MburojaError, StoreUnavailableError
from bot.services import conversations
from bot.services.conversations import BOT, YOU
from bot.services.desk import Desk
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.storage.store import Store, Tx
from bot.web.watch.metrics import Metrics
from bot.web.wire import codes, frames
from bot.web.wire.frames import Choose, Say
from bot.web.wire.hub import Hub, Listener, Numbered
from bot.web.wire.limits import Allowance, WebLimits

BUSY = 100  # turns under way
_MOST_REMEMBERED = 10_000  # sessions whose allowance is not full
_RETRY = 5  # seconds, where nothing better is known

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A conversation as it stands when a browser comes (back)."""

    standing: Standing
    messages: Sequence[Numbered]
    state: bytes


@dataclass(frozen=True, kw_only=True)
class Done:
    """A turn that was taken: what its sender is told, in this order: ack, messages, state, ticket; or the end."""

    conversation: str
    ack: bytes
    messages: Sequence[Numbered]
    state: bytes
    ticket: bytes | None = None
    forgotten: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """A message that was not taken and can be sent again; ``status`` is HTTP's word for why."""

    frame: bytes
    status: int
    too_many: bool = False


class _EndedError(MburojaError):
    """The session was ended elsewhere before its message was taken."""


class Talks:
    """Takes what browsers say. One for the whole process."""

    def __init__(  # noqa: PLR0913  these are what it works with
        self,
        store: Store,
        desk: Desk,
        clock: Clock,
        *,
        turns: WebTurns,
        hub: Hub,
        limits: WebLimits,
        metrics: Metrics,
        translate: Callable[[str], str],
    ) -> None:
        """Take the tools."""
        self.turns, self.hub, self.limits = turns, hub, limits
        self._store, self._desk, self._clock = store, desk, clock
        self._metrics, self._translate = metrics, translate
        self._allowances: dict[str, Allowance] = {}
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many turns are being taken."""
        return self._under_way

    @property
    def is_busy(self) -> bool:
        """Whether so many turns wait that nothing should be sent that can be left out."""
        return self._under_way > BUSY

    async def open(self, session: Session, after: int, known: str | None) -> Opened:
        """Return the conversation with its messages after a number, greeting whoever is new.

        Where the browser knows another conversation (``known``), or more messages than there are, it gets all of them.
        Raises StoreUnavailableError.
        """
        standing = await self._store.read(lambda tx: self.turns.standing(tx, session))
        if standing is None:
            now = self._clock.now()
            taken = await self._store.transact(lambda tx: self.turns.open(tx, now, session))
            standing = Standing(conversation=taken.conversation, last_seq=taken.last_seq, expects=taken.expects)
        if after > standing.last_seq or (known is not None and known != self.name_of(standing.conversation)):
            after = 0
        messages = await self.since(standing.conversation, after)
        return Opened(standing=standing, messages=messages, state=self._state(standing.expects))

    async def since(self, conversation: str, after: int) -> list[Numbered]:
        """Return the messages after a number, as frames."""
        every: list[Numbered] = []
        while True:
            start = every[-1][0] if every else after
            found = await self._store.read(partial(self._read, conversation, start))
            every += found
            if len(found) < conversations.MOST_READ:
                return every

    async def state_of(self, session: Session) -> bytes | None:
        """Return what a session's conversation waits for."""
        standing = await self._store.read(lambda tx: self.turns.standing(tx, session))
        return self._state(standing.expects) if standing else None

    async def ticket_due(self, session: Session) -> bytes | None:
        """Return a ticket where somebody was proven and the token has not been replaced yet: the first one was lost."""
        if not session.renewal_due or session.fresh:
            return None
        now = self._clock.now()
        return frames.renew(await self._store.transact(lambda tx: sessions.ticket(tx, self._desk, now, session.id)))

    def name_of(self, conversation: str) -> str:
        """Return a name for a conversation that tells nothing of it but whether it is the same."""
        return self._desk.vault.index("conversation-name", conversation)[:16]

    async def speak(self, session: Session, said: Say | Choose, listener: Listener | None = None) -> Done | Refused:
        """Take a message and tell the conversation's other listeners; never raises for what a browser can cause."""
        refused = self._refusal(session, said.id)
        if refused:
            return refused
        self._under_way += 1
        begun = time.perf_counter()
        outcome: str | None = "failed"
        try:
            now = self._clock.now()
            spoken = await self._store.transact(partial(self._take, now, session, said))
            outcome = "repeated" if spoken.taken.repeated else "taken"
        except _EndedError:
            outcome = None
            self.hub.end_forgotten(session.id)
            return self._refused("no_session", said.id, 401)
        except (StoreUnavailableError, InputError):
            outcome = "unavailable"
            return self._refused("unavailable", said.id, 503)
        except asyncio.CancelledError:  # the server stops, or the browser is gone: nobody failed
            outcome = None
            raise
        except Exception as error:  # a bug must not end the connection (R51)
            _log.error("a turn failed: %s", where(error))
            return self._refused("failed", said.id, 500)
        finally:
            self._under_way -= 1
            if outcome:
                self._metrics.turn(CHANNEL, outcome, time.perf_counter() - begun)
        done = self._done(spoken, said.id, now)
        if done.forgotten:
            self.hub.end_session(session.id, codes.FORGOTTEN, done.forgotten, but=listener)
        else:
            self.hub.tell(done.conversation, done.messages, done.state, but=listener)
        return done

    def refuse(self, code: str, identity: str | None = None) -> bytes:
        """Return an error's frame, in a word and a sentence."""
        self._metrics.refused(code)
        return frames.error(code, self._words(code), identity)

    def _take(self, now: int, session: Session, said: Say | Choose, tx: Tx) -> Spoken:
        text, choice = (said.text, None) if isinstance(said, Say) else (None, said.value)
        spoken = self.turns.take(tx, now, session, said.id, text=text, choice=choice)
        # Where it began a conversation, the one before may have been forgotten just now, by another process: then these
        # words would be kept where nobody finds them (R45).
        begins = spoken.taken.first_seq == 1 and not spoken.taken.forgot
        if begins and not sessions.living(tx, [session.token_hash]):
            raise _EndedError
        return spoken

    def _read(self, conversation: str, after: int, tx: Tx) -> list[Numbered]:
        found = conversations.bodies(tx, self._desk, conversation, after)
        return [(m.seq, frames.message(m.seq, m.sender, m.at, m.body)) for m in found]

    def _done(self, spoken: Spoken, identity: str, now: int) -> Done:
        taken = spoken.taken
        messages: list[Numbered] = []
        if taken.told:
            messages.append((taken.first_seq, frames.message(taken.first_seq, YOU, now, taken.told)))
        if taken.reply:
            messages.append((taken.last_seq, frames.message(taken.last_seq, BOT, now, taken.reply)))
        return Done(
            conversation=taken.conversation,
            ack=frames.ack(identity, taken.first_seq),
            messages=messages,
            state=self._state(taken.expects),
            ticket=frames.renew(spoken.ticket) if spoken.ticket else None,
            forgotten=frames.forgotten(farewell(taken)) if taken.forgot else None,
        )

    def _state(self, expects: Expectation) -> bytes:
        now = self._clock.now() if expects.code else 0
        return frames.state(expects, now, self._desk.limits.code_attempts)

    def too_many(self, session: Session, identity: str | None = None) -> Refused | None:
        """Count one frame of a session (R24), greetings too: each reads the transcript. Return the refusal, if any."""
        allowance = self._allowances.get(session.id)
        if allowance is None:
            allowance = self._allowances[session.id] = Allowance(self.limits.messages_a_minute, time.monotonic)
            self._forget_full()
        if allowance.take():
            return None
        return self._refused("too_many", identity, 429, allowance.wait_seconds)

    def _refusal(self, session: Session, identity: str) -> Refused | None:
        refused = self.too_many(session, identity)
        if refused:
            return refused
        if self._under_way >= self.limits.waiting:
            return self._refused("busy", identity, 503)
        return None

    def _refused(self, code: str, identity: str | None, status: int, seconds: int = _RETRY) -> Refused:
        self._metrics.refused(code)
        frame = frames.error(code, self._words(code), identity, seconds)
        return Refused(frame=frame, status=status, too_many=code == "too_many")

    def _forget_full(self) -> None:
        if len(self._allowances) > _MOST_REMEMBERED:
            self._allowances = {key: kept for key, kept in self._allowances.items() if not kept.full}

    def _words(self, code: str) -> str:
        _ = self._translate
        return {
            "bad_frame": _("I could not read that message. Reload the page and try again."),
            "too_many": _("Too many messages at once. Wait a moment, then go on."),
            "busy": _("I am busy at the moment and did not take this message. Try again in a little while."),
            "unavailable": _("I cannot keep anything at the moment. Your message waits here; I try again by myself."),
            "no_session": _("Open the page again and try once more."),
            "failed": _("Something went wrong on our side. Try again."),
        }[code]


def farewell(taken: Taken) -> str:
    """Return the last words of a conversation that was erased: its paragraphs."""
    blocks = decode(taken.reply) if taken.reply else []
    return "\n".join(block["text"] for block in blocks if block["type"] == "paragraph")
