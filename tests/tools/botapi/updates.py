"""A bot's updates: numbered, waiting until they are confirmed or accepted, disturbed as a test wishes.

Long polls are served here. Posting to a webhook is webhooks.py's; this file knows no HTTP.
"""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.tools.botapi.broken import broken_content
from tests.tools.botapi.refusals import OTHER_POLL, WEBHOOK_ACTIVE, RefusedError
from tests.tools.botapi.things import Json

Queue = tuple[str, int]  # the kind, and the chat or person
NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
KINDS = (
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "my_chat_member", *NOT_BY_DEFAULT,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Mischief:
    """How delivery misbehaves; shares are between 0 and 1, times in seconds.

    ``redeliver``: share sent a second time although it was accepted, half at once and half up to ``later`` seconds
    later; when polled, the share whose confirmation was lost: they come once more. ``reorder``: share held back by up
    to ``hold`` seconds, so that other chats' later ones overtake, with ``same_chat`` those of their own chat too.
    ``delay``: each waits so long. ``unreadable``: before that share of real ones comes one more whose content no client
    can read, always JSON with an update_id; with ``raw`` some bodies posted to a webhook are no JSON at all.
    """

    redeliver: float = 0
    later: float = 0.3
    reorder: float = 0
    hold: float = 0.2
    same_chat: bool = False
    delay: float = 0
    unreadable: float = 0
    raw: bool = False
    seed: int = 0


@dataclass(kw_only=True, eq=False)
class Update:
    """One update; ``due`` on the monotonic clock; ``again`` where it is a second delivery."""

    id: int
    kind: str
    content: object
    queue: Queue
    due: float = 0
    raw: bytes | None = None
    again: bool = False
    tries: int = 0

    def json(self) -> Json:
        if isinstance(self.content, dict) and self.kind == "":
            return {"update_id": self.id} | self.content
        return {"update_id": self.id, self.kind: self.content}

    def body(self) -> bytes:
        """Return what is posted to a webhook."""
        return self.raw if self.raw is not None else json.dumps(self.json(), ensure_ascii=False).encode()


@dataclass(kw_only=True)
class Webhook:
    """Where updates are posted; none while ``url`` is empty."""

    url: str = ""
    secret: str = ""
    connections: int = 0
    error: str = ""
    error_date: int = 0


@dataclass(kw_only=True)
class Updates:
    """The updates of one bot that were not yet confirmed, by number.

    ``rung`` is called when there is something new to deliver; ``delivered`` has each update's number as often as it was
    handed over.
    """

    first: int
    mischief: Mischief = field(default_factory=Mischief)
    rung: Callable[[], None] = lambda: None
    pending: dict[int, Update] = field(default_factory=dict)
    webhook: Webhook = field(default_factory=Webhook)
    allowed: tuple[str, ...] = ()
    delivered: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ids = itertools.count(self.first)
        self._alone = itertools.count(1)
        self._lost: list[Update] = []  # confirmed, but the confirmation was lost
        self._held: list[Update] = []  # without a number yet
        self._poll: asyncio.Future[None] | None = None
        self.random = random.Random(self.mischief.seed)  # noqa: S311  repeatable on purpose

    def misbehave(self, mischief: Mischief) -> None:
        """Deliver like this from now on."""
        self.mischief = mischief
        self.random = random.Random(mischief.seed)  # noqa: S311

    def add(self, kind: str, content: Json, queue: Queue) -> None:
        """Add an update of a kind; one the bot did not ask for is dropped, as the real server does."""
        if not self._wanted(kind):
            return
        if self.random.random() < self.mischief.unreadable:
            self.add_unreadable()
        self._settle(Update(id=0, kind=kind, content=content, queue=queue))
        self.wake()

    def add_unreadable(self, content: Json | None = None) -> None:
        """Add an update that no client can read: ``content`` is all of it but its number."""
        made = Update(id=0, kind="", content={}, queue=("unreadable", next(self._alone)))
        if self.mischief.raw and content is None and self.random.random() < 0.5:
            made.raw = self.random.choice((b"", b"{", b"[]", b"\xff\xfe", b'{"update_id":', b"null", b"<html></html>"))
        made.content = broken_content(self.random) if content is None else content
        self._number(made)
        self.wake()

    def _settle(self, made: Update) -> None:
        now = time.monotonic()
        made.due = now + self.mischief.delay
        held = self.random.random() < self.mischief.reorder
        if held:
            made.due += self.random.random() * self.mischief.hold
            if self.mischief.same_chat:
                made.queue = (f"{made.queue[0]} overtaken", next(self._alone))
        # A poll's numbers must rise, so there one held back gets its number when it is let go.
        if held and not self.webhook.url:
            self._held.append(made)
        else:
            self._number(made)

    def _number(self, made: Update) -> None:
        made.id = next(self._ids)
        self.pending[made.id] = made

    def _wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def allow(self, kinds: object) -> None:
        """Take ``allowed_updates``: what is no list changes nothing, an empty or unknown one means the default."""
        if isinstance(kinds, list):
            known = tuple(str(kind).lower() for kind in kinds)
            self.allowed = tuple(kind for kind in known if kind in KINDS)

    def hang(self, webhook: Webhook) -> None:
        """Post to a webhook from now on, those too that are held back from the poll."""
        self.webhook = webhook
        held, self._held = self._held, []
        for update in held:
            self._number(update)

    def accept(self, update: Update) -> None:
        """Note that a webhook took an update."""
        self.delivered.append(update.id)
        self.pending.pop(update.id, None)

    def clear(self) -> None:
        """Drop all that waits (drop_pending_updates)."""
        self.pending.clear()
        self._held.clear()
        self._lost.clear()

    @property
    def waiting(self) -> int:
        """How many were not yet confirmed."""
        return len(self.pending) + len(self._held)

    # ---- polls ------------------------------------------------------------------------------------------------

    @property
    def is_polled(self) -> bool:
        """Whether a poll waits for news now."""
        return self._poll is not None and not self._poll.done()

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:
        """Return updates from ``offset`` on, waiting up to ``timeout`` seconds for one; those below are confirmed."""
        if self.webhook.url:
            raise RefusedError(409, WEBHOOK_ACTIVE)
        self.end_poll(OTHER_POLL)
        self._confirm(offset)
        until = time.monotonic() + timeout
        while True:
            self._let_go()
            ready = list(itertools.islice(self._ready(), limit))
            left = until - time.monotonic()
            if ready or left <= 0:
                self.delivered += [update.id for update in ready]
                self._lost = [update for update in self._lost if update not in ready]
                return [update.json() for update in ready]
            await self._news(min(left, 0.02 if self._slow() else left))

    def end_poll(self, reason: str) -> None:
        """End the poll that waits now, with a 409."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(RefusedError(409, reason))
            self._poll = None

    def wake(self) -> None:
        """Let whoever delivers look again."""
        self.rung()
        if self._poll and not self._poll.done():
            self._poll.set_result(None)

    async def _news(self, seconds: float) -> None:
        self._poll = asyncio.get_running_loop().create_future()
        mine = self._poll
        await asyncio.wait([mine], timeout=seconds)
        if mine.done():
            mine.result()
        else:
            mine.cancel()

    def _confirm(self, offset: int) -> None:
        gone = sorted(self.pending)[:offset] if offset < 0 else [at for at in self.pending if at < offset]
        for at in gone:
            update = self.pending.pop(at)
            if offset > 0 and not update.again and self.random.random() < self.mischief.redeliver:
                update.again = True
                self._lost.append(update)

    def _ready(self) -> Iterable[Update]:
        yield from self._lost
        now = time.monotonic()
        for update in self.pending.values():  # their numbers rise
            if update.due > now:
                return  # its later ones wait for it: a poll confirms by number
            yield update

    def _let_go(self) -> None:
        now = time.monotonic()
        for update in [one for one in self._held if one.due <= now]:
            self._held.remove(update)
            self._number(update)

    def _slow(self) -> bool:
        return bool(self._held) or any(update.due for update in self.pending.values())
