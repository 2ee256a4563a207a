"""A company's rights.yaml is read whole, and what is malformed in it is named with file, line and mend."""

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from bot.knowledge.companies import read_company
from bot.nlu.intents import Action
from bot.policy.company import Company
from bot.policy.rights import Deadline, Purpose, Rights
from tests.tools.folders import change, read_whole, write_company

POLICIES = Path(__file__).parents[2] / "policy_texts"
FILE = "policy_texts/shembulli/rights.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_company(tmp_path)


def faults(folder: Path) -> list[str]:
    found: list[str] = []
    read_company(folder, f"policy_texts/{folder.name}", found)
    return found


class TestReading:
    def test_consents_come_in_the_order_of_the_file(self, folder: Path) -> None:
        rights = read_whole(folder).rights
        assert rights.purposes == (
            Purpose(
                id="newsletter",
                name="Për buletinin",
                label="Buletini",
                clauses=("4",),
                marketing=True,
                words=("gazeta e perjavshme", "fleten ne poste"),
            ),
            Purpose(id="post", name="Posta e Filanit", label="Posta", clauses=("3",), marketing=False),
        )
        assert [p.id for p in rights.marketing] == ["newsletter"]

    def test_statistics_limits_and_settings_are_read(self, folder: Path) -> None:
        rights = read_whole(folder).rights
        assert rights.statistics is not None
        assert rights.statistics.withdraws == ("post",)
        assert rights.statistics.explains.startswith("Teksti nuk flet")
        assert set(rights.limits) == {Action.DSAR_ACCESS, Action.DSAR_ERASURE}
        assert rights.limits[Action.DSAR_ACCESS].flags == ("no_signature",)
        assert rights.limits[Action.DSAR_ERASURE].clauses == ("2",)
        assert rights.deadline == Deadline(confirmed=dt.date(2020, 3, 1))
        assert rights.foreign == ("+49", "+41")  # R10
        assert rights.yearly_free
        assert rights.ended_note == "Të dhënat ruhen 3 vjet pas mbylljes së kontratës."

    def test_a_company_without_the_file_takes_everything_as_a_request(self, folder: Path) -> None:
        (folder / "rights.yaml").unlink()
        assert read_whole(folder).rights == Rights()

    def test_a_company_may_declare_next_to_nothing(self, folder: Path) -> None:
        (folder / "rights.yaml").write_text("yearly_free: true\n", encoding="utf-8")
        assert read_whole(folder).rights == Rights(yearly_free=True)

    def test_a_deadline_is_unconfirmed_until_the_day_is_given(self, folder: Path) -> None:  # R33, R44
        change(folder / "rights.yaml", "confirmed: 2020-03-01", "confirmed: null")
        assert read_whole(folder).rights.deadline.confirmed is None

    def test_rights_survive_being_compiled(self, folder: Path) -> None:
        company = read_whole(folder)
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(company), type=Company).rights == company.rights


