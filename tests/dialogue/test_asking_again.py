"""What is noticed of an answer that did not help: how that is said, when the same is asked again; each once."""

from dataclasses import replace

import pytest

from bot.dialogue.asking_again import noticed, says_no_help
from bot.dialogue.effects import Escalate, Escalation
from bot.dialogue.events import Chose, Event, Heard, Said
from bot.dialogue.facts import Facts, House
from bot.dialogue.inputs import Input
from bot.dialogue.pursuing import Step
from bot.dialogue.reply import Choice, Choices, Paragraph, Reply
from bot.dialogue.state import Form, State
from bot.nlu.intents import Kind
from bot.policy.answers import Answer
from tests.dialogue.walking import house
from tests.tools.desks import NOW

TOPICS = ("retention", "cookies", "sharing")


def _house() -> House:
    """The walkers' house, with three answers at Alfa."""
    bare = house()
    alfa = bare.companies["alfa"]
    answer = Answer(
        company="alfa", topic="", part="", label="", says="Kështu.", cites=("1",), then=(), silent=False, place="",
        approval=None,
    )  # fmt: skip
    answers = {name: replace(answer, topic=name, label=name) for name in TOPICS}
    edition = replace(alfa.editions[0], answers=answers)
    return replace(bare, companies={**bare.companies, "alfa": replace(alfa, editions=(edition,))})


HOUSE = _house()
FIRST, AGAIN = "sa gjatë i ruani të dhënat?", "deri kur i mbani?"


@pytest.mark.parametrize(
    "text",
    [
        "s'po kuptoj", "spo kuptoj", "nuk e kuptova", "nuk po kuptoj hiç", "S’po e kuptoj këtë!", "kurgja s'po kuptoj",
        "nuk po marr vesh", "s'po t'marr vesh", "nuk e pyeta këtë", "s'e pyeta këtë", "jo këtë", "jo qita",
        "jo per qeto", "nuk kam pyetur për këtë", "skom pyt qeto", "nuk eshte kjo pyetja ime", "s'ishte kjo",
        "kjo s'më ndihmoi", "nuk më ndihmoi hiç", "nuk m'u përgjigjët pyetjes", "nuk është përgjigje",
        "pyeta diçka tjetër", "diçka tjetër pyeta", "keq më kuptuat", "më keni kuptuar keq", "nuk po më kuptoni",
        "po jo bre, nuk e pyeta këtë!", "s'më ke kuptu",
    ],
)  # fmt: skip
def test_who_says_that_it_did_not_help_is_understood(text: str) -> None:
    assert says_no_help(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "?", "jo", "kjo", "nuk dua", "faleminderit", "e kuptova", "po kuptoj", "s'ka", "a më kuptoni?",
        "s'po kuptoj çka janë cookies", "nuk kam pyetje", "kam pyetje tjetër", "jo nuk e dua këtë",
        "nuk e pyeta nanën", "sa gjatë i ruani", "nuk më ndihmoi askush në dyqan kur shkova atje dje",
        "s'kuptoj " * 300,
    ],
)  # fmt: skip
def test_a_question_of_its_own_is_no_such_word(text: str) -> None:
    assert not says_no_help(text)


class Asker:
    """Somebody whose turns are answered; ``noted`` are the questions that were put before people."""

    def __init__(self) -> None:
        self.form, self.turn, self.noted = Form(), 0, list[Escalate]()

    def _take(self, event: Event, happened: Input, effect: Escalate | None = None) -> Escalate | None:
        self.turn += 1
        facts = Facts(house=HOUSE, now=NOW, turn=self.turn)
        done = noticed(self.form, event, happened, Step(form=self.form, says=[], effect=effect), facts)
        self.form = done.form
        found = done.effect if isinstance(done.effect, Escalate) else None
        if found and found.kind is Escalation.ASKED_AGAIN:
            self.noted.append(found)
        return found

    def asks(self, text: str, topic: str, *others: str, kind: Kind = Kind.ANSWER, company: str = "alfa") -> None:
        items = tuple(Choice(label=other, value=f"{company}/{other}") for other in others)
        offered = (Choices(prompt="Or did you want to know:", items=items),) if others else ()
        blocks = (Paragraph(text="Kështu."), *offered)
        topics = (topic,) if topic else ()
        reply = Reply(kind=kind, company=company, action=None, blocks=blocks, topics=topics)
        heard = Heard(
            kind=kind, action=None, intent=topic, companies=(), about=company, score=0.9, reply=reply
        )  # fmt: skip
        self._take(Said(text=text, heard=heard), Input.QUESTION)

    def says(self, text: str, effect: Escalate | None = None) -> Escalate | None:
        return self._take(Said(text=text, heard=None), Input.WISH, effect)

    def picks(self, topic: str, company: str = "alfa") -> None:
        self._take(Chose(value=f"topic:{company}/{topic}", label=topic, seq=1), Input.TOPIC)

    def waits(self, turns: int) -> None:
        for _ in range(turns):
            self._take(Said(text="menyja", heard=None), Input.MENU)

    @property
    def words(self) -> list[str]:
        return [note.words for note in self.noted]


