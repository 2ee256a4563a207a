"""The daily digest and the alarms before a date: who is told what, when, and never twice."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from bot.clock import DAY, HOUR
from bot.dialogue.effects import Escalation
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import jobs
from bot.services.casework import case_file, escalations
from bot.services.casework.cases import Body, Identity, NewCase, Words
from bot.services.casework.deadlines import ZONE, local_day, start_of
from bot.services.desk import Place
from bot.services.jobs import JobKind
from bot.services.outward import mail_texts
from bot.services.outward.mail_texts import Line, when
from bot.services.outward.reminders import STEPS, Mailing, remind, step
from bot.services.records import events
from bot.services.records.events import EventKind
from bot.services.records.references import new_reference
from bot.services.staff import accounts
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Role
from tests.services.acting import House, made_up_house
from tests.services.casework import filed, office

MAILING = Mailing(hour=8, public_url="https://mburoja.shembull.example")
WORDS = "Filan Fisteku, 049 100 100"


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A mail that waits in the outbox."""

    to: str
    subject: str
    text: str
    key: str


def day(text: str, hour: int = 9) -> int:
    """An hour of a day in Kosovo."""
    return start_of(dt.date.fromisoformat(text)) + hour * HOUR


def person(house: House, login: str, role: Role = Role.DPO, company: str = "alfa", email: str | None = None) -> Account:
    mail = f"{login}@alfa.example" if email is None else email
    return accounts.add(house.tx, house.desk, day("2026-01-01"), login, login.capitalize(), mail, {company: role}, "x")


def away(house: House, who: Account, deputy: Account, until: str | None) -> None:
    house.tables.execute("UPDATE staff SET deputy = ?, away_until = ? WHERE id = ?", (deputy.id, until, who.id))


def case(house: House, received: int, action: Action = Action.DSAR_ACCESS, company: str = "alfa") -> str:
    """A request that came at a time."""
    new = NewCase(
        company=company, action=action, identity=Identity.PENDING, subject=None, conversation=None, channel="terminal",
        body=Body(words=(Words(at=received, text=WORDS),)), reply_to="filan@shembull.example", flags=(),
        received_at=received,
    )  # fmt: skip
    reference = new_reference(house.desk.randomness)
    case_file.create(house.tx, house.desk, Place(conversation="c1", channel="terminal", now=received), reference, new)
    return reference


def due(house: House, reference: str, on: str, extended: str | None = None) -> None:
    house.tables.execute(
        "UPDATE requests SET due_on = ?, extended_to = ? WHERE reference = ?", (on, extended, reference)
    )


def mails(house: House, now: int) -> list[Sent]:
    """Remind, and take what was added out of the outbox."""
    while remind(house.tx, house.desk, now, MAILING):
        pass
    found: list[Sent] = []
    while claimed := jobs.claim(house.tx, house.desk, now, [JobKind.MAIL_SEND], 100, DAY):
        for job in claimed:
            texts = {name: str(value) for name, value in job.payload.items()}
            found.append(Sent(to=texts["to"], subject=texts["subject"], text=texts["text"], key=job.idempotency_key))
            jobs.settle(house.tx, now, job.id, job.lease_token)
    return found


def alarms(house: House, now: int) -> list[Sent]:
    return [mail for mail in mails(house, now) if mail.key.startswith("mail:alarm:")]


def digests(house: House, now: int) -> list[Sent]:
    return [mail for mail in mails(house, now) if mail.key.startswith("mail:digest:")]


# ---- alarms ---------------------------------------------------------------------------------------------------

