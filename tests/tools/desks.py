"""A desk for tests of services: two made-up companies, seeded randomness, an empty database."""

import datetime as dt
import random
from dataclasses import replace

from bot.clock import HOUR
from bot.crypto import Vault
from bot.limits import Limits
from bot.nlu.intents import Action
from bot.policy.answers import Grid
from bot.policy.clauses import Anchor, EntryKind, PolicyText, Version, cut
from bot.policy.company import Company, Edition
from bot.policy.rights import Deadline, Limit, Purpose, Rights, Statistics
from bot.services.desk import Desk, Place
from bot.storage.store import Tx
from tests.tools.engines import scratch

NOW = int(dt.datetime(2026, 3, 5, 9, 0, tzinfo=dt.UTC).timestamp() * 1000)
SECRET = b"a secret for tests only, not for use"

_TEXT = """1. Ofertat: me pëlqimin tuaj ju dërgojmë ofertat.
2. Ofertat vetëm për ju: me pëlqimin tuaj i përshtatim ofertat.
3. Analiza: me pëlqimin tuaj analizojmë përdorimin.
4. Statistikat: kundërshtimin e bëni në çdo kohë.
5. Kërkesat dërgohen me e-mail, të nënshkruara.
"""


class SeededRandomness:
    """The same ids and codes in every run."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)  # noqa: S311  for tests only

    def token(self) -> str:
        return f"{self._random.getrandbits(128):032x}"

    def short(self) -> str:
        return f"{self._random.getrandbits(48):012x}"

    def code(self) -> str:
        return f"{self._random.randrange(1_000_000):06d}"

    def letters(self, count: int) -> str:
        return "".join(self._random.choice("23456789ABCDEFGHJKMNPQRSTUVWXYZ") for _ in range(count))


def made_up_company(identity: str, name: str) -> Company:
    """A company with three consents, statistics, and one limit on access requests."""
    anchors = [
        Anchor(kind=EntryKind.CLAUSE, id=line[0], label=line[0], starts=" ".join(line.split()[:3]))
        for line in _TEXT.splitlines()
    ]
    version = Version(id=f"{identity}-1", dated=None, effective=dt.date(2020, 1, 1), sha256="0" * 64)
    text = PolicyText(company=identity, text=_TEXT, version=version, entries=cut(_TEXT, anchors))
    rights = Rights(
        purposes=(
            Purpose(id="offers", name="Ofertat", label="Ofertat", clauses=("1",), marketing=True),
            Purpose(id="personal", name="Ofertat vetëm për ju", label="Vetëm për ju", clauses=("2",), marketing=True),
            Purpose(id="analysis", name="Analiza", label="Analiza", clauses=("3",), marketing=False),
        ),
        statistics=Statistics(explains="Statistikat ndalen.", clauses=("4",), withdraws=("analysis",)),
        limits={Action.DSAR_ACCESS: Limit(says="Teksti flet për nënshkrim.", clauses=("5",), flags=("no_signature",))},
        deadline=Deadline(confirmed=dt.date(2026, 1, 1)),
        yearly_free=True,
    )
    return Company(
        id=identity,
        name=name,
        aliases=(identity,),
        acts={},
        contact=f"Zyrtari: dpo@{identity}.example",
        agency=None,
        switched_off=frozenset(),
        editions=(Edition(text=text, answers={}, grid=Grid(cells={}, overview={})),),
        rights=rights,
    )


def made_up_desk(seed: int = 1, limits: Limits | None = None) -> Desk:
    """A desk with the companies "alfa" and "beta"; beta's due dates are not confirmed."""
    alfa, beta = made_up_company("alfa", "Alfa"), made_up_company("beta", "Beta")
    beta = replace(beta, rights=replace(beta.rights, deadline=Deadline()))
    return Desk(
        vault=Vault(SECRET),
        randomness=SeededRandomness(seed),
        limits=limits or Limits(),
        companies={"alfa": alfa, "beta": beta},
    )


def memory_tx() -> Tx:
    """A migrated database of the engine under test, SQLite's in memory; every statement commits by itself."""
    return scratch().tx


def place(now: int = NOW, conversation: str = "c1", channel: str = "terminal") -> Place:
    """A place to act from."""
    return Place(conversation=conversation, channel=channel, now=now)


LATER = NOW + HOUR
