"""The back office on the command line: a case from its letter to its end, on a database of its own."""

import argparse
import csv
import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from bot.commands import requests
from bot.dialogue.events import CaseState
from bot.services.records.events import EventKind
from tests.tools.command import ROOT, in_process, mburoja

pytestmark = pytest.mark.usefixtures("settings")

HEAD = "company,customer_number,mobiles,name,relationship,line\n"
FILAN = "ipko,A-1001,+38344000101,Filan Fisteku,active,personal\n"
REFERENCE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")


class Office:
    """The command on one database, at a time that the test sets; ``zana`` is a made-up person of the company."""

    def __init__(self, folder: Path) -> None:
        self.db = folder / "mburoja.db"
        self.clock = folder / "clock"
        self.folder = folder
        self.at("2026-03-05T09:00:00Z")

    def at(self, time: str) -> None:
        self.clock.write_text(time, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        return in_process(*arguments, "--db", str(self.db))

    def requests(self, *arguments: str) -> str:
        code, out, err = self.run("requests", *arguments, "--clock", str(self.clock))
        assert code == 0, err
        return out

    def act(self, *arguments: str) -> str:
        return self.requests(*arguments, "--by", "zana")

    def refused(self, *arguments: str) -> str:
        code, out, err = self.run("requests", *arguments, "--by", "zana", "--clock", str(self.clock))
        assert (code, out) == (2, "")
        assert "Traceback" not in err
        return err

    def worker(self) -> str:
        code, out, err = self.run("worker", "--once", "--clock", str(self.clock))
        assert code == 0, err
        return out

    def record(self, kind: str = "dsar_access", *more: str) -> str:
        to = () if "--checked" in more else ("--reply-to", "filan@shembull.example")
        out = self.act(
            "record", "--company", "ipko", "--kind", kind, "--way", "email", "--on", "2026-03-04",
            "--words", "Dua të dhënat e mia", *to, *more,
        )  # fmt: skip
        found = REFERENCE.search(out)
        assert found
        return found.group()

    def customer(self) -> tuple[str, ...]:
        path = self.folder / "customers.csv"
        path.write_text(HEAD + FILAN, encoding="utf-8")
        assert self.run("customers", "import", str(path))[0] == 0
        return ("--customer", "A-1001", "--checked", "shop")

    def show(self, reference: str) -> Any:
        return json.loads(self.requests("show", reference, "--json"))

    def events(self, kind: str) -> Any:
        return json.loads(self.requests("events", "--open", "--type", kind, "--json"))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_a_letter_goes_from_its_day_to_its_answer(office: Office) -> None:  # R17, R33, R53, R58
    reference = office.record()
    assert office.show(reference)["received_at"].startswith("2026-03-04")
    assert "është te zana" in office.act("take", reference)
    assert "R17" in office.refused("answer", reference)
    office.act("proof", reference, "--kind", "email_on_file")
    assert "mburoja worker" in office.act("answer", reference)
    office.worker()
    assert office.show(reference)["state"] == "in_progress"  # nobody was told yet
    (event,) = office.events("notice.to_send")
    assert event["data"]["address"] == "filan@shembull.example"
    assert "Dërgojeni vetë" in office.requests("events", "--type", "notice.to_send")
    office.act("acknowledge", event["id"])
    assert office.show(reference)["state"] == "answered"
    code, out, err = office.run("requests", "acknowledge", event["id"])
    assert (code, out) == (2, "U konfirmuan: 0.\n")
    assert "Nuk ishin të hapura" in err


def test_a_customer_is_told_by_an_sms_without_content(office: Office) -> None:  # R35, R58
    reference = office.record("dsar_restriction", *office.customer())
    office.act("refuse", reference, "--reason", "Kërkesa është e pabazuar", "--ground", "unfounded")
    assert office.show(reference)["state"] == "in_progress"
    assert f"IPKO: njoftim për kërkesën {reference}. Shkruani numrin te Mburoja." in office.worker()
    shown = office.show(reference)
    assert shown["state"] == "refused"
    assert "Agjencia për Informim dhe Privatësi" in shown["notices"][0]["text"]
    assert "gjykatës" in shown["notices"][0]["text"]


def test_an_answer_with_personal_data_goes_by_its_files(office: Office) -> None:  # R13, R17, R43
    reference = office.record("dsar_access", *office.customer())
    copy, list_ = office.folder / "kopja e të dhënave.pdf", office.folder / "thirrjet.csv"
    copy.write_bytes(b"%PDF Filan Fisteku")
    list_.write_bytes(b"kur,kush\n")
    assert "--file" in office.refused("answer", reference)
    assert "nuk lexohet" in office.refused("answer", reference, "--file", str(office.folder / "mungon.pdf"))
    told = office.act("answer", reference, "--file", str(copy), "--file", str(list_))
    assert "Skedarë të bashkëngjitur: 2" in told
    assert "lidhje që hapet një herë" in told
    assert "mburoja worker" in told
    assert office.show(reference)["state"] == "in_progress"
    office.worker()
    shown = office.requests("show", reference, "--json")
    assert json.loads(shown)["state"] == "answered"
    assert "kopja" not in shown  # not even its name is told
    assert b"Fisteku" not in b"".join(path.read_bytes() for path in office.folder.glob("mburoja.db*"))


def test_a_part_of_an_answer_has_files_too(office: Office) -> None:  # R35, R43
    reference = office.record("dsar_portability", *office.customer())
    copy = office.folder / "kopja.json"
    copy.write_bytes(b"{}")
    part = ("partly", reference, "--reason", "Pjesa tjetër u përket të tjerëve")
    assert "--file" in office.refused(*part)
    assert "Skedarë të bashkëngjitur: 1" in office.act(*part, "--file", str(copy))


def test_a_file_is_refused_where_nobody_could_fetch_it(office: Office) -> None:  # R43, R53
    reference = office.record()
    office.act("proof", reference, "--kind", "email_on_file")
    copy = office.folder / "kopja.pdf"
    copy.write_bytes(b"%PDF")
    assert "nobody could fetch" in office.refused("answer", reference, "--file", str(copy))
    copy.write_bytes(b"")
    other = office.record("dsar_access", *office.customer())
    assert "is empty" in office.refused("answer", other, "--file", str(copy))


def test_an_extension_and_a_question(office: Office) -> None:  # R34
    reference = office.record("dsar_restriction", *office.customer())
    office.act("extend", reference, "--reason", "Janë shumë dokumente")
    office.worker()
    assert office.show(reference)["due_on"] == "2026-06-04"
    office.act("ask", reference, "Cilin vit e keni fjalën?", "--about", "scope")
    office.worker()
    assert office.show(reference)["paused_since"] == "2026-03-05T09:00:00Z"
    assert "pret klientin" in office.requests("list")
    assert "possible once" in office.refused("extend", reference, "--reason", "Prapë")


def test_an_objection_to_statistics_is_rejected_and_lifted(office: Office) -> None:  # R41
    reference = office.record("object_statistics", *office.customer())
    assert office.events("statistics.restricted")
    reject = ("decide", reference, "--reject", "compelling_grounds", "--text", "Parandalimi i mashtrimit")
    assert "is no clause" in office.refused(*reject)
    office.act(*reject, "--clause", "ofertat/aktuale")
    office.worker()
    assert office.show(reference)["state"] == "refused"
    assert "5 ditë pune" in office.show(reference)["notices"][0]["text"]
    assert not office.events("statistics.lifted")
    office.at("2026-03-12T09:00:00Z")  # told on Thursday the 5th: five working days later
    office.worker()
    assert office.events("statistics.lifted")


def test_a_fee_is_warned_of_before(office: Office) -> None:  # R36
    reference = office.record()
    fee = ("fee", reference, "--amount", "5 €", "--reason", "E dyta këtë vit")
    assert "R36" in office.refused(*fee)
    office.act(*fee, "--warn")


def test_marketing_has_no_refusal(office: Office) -> None:  # R40, R54
    reference = office.record("dsar_objection", "--against-marketing")
    assert "R40" in office.refused("refuse", reference, "--reason", "Jo")
    assert office.events("marketing.stopped")


def test_an_erasure_in_part_is_told_purpose_by_purpose(office: Office) -> None:  # R35
    reference = office.record("dsar_erasure", *office.customer())
    kept = ("--kept", "faturat", "9.4", "5 vjet nga fundi i marrëdhënies")
    assert "is no clause of the policy of ipko" in office.refused("partly", reference, *kept)
    kept = ("--kept", "faturat", "hyrje/periudha", "aq sa zgjat qëllimi")
    office.act("partly", reference, "--text", "Bëmë çka mundëm", "--erased", "lokacioni", *kept)
    text = office.show(reference)["notices"][0]["text"]
    assert "I fshimë: lokacioni." in text
    assert "Ruhen ende: faturat, aq sa zgjat qëllimi (politika e privatësisë: Hyrja, paragrafi 3)." in text


def test_a_second_person_is_told_who_has_the_case(office: Office) -> None:
    reference = office.record()
    office.act("take", reference)
    code, _, err = office.run("requests", "take", reference, "--by", "agron")
    assert code == 2
    assert "zana sees to" in err
    office.requests("take", reference, "--hand-over", "--by", "agron")
    assert office.show(reference)["taken_by"] == "agron"


def test_the_queue_can_be_narrowed(office: Office) -> None:  # R33
    reference = office.record()
    assert reference in office.requests("list")
    assert "(synim)" in office.requests("list")
    assert office.requests("list", "--company", "paysera") == "Asnjë kërkesë.\n"
    assert json.loads(office.requests("list", "--state", "answered", "--json")) == []
    assert office.requests("list", "--late") == "Asnjë kërkesë.\n"
    office.at("2026-05-05T09:00:00Z")
    assert "VONESË" in office.requests("list", "--late")


def test_the_export_has_every_case_and_no_word_of_it(office: Office) -> None:  # R32, R33
    reference = office.record("dsar_access", *office.customer())
    out = office.folder / "cases.csv"
    assert office.requests("export", "--format", "csv", "--out", str(out)).startswith("U shkruan 1")
    (row,) = csv.DictReader(io.StringIO(out.read_text(encoding="utf-8")))
    assert (row["reference"], row["due_on"], row["late"]) == (reference, "2026-04-07", "false")
    for format_ in ("csv", "json"):
        text = office.requests("export", "--format", format_)
        assert reference in text
        assert "Dua të dhënat" not in text
        assert "A-1001" not in text
    assert json.loads(office.requests("export", "--format", "json"))[0]["due_on"] == row["due_on"]


def test_a_spreadsheet_runs_nothing_of_an_export(office: Office) -> None:
    reference = office.record()
    office.requests("take", reference, "--by", "=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in office.requests("export")


def test_a_note_stays_in_the_office(office: Office) -> None:
    reference = office.record()
    office.act("note", reference, "U thirr në telefon")
    office.act("reply", reference, "Po e shqyrtojmë")
    shown = office.show(reference)
    assert [entry["kind"] for entry in shown["time_line"]][-2:] == ["noted", "replied"]
    assert len(shown["notices"]) == 1
    assert "U thirr në telefon" in office.requests("show", reference)


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", "7K2Q-9FXA-4"),
        ("take", "pa-numër"),
        ("extend", "7K2Q-9FXA-8", "--reason", "Arsye", "--until", "nesër"),
        ("escalations", "close", "7K2Q-9FXA-8"),
        ("escalations", "convert", "7K2Q-9FXA-8", "--kind", "complaint"),
        ("acknowledge", "asgjë"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(office: Office, arguments: tuple[str, ...]) -> None:
    code, _, err = office.run("requests", *arguments)
    assert code == 2
    assert err.strip()
    assert "Traceback" not in err


def test_nothing_waits_in_an_empty_office(office: Office) -> None:
    assert office.requests("escalations", "list") == "Asgjë nuk pret.\n"
    assert office.requests("events", "--open") == "Asnjë ngjarje nuk pret konfirmim.\n"


DOCUMENT = (ROOT / "docs/backoffice.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ mburoja (requests .+)$", DOCUMENT, flags=re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_in_the_document_are_real(command: str) -> None:
    parser = argparse.ArgumentParser()
    requests.add(parser.add_subparsers())
    assert callable(parser.parse_args(shlex.split(command)).command)


def test_the_document_names_every_act_state_and_event() -> None:
    named = {command.split()[1] for command in COMMANDS}
    told = mburoja("requests", "nothing").stderr.decode()
    assert named == set(re.findall(r"\w+", told.split("choose from ")[1]))
    for name in (*CaseState, *EventKind):
        assert f"| `{name}` |" in DOCUMENT


def test_the_message_in_the_document_is_the_message(office: Office) -> None:
    office.record()
    found = re.search(r"```json\n(.*?)```", DOCUMENT, flags=re.DOTALL)
    assert found
    shown, real = json.loads(found[1]), json.loads(office.requests("events", "--json"))[0]
    assert list(shown) == list(real)
    assert {key: type(value) for key, value in shown.items()} == {key: type(value) for key, value in real.items()}
