"""Measures what a question costs, beside a bare nearest-phrase look-up in the same run (``mburoja bench ask``)."""

import datetime as dt
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rapidfuzz import fuzz, process

from bot.answering import build, translations
from bot.assistant import Assistant
from bot.dialogue.compose import Composer
from bot.errors import InputError
from bot.knowledge.compiled import Knowledge
from bot.knowledge.compiling import add_made_up, is_compiled
from bot.knowledge.source import digest, read_source
from bot.nlu.fold import fold
from bot.settings import Settings

_ROUNDS = 5
_STARTS = 5
_MADE_UP = 200
Question = tuple[str, str | None]


def bench_ask(settings: Settings, questions: str | None) -> Iterator[str]:
    """Yield the lines of the report. ``questions`` is a file as for ``--batch``, or None for our own phrases."""
    if not is_compiled(settings.data, settings.cache):
        _command(settings, "compile")
    # First, while this process is small: a child's peak counts its parent's size at the fork.
    resident = _resident_mb(settings)
    asked = questions_to_ask(settings, questions)
    assistant = build(settings, _today)
    alone = _times(_asking(assistant), asked)
    yield f"{len(asked)} questions × {_ROUNDS}, one core"
    yield f"ask                       {_line(alone)}"
    yield f"bare nearest phrase       {_line(_times(_nearest_phrase(settings), asked))}"
    yield f"command to first answer   {_first_answer(settings):.2f} s (median of {_STARTS})"
    yield f"resident, all loaded      {resident:.0f} MB"
    ratio, line = _with_many(settings, asked)
    yield f"with {_MADE_UP} more companies   {line}"
    yield f"ratio of the medians      {ratio:.2f}"


def questions_to_ask(settings: Settings, questions: str | None) -> list[Question]:
    """Return the questions of a file (JSON lines with ``text`` and ``company``), or some of our own phrases.

    Raises InputError when the file cannot be read.
    """
    return _from_file(Path(questions)) if questions else _from_phrases(settings)


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


def _from_file(path: Path) -> list[Question]:
    try:
        items = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return [(item["text"], item.get("company")) for item in items]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"Skedari {path} nuk u lexua dot: {error}") from None


def _from_phrases(settings: Settings) -> list[Question]:
    source = read_source(settings.data, [])
    pairs: list[Question] = [(p.text, i.company) for i in source.intents if i.company for p in i.phrases]
    return pairs[:: max(1, len(pairs) // 1000)]


def _times(ask: Callable[[Question], object], asked: Sequence[Question]) -> list[float]:
    """Return sorted seconds a question, after one round that is not counted."""
    for question in asked:
        ask(question)
    times = []
    for _ in range(_ROUNDS):
        for question in asked:
            begun = time.perf_counter()
            ask(question)
            times.append(time.perf_counter() - begun)
    return sorted(times)


def _asking(assistant: Assistant) -> Callable[[Question], object]:
    return lambda question: assistant.ask(*question)


def _line(times: Sequence[float]) -> str:
    median, high = times[len(times) // 2], times[int(len(times) * 0.99)]
    return f"median {median * 1e3:6.3f} ms   p99 {high * 1e3:6.3f} ms"


def _nearest_phrase(settings: Settings) -> Callable[[Question], object]:
    source = read_source(settings.data, [])
    phrases = {
        company: [p.folded for i in (*source.shared_intents(), *source.intents_of(company)) for p in i.phrases]
        for company in source.companies
    }
    everything = [p for row in phrases.values() for p in row]

    def ask(question: Question) -> object:
        text, company = question
        return process.extractOne(fold(text), phrases.get(company or "", everything), scorer=fuzz.ratio)

    return ask


def _first_answer(settings: Settings) -> float:
    times = []
    for _ in range(_STARTS):
        begun = time.perf_counter()
        _command(settings, "ask", "--company", _company_ids(settings)[0], "tung")
        times.append(time.perf_counter() - begun)
    return sorted(times)[_STARTS // 2]


def _resident_mb(settings: Settings) -> float:
    """Return the peak of a process that answers for every company, and for none."""
    companies = [*_company_ids(settings), None]
    lines = "".join(json.dumps({"company": company, "text": "sa gjatë i ruani?"}) + "\n" for company in companies)
    _command(settings, "ask", "--batch", "-", given=lines.encode())
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _command(settings: Settings, *arguments: str, given: bytes = b"") -> None:
    env = {**os.environ, "MBUROJA_DATA": str(settings.data), "MBUROJA_CACHE": str(settings.cache)}
    command = [sys.executable, "-m", "bot", *arguments]
    subprocess.run(command, input=given, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603  our own command


def _company_ids(settings: Settings) -> list[str]:
    return sorted(p.name for p in (settings.data / "policy_texts").iterdir() if p.is_dir())


def _with_many(settings: Settings, asked: Sequence[Question]) -> tuple[float, str]:
    """Measure two and two hundred and two companies in turns, so that the machine's mood touches both alike."""
    few = Knowledge(settings.cache / digest(settings.data))
    with tempfile.TemporaryDirectory() as folder:
        many_folder = Path(folder) / "many"
        shutil.copytree(settings.cache / digest(settings.data), many_folder)
        names = add_made_up(many_folder, _MADE_UP)
        many = Knowledge(many_folder)
        for name in names:
            many.pack(name)
        assistants = [Assistant(k, Composer(translations().gettext), _today) for k in (few, many)]
        medians: list[list[float]] = [[], []]
        lines = ["", ""]
        for _ in range(3):
            for index, assistant in enumerate(assistants):
                times = _times(_asking(assistant), asked)
                medians[index].append(times[len(times) // 2])
                lines[index] = _line(times)
    return min(medians[1]) / min(medians[0]), lines[1]
