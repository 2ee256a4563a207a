"""People who talk to `mburoja chat --many` by seeded scripts: they wish, prove themselves, confirm, change their minds.

A person reads what a reply offers and knows what it was told; nothing of the database, the process, or a crash.
"""

import itertools
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.tools.chatting import words

Line = dict[str, Any]

COMPANIES = {"ipko": "IPKO", "paysera": "Paysera"}
PATIENCE = 25  # times that a person looks whether the code has come
_OPEN_WISHES = (
    "ndalni krejt reklamat te {company}",
    "ndalni krejt reklamat te {company}",
    "pëlqimet e mia te {company}",
    "pëlqimet e mia",
    "dua prapë reklama te {company}",
    "/kundershto",
    "/kundershto",
    "dua një kopje të të dhënave të mia te {company}",
    "fshini të dhënat e mia te {company}",
    "ndreqni adresën time te {company}",
    "tërhiqe kërkesën time",
    "tërhiqe kërkesën time",
    "kërkesat e mia",
    "më erdhi një kod që nuk e kam kërkuar",
    "sa gjatë i ruani të dhënat e mia te {company}?",
)
_WORDS = ("krejt", "adresa ime e re është te shembulli", "vitin që shkoi", "nuk e di")
_LOOK = "look"  # how the id of an empty message begins
_CODE = re.compile(r"\b(\d{6})\b")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A fictional customer: ``ending`` is the number's last two digits, which the masked number shows."""

    company: str
    ending: str

    @property
    def number(self) -> str:
        return f"+383440001{self.ending}"

    @property
    def customer_number(self) -> str:
        return f"{self.company[0].upper()}-21{self.ending}"

    @property
    def name(self) -> str:
        return f"Filan Fisteku i {self.ending}-të"


def customers() -> list[Customer]:
    """Every customer there is: each company's has a number that nobody else of that company has."""
    return [Customer(company=company, ending=f"{n:02}") for n in range(100) for company in COMPANIES]


def customers_csv() -> str:
    rows = [f"{c.company},{c.customer_number},{c.number},{c.name},active,personal" for c in customers()]
    return "\n".join(("company,customer_number,mobiles,name,relationship,line", *rows, ""))


def is_look(line: Line) -> bool:
    """Whether a line only asks what is new, or answers that."""
    return str(line["id"]).startswith(_LOOK)


