"""What a message means: the best intent, what stands near it, two questions in one, a short follow-up."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.intents import Action, Kind
from bot.nlu.understand import Because, Context, Meaning, understand
from bot.policy.answers import Grid
from tests.tools.editions import EMPTY, edition
from tests.tools.packs import card, pack, rules

GRID = Grid(
    cells={
        "contract": {"data": "data-contract", "retention": "keep-contract", "recipients": "give-contract"},
        "newsletter": {"retention": "keep-newsletter", "recipients": "give-newsletter"},
    },
    overview={"retention": "keep-all", "data": "data-all"},
)
CONCEPTS = {
    "what": ["cfare"],
    "how-long": ["sa gjate"],
    "to-whom": ["kujt"],
    "to-others": ["kujt pra"],
    "no": ["mos"],
}
SPEAKING = {
    "a/data-contract": {"kontrate": 2.2, "cfare": 1.0},
    "a/keep-contract": {"kontrates": 2.0, "teka": 1.0, "tekb": 1.0},
    "a/give-contract": {"derguar": 2.0},
    "a/keep-all": {"gjate": 1.4},
    "a/data-all": {"gjithcka": 1.4},
    "a/keep-newsletter": {"buletin": 2.0},
    "a/give-newsletter": {"kujt": 0.3},
    "a/access": {"kopje": 2.0},
    "a/silent/children": {"femije": 2.0},
    "dsar_access": {"kopje": 2.1, "femije": 1.0, "dorezomi": 2.3},
    "thanks": {"flm": 2.5},
    "weather": {"moti": 2.0},
    "agreed": {"ok": 2.5},
    "unclear": {"mire": 2.5},
}
CARDS = [card(name, Kind.SILENT if "silent" in name else Kind.ANSWER) for name in SPEAKING if "/" in name]
CARDS += [
    card("dsar_access", Kind.ACTION, action=Action.DSAR_ACCESS, unless=["no"]),
    card("thanks", Kind.SMALLTALK, says="S’ka përse.", longest=2),
    card("unclear", Kind.CLARIFY, says="Si, ju lutem?"),
    card("agreed", Kind.SMALLTALK, says="Në rregull."),
    card("weather", Kind.OUTOFSCOPE, says="Për motin nuk di gjë."),
]
NATIVE = {word for words in SPEAKING.values() for word in words} | {"me", "po", "dhe", "sa"}
PACK = pack(CARDS, SPEAKING, CONCEPTS)
# Where each topic stands in the policy; one on signing the contract stands in no cell of the grid.
PARTS = {
    topic: next((part for part in ("contract", "newsletter") if part in topic), "rest")
    for topic in (*(c.topic for c in CARDS if c.topic), "sign-contract")
}
RULES = rules({"retention": ["how-long"], "recipients": ["to-whom"]}, ["si"], NATIVE)


def meaning(message: str, *before: str, grid: Grid = GRID) -> Meaning:
    context = Context(company="a", topics=before, text="") if before else None
    return understand(message, PACK, edition(PARTS, grid), RULES, context)


class TestTheBestIntent:
    @pytest.mark.parametrize(
        ("message", "kind", "topics"),
        [
            ("kontrate", Kind.ANSWER, ("data-contract",)),
            ("FËMIJË?", Kind.SILENT, ("silent/children",)),
            ("flm", Kind.SMALLTALK, ()),
            ("moti sot", Kind.OUTOFSCOPE, ()),
            ("ma jep një kopje", Kind.ACTION, ()),
        ],
    )
    def test_wins_with_its_kind_and_topic(self, message: str, kind: Kind, topics: tuple[str, ...]) -> None:
        found = meaning(message)
        assert (found.kind, found.topics, found.because) == (kind, topics, Because.RANK)

    def test_comes_with_its_card_its_action_and_its_score(self) -> None:
        found = meaning("kopje")
        assert found.card is PACK.cards["dsar_access"]
        assert found.action is Action.DSAR_ACCESS
        assert found.score == found.guesses[0].share

    def test_comes_with_the_reading_and_the_guesses_for_the_curious(self) -> None:
        found = meaning("Kopje, sa gjatë?")
        assert found.reading is not None
        assert found.reading.folded == "kopje sa gjate"
        assert found.reading.concepts == ("how-long",)
        assert len(found.guesses) > 1

    def test_is_not_one_that_the_message_is_too_long_for(self) -> None:
        assert meaning("flm shume").kind is Kind.SMALLTALK
        assert meaning("flm per kontrate").topics == ("data-contract",)


class TestAnOrderBehindAYes:
    @pytest.mark.parametrize("message", ["mire dorezomi", "Mirë, dorëzomi!", "mire pra dorezomi", "po mire dorezomi"])
    def test_is_read_by_itself(self, message: str) -> None:
        found = meaning(message)
        assert (found.action, found.because) == (Action.DSAR_ACCESS, Because.AGREED)

    @pytest.mark.parametrize(
        "message",
        [
            pytest.param("mire", id="a bare yes"),
            pytest.param("mire dorezomi?", id="a question"),
            pytest.param("mire mos dorezomi", id="its opposite"),
            pytest.param("mire moti", id="something else"),
            pytest.param("dorezomi mire", id="a yes behind it"),
            pytest.param("ok dorezomi", id="small talk"),
        ],
    )
    def test_is_nothing_else(self, message: str) -> None:
        assert meaning(message).because is not Because.AGREED

    def test_leaves_an_answer_alone(self) -> None:
        assert meaning("po kontrate").because is not Because.AGREED


class TestAnOrderBehindANo:
    @pytest.mark.parametrize("message", ["jo, dorezomi", "jo këtë, dorëzomi!", "jo jo po dorezomi"])
    def test_puts_right_what_was_understood(self, message: str) -> None:
        found = meaning(message)
        assert (found.action, found.because) == (Action.DSAR_ACCESS, Because.CORRECTED)

    @pytest.mark.parametrize("message", ["jo", "jo dorezomi?", "jo mos dorezomi", "jo këtë", "dorezomi jo", "?"])
    def test_is_nothing_else(self, message: str) -> None:
        assert meaning(message).because is not Because.CORRECTED


class TestAnActThatIsHardlyLikely:
    @pytest.mark.parametrize(("louder", "kind"), [(0.01, Kind.ANSWER), (0.5, Kind.ACTION)])
    def test_is_not_begun(self, louder: float, kind: Kind) -> None:
        topics = [f"a/t{number}" for number in range(20)]
        orders = card("dsar_access", Kind.ACTION, action=Action.DSAR_ACCESS)
        spoken = {**{topic: {"kopje": 0.5} for topic in topics}, "dsar_access": {"kopje": 0.5 + louder}}
        known = pack([*(card(topic) for topic in topics), orders], spoken, {})
        found = understand("kopje", known, edition({}, GRID), RULES, None)
        assert found.guesses[0].card.action is Action.DSAR_ACCESS
        assert (found.kind, found.action is None) == (kind, kind is Kind.ANSWER)
        assert not set(found.topics) & set(found.near)  # what is answered is not offered beside it


class TestGates:
    def test_an_act_is_never_read_out_of_its_opposite(self) -> None:
        found = meaning("mos kopje")
        assert found.action is None
        assert found.topics == ("access",)
        assert all(guess.card.action is None for guess in found.guesses)

    def test_a_question_is_answered_rather_than_acted_upon(self) -> None:
        assert meaning("kopje").action is Action.DSAR_ACCESS
        assert meaning("si kopje").topics == ("access",)

    def test_where_every_gate_closes_nothing_is_known(self) -> None:
        only = pack([card("dsar_access", Kind.ACTION, action=Action.DSAR_ACCESS, unless=["no"])], {}, CONCEPTS)
        found = understand("mos", only, edition({}), RULES, None)
        assert (found.kind, found.because) == (Kind.OUTOFSCOPE, Because.NOTHING_KNOWN)
        assert (found.topics, found.near, found.guesses) == ((), (), ())


class TestWhatStandsNear:
    def test_a_topic_nearly_as_likely_is_offered_beside_the_best(self) -> None:
        # Two words, each for a topic of its own, 2.2 and 2.0.
        found = meaning("kontrate kontrates")
        assert found.topics == ("data-contract",)
        assert found.near == ("keep-contract",)

    def test_a_topic_far_behind_is_not(self) -> None:
        assert meaning("kontrate").near == ()

    def test_a_topic_may_stand_near_an_act(self) -> None:
        assert meaning("kopje").near == ("access",)

    def test_only_topics_are_offered(self) -> None:
        cards = [card("a/one"), card("thanks", Kind.SMALLTALK), card("a/two")]
        alike = {"a/one": {"x1": 2.0}, "thanks": {"x1": 1.98}, "a/two": {"x1": 1.96}}
        found = understand("x1", pack(cards, alike, {}), edition({}), rules({}, [], ["x1"]), None)
        assert (found.topics, found.near) == (("one",), ("two",))

    def test_no_more_than_three_are_offered(self) -> None:
        cards = [card(f"a/t{n}") for n in range(6)]
        alike = {c.id: {"x1": 2.0} for c in cards}
        found = understand("x1", pack(cards, alike, {}), edition({}), rules({}, [], ["x1"]), None)
        assert (found.topics, found.near) == (("t0",), ("t1", "t2", "t3"))


class TestNothingKnown:
    PACK = pack(
        [card("a/one"), card("thanks", Kind.SMALLTALK), card("a/two")],
        {"a/one": {"zaza": -2.2}, "thanks": {"zaza": -2.1}, "a/two": {"zaza": -2.3}},
        {},
    )

    def test_below_the_lowest_margin_no_intent_wins_and_the_nearest_topics_are_offered(self) -> None:
        found = understand("zaza", self.PACK, edition({}), rules({}, [], ["zaza"]), None)
        assert (found.kind, found.because) == (Kind.OUTOFSCOPE, Because.NOTHING_KNOWN)
        assert (found.card, found.topics, found.action) == (None, (), None)
        assert found.near == ("one", "two")


class TestTwoQuestionsInOne:
    def test_the_second_is_about_the_purpose_of_the_first(self) -> None:
        # "sa gjate" alone is the overview; after "kontrate" it is the contract's.
        found = meaning("cfare kontrate dhe sa gjate")
        assert found.topics == ("data-contract", "keep-contract")
        assert (found.kind, found.because) == (Kind.ANSWER, Because.TWO_PARTS)

    @pytest.mark.parametrize("joint", ["dhe", "edhe", "e", "si"])
    def test_people_join_them_in_many_ways(self, joint: str) -> None:
        assert meaning(f"cfare kontrate {joint} sa gjate").because is Because.TWO_PARTS

    def test_the_purpose_may_stand_in_the_second_only(self) -> None:
        found = meaning("sa gjate dhe cfare kontrate")
        assert found.topics == ("keep-contract", "data-contract")

    def test_the_purpose_may_stand_in_the_whole_only(self) -> None:
        found = meaning("cfare gjithcka teka dhe sa gjate tekb")
        assert found.topics == ("data-contract", "keep-contract")

    def test_the_second_may_be_a_single_word(self) -> None:
        assert meaning("cfare kontrate dhe kujt").topics == ("data-contract", "give-contract")

    def test_without_any_purpose_both_overviews_answer(self) -> None:
        assert meaning("cfare gjithcka dhe sa gjate").topics == ("data-all", "keep-all")

    @pytest.mark.parametrize(
        "message",
        [
            "cfare kontrate ruhet sa gjate",  # nothing joins them
            "cfare kontrate dhe buletin tjeter",  # what follows asks nothing
            "kontrate dhe sa gjate",  # the first part is one word
            "sa gjate dhe sa gjate",  # both ask the same
            "kopje jo dhe sa gjate",  # the first has no place in the grid
        ],
    )
    def test_one_question_stays_one(self, message: str) -> None:
        assert meaning(message).because is Because.RANK

    def test_a_company_without_a_grid_answers_the_best_one(self) -> None:
        assert meaning("cfare kontrate dhe sa gjate", grid=EMPTY).because is Because.RANK

    def test_a_purpose_that_lacks_the_cell_is_not_made_up(self) -> None:
        # The newsletter has no cell for its data.
        assert meaning("buletin ruhet dhe cfare gjithcka").because is Because.RANK


class TestAShortFollowUp:
    @pytest.mark.parametrize(
        ("message", "before", "topic"),
        [
            ("po kujt?", "keep-contract", "give-contract"),
            ("e kujt", "data-contract", "give-contract"),
            ("po sa gjatë i mbani ato", "give-newsletter", "keep-newsletter"),
            ("a sa gjate", "data-all", "keep-all"),  # after an overview comes the overview
            ("po sa gjate", "access", "keep-all"),  # what stands in no cell has no purpose
            ("po kujt pra", "keep-contract", "give-contract"),  # a word counts also inside a longer form
            ("po kujt", "sign-contract", "give-contract"),  # but its part of the policy may have one
            ("po sa gjate", "nowhere", "keep-all"),  # a topic that is no longer answered
        ],
    )
    def test_is_about_the_purpose_of_the_turn_before(self, message: str, before: str, topic: str) -> None:
        found = meaning(message, before)
        assert (found.topics, found.because, found.kind) == ((topic,), Because.CONTEXT, Kind.ANSWER)

    def test_the_first_topic_of_the_turn_before_counts(self) -> None:
        assert meaning("po kujt", "keep-contract", "keep-newsletter").topics == ("give-contract",)

    @pytest.mark.parametrize(
        ("message", "before"),
        [
            ("kujt i jepen letrat kontrates", "keep-newsletter"),  # no word that leans on the turn before
            ("po kujt i jepen a dikujt tjeter", "keep-contract"),  # too long to lean
            ("po kopje", "keep-contract"),  # it asks for no aspect
            ("po kujt", "access"),  # no purpose, and no overview for it
        ],
    )
    def test_other_messages_stand_alone(self, message: str, before: str) -> None:
        assert meaning(message, before).because is Because.RANK

    def test_without_a_turn_before_it_stands_alone(self) -> None:
        assert meaning("po kujt").because is Because.RANK

    def test_a_purpose_of_its_own_goes_before(self) -> None:
        found = meaning("po kontrates sa gjate ruhet", "keep-newsletter")
        assert (found.topics, found.because) == (("keep-contract",), Because.RANK)

    def test_a_purpose_named_in_few_words_counts_too(self) -> None:
        found = meaning("po kontrates sa gjate", "keep-newsletter")
        assert (found.topics, found.because) == (("keep-contract",), Because.RANK)


@settings(deadline=None)
@given(st.text(), st.booleans())
def test_any_text_has_a_meaning(text: str, follows: bool) -> None:  # noqa: FBT001  drawn
    found = meaning(text, *(["keep-contract"] if follows else []))
    assert isinstance(found.kind, Kind)
    assert set(found.topics) | set(found.near) <= {c.topic for c in CARDS}
