"""A seeded walk over the pure dialogue: 40,000 steps here, 200,000 in CI; and the same as a stateful property."""

import os
import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.dialogue.events import Chose, Said
from bot.dialogue.sorting import needs_hearing
from bot.dialogue.state import State
from tests.dialogue.walking import Walker, house

STEPS = 200_000 if os.environ.get("MBUROJA_THOROUGH") else 40_000
HOUSE = house()


def test_a_long_walk_meets_no_dead_end_and_no_unproven_act() -> None:  # R21, R60
    walker = Walker(house=HOUSE, random=random.Random(20261122))  # noqa: S311  a walk, no secret
    for number in range(STEPS):
        if number % 400 == 0:  # somebody new
            walker = Walker(house=HOUSE, random=walker.random, seen=walker.seen, acts=walker.acts)
        walker.go()
    assert set(walker.seen) == set(State), "the walk must pass through every state"
    assert len(walker.acts) == 8, f"the walk must come to every act: {walker.acts}"


def test_from_every_state_one_word_leads_out() -> None:
    walker = Walker(house=HOUSE, random=random.Random(7))  # noqa: S311
    left: set[State] = set()
    for _ in range(16_000):
        walker.go()
        before = walker.form
        word = "boti" if before.state is State.HELD else "menyja"
        stays = before.state is State.LEAVING and before.leaving is not None and before.leaving.held
        walker.take(Said(text=word, heard=None))
        if stays:  # a person of the company had the conversation, and has it again
            assert walker.form.state is State.HELD
        elif before.state is not State.HELD:
            assert walker.form.state is State.OPEN
            assert walker.form.goal is None
        left.add(before.state)
        walker.form = before
    assert left == set(State)


def test_every_choice_that_is_offered_is_laid_down() -> None:
    walker = Walker(house=HOUSE, random=random.Random(11))  # noqa: S311
    for _ in range(2_000):
        walker.go()
        before, offered = walker.form, walker.offered
        for value, label in offered:
            walker.take(Chose(value=value, label=label, seq=1))
            walker.form = before


class Wandering(RuleBasedStateMachine):
    """The same rules, driven and shrunk by hypothesis."""

    def __init__(self) -> None:
        super().__init__()
        self.walker = Walker(house=HOUSE, random=random.Random(0))  # noqa: S311
        self.said = 1

    @rule(seed=st.integers(0, 2**32))
    def anything(self, seed: int) -> None:
        self.walker.random.seed(seed)
        self.said = len(self.walker.go())

    @rule(text=st.text(max_size=40), seed=st.integers(0, 2**32))
    def text(self, text: str, seed: int) -> None:
        self.walker.random.seed(seed)
        hearing = needs_hearing(self.walker.form.state, text, HOUSE.commands)
        self.said = len(self.walker.take(Said(text=text, heard=self.walker.heard(text) if hearing else None)))

    @rule(value=st.text(max_size=20), seed=st.integers(0, 2**32))
    def forged_choice(self, value: str, seed: int) -> None:
        self.walker.random.seed(seed)
        self.said = len(self.walker.take(Chose(value=value, label="", seq=0)))

    @invariant()
    def somebody_answered(self) -> None:
        assert self.said > 0

    @invariant()
    def what_is_under_way_is_known(self) -> None:
        form = self.walker.form
        if form.state in (State.CONFIRM, State.FIELD, State.NUMBER, State.CONSENTS, State.JOIN):
            assert form.goal is not None
        if form.state is State.CONFIRM:
            assert form.confirmation is not None


TestWandering = Wandering.TestCase
TestWandering.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
