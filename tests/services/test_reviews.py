"""What is decided of an answer holds for its words, and is told nowhere once it is switched off."""

import datetime as dt
import json
from dataclasses import replace

import pytest

from bot.clock import DAY
from bot.errors import NotAllowedError
from bot.policy.answers import Answer, Approval
from bot.services.knowledge import reviews
from bot.services.knowledge.reviews import Off, Standing
from tests.services.acting import made_up_house
from tests.services.casework import office
from tests.tools.desks import NOW

TODAY = dt.date(2026, 3, 5)


def answer(topic: str, **more: object) -> Answer:
    made = Answer(
        company="alfa", topic=topic, part="ofertat", label=topic.capitalize(), says="Ofertat vijnë me pëlqim.",
        cites=("1",), then=(), silent=False, place="policy_texts/alfa/answers/ofertat.yaml:2", approval=None,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


class Office:
    """A desk whose company's answers can be changed, as a new version of the files does."""

    def __init__(self) -> None:
        house = made_up_house()
        self.tx, self.desk, self.rows = house.tx, house.desk, house.rows
        self.say(answer("ofertat"), answer("analiza"))

    def say(self, *answers: Answer, off: frozenset[str] = frozenset()) -> None:
        alfa = self.desk.companies["alfa"]
        edition = replace(alfa.editions[0], answers={one.topic: one for one in answers})
        alfa = replace(alfa, editions=(edition,), switched_off=off)
        self.desk = replace(self.desk, companies={**self.desk.companies, "alfa": alfa})

    def standing(self, topic: str = "ofertat") -> Standing:
        alfa = self.desk.companies["alfa"]
        return next(s for s in reviews.standings(self.tx, alfa, alfa.editions[0]) if s.answer.topic == topic)

    def approve(self, *topics: str, now: int = NOW) -> int:
        seen = {topic: self.standing(topic).digest for topic in topics or ("ofertat",)}
        return reviews.approve(self.tx, self.desk, office(now), "zana", "alfa", seen)

    def off(self, topic: str = "ofertat", reason: str = "gabim") -> None:
        reviews.switch_off(self.tx, self.desk, office(), "zana", "alfa", topic, reason)

    def on(self, topic: str = "ofertat", reason: str = "u ndreq") -> None:
        reviews.switch_on(self.tx, self.desk, office(), "zana", "alfa", topic, reason)

    def take_back(self, now: int = NOW) -> None:
        reviews.take_back(self.tx, self.desk, office(now), "zana", "alfa", "ofertat")

    def acts(self) -> list[tuple[str, str]]:
        bodies = [json.loads(row["body"]) for row in self.rows("audit")]
        return [(body["act"], body["details"]["topic"]) for body in bodies]


@pytest.fixture
def house() -> Office:
    return Office()


def test_an_approval_names_who_and_when_and_is_logged(house: Office) -> None:  # R39, R44
    assert house.approve("ofertat", "analiza") == 2
    assert house.standing().approval == Approval(by="zana", on=TODAY)
    assert sorted(house.acts()) == [("answer.approved", "analiza"), ("answer.approved", "ofertat")]
    assert house.approve("ofertat") == 0


@pytest.mark.parametrize(
    "more",
    [{"says": "Tjetër."}, {"label": "Tjetër"}, {"cites": ("2",)}, {"silent": True}],
    ids=lambda more: next(iter(more)),
)
def test_an_approval_is_of_the_words_that_were_approved(house: Office, more: dict[str, object]) -> None:  # R44
    house.approve()
    house.say(answer("ofertat", **more))
    assert (house.standing().approval, house.standing().outdated) == (None, True)
    house.say(answer("ofertat"))
    assert house.standing().approval


def test_what_reads_otherwise_than_it_was_seen_is_not_approved(house: Office) -> None:
    seen = {"ofertat": house.standing().digest}
    house.say(answer("ofertat", says="Tjetër."))
    with pytest.raises(NotAllowedError, match="reads otherwise"):
        reviews.approve(house.tx, house.desk, office(), "zana", "alfa", seen)
    with pytest.raises(NotAllowedError, match="no more"):
        reviews.approve(house.tx, house.desk, office(), "zana", "alfa", {"zz": ""})
    assert house.acts() == []


def test_an_approval_can_be_taken_back_also_one_of_the_file(house: Office) -> None:
    house.approve()
    house.take_back()
    assert house.standing().approval is None
    with pytest.raises(NotAllowedError):
        house.take_back()
    filed = answer("ofertat", approval=Approval(by="leka", on=TODAY - dt.timedelta(days=9)))
    house.say(filed)
    assert house.standing().approval is None
    house.say(replace(filed, approval=Approval(by="leka", on=TODAY + dt.timedelta(days=1))))
    assert house.standing().approval


def test_what_is_switched_off_is_named_until_it_is_on_again(house: Office) -> None:
    house.off()
    assert reviews.switched_off(house.tx) == {("alfa", "ofertat")}
    assert house.standing().off is Off.REVIEW
    house.on()
    assert reviews.switched_off(house.tx) == frozenset()
    assert house.standing().off is None
    assert house.acts() == [("answer.switched_off", "ofertat"), ("answer.switched_on", "ofertat")]


def test_it_stays_off_whatever_it_says(house: Office) -> None:
    house.off()
    house.say(answer("ofertat", says="Tjetër."))
    assert house.standing().off is Off.REVIEW


def test_what_is_off_cannot_be_approved_and_needs_a_reason(house: Office) -> None:
    for act in (house.off, house.on):
        with pytest.raises(NotAllowedError):
            act(reason=" ")
    house.off()
    for refused in (house.off, house.approve):
        with pytest.raises(NotAllowedError):
            refused()
    house.on()
    with pytest.raises(NotAllowedError, match="not switched off"):
        house.on()


def test_taking_an_approval_back_does_not_switch_an_answer_on(house: Office) -> None:
    """Somebody's page still shows the button when a colleague has switched the answer off."""
    house.say(answer("ofertat", approval=Approval(by="leka", on=TODAY)))
    house.off()
    with pytest.raises(NotAllowedError, match="off already"):
        house.take_back()
    assert house.standing().off is Off.REVIEW


def test_what_the_file_switches_off_is_switched_on_there(house: Office) -> None:
    house.say(answer("ofertat"), off=frozenset({"ofertat"}))
    assert house.standing().off is Off.FILE
    with pytest.raises(NotAllowedError, match="file"):
        house.on()


def test_the_files_get_what_was_decided_and_only_what_differs(house: Office) -> None:
    filed = Approval(by="leka", on=TODAY)
    house.say(answer("ofertat"), answer("analiza", approval=filed), answer("tjetra", approval=filed))
    house.approve("ofertat", now=NOW + DAY)
    house.off("analiza")
    alfa = house.desk.companies["alfa"]
    approvals, off = reviews.for_the_files(reviews.standings(house.tx, alfa, alfa.editions[0]))
    assert approvals == {"ofertat": Approval(by="zana", on=TODAY + dt.timedelta(days=1))}
    assert off == {"analiza"}