def test_the_same_in_other_words_notes_the_first_question() -> None:
    asker = Asker()
    asker.asks(FIRST, "retention")
    assert asker.noted == []
    asker.asks(AGAIN, "retention")
    assert asker.noted == [Escalate(kind=Escalation.ASKED_AGAIN, company="alfa", words=FIRST)]


@pytest.mark.parametrize(("between", "noted"), [(0, True), (1, True), (2, False), (9, False)])
def test_only_what_is_asked_within_two_turns_is_again(between: int, noted: bool) -> None:  # noqa: FBT001
    asker = Asker()
    asker.asks(FIRST, "retention")
    asker.waits(between)
    asker.asks(AGAIN, "retention")
    assert bool(asker.noted) is noted


def test_a_question_is_noted_once_however_often_it_is_asked() -> None:
    asker = Asker()
    for text in (FIRST, AGAIN, "e sa kohë?", "po kur i fshini?"):
        asker.asks(text, "retention")
    asker.says("s'po kuptoj")
    asker.says("nuk e pyeta këtë")
    assert asker.words == [FIRST]


def test_the_next_question_may_be_noted_too() -> None:
    asker = Asker()
    for text, topic in ((FIRST, "retention"), (AGAIN, "retention"), ("çka janë cookies?", "cookies")):
        asker.asks(text, topic)
    asker.says("jo këtë")
    assert asker.words == [FIRST, "çka janë cookies?"]


def test_the_very_same_words_another_topic_or_another_company_are_not_again() -> None:
    for text, topic, company in (
        (FIRST.upper(), "retention", "alfa"), (AGAIN, "cookies", "alfa"), ("e te Beta?", "retention", "beta"),
    ):  # fmt: skip
        asker = Asker()
        asker.asks(FIRST, "retention")
        asker.asks(text, topic, company=company)
        assert asker.noted == []


def test_who_picks_what_was_offered_instead_did_not_mean_the_answer() -> None:
    asker = Asker()
    asker.asks(FIRST, "retention", "cookies", "sharing")
    asker.picks("sharing")
    asker.says("jo këtë")
    assert asker.words == [FIRST]


def test_what_is_no_answer_any_more_was_not_read() -> None:
    asker = Asker()
    asker.picks("gone")
    asker.picks("retention", company="nobody")
    asker.says("s'po kuptoj")
    assert asker.noted == []


def test_who_reads_on_was_helped() -> None:
    asker = Asker()
    asker.asks(FIRST, "retention")
    asker.picks("sharing")
    assert asker.noted == []
    asker.says("s'po kuptoj")  # what was picked is what was answered last
    assert asker.words == ["sharing"]


@pytest.mark.parametrize("kind", [Kind.OUTOFSCOPE, Kind.CLARIFY, Kind.SMALLTALK, Kind.HANDOFF])
def test_what_had_no_answer_cannot_have_failed_to_help(kind: Kind) -> None:
    asker = Asker()
    asker.asks(FIRST, "", kind=kind)
    asker.says("s'po kuptoj")
    assert asker.noted == []


def test_it_is_noted_instead_of_a_word_that_is_no_question_and_beside_nothing_else() -> None:
    unanswered = Escalate(kind=Escalation.UNANSWERED, company="alfa", words="jo këtë")
    asker = Asker()
    asker.asks(FIRST, "retention")
    assert asker.says("jo këtë", unanswered) == Escalate(kind=Escalation.ASKED_AGAIN, company="alfa", words=FIRST)
    other = Escalate(kind=Escalation.PRESS, company="alfa", words="nuk e kuptova")
    asker = Asker()
    asker.asks(FIRST, "retention")
    assert asker.says("nuk e kuptova", other) == other


def test_in_the_middle_of_an_act_nothing_is_noticed() -> None:
    asker = Asker()
    asker.asks(FIRST, "retention")
    asker.form = replace(asker.form, state=State.FIELD)
    asker.asks(AGAIN, "retention")
    assert asker.noted == []


def test_little_is_kept_of_a_long_question() -> None:
    asker = Asker()
    asker.asks("a " * 2_000, "retention")
    asker.says("s'po kuptoj")
    assert len(asker.words[0]) == 400
