"""One case as a sealed file: what is in it, what checking it proves, and that every kind of tampering is found."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from bot.clock import SECOND
from bot.crypto import Vault
from bot.dialogue.effects import Shown
from bot.errors import NotAllowedError
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.answer_files import Attachment, attach
from bot.services.casework.cases import Body, Identity, NewCase, Words
from bot.services.desk import Place
from bot.services.office import backoffice
from bot.services.records import audit, case_export
from bot.services.records.audit import Act
from bot.services.records.audit_chain import digest
from bot.services.records.case_check import check
from bot.services.records.sealed_file import PURPOSE, public_key
from tests.services.acting import House, customer, made_up_house
from tests.services.casework import office
from tests.tools.desks import NOW, SECRET

REFERENCE = "7K2Q-9FXA-8"
MEMBERS = {
    "LEXO.txt", "deshmia.json", "ditari.jsonl", "manifest.json", "politika.json", "rasti.html", "rasti.json",
    "skedaret.json",
}  # fmt: skip
NUMBER = "+38344000101"
KEY = public_key(Vault(SECRET).signing_key(PURPOSE))


@dataclass(frozen=True, kw_only=True)
class Made:
    """A house with one case, and the file that was made of it."""

    house: House
    raw: bytes

    @property
    def members(self) -> dict[str, bytes]:
        return members_of(self.raw)

    def read(self, name: str) -> Any:
        return json.loads(self.members[name])


def members_of(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def a_case(house: House, words: str = "Dua kopjen e të dhënave.") -> None:
    """File a case of a customer, take it, write to them, and attach the answer."""
    desk, tx = house.desk, house.tx
    shown = Shown(words="Po e regjistroj kërkesën.", clauses=("4", "5"))
    place = Place(conversation="c1", channel="web", now=NOW)
    new = NewCase(
        company="alfa", action=Action.DSAR_ACCESS, identity=Identity.PROVEN, subject=customer(tx, desk),
        conversation=None, channel="web", reply_to="", flags=(), received_at=NOW,
        body=Body(words=(Words(at=NOW, text=words),), basis=case_file.basis_of(desk, "alfa", NOW, shown)),
    )  # fmt: skip
    case_file.create(tx, desk, place, REFERENCE, new)
    audit.write(tx, desk, place, Act.REQUEST_FILED, company="alfa", reference="N6QT-W4W2-J")  # of another case
    backoffice.take(tx, desk, office(NOW + SECOND), "zana", REFERENCE)
    backoffice.reply(tx, desk, office(NOW + 2 * SECOND), "zana", REFERENCE, "Po e shqyrtojmë.")
    stored = case_file.loaded(tx, desk, REFERENCE)
    file = Attachment(name="kopja e të dhënave.pdf", media_type="application/pdf", content=b"%PDF made up")
    attach(tx, desk, office(NOW + 3 * SECOND), "zana", stored, [file])


def exported(house: House, *, with_files: bool = False, seal: bool = True, page: bytes = b"<p>rasti</p>") -> bytes:
    now = NOW + 9 * SECOND
    if seal:
        audit.seal_chain(house.tx, house.desk, now, "one")
    gathered = case_export.gather(house.tx, house.desk, now, REFERENCE, "zana", with_files=with_files)
    return case_export.sealed(house.desk.vault, gathered, page, audit.verify(house.tx, house.desk, []))


@pytest.fixture(scope="module")
def made() -> Made:
    house = made_up_house()
    a_case(house)
    return Made(house=house, raw=exported(house, with_files=True))


def test_the_file_holds_the_case_the_policy_the_log_and_the_proof(made: Made) -> None:  # R39
    assert made.members.keys() == MEMBERS | {"skedaret/01.pdf"}
    assert all(name.isascii() for name in made.members)
    case = made.read("rasti.json")
    assert (case["reference"], case["kind"], case["controller"]["name"]) == (REFERENCE, "dsar_access", "Alfa")
    assert [words["text"] for words in case["words"]] == ["Dua kopjen e të dhënave."]
    assert case["shown_before"]["words"] == "Po e regjistroj kërkesën."
    assert [entry["kind"] for entry in case["time_line"]][:2] == ["filed", "taken"]
    assert "Po e shqyrtojmë." in case["notices"][0]["text"]
    assert case["exported_by"] == "zana"


def test_the_clauses_stand_as_they_stood_with_the_hash_of_their_text(made: Made) -> None:  # R39
    (text,) = made.read("politika.json")["texts"]
    assert (text["sha256"], text["version"], text["kept"]) == ("0" * 64, "alfa-1", True)
    assert [clause["clause"] for clause in text["clauses"]] == ["4", "5"]
    assert text["clauses"][0]["text"] == "4. Statistikat: kundërshtimin e bëni në çdo kohë."


def test_the_log_has_every_entry_of_the_case_and_none_of_another(made: Made) -> None:
    entries = [json.loads(line) for line in made.members["ditari.jsonl"].splitlines()]
    bodies = [json.loads(entry["body"]) for entry in entries]
    assert {"request.filed", "request.taken", "notice.sent", "answer.attached"} <= {body["act"] for body in bodies}
    assert {body["reference"] for body in bodies} == {REFERENCE}
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)


def test_numbers_are_masked_and_no_conversation_is_in_it(made: Made) -> None:  # R46
    everything = b"".join(made.members.values()).decode()
    assert made.read("rasti.json")["numbers"] == ["+383 44 *** *01"]
    assert NUMBER not in everything
    assert NUMBER.removeprefix("+383") not in everything


def test_the_answer_s_files_are_listed_and_in_it_only_where_that_was_asked(made: Made) -> None:
    (told,) = made.read("skedaret.json")
    assert (told["name"], told["bytes"], told["included"]) == ("kopja e të dhënave.pdf", 12, True)
    assert made.members["skedaret/01.pdf"] == b"%PDF made up"
    bare = members_of(exported(made.house))
    assert bare.keys() == MEMBERS
    (listed,) = json.loads(bare["skedaret.json"])
    assert (listed["sha256"], listed["included"]) == (told["sha256"], False)


def test_a_whole_file_proves_itself_with_the_company_s_key(made: Made) -> None:  # R47
    checked = check(made.raw, KEY)
    assert checked.faults == ()
    assert checked.entries == len(made.members["ditari.jsonl"].splitlines()) > 3
    assert not checked.opened.own_key
    proof = checked.opened.proof
    assert proof["chain"]["faults"] == []
    assert proof["head"]["seq"] == proof["chain"]["sealed"]
    assert proof["references"] == [REFERENCE]


def test_without_a_key_the_file_s_own_is_used_and_that_is_told(made: Made) -> None:
    checked = check(made.raw)
    assert checked.faults == ()
    assert (checked.opened.own_key, checked.opened.key) == (True, KEY)


def test_with_another_key_nothing_is_proven(made: Made) -> None:
    other = public_key(Vault(b"another secret, for tests only").signing_key(PURPOSE))
    for key in (other, "f" * 64, "", "zz"):
        assert any("Nënshkrimi nuk vlen" in fault for fault in check(made.raw, key).faults)


@pytest.mark.parametrize("name", sorted(MEMBERS | {"skedaret/01.pdf"}))
def test_a_change_of_any_member_is_found(made: Made, name: str) -> None:  # R47
    content = made.members[name]
    middle = len(content) // 2
    for changed in (content + b" ", content[:-1], content[:middle] + b"x" + content[middle + 1 :], b""):
        members = {**made.members, name: changed}
        if changed == content or (name == "deshmia.json" and same_json(changed, content)):
            continue
        assert check(zipped(members), KEY).faults, (name, changed[-20:])


def same_json(one: bytes, other: bytes) -> bool:
    """White space in the proof means nothing: what is signed is what it says."""
    try:
        return bool(json.loads(one) == json.loads(other))
    except ValueError:
        return False


@pytest.mark.parametrize("name", sorted(MEMBERS | {"skedaret/01.pdf"}))
def test_a_member_that_was_taken_out_is_missed(made: Made, name: str) -> None:  # R47
    left = {each: content for each, content in made.members.items() if each != name}
    assert any(name in fault or "hyrje" in fault for fault in check(zipped(left), KEY).faults)


def test_a_member_that_was_added_or_doubled_is_found(made: Made) -> None:  # R47
    added = {**made.members, "skedaret/02.pdf": b"x"}
    assert "skedaret/02.pdf është shtuar: manifesti nuk e njeh." in check(zipped(added), KEY).faults
    written = io.BytesIO(made.raw)
    with zipfile.ZipFile(written, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("rasti.html", made.members["rasti.html"])
    assert "rasti.html është dy herë në skedar." in check(written.getvalue(), KEY).faults


def _one_entry_less(entries: list[dict[str, Any]]) -> None:
    entries.pop()


def _another_s_entry(entries: list[dict[str, Any]]) -> None:
    entries[0]["body"] = entries[0]["body"].replace(REFERENCE, "N6QT-W4W2-J")


def _an_entry_changed_and_hashed_again(entries: list[dict[str, Any]]) -> None:
    entry = entries[1]
    entry["body"] = entry["body"].replace("zana", "agron")
    entry["hash"] = digest(entry["previous"], entry["seq"], entry["id"], entry["body"])


def _an_entry_after_the_head(entries: list[dict[str, Any]]) -> None:
    entries[-1]["seq"] += 100


@pytest.mark.parametrize(
    "tamper",
    [_one_entry_less, _another_s_entry, _an_entry_changed_and_hashed_again, _an_entry_after_the_head],
    ids=lambda tamper: tamper.__name__,
)
def test_an_entry_of_the_log_cannot_be_changed(made: Made, tamper: Callable[[list[dict[str, Any]]], None]) -> None:
    entries = [json.loads(line) for line in made.members["ditari.jsonl"].splitlines()]
    tamper(entries)
    log = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()
    assert "ditari.jsonl është ndryshuar." in check(zipped({**made.members, "ditari.jsonl": log}), KEY).faults


def test_whoever_signs_anew_with_a_key_of_their_own_is_found_by_ours(made: Made) -> None:  # R47
    vault = Vault(b"a forger's secret, for tests only")
    gathered = case_export.gather(made.house.tx, made.house.desk, NOW, REFERENCE, "zana", with_files=False)
    forged = case_export.sealed(vault, gathered, b"<p>tjeter</p>", audit.verify(made.house.tx, made.house.desk, []))
    assert check(forged).faults == ()  # which is why its own key proves nothing
    assert any("Nënshkrimi nuk vlen" in fault for fault in check(forged, KEY).faults)


def test_entries_that_are_not_sealed_yet_are_told() -> None:
    house = made_up_house()
    a_case(house)
    checked = check(exported(house, seal=False), KEY)
    assert checked.faults == ()
    assert checked.unsealed == checked.entries > 3


def test_a_chain_that_was_tampered_with_is_told_by_the_file() -> None:  # R47
    house = made_up_house()
    a_case(house)
    audit.seal_chain(house.tx, house.desk, NOW, "one")
    house.tables.execute("UPDATE audit SET body = replace(body, 'alfa', 'beta') WHERE seq = 2")
    faults = check(exported(house), KEY).faults
    assert "Kur u nxor skedari, zinxhiri i ditarit nuk ishte i plotë; gabimet janë te deshmia.json." in faults


@pytest.mark.parametrize(
    "raw",
    [b"", b"PK", b"x" * 1000, zipped({}), zipped({"deshmia.json": b"[]"}), zipped({"deshmia.json": b'{"proof": 1}'}),
     zipped({"deshmia.json": b'{"proof": {"a": 1}, "public_key": 5}', "manifest.json": b'{"members": {"a": 1}}',
             "ditari.jsonl": b'[]\n1\n{"seq": 1}\n\xff\n{"seq": "a", "id": 1, "previous": 2, "hash": 3, "body": 4}'}),
     b"\0" * 64],
    ids=lambda raw: str(len(raw)),
)  # fmt: skip
def test_what_is_no_such_file_is_refused_without_a_traceback(raw: bytes) -> None:  # R51
    assert check(raw).faults
    assert check(raw, KEY).faults


def test_a_huge_member_is_not_unpacked() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rasti.html", "w") as member:
        for _ in range(201):
            member.write(b"\0" * 1_000_000)
    assert "Skedari është më i madh se ç’mund të jetë një i yni; nuk u lexua." in check(written.getvalue(), KEY).faults


@pytest.mark.parametrize("words", ["", "a\u2028b\x85c\rd", "«\ud800»", '"}\n{"', "<script>alert(1)</script>"])
def test_any_words_of_the_customer_go_into_it_and_it_stays_whole(words: str) -> None:  # R51
    house = made_up_house()
    a_case(house, words)
    assert check(exported(house), KEY).faults == ()


def test_a_case_that_is_not_there_has_no_file(made: Made) -> None:
    with pytest.raises(NotAllowedError, match="There is no request"):
        case_export.gather(made.house.tx, made.house.desk, NOW, "N6QT-W4W2-J", "zana", with_files=False)


def test_a_log_that_is_still_put_in_order_gives_no_file() -> None:
    house = made_up_house()
    a_case(house)
    house.tables.execute("UPDATE audit SET act = NULL WHERE reference <> ?", [REFERENCE])
    with pytest.raises(NotAllowedError, match="try again in some minutes"):
        exported(house)
