"""Who talks in a run: people come, one in another's place, and each is somebody with a phone; knows no process."""

import random
from collections import deque
from dataclasses import dataclass

from tests.crash.people import Person, Phones, customers

_LEAVES = 0.01  # how often somebody has had enough after a message


@dataclass(frozen=True, kw_only=True)
class Load:
    """How many conversations are held at how many processes; the rest are shares of 1.

    ``moves``: how often a message goes to another than the one before; ``twice``: how often to two at once.
    ``together``: how often others are killed with one. ``alike``: people who share a customer with the one before.
    """

    people: int = 20
    replicas: int = 1
    moves: float = 0.0
    twice: float = 0.0
    together: float = 0.0
    alike: float = 0.0


class Crowd:
    """Everybody there ever was, and who is here. The same seed gives the same people."""

    def __init__(self, load: Load, seed: int) -> None:
        self.phones = Phones()
        self.people: dict[str, Person] = {}
        self.here: list[Person] = []
        self._load, self._seed = load, seed
        self._chance = random.Random(seed)  # noqa: S311  for tests only
        known = customers()
        self._chance.shuffle(known)
        self._known = deque(known)

    @property
    def is_whole(self) -> bool:
        return len(self.here) >= self._load.people

    def arrive(self) -> Person:
        """Let one more come: the next customer, or somebody who shares one with whoever came last."""
        alike = self._chance.random() < self._load.alike
        customer = self._known[-1] if alike else self._known.popleft()
        if not alike:
            self._known.append(customer)
        name = f"p{len(self.people):04}"
        chance = random.Random(f"{self._seed} {name}")  # noqa: S311  for tests only
        person = Person(name=name, customer=customer, chance=chance, phones=self.phones, by_customer_number=alike)
        self.people[name] = person
        self.here.append(person)
        return person

    def lets_go(self, person: Person) -> bool:
        """Let somebody go who has had enough; tells whether they have."""
        if not person.gives_up and self._chance.random() >= _LEAVES:
            return False
        self.here.remove(person)
        return True
