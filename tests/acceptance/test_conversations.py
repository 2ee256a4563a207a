"""Whole conversations, as data, through the real command: what people hear, and what the office finds afterwards.

They stand in tests/data/conversations/, to be read by whoever answers for the words. All are played at once, on as
many cores as there are; each test then looks at its own.
"""

import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from bot.assistant import Assistant
from tests.tools.command import ROOT
from tests.tools.conversations import FOLDER, Facts, Heard, Played, Receipt, Step, fact_faults, faults_of, read
from tests.tools.playing import demo, play

FILES = sorted(FOLDER.glob("*.yaml"))
STARTS = "2026-11-23 10:00"
_WORDED = ("bot/locale/sq/LC_MESSAGES/messages.po", "bot/_demo/customers.csv", "intents/smalltalk/*.yaml")
_WORDED_BY_COMPANIES = ("policy_texts/*/*.yaml", "policy_texts/*/answers/*.yaml")


@pytest.fixture(scope="module")
def playing(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Future[Played]]]:
    """Every conversation, being played on a copy of the same database."""
    assert assistant.companies  # compiled now, if anything changed, and not while a person waits for an answer
    base = tmp_path_factory.mktemp("demo")
    demo(base, STARTS)

    def played(file: Path) -> Played:
        folder = tmp_path_factory.mktemp(file.stem)
        shutil.copytree(base, folder, dirs_exist_ok=True)
        return play(read(file), folder)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {file: pool.submit(played, file) for file in FILES}


def test_there_are_twelve() -> None:
    assert len(FILES) == 12
    assert {read(file).starts for file in FILES} == {STARTS}  # the database is made once, for all of them


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_goes_as_it_is_written(file: Path, playing: dict[Path, Future[Played]]) -> None:
    played = playing[file].result()
    assert not played.faults, played.aloud()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_expectation_would_be_missed(file: Path, playing: dict[Path, Future[Played]]) -> None:
    played = playing[file].result()
    for step, heard in played.done:
        for spoilt in _spoilt(step, heard):
            assert faults_of(spoilt, heard), spoilt
    assert played.wanted is not None
    for facts in _spoilt_facts(played.wanted):
        assert fact_faults(facts, played.found), facts


def test_what_must_never_be_heard_could_be_heard(playing: dict[Path, Future[Played]]) -> None:
    worded = [path for pattern in (*_WORDED, *_WORDED_BY_COMPANIES) for path in sorted(ROOT.glob(pattern))]
    known = " ".join(path.read_text(encoding="utf-8") for path in worded)
    said = "\n".join(
        f"{step.says} {step.office} {heard.text}" for p in playing.values() for step, heard in p.result().done
    )
    words = {never for p in playing.values() for step, _ in p.result().done for never in step.never}
    assert words
    known = re.sub(r'"\n"', "", known) + said  # a long message of the catalogue stands on several lines
    assert [never for never in sorted(words) if never not in known] == []


def _spoilt(step: Step, heard: Heard) -> Iterator[Step]:
    """Yield the step with each of its expectations changed so that it does not hold."""
    for name in ("hears", "prints", "reads", "offers"):
        for words in getattr(step, name):
            yield msgspec.structs.replace(step, **{name: [f"{words}¤"]})
    if heard.text:
        yield msgspec.structs.replace(step, never=[heard.text.splitlines()[0]])
    if step.quotes is not None:
        yield msgspec.structs.replace(step, quotes=[*step.quotes, "0"])
    if step.state is not None:
        yield msgspec.structs.replace(step, state="nowhere")
    yield msgspec.structs.replace(step, sms=None if step.sms else "+383 44 *** *00")
    yield msgspec.structs.replace(step, receipt=None if step.receipt else Receipt(shows={}, named="any"))
    if step.receipt:
        for label, words in step.receipt.shows.items():
            yield msgspec.structs.replace(step, receipt=Receipt(shows={label: f"{words}¤"}, named="any"))


def _spoilt_facts(facts: Facts) -> Iterator[Facts]:
    for name in ("requests", "events", "escalations"):
        rows = getattr(facts, name)
        if rows is None:
            continue
        yield msgspec.structs.replace(facts, **{name: [*rows, {}]})
        for index, row in enumerate(rows):
            for key in row:
                changed = [*rows[:index], {**row, key: "¤"}, *rows[index + 1 :]]
                yield msgspec.structs.replace(facts, **{name: changed})


@pytest.mark.parametrize(
    "step",
    [
        {"says": "po"},  # nothing is expected
        {"says": "po", "picks": "Po", "state": "open"},
        {"state": "open"},
        {"says": "po", "state": "open", "heard": ["u regjistrua"]},
        {"says": 1, "state": "open"},
        {"code": "any", "state": "open"},
    ],
)
def test_a_step_that_is_written_wrongly_is_refused(step: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(step, Step)