@pytest.mark.parametrize(
    ("old", "new", "line_of_fault", "said"),
    [
        ("yearly_free: true", "yearly: true", 0, "unknown key 'yearly'"),
        ("yearly_free: true", "yearly_free: po", 0, "'yearly_free' must be true or false"),
        ("    marketing: false\n", "", -4, "'marketing' is missing"),
        ('    label: "Posta"', "    label: 3", 0, "'label' must be a text"),
        ('    clauses: ["4"]', "    clauses: 4", 0, "'clauses' must be a list of texts"),
        ('    words: ["Gazeta', '    words: [1, "Gazeta', 0, "'words' must be a list of texts"),
        ("  dsar_erasure:", "  fshirja:", 0, "'fshirja' is no action (known: withdraw_marketing, "),
        ("flags: [no_signature]", "flags: [pa_firme]", 0, "'pa_firme' is no flag (known: other_person, "),
        ("  explains:", "  shpjegon:", 0, "unknown key 'shpjegon'"),
        ("  months: 1", "  months: nje", 0, "'months' must be a whole number"),
        ('  source: "GDPR 12(3)"', '  source: ""', 0, "'source' must be a text"),
        ("  confirmed: 2020-03-01", "  confirmed: dje", 0, "'confirmed' must be a date"),
        ('foreign: ["+49", "+41"]', "foreign: [49]", 0, "'foreign' must be a list of texts"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(
    folder: Path, old: str, new: str, line_of_fault: int, said: str
) -> None:
    line = change(folder / "rights.yaml", old, new) + line_of_fault
    found = [fault for fault in faults(folder) if said in fault]
    assert len(found) == 1, faults(folder)
    assert found[0].startswith(f"{FILE}:{line}: ")


def test_a_limit_that_says_nothing_is_named(folder: Path) -> None:
    whole = (folder / "rights.yaml").read_text(encoding="utf-8")
    limit = whole[whole.index("  dsar_erasure:") : whole.index("deadline:")]
    line = change(folder / "rights.yaml", limit, "  dsar_erasure:\n")
    assert faults(folder) == [f"{FILE}:{line}: 'dsar_erasure' needs `says` and `clauses` (or take it out)"]


def test_broken_yaml_is_a_fault_and_no_traceback(folder: Path) -> None:
    (folder / "rights.yaml").write_text("purposes: [\n", encoding="utf-8")
    (fault,) = faults(folder)
    assert fault.startswith(f"{FILE}:2: ")


class TestTheTwoTexts:
    @pytest.fixture(params=["ipko", "paysera"])
    def rights(self, request: pytest.FixtureRequest) -> Rights:
        return read_whole(POLICIES / request.param).rights

    def test_no_date_is_promised_before_the_dpo_confirms_it(self, rights: Rights) -> None:  # R33, R44
        assert rights.deadline == Deadline(confirmed=None)

    def test_every_request_says_what_the_text_says(self, rights: Rights) -> None:
        needed = {a for a in Action if a.value.startswith("dsar_")} | {Action.HUMAN_REVIEW}
        assert needed <= set(rights.limits)

    def test_the_diaspora_gets_codes_and_home_needs_no_leave(self, rights: Rights) -> None:  # R10
        assert {"+49", "+41", "+43"} <= set(rights.foreign)
        assert "+383" not in rights.foreign

    def test_nothing_is_refused_before_it_is_asked(self, rights: Rights) -> None:
        said = [limit.says for limit in rights.limits.values()]
        assert not [says for says in said if "nuk mund" in says or "nuk pranoh" in says]


def test_all_advertising_at_ipko_means_three_consents_of_four() -> None:
    rights = read_whole(POLICIES / "ipko").rights
    assert [p.name for p in rights.marketing] == [
        "Ofertat aktuale",
        "Ofertat vetëm për Mua",
        "Ofertat e paraqitura personalisht në shtëpi",
    ]
    assert [(p.id, p.name) for p in rights.purposes if not p.marketing] == [
        ("improvement", "Na ndihmoni të jemi më të mirë")
    ]


def test_objecting_to_statistics_at_ipko_withdraws_the_fourth_consent_too() -> None:  # R41
    statistics = read_whole(POLICIES / "ipko").rights.statistics
    assert statistics is not None
    assert statistics.withdraws == ("improvement",)
    assert "statist" not in (POLICIES / "ipko/policy.txt").read_text(encoding="utf-8").casefold()


def test_ipko_names_no_period_no_fee_and_no_signature() -> None:
    rights = read_whole(POLICIES / "ipko").rights
    said = " ".join([rights.ended_note, *(limit.says for limit in rights.limits.values())])
    assert not any(letter.isdigit() for letter in said)
    assert "nënshkrim" not in said
    assert not rights.yearly_free
    assert not any(limit.flags for limit in rights.limits.values())


def test_paysera_asks_for_a_signature_in_three_kinds_only() -> None:
    rights = read_whole(POLICIES / "paysera").rights
    flagged = {action for action, limit in rights.limits.items() if "no_signature" in limit.flags}
    assert flagged == {Action.DSAR_ACCESS, Action.DSAR_RECTIFICATION, Action.DSAR_OBJECTION}
    for action in flagged:
        assert rights.limits[action].clauses[0] == "31"
        assert "e marrim edhe këtu" in rights.limits[action].says


def test_erasure_at_paysera_may_leave_a_part_from_the_end_of_the_relationship() -> None:
    rights = read_whole(POLICIES / "paysera").rights
    erasure = rights.limits[Action.DSAR_ERASURE]
    assert erasure.says.startswith("Një pjesë mund të duhet të ruhet")
    assert erasure.clauses == ("30.3", "9.4")
    assert erasure.flags == ("erasure_limited",)
    assert "5 vjet pas përfundimit" in rights.ended_note


def test_statistics_at_paysera_may_go_on_only_by_a_persons_decision() -> None:  # R41
    statistics = read_whole(POLICIES / "paysera").rights.statistics
    assert statistics is not None
    assert (statistics.clauses, statistics.withdraws) == (("16",), ())
    for words in ("arsye bindëse", "pretendime ligjore", "vendos një njeri", "Numri kombëtar", "vendbanimi i saktë"):
        assert words in statistics.explains