class Phones:
    """Where codes arrive: by company and the last two digits, which is all that the screen shows of a number."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], str] = {}

    def arrived(self, sms: Line) -> None:
        company, _, _ = sms["text"].partition(":")
        found = _CODE.search(sms["text"])
        assert found, "every SMS of these tests is a code"
        self._codes[company, sms["to"][-2:]] = found[1]

    def take(self, customer: Customer) -> str | None:
        return self._codes.pop((COMPANIES[customer.company], customer.ending), None)


@dataclass(kw_only=True)
class Person:
    """One conversation. ``under_way`` is the message that nobody acknowledged yet, the same until somebody does.

    A message may be sent more than once, to one process or to several; each may answer it, all in the same words.
    """

    name: str
    customer: Customer
    chance: random.Random
    phones: Phones
    by_customer_number: bool = False  # proves itself by it, not by its phone's number
    under_way: Line | None = None
    taken: dict[str, Line] = field(default_factory=dict)  # what acknowledged each message, by its id
    told: list[tuple[str, str]] = field(default_factory=list)  # receipts: their number and what they say it came to
    faults: list[str] = field(default_factory=list)
    state: str = "open"
    _items: list[Line] = field(default_factory=list)
    _looked: int = 0
    _unproven: int = 0
    _last: Line | None = None
    _last_seq: int = 0
    _heard: dict[int, Line] = field(default_factory=dict)  # replies by their number
    _sent: Counter[str] = field(default_factory=Counter)  # less the answers to it
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._unproven = int(self.chance.random() < 0.15)  # some want no code from the beginning

    def next(self) -> Line:
        """Return the next message: new, one taken before once more, or a look at what is new (an empty one)."""
        assert self.under_way is None
        if self._last and self.chance.random() < 0.04:
            return self._send(self._last)  # the same message twice: it must be taken once
        does = getattr(self, f"_in_{self.state}", self._in_another)
        content: dict[str, str] = does()
        what = _LOOK if content == {"say": ""} else self.name
        return self._send({"conversation": self.name, "id": f"{what}-{next(self._numbers):04}", **content})

    def sends(self) -> Line:
        """Return the message under way, to be sent to somebody once more."""
        assert self.under_way is not None
        self._sent[self.under_way["id"]] += 1
        return self.under_way

    def hears(self, line: Line) -> bool:
        """Take a line; tells whether it acknowledges the message under way."""
        identity, awaited = str(line["id"]), self.awaits(line)
        if not self._sent[identity]:
            self.faults.append(f"{self.name}: {identity} was acknowledged, which nobody sent")
            return False
        self._sent[identity] -= 1
        sent = self.under_way
        if awaited:
            self.under_way = None
        if "error" in line:
            self.faults.append(f"{self.name}: {line}")
        elif identity in self.taken:
            self._hears_again(self.taken[identity]["replies"][-1], line)
        elif awaited and not is_look(line):
            self.taken[identity] = {**line, "replies": self._new_in(line)}
            self._reads(self.taken[identity])
            self._last = sent
        return awaited

    def refused(self, line: Line) -> None:
        """Take a line that says that a message was not taken."""
        self._sent[line["id"]] -= 1

    def awaits(self, line: Line) -> bool:
        """Whether a line is about the message under way."""
        return self.under_way is not None and self.under_way["id"] == line["id"]

    def forgets_look(self) -> None:
        """Ask no more what is new, if that is under way: nothing is lost by it."""
        if self.under_way and is_look(self.under_way):
            self.under_way = None

    def restarted(self) -> None:
        """Look for the code from the beginning: the one before may have gone down with the process."""
        self._looked = 0

    @property
    def gives_up(self) -> bool:
        """Whether there is little left to do: without a code, a conversation may file only so much a day (R53)."""
        return self.under_way is None and self._unproven > 4

    def _send(self, line: Line) -> Line:
        self.under_way = line
        return line

    def _new_in(self, line: Line) -> list[Line]:
        """Return the replies that were not told before; a process tells again what another told meanwhile."""
        new = []
        for reply in line["replies"]:
            if reply["seq"] not in self._heard:
                new.append(reply)
            elif self._heard[reply["seq"]] != reply:
                self.faults.append(f"{line['id']}: reply {reply['seq']} was told before in other words")
        return new

    def _hears_again(self, before: Line, line: Line) -> None:
        if before not in line["replies"] or any(self._heard.get(r["seq"], r) != r for r in line["replies"]):
            self.faults.append(f"{line['id']}: taken twice, it was answered otherwise")

    def _reads(self, line: Line) -> None:
        self.state = line["state"]
        self._items = []
        for reply in line["replies"]:
            if reply["seq"] <= self._last_seq:
                self.faults.append(f"{line['id']}: reply {reply['seq']} came after {self._last_seq}")
            self._last_seq = reply["seq"]
            self._heard[reply["seq"]] = reply
            for block in reply["blocks"]:
                if block["type"] == "choices":
                    self._items = block["items"]
                elif block["type"] == "receipt":
                    shown = {field["label"]: field["value"] for field in block["fields"]}
                    self.told.append((block["reference"], shown[words("State")]))

    def _choose(self, index: int) -> dict[str, str]:
        return {"choose": self._items[index]["value"]} if self._items else {"say": "anulo"}

    def _some(self, first: int = 0, last: int = 0) -> dict[str, str]:
        """Choose one of the items, but for some at the end."""
        items = self._items[first : len(self._items) - last]
        return {"choose": self.chance.choice(items)["value"]} if items else {"say": "anulo"}

    def _usually(self, share: float, does: Callable[[], dict[str, str]], else_: dict[str, str]) -> dict[str, str]:
        return does() if self.chance.random() < share else else_

    # ---- what is done in each state ---------------------------------------------------------------------------

    def _in_open(self) -> dict[str, str]:
        if self._unproven and not self.taken:
            return {"say": _OPEN_WISHES[0].format(company=self.customer.company)}
        if self._items and self.chance.random() < 0.3:
            return self._some()
        return {"say": self.chance.choice(_OPEN_WISHES).format(company=self.customer.company)}

    def _in_number(self) -> dict[str, str]:
        if self._unproven:
            self._unproven += 1
            return self._choose(0)  # without a code
        self._looked = 0
        self.phones.take(self.customer)
        if self.by_customer_number:
            return {"say": self.customer.customer_number}
        number = self.customer.number
        return {"say": self.chance.choice((number, f"0{number[4:6]} {number[6:9]} {number[9:]}"))}

    def _in_code(self) -> dict[str, str]:
        code = self.phones.take(self.customer)
        if code:
            if self.chance.random() < 0.1:
                self.phones.arrived({"text": f"{COMPANIES[self.customer.company]}: {code}", "to": self.customer.ending})
                return {"say": f"{(int(code) + 1) % 1_000_000:06}"}
            return {"say": code}
        self._looked += 1
        if self._looked <= PATIENCE:
            return {"say": ""}
        if self.chance.random() < 0.2:
            return self._choose(0)  # a new one, which is sent only a minute later
        self._unproven += 1
        return self._choose(2)

    def _in_confirm(self) -> dict[str, str]:
        share = self.chance.random()
        if share < 0.8:
            return self._choose(0)
        return {"say": "po"} if share < 0.9 else self._some(1)

    def _in_consents(self) -> dict[str, str]:
        return self._usually(0.9, lambda: self._some(0, 1), {"say": "anulo"})

    def _in_field(self) -> dict[str, str]:
        return self._usually(0.95, lambda: {"say": self.chance.choice(_WORDS)}, {"say": "anulo"})

    def _in_reply_to(self) -> dict[str, str]:
        return {"say": f"filan{self.customer.ending}@shembull.example"}

    def _in_contact(self) -> dict[str, str]:
        return {"say": self.customer.number}

    def _in_cases(self) -> dict[str, str]:
        return self._usually(0.9, lambda: self._some(0, 1), {"say": "kthehu"})

    def _in_join(self) -> dict[str, str]:
        return self._some()

    def _in_reference(self) -> dict[str, str]:
        known = [reference for reference, _ in self.told]
        return {"say": self.chance.choice(known)} if known else {"say": "anulo"}

    def _in_another(self) -> dict[str, str]:
        return self._choose(0)
