"""A town where people talk with Mburoja: whole turns over the real knowledge, a database of its own, SMS that arrive.

The customers are those of the demonstration (bot/_demo). Between two turns the jobs are done, as the worker
does them; the time stands still unless it is moved.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from bot.answering import translations
from bot.assistant import Assistant
from bot.channels.turn import Incoming, Taken, Turns
from bot.clock import moment
from bot.crypto import Vault
from bot.dialogue.blocks import decode
from bot.dialogue.compose import Composer
from bot.dialogue.state import Form
from bot.dialogue.trouble import Trouble
from bot.knowledge.compiled import Knowledge
from bot.limits import Limits
from bot.policy.company import Company
from bot.services import conversations, jobs
from bot.services.conversations import Message
from bot.services.desk import Desk
from bot.services.figures.tallying import Tally
from bot.services.identity import customers, otp
from bot.services.jobs import JobKind
from bot.services.lists import importing
from bot.services.lists.demo import demo_consents, demo_customers
from bot.services.lists.import_rows import Fault
from bot.services.office import notices
from tests.tools.desks import NOW, SECRET, SeededRandomness
from tests.tools.engines import TWICE, Scratch, scratch, undone

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
REFERENCE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]\b")

Blocks = list[dict[str, Any]]


def words(message: str, **values: object) -> str:
    """Return a message of the catalogue as a customer reads it, so that tests do not break when it is worded anew."""
    said = translations().gettext(message)
    return said.format(**values) if values else said


@dataclass(frozen=True, kw_only=True)
class Sms:
    """A message that arrived on a phone."""

    to: str
    text: str

    @property
    def code(self) -> str:
        """The code in it."""
        found = CODE.search(self.text)
        assert found, self.text
        return found[0]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a person sees after a turn."""

    blocks: Blocks
    state: str
    taken: Taken

    @property
    def text(self) -> str:
        """Every word that is shown, a line each; values of buttons, which nobody sees, left out."""
        return "\n".join(lines(self.blocks))

    @property
    def buttons(self) -> dict[str, str]:
        """Value by label."""
        return {i["label"]: i["value"] for b in self.blocks if b["type"] == "choices" for i in b["items"]}

    @property
    def receipt(self) -> dict[str, str]:
        """The one receipt, value by label."""
        (found,) = (block for block in self.blocks if block["type"] == "receipt")
        return {field["label"]: field["value"] for field in found["fields"]}

    @property
    def reference(self) -> str:
        """The number on the one receipt."""
        (found,) = (block for block in self.blocks if block["type"] == "receipt")
        return str(found["reference"])

    @property
    def quotes(self) -> list[tuple[str, str]]:
        """Company and clause of each quote."""
        return [(block["company"], block["clause"]) for block in self.blocks if block["type"] == "quote"]


def lines(blocks: Blocks) -> Iterable[str]:
    """Yield what is shown of blocks."""
    for block in blocks:
        match block["type"]:
            case "paragraph":
                yield block["text"]
            case "quote":
                yield f"{block['source']}: {block['text']}"
            case "choices":
                yield block["prompt"]
                yield from (item["label"] for item in block["items"])
            case "receipt":
                yield from (f"{field['label']}: {field['value']}" for field in block["fields"])
            case other:
                yield f"{other}: {block['label']}"