# Received on the day of the name; when it is due; what is told on which day.
STEPS_TOLD = [
    # 5 March is due on 7 April: the 5th is a Sunday, the 6th Easter Monday.
    ("2026-03-05", None, [("2026-03-30", None), ("2026-03-31", 7), ("2026-04-01", None), ("2026-04-04", 3),
                          ("2026-04-06", None), ("2026-04-07", 0), ("2026-04-08", None), ("2026-04-20", None)]),
    # The end of a month: 31 January is due on 2 March, the 28th of February being a Saturday.
    ("2026-01-31", None, [("2026-02-22", None), ("2026-02-23", 7), ("2026-02-27", 3), ("2026-03-02", 0)]),
    # The program did not run on the days themselves: the most urgent step is told, those before it never.
    ("2026-03-05", None, [("2026-04-02", 7), ("2026-04-05", 3), ("2026-04-09", 0), ("2026-04-10", None)]),
    ("2026-03-05", None, [("2026-04-05", 3), ("2026-04-06", None), ("2026-04-30", 0)]),
    ("2026-03-05", None, [("2026-05-05", 0), ("2026-05-06", None)]),
    # A clock that was set back tells nothing again.
    ("2026-03-05", None, [("2026-04-07", 0), ("2026-04-04", None), ("2026-03-31", None), ("2026-04-07", None)]),
    # Extended meanwhile (R34): the new date has its own steps.
    ("2026-03-05", ("2026-04-01", "2026-06-05"), [("2026-03-31", 7), ("2026-04-04", None), ("2026-04-07", None),
                                                  ("2026-05-29", 7), ("2026-06-02", 3), ("2026-06-05", 0)]),
    # Moved by a pause of a week.
    ("2026-03-05", ("2026-04-05", "2026-04-14"), [("2026-04-04", 3), ("2026-04-06", None), ("2026-04-07", 7),
                                                  ("2026-04-11", 3), ("2026-04-14", 0)]),
]  # fmt: skip


@pytest.mark.parametrize(("received", "moved", "days"), STEPS_TOLD)
def test_an_alarm_comes_once_at_each_step(  # R33, R34
    received: str, moved: tuple[str, str] | None, days: Sequence[tuple[str, int | None]]
) -> None:
    house = made_up_house()
    person(house, "zana")
    reference = case(house, day(received))
    for on, told in days:
        if moved and on >= moved[0]:
            due(house, reference, "2026-04-07", moved[1])
        found = alarms(house, day(on)) + alarms(house, day(on, 20))
        assert len(found) == (told is not None), (on, [mail.subject for mail in found])
        for mail in found:
            assert mail.to == "zana@alfa.example"
            assert reference in mail.subject
            assert f"- {reference}, qasje në të dhëna: " in mail.text


@pytest.mark.parametrize(
    ("left", "reached"), [(30, None), (8, None), (7, 7), (5, 7), (4, 7), (3, 3), (1, 3), (0, 0), (-1, 0), (-400, 0)]
)
def test_a_step_is_the_most_urgent_that_was_reached(left: int, reached: int | None) -> None:
    assert step(left) == reached
    assert reached is None or reached in STEPS


def test_days_are_told_in_words() -> None:
    words = ["e vonuar 2 ditë", "e vonuar 1 ditë", "afati është sot", "edhe 1 ditë", "edhe 7 ditë"]
    assert [when(left) for left in (-2, -1, 0, 1, 7)] == words


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ((-2,), "Te Alfa një kërkesë është e vonuar."),
        ((3,), "Te Alfa një kërkesë e ka afatin afër."),
        ((-2, -1), "Te Alfa disa kërkesa janë të vonuara."),
        ((-2, 3), "Te Alfa disa kërkesa janë të vonuara ose e kanë afatin afër."),
        ((0, 3), "Te Alfa disa kërkesa e kanë afatin afër."),
    ],
)
def test_an_alarm_says_whether_it_is_late_or_near(left: tuple[int, ...], said: str) -> None:
    lines = [
        Line(
            reference=f"R-{days}", action=Action.COMPLAINT, state=CaseState.RECEIVED, due=dt.date(2026, 4, 7), left=days
        )
        for days in left
    ]
    assert said in mail_texts.alarm("Alfa", lines, "https://mburoja.shembull.example").text


def test_what_is_closed_is_not_told() -> None:
    house = made_up_house()
    person(house, "zana")
    closed = case(house, day("2026-03-05"))
    house.tables.execute("UPDATE requests SET state='answered', closed_at=1 WHERE reference=?", (closed,))
    assert alarms(house, day("2026-04-09")) == []


