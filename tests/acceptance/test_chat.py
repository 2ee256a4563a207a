"""`mburoja chat` in a real terminal: typed into, read back, left."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from bot.settings import Settings
from tests.tools.command import MBUROJA, mburoja

PROMPT = "› "
COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A person at a terminal of 100 columns."""

    def __init__(self, database: Path, *arguments: str) -> None:
        env = {**os.environ, "TERM": "xterm"}
        self.child: pexpect.spawn[str] = pexpect.spawn(
            str(MBUROJA),
            ["chat", "--db", str(database), *arguments],
            env=env,
            encoding="utf-8",
            dimensions=(50, 100),
            timeout=60,
            # Who runs the tests in the background of a shell has Ctrl-C ignored, and so would everything they start.
            preexec_fn=_hear_ctrl_c,
        )
        self.raw = self._until_prompt()

    def _until_prompt(self) -> str:
        self.child.expect_exact(PROMPT)
        return str(self.child.before)

    def say(self, line: str) -> str:
        """Type a line; returns what is shown until the next prompt, without colours, on one line."""
        self.child.sendline(line)
        self.raw = self._until_prompt()
        return " ".join(COLOUR.sub("", self.raw).replace("┃", " ").split())


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def database(settings: Settings, tmp_path: Path) -> Path:
    assert settings.data.is_dir()
    return tmp_path / "chat.db"


@pytest.fixture
def terminal(database: Path) -> Iterator[Terminal]:
    opened = Terminal(database)
    yield opened
    opened.child.close(force=True)


def test_the_first_words_say_what_it_is(terminal: Terminal) -> None:  # R42
    first = COLOUR.sub("", terminal.raw)
    assert "Mburoja" in first
    assert "IPKO dhe Paysera" in first
    assert "24 orë" in first  # what it keeps, and for how long
    assert "30 ditë" in first
    assert "kundërshto" in first  # how to object


def test_a_whole_conversation(terminal: Terminal) -> None:
    assert "Për cilën kompani" in terminal.say("sa gjat i mani shenimet e mija?")
    answered = terminal.say("2")
    assert "9.4 Periudha e ruajtjes" in answered  # the question that waited is answered, not asked for again
    assert "Paysera" in answered
    video = terminal.say("kamerat, sa kohe i mani xhirimet")
    assert "13.4" in video
    assert "13.6" in terminal.say("po marrësit?")  # the same purpose, another aspect
    picked = terminal.say("1")
    assert "Mund të pyesni edhe" in picked or "Apo" in picked
    assert "numrin e telefonit" in terminal.say("hiqmani numrin prej reklamave")  # nothing is done before a proof


def test_a_question_about_both_companies_goes_on_with_the_one_that_is_picked(terminal: Terminal) -> None:
    assert "Veç e veç" in terminal.say("sa gjatë i ruajnë të dhënat IPKO dhe Paysera?")
    answered = terminal.say("1")
    assert "Veç e veç" not in answered
    assert "IPKO · Ruajtja e të dhënave" in answered


def test_the_same_at_the_other_company(terminal: Terminal) -> None:
    terminal.say("te Paysera, sa gjatë i ruani të dhënat e mia në përgjithësi?")
    other = terminal.say("e te ipko?")
    assert "për aq kohë sa" in other
    assert "5 (pesë) vjet" not in other


def test_a_message_that_speaks_for_itself_does_not_lean_on_the_one_before(terminal: Terminal) -> None:
    terminal.say("te Paysera, cilat të dhëna i merrni për kredi?")
    assert "13.4" in terminal.say("po kamerat sa kohe?")
    assert "12.3" in terminal.say("te Paysera, kredia, sa gjatë ruhen të dhënat?")
    assert "numrin e telefonit" in terminal.say("po fshini të dhënat e mia")


def test_two_words_lean_on_the_question_before(terminal: Terminal) -> None:
    terminal.say("te Paysera, a e mbani foton e letërnjoftimit?")
    assert "9.4 Periudha" in terminal.say("sa vite?")


def test_colours_are_for_the_terminal(terminal: Terminal) -> None:
    terminal.say("te ipko, çka janë cookies?")
    assert "\x1b[2m" in terminal.raw


def test_a_long_clause_is_cut_and_can_be_read_whole(terminal: Terminal) -> None:
    assert "[…]" in terminal.say("te ipko, cila është baza ligjore?")
    assert "në interes të publikut" in terminal.say("krejt")


def test_the_line_before_can_be_called_back(terminal: Terminal) -> None:
    terminal.say("te ipko, çka janë cookies?")
    terminal.child.send("\x1b[A")
    assert "skedarë teksti" in terminal.say("")


@pytest.mark.parametrize("key", ["c", "d"])
def test_it_is_left_cleanly(terminal: Terminal, key: str) -> None:
    # One that arrives between the prompt and the wait for a key is not seen by the line editor: a person presses again.
    for _ in range(4):
        terminal.child.sendcontrol(key)
        if terminal.child.expect([pexpect.EOF, pexpect.TIMEOUT], timeout=20) == 0:
            break
    terminal.child.close()
    assert "Traceback" not in str(terminal.child.before), terminal.child.before
    assert terminal.child.exitstatus == 0, terminal.child.before


def test_what_was_begun_goes_on_after_the_window_was_closed(database: Path) -> None:
    first = Terminal(database)
    first.say("te ipko, mos me qoni ma reklama")
    first.child.close(force=True)
    again = Terminal(database)
    assert "numrin e telefonit" in COLOUR.sub("", again.raw)
    again.child.close(force=True)


def test_the_code_is_shown_on_the_screen_and_opens_the_way(database: Path) -> None:
    done = mburoja("customers", "demo", "--db", str(database))
    assert done.returncode == 0
    opened = Terminal(database)
    opened.say("te ipko, mos me qoni ma reklama")
    sent = opened.say("044 000 101")
    code = re.search(r"\d{6}", sent)
    assert code, sent
    assert "+383 44 *** *01" in sent
    assert "A e konfirmoni" in opened.say(code[0])
    receipt = opened.say("1")
    assert re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]", receipt), receipt
    opened.child.close(force=True)


def test_one_company_can_be_given(database: Path) -> None:
    opened = Terminal(database, "--company", "ipko")
    assert "ruajmë të dhënat tuaja" in opened.say("sa gjat i mani t'dhanat?")
    opened.child.close(force=True)


def test_a_person_of_the_company_takes_the_conversation_and_gives_it_back(database: Path) -> None:
    opened = Terminal(database, "--company", "ipko")
    opened.say("dua të flas me një njeri")
    opened.say("Prej një muaji po pres një përgjigje dhe askush nuk më shkruan.")
    opened.say("filan@shembulli.example")
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[0-9A-Z]", opened.say("po"))
    assert found
    case = found[0]
    assert mburoja("requests", "hold", case, "--db", str(database)).returncode == 0
    assert "ruajta" in opened.say("a jeni aty?")
    assert mburoja("requests", "reply", case, "Po, jam Zana, po e shoh.", "--db", str(database)).returncode == 0
    mburoja("worker", "--once", "--db", str(database))
    assert "Po, jam Zana" in opened.say("")
    assert "a jeni aty" in mburoja("requests", "show", case, "--db", str(database)).stdout.decode()
    assert mburoja("requests", "release", case, "--db", str(database)).returncode == 0
    assert "ruan të dhënat" in opened.say("sa gjatë i ruani të dhënat?")
    opened.child.close(force=True)