class Town:
    """One database, one desk, all the phones; ``now`` is milliseconds UTC."""

    def __init__(
        self,
        knowledge: Knowledge,
        limits: Limits | None = None,
        public_url: str | None = "https://mburoja.example",
        empty: Scratch | None = None,
    ) -> None:
        self.now = NOW
        empty = empty or scratch()
        self.tx, self.tables = empty.tx, empty.tables
        self.twice, self.tally = TWICE, Tally()
        self.taken = 0  # messages
        self.read: list[Told] = []  # all that anybody was told
        self.sms: list[Sms] = []
        self._knowledge = knowledge
        self.trouble = Trouble()  # with sending codes
        self._public_url = public_url
        self._use(
            Desk(
                vault=Vault(SECRET),
                randomness=SeededRandomness(),
                limits=limits or Limits(),
                companies=knowledge.companies,
            )
        )
        self._settle()

    def _use(self, desk: Desk) -> None:
        composer = Composer(translations().gettext)
        assistant = Assistant(self._knowledge, composer, lambda: moment(self.now).date())
        self.desk = desk
        self.turns = Turns(
            desk, assistant, self._knowledge, translations().gettext,
            public_url=self._public_url, tally=self.tally, trouble=self.trouble,
        )  # fmt: skip

    def change(self, company: Company) -> None:
        """Let a company have other settings from now on."""
        self._use(replace(self.desk, companies={**self.desk.companies, company.id: company}))

    def _settle(self) -> None:
        """The fictional customers of the demonstration live here."""
        for row in demo_customers(self.desk.companies, self.now):
            assert not isinstance(row, Fault), row
            importing.import_customers(self.tx, self.desk, self.now, [row])
        consents = list(demo_consents(self.desk.companies, self.now))
        importing.import_consents(self.tx, self.desk, self.now, [row for row in consents if not isinstance(row, Fault)])

    def person(self, address: str = "a", company: str | None = None, channel: str = "terminal") -> "Person":
        """Return somebody at an address."""
        return Person(self, address, company, channel)

    def take(self, incoming: Incoming) -> Taken:
        """Take a turn; where each is run twice, the first time it is undone."""
        if self.twice:
            with undone(self.tables):
                self.turns.take(self.tx, self.now, incoming)
        return self.turns.take(self.tx, self.now, incoming)

    def work(self) -> None:
        """Do the jobs that are due, until none is."""
        while claimed := jobs.claim(self.tx, self.desk, self.now, list(JobKind), 100, 1000):
            for job in claimed:
                text = {key: str(value) for key, value in job.payload.items()}
                match job.kind:
                    case JobKind.DIRECTORY_LOOKUP:
                        found = customers.find(self.tx, self.desk, text["company"], text["kind"], text["value"])
                        otp.resolve(self.tx, self.desk, self.now, text["challenge"], text["code"], found)
                    case JobKind.SMS_SEND:
                        self.sms.append(Sms(to=text["to"], text=text["text"]))
                        if "notice" in text:
                            notices.delivered(self.tx, self.desk, self.now, text["notice"], notices.Route.SMS)
                    case JobKind.NOTICE_DELIVER:
                        notices.deliver(self.tx, self.desk, self.now, text["notice"])
                jobs.settle(self.tx, self.now, job.id, job.lease_token)

    def rows(self, table: str, where: str | None = None) -> list[dict[str, Any]]:
        """Return the rows of a table as they are stored."""
        return self.tables.rows(table, where)

    def acts(self) -> list[str]:
        """Return the audit's acts, oldest first."""
        return [json.loads(row["body"])["act"] for row in self.tables.query("SELECT body FROM audit ORDER BY at, id")]

    def changes(self) -> dict[str, int]:
        """Return how many rows each table has in which an act leaves something."""
        tables = ("consents", "suppressions", "requests", "receipts", "escalations", "events", "audit")
        return {table: self.tables.count(table) for table in tables}


class Person:
    """Somebody at a device; ``told`` is what they read last."""

    def __init__(self, town: Town, address: str, company: str | None, channel: str) -> None:
        self.town, self.address, self.company, self.channel = town, address, company, channel
        self.last_id = ""
        self.told = Told(blocks=[], state="open", taken=Taken(conversation="", first_seq=0, last_seq=0, state="open"))

    def open(self) -> Told:
        """Open the conversation."""
        return self._take(None, None)

    def say(self, text: str) -> Told:
        """Write a text."""
        return self._take(text, None)

    def press(self, label: str) -> Told:
        """Press a button of the last reply, by a part of its label: the catalogue's English, or as it is shown."""
        shown = words(label)
        values = [value for known, value in self.told.buttons.items() if shown in known]
        assert values, f"{shown!r} is not among {list(self.told.buttons)}"
        return self._take(None, values[0])

    def choose(self, value: str) -> Told:
        """Send a value that a button may have."""
        return self._take(None, value)

    def again(self, identity: str, *, text: str | None = None, choice: str | None = None) -> Taken:
        """Send a message with an id of one's own; nothing is remembered of it."""
        taken = self.town.take(self._incoming(identity, text, choice))
        self.town.work()
        return taken

    def code(self, number: str) -> str:
        """Type a number; return the code that comes to it."""
        before = len(self.town.sms)
        self.say(number)
        assert len(self.town.sms) == before + 1, self.told.text
        return self.town.sms[-1].code

    def prove(self, number: str) -> Told:
        """Type a number, and the code that comes to it."""
        return self.say(self.code(number))

    @property
    def form(self) -> Form:
        """What the conversation remembers."""
        held = conversations.lock(self.town.tx, self.town.desk, self.told.taken.conversation)
        assert held is not None
        assert held.form is not None
        return msgspec.json.decode(held.form, type=Form)

    def transcript(self) -> list[Message]:
        """Return the conversation as it is stored, opened."""
        return conversations.messages(self.town.tx, self.town.desk, self.told.taken.conversation, 0)

    def _incoming(self, identity: str, text: str | None, choice: str | None) -> Incoming:
        return Incoming(
            channel=self.channel, address=self.address, id=identity, text=text, choice=choice, company=self.company
        )

    def _take(self, text: str | None, choice: str | None) -> Told:
        self.town.taken += 1
        self.last_id = f"message {self.town.taken}"
        taken = self.town.take(self._incoming(self.last_id, text, choice))
        self.town.work()
        self.told = Told(blocks=decode(taken.reply), state=taken.state, taken=taken)
        self.town.read.append(self.told)
        return self.told