def test_while_the_clock_stands_still_nothing_comes_nearer_and_what_was_late_stays_so() -> None:  # R34
    house = made_up_house()
    person(house, "zana")
    waits, late = case(house, day("2026-03-05")), case(house, day("2026-02-27"))  # due on 7 April and 27 March
    assert len(alarms(house, day("2026-03-27"))) == 1
    house.tables.execute("UPDATE requests SET state='waiting', paused_at=?", (day("2026-03-29"),))
    assert alarms(house, day("2026-04-09")) == []
    (mail,) = digests(house, day("2026-04-10"))
    assert "Të vonuara: 1\n" in mail.text
    assert f"{late}, qasje në të dhëna: e vonuar 2 ditë (27 mars 2026), pret përgjigjen e klientit" in mail.text
    assert waits not in mail.text
    assert "Të hapura gjithsej: 2" in mail.text


def test_several_at_once_stand_in_one_mail_and_each_is_told_once() -> None:
    house = made_up_house()
    person(house, "zana")
    first = {case(house, day("2026-03-05", hour)) for hour in range(9, 12)}
    (mail,) = alarms(house, day("2026-03-31"))
    assert "3 kërkesa" in mail.subject
    assert all(reference in mail.text for reference in first)
    later = case(house, day("2026-03-02"))  # a letter that is entered late
    (mail,) = alarms(house, day("2026-03-31", 15))
    assert later in mail.text
    assert not any(reference in mail.text for reference in first)


def test_alarms_go_to_the_dpo_the_decider_and_whoever_took_it() -> None:
    house = made_up_house()
    for login, role in (("zana", Role.DPO), ("vesa", Role.DECIDER), ("beni", Role.CLERK), ("ana", Role.CLERK)):
        person(house, login, role)
    person(house, "lexuesi", Role.READER)
    person(house, "tjeter", Role.DPO, company="beta")
    person(house, "pa.poste", Role.DPO, email="")
    mine, other = case(house, day("2026-03-05")), case(house, day("2026-03-05"))
    house.tables.execute("UPDATE requests SET taken_by = 'beni' WHERE reference = ?", (mine,))
    told = {mail.to.partition("@")[0]: mail.text for mail in alarms(house, day("2026-03-31"))}
    assert set(told) == {"zana", "vesa", "beni"}
    assert mine in told["beni"]
    assert other not in told["beni"]
    assert other in told["vesa"]


def test_the_last_alarm_goes_to_the_deputy_too() -> None:
    house = made_up_house()
    zana, beni = person(house, "zana"), person(house, "beni", Role.CLERK)
    away(house, zana, beni, None)
    case(house, day("2026-03-05"))
    assert [mail.to for mail in alarms(house, day("2026-03-31"))] == ["zana@alfa.example"]
    last = {mail.to: mail.text for mail in alarms(house, day("2026-04-07"))}
    assert set(last) == {"zana@alfa.example", "beni@alfa.example"}
    assert "E merrni sepse zëvendësoni: Zana." in last["beni@alfa.example"]
    assert "zëvendësoni" not in last["zana@alfa.example"]


def test_while_somebody_is_away_everything_goes_to_the_deputy_too() -> None:
    house = made_up_house()
    zana, beni = person(house, "zana"), person(house, "beni", Role.CLERK)
    away(house, zana, beni, "2026-03-31")
    case(house, day("2026-03-05"))
    told = mails(house, day("2026-03-31"))
    assert sorted(mail.to for mail in told) == ["beni@alfa.example"] * 2 + ["zana@alfa.example"] * 2
    assert {"zëvendësoni: Zana." in mail.text for mail in told if mail.to.startswith("beni")} == {True}
    assert {mail.to for mail in mails(house, day("2026-04-01"))} == {"zana@alfa.example"}  # back again


def test_a_deputy_who_may_not_see_the_queue_is_told_nothing() -> None:
    house = made_up_house()
    zana = person(house, "zana")
    away(house, zana, person(house, "lexuesi", Role.READER), "2026-12-31")
    case(house, day("2026-03-05"))
    assert {mail.to for mail in mails(house, day("2026-04-07"))} == {"zana@alfa.example"}


def test_without_anybody_to_read_it_an_alarm_waits() -> None:
    house = made_up_house()
    case(house, day("2026-03-05"))
    assert alarms(house, day("2026-03-31")) == []
    person(house, "zana")
    assert len(alarms(house, day("2026-03-31", 15))) == 1


# ---- the digest -----------------------------------------------------------------------------------------------


