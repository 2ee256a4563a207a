"""A sender over a database file, a clock that is moved, and a network that answers what it is told to."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from telegram.error import NetworkError

from bot.delivery.pump import Pump
from bot.delivery.telegram import calls, undone
from bot.delivery.telegram.botapi import BotApi
from bot.delivery.telegram.calls import Call, Chat, Send
from bot.delivery.telegram.sender import CHANNEL, Sender, telegram_pump
from bot.delivery.worker import Worker
from bot.dialogue.blocks import decode
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import conversations
from bot.services.casework import case_file
from bot.services.casework.cases import Body, Identity, NewCase
from bot.services.desk import Desk, Letter
from bot.services.office import notices
from bot.services.office.notice_effects import Effect
from bot.services.office.notices import NoticeKind
from bot.services.records.references import new_reference
from bot.storage.store import Tx
from tests.delivery.working import House
from tests.tools.desks import place
from tests.tools.telegram_request import Answer, Asked, RecordingRequest

BOT = "alfa"
ANNA, BESA, DRIN = 600_000_001, 600_000_002, 600_000_003
TOKEN = "111000:AAmade_up_token_for_tests_only_000000000"  # noqa: S105  a fake one
NOTICE = ("Kërkesa juaj u refuzua.", "Arsyeja: mungon nënshkrimi.")


def bring(tx: Tx, desk: Desk, now: int, letter: Letter) -> None:
    """Bring a letter as messages, one for each paragraph."""
    texts = [str(block["text"]) for block in decode(letter.body)]
    for number, text in enumerate(texts, 1):
        key, last = f"{letter.conversation}:{letter.seq}:{number}", number == len(texts)
        calls.order(
            tx, desk, now, Chat.of(letter.address), Send(text=text), key=key, notice=letter.notice, completes=last
        )


def away(_asked: Asked) -> Answer:
    """Answer nothing: Telegram cannot be reached."""
    return NetworkError("httpx.ConnectError: no route to host")


class Office(House):
    """A house whose company writes into chats."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.desk = replace(self.desk, pushes={CHANNEL: bring})
        self.worker = self.another()
        self.network = RecordingRequest()
        self.seen: list[tuple[str, str]] = []
        self.added = 0
        self.pump = self.sending()

    def sending(
        self, bots: Sequence[str] = (BOT,), *, per_second: int = 1000, per_chat: float = 1000, at_once: int = 16
    ) -> Pump:
        """A pump of Telegram's calls, as of a process of its own."""
        apis = {bot: BotApi(bot, TOKEN, request=self.network) for bot in bots}
        sender = Sender(
            self.desk, self.clock, apis, per_second=per_second, per_chat=per_chat,
            watch=lambda what, bot: self.seen.append((what, bot)),
        )  # fmt: skip
        return telegram_pump(self.store, self.desk, self.clock, sender, at_once=at_once)

    def without_bots(self) -> Worker:
        """The worker of a server that has no bot in its settings."""
        return Worker(
            self.store, self.desk, self.clock, sms=self.phone, directory=self.register, heads_path=self.heads,
            more=undone.HANDLERS,
        )  # fmt: skip

    async def order(self, call: Call | str, chat: int = ANNA, bot: str = BOT) -> None:
        """Let a call wait in the outbox; a text is a message. Of two of one moment neither would be the first."""
        self.added += 1
        self.clock.at += 1
        made = Send(text=call) if isinstance(call, str) else call
        there, key = Chat(bot=bot, id=chat), str(self.added)
        await self.store.transact(lambda tx: calls.order(tx, self.desk, self.clock.at, there, made, key=key))

    async def refuse_a_case(self, chat: int = ANNA, *, customer: bool = True) -> str:
        """File a request out of a chat and refuse it; returns its reference. The refusal waits to be brought."""
        subject = await self.customer() if customer else None
        there = Chat(bot=BOT, id=chat)

        def work(tx: Tx) -> str:
            known = conversations.find(tx, self.desk, CHANNEL, there.address)
            held = known or conversations.take(tx, self.desk, self.clock.at, CHANNEL, there.address).id
            reference = new_reference(self.desk.randomness)
            new = NewCase(
                company="alfa", action=Action.DSAR_ACCESS, identity=Identity.PROVEN, subject=subject,
                conversation=held, channel=CHANNEL, body=Body(), reply_to="", flags=(),
                received_at=self.clock.at,
            )  # fmt: skip
            here = place(self.clock.at, held, CHANNEL)
            case_file.create(tx, self.desk, here, reference, new)
            effect = Effect(closes=CaseState.REFUSED)
            notices.send(tx, self.desk, here, reference, NoticeKind.REFUSAL, "\n".join(NOTICE), effect)
            return reference

        reference = await self.store.transact(work)
        await self.worker.drain(30)
        return reference

    def calls(self) -> list[tuple[str, int]]:
        """State and attempts of every call of the outbox, in their order."""
        rows = self.rows("SELECT state, attempts FROM jobs WHERE kind = 'telegram.call' ORDER BY rowid")
        return [(row["state"], row["attempts"]) for row in rows]

    def blocked(self) -> list[bool]:
        """Of every conversation whether its person lets nothing through."""
        return [row["blocked_at"] is not None for row in self.rows("SELECT blocked_at FROM conversations")]