def test_the_digest_tells_what_waits_in_counts_and_references() -> None:  # R33, R38, R58
    house = made_up_house()
    person(house, "zana")
    tx, desk = house.tx, house.desk
    late, today = case(house, day("2026-02-05")), case(house, day("2026-03-05"), Action.DSAR_ERASURE)
    week, later = case(house, day("2026-03-11")), case(house, day("2026-04-06", 17))
    place = Place(conversation="c1", channel="terminal", now=day("2026-03-20"))
    for kind, company in ((Escalation.UNANSWERED, "alfa"), (Escalation.ASKED_AGAIN, None), (Escalation.HAND_OFF, None)):
        escalations.open_escalation(tx, desk, place, kind, company, WORDS)
    escalations.open_escalation(tx, desk, place, Escalation.UNANSWERED, "beta", WORDS)
    events.publish(tx, desk, day("2026-04-05"), EventKind.CONSENT_WITHDRAWN, company="alfa", reference="W-1", body={})
    events.publish(
        tx, desk, day("2026-04-07", 8), EventKind.CONSENT_WITHDRAWN, company="alfa", reference="W-2", body={}
    )
    events.publish(tx, desk, day("2026-04-06"), EventKind.NOTICE_TO_SEND, company="alfa", reference=week, body={})
    house.tables.execute(
        "INSERT INTO kept_parts VALUES ('K-1', 1, 'alfa', 'x', '1', '2026-04-07', NULL, NULL), "
        "('K-1', 2, 'alfa', 'x', '1', '2026-04-08', NULL, NULL), ('K-1', 3, 'alfa', 'x', '1', '2026-04-01', 5, 'ana'), "
        "('TAKEN-BACK', 1, 'alfa', 'x', '1', '2026-04-07', NULL, NULL)"
    )
    taken_back = case(house, day("2026-04-02"))
    house.tables.execute(
        "UPDATE requests SET reference = 'TAKEN-BACK', state = 'withdrawn', closed_at = ? WHERE reference = ?",
        (day("2026-04-03"), taken_back),
    )
    (mail,) = digests(house, day("2026-04-07"))
    assert mail.to == "zana@alfa.example"
    assert mail.subject == "Alfa: 1 e vonuar, 1 me afat sot, 1 e re"
    assert mail.text == (
        "Mirëmëngjesi! Kështu qëndron puna te Alfa.\n\n"
        f"Të vonuara: 1\n- {late}, qasje në të dhëna: e vonuar 33 ditë (5 mars 2026)\n\n"
        f"Me afat sot: 1\n- {today}, fshirje e të dhënave: afati është sot (7 prill 2026)\n\n"
        f"Me afat në 7 ditët e ardhshme: 1\n- {week}, qasje në të dhëna: edhe 7 ditë (14 prill 2026)\n\n"
        f"Të reja: 1\n- {later}, qasje në të dhëna: edhe 29 ditë (6 maj 2026)\n\n"
        "Tërheqje dhe kundërshtime që presin zbatim më shumë se një ditë: 1\n- W-1\n\n"
        f"Njoftime për t’u dërguar me dorë: 1\n- {week}\n\n"
        "Pjesë për t’u fshirë tani (u ka kaluar koha e ruajtjes): 1\n\n"
        "Presin një njeri: 1\n\n"
        "Pyetje pa përgjigje: 2\n\n"
        "Të hapura gjithsej: 4\n\n"
        "Radha e plotë: https://mburoja.shembull.example/console/queue\n\n"
        "Ky mesazh vjen nga Mburoja. Mos iu përgjigjni: këtu nuk e lexon askush.\n"
    )


def test_nothing_of_a_person_stands_in_a_mail() -> None:  # R32
    house = made_up_house()
    person(house, "zana")
    for received in ("2026-02-05", "2026-03-05", "2026-03-11", "2026-04-06"):
        case(house, day(received))
    for mail in mails(house, day("2026-04-07")):
        assert not any(word in mail.subject + mail.text for word in ("Filan", "049", "filan@"))


def test_a_long_list_is_cut_and_its_rest_counted() -> None:
    house = made_up_house()
    person(house, "zana")
    for minute in range(23):
        case(house, day("2026-02-05") + minute * 60_000)
    (mail,) = digests(house, day("2026-04-07"))
    assert "Të vonuara: 23\n" in mail.text
    assert mail.text.count("\n- ") == 21
    assert "- dhe 3 të tjera" in mail.text


# A Saturday, a Sunday, Easter Monday, the Tuesday after it; and the hours around the one that was set.
@pytest.mark.parametrize(
    ("on", "hour", "told"),
    [("2026-04-03", 7, 0), ("2026-04-03", 8, 1), ("2026-04-03", 23, 1), ("2026-04-04", 9, 0), ("2026-04-05", 9, 0),
     ("2026-04-06", 9, 0), ("2026-04-07", 9, 1), ("2026-03-29", 9, 0), ("2026-03-30", 8, 1)],
)  # fmt: skip
def test_the_digest_comes_from_its_hour_on_on_working_days(on: str, hour: int, told: int) -> None:
    house = made_up_house()
    person(house, "zana")
    case(house, day("2026-02-05"))
    # From midnight the hour is one more on the day on which the clocks are put forward.
    now = int(dt.datetime.combine(dt.date.fromisoformat(on), dt.time(hour), tzinfo=ZONE).timestamp() * 1000)
    assert len(digests(house, now)) == told


def test_the_digest_comes_once_a_day_to_each() -> None:
    house = made_up_house()
    person(house, "zana")
    case(house, day("2026-02-05"))
    assert len(digests(house, day("2026-04-01"))) == 1
    person(house, "vesa", Role.DECIDER)
    assert [mail.to for mail in digests(house, day("2026-04-01", 12))] == ["vesa@alfa.example"]
    assert digests(house, day("2026-04-01", 22)) == []
    assert len(digests(house, day("2026-04-02"))) == 2


def test_what_came_over_the_weekend_is_new_on_the_first_working_day() -> None:
    house = made_up_house()
    person(house, "zana")
    reference = case(house, day("2026-04-02", 16))  # the Thursday before Easter
    case(house, day("2026-04-02", 7))  # before that day's own digest
    assert "1 e re" in digests(house, day("2026-04-03"))[0].subject
    came = case(house, day("2026-04-05", 3))
    (mail,) = digests(house, day("2026-04-07"))
    assert "1 e re" in mail.subject
    assert came in mail.text
    assert reference not in mail.text


def test_where_nothing_waits_it_is_said_once_a_week() -> None:
    house = made_up_house()
    person(house, "zana")
    assert digests(house, day("2026-04-03")) == []
    (mail,) = digests(house, day("2026-04-07"))  # the Monday is a holiday
    assert (mail.subject, "Të hapura gjithsej: 0" in mail.text) == ("Alfa: asgjë e ngutshme", True)
    assert digests(house, day("2026-04-08")) == []
    case(house, day("2026-04-08"))
    assert digests(house, day("2026-04-09")) == []  # Constitution Day
    assert "1 e re" in digests(house, day("2026-04-10"))[0].subject
    assert "Të hapura gjithsej: 1" in digests(house, day("2026-04-14"))[0].text  # Orthodox Easter was the Monday
    assert digests(house, day("2026-04-15")) == []


def test_each_company_has_its_own() -> None:
    house = made_up_house()
    person(house, "zana")
    person(house, "teuta", company="beta")
    mine, theirs = case(house, day("2026-02-05")), case(house, day("2026-02-05"), company="beta")
    told = {mail.to: mail.text for mail in digests(house, day("2026-04-01"))}
    assert mine in told["zana@alfa.example"]
    assert theirs not in told["zana@alfa.example"]
    assert theirs in told["teuta@alfa.example"]


def test_who_is_disabled_gets_nothing() -> None:
    house = made_up_house()
    gone = person(house, "zana")
    house.tables.execute("UPDATE staff SET disabled_at = 1 WHERE id = ?", (gone.id,))
    case(house, day("2026-02-05"))
    assert mails(house, day("2026-04-01")) == []


def test_what_waits_in_the_outbox_is_sealed() -> None:  # R32
    house = made_up_house()
    person(house, "zana")
    reference = filed(house)
    remind(house.tx, house.desk, office().now + 20 * DAY, MAILING)
    assert local_day(office().now + 20 * DAY) == dt.date(2026, 3, 25)
    for row in house.rows("jobs"):
        assert "zana@" not in str(row)
        assert reference not in row["payload_sealed"]
    assert CaseState.RECEIVED in [row["state"] for row in house.rows("requests")]
