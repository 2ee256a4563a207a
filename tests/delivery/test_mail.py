"""Mail over real sockets: taken once, refused for a while, refused for good, the server away, encrypted, signed in."""

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.clock import HOUR, MINUTE, SECOND
from bot.delivery.house import Chore
from bot.delivery.mail import Mailer, MailServer, handlers
from bot.delivery.pump import LEASE, DeliveryError
from bot.delivery.worker import Worker
from bot.dialogue.effects import Escalation
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.jobs import JobKind
from bot.services.outward import reminders
from bot.services.outward.reminders import Mailing
from bot.services.staff import accounts
from bot.services.staff.roles import Role
from bot.storage.store import Tx
from tests.delivery.postoffice import PASSWORD, USER, PostOffice, post_office, self_made_certificate
from tests.delivery.working import House
from tests.tools.desks import place
from tests.tools.ports import free_port

pytestmark = pytest.mark.asyncio

ZANA, BENI = "zana@alfa.example", "beni@alfa.example"


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as opened:
        yield opened


def server(port: int, security: str = "none", **more: str) -> MailServer:
    return MailServer(host="127.0.0.1", port=port, security=security, sender="mburoja@alfa.example", **more)  # type: ignore[arg-type]


def worker(house: House, told: MailServer) -> Worker:
    """A worker that sends mail, and reminds people each time that chores are done."""
    mailing = Mailing(hour=8, public_url="https://mburoja.shembull.example")
    remind = Chore(name="reminders", seconds=60, work=lambda tx, now: reminders.remind(tx, house.desk, now, mailing))
    return Worker(
        house.store, house.desk, house.clock, sms=house.phone, directory=house.register, heads_path=house.heads,
        more=handlers(Mailer(told, house.clock)), chores=(remind,),
    )  # fmt: skip


async def mail(house: House, key: str, to: str = ZANA) -> None:
    payload = {"to": to, "subject": f"Përmbledhja {key}", "text": "Radha është bosh.\n", "company": "alfa"}

    def add(tx: Tx) -> str:
        return jobs.add(
            tx, house.desk, house.clock.at, JobKind.MAIL_SEND, payload,
            ordering_key=f"mail:{to}", idempotency_key=f"mail:{key}",
        )  # fmt: skip

    await house.store.transact(add)


async def a_dpo(house: House) -> None:
    def add(tx: Tx) -> None:
        accounts.add(tx, house.desk, house.clock.at, "zana", "Zana", ZANA, {"alfa": Role.DPO}, "x")

    await house.store.transact(add)


async def test_a_mail_comes_as_it_was_written(house: House, post: PostOffice) -> None:
    await mail(house, "digest:alfa:zana:2026-03-05")
    await worker(house, server(post.port)).drain(30)
    (came,) = post.came
    assert came["Subject"] == "Përmbledhja digest:alfa:zana:2026-03-05"
    assert (came["From"], came["To"]) == ("Mburoja <mburoja@alfa.example>", ZANA)
    assert came["Date"] == "Thu, 05 Mar 2026 09:00:00 +0000"
    assert came["Auto-Submitted"] == "auto-generated"
    assert came.get_content_type() == "text/plain"
    assert came.get_content().replace("\r\n", "\n") == "Radha është bosh.\n"
    assert came["Message-ID"].endswith("@alfa.example>")
    assert "zana" not in came["Message-ID"]
    assert house.jobs() == [("mail.send", "done")]
    assert house.rows("SELECT payload_sealed FROM jobs") == [{"payload_sealed": ""}]  # R15


async def test_what_is_refused_for_a_while_comes_once_all_the_same(house: House, post: PostOffice) -> None:  # R50
    post.busy = "451 4.3.0 try again later"
    for number in range(3):
        await mail(house, str(number), f"person{number}@alfa.example")
    sends = worker(house, server(post.port))
    for _ in range(4):
        await sends.drain(30)
        house.clock.at += MINUTE
    assert post.came == []
    assert {state for _, state in house.jobs()} == {"ready"}
    post.busy = ""
    house.clock.at += HOUR
    await sends.drain(30)
    await sends.drain(30)
    assert sorted(post.subjects) == ["Përmbledhja 0", "Përmbledhja 1", "Përmbledhja 2"]


async def test_an_address_that_is_refused_for_good_is_given_up_and_seen(house: House, post: PostOffice) -> None:  # R50
    post.answers[BENI] = "550 5.1.1 no such user"
    await mail(house, "one", BENI)
    await mail(house, "two", ZANA)
    sends = worker(house, server(post.port))
    await sends.drain(30)
    assert [came["To"] for came in post.came] == [ZANA]
    (lost,) = await house.store.read(jobs.dead)
    assert (lost.kind, lost.error, lost.attempts) == ("mail.send", "mail.recipient", 1)
    assert house.rows("SELECT kind, company FROM escalations") == [{"kind": "alarm", "company": "alfa"}]


async def test_an_address_that_is_refused_for_a_while_is_tried_again(house: House, post: PostOffice) -> None:
    post.answers[ZANA] = "450 4.2.1 mailbox busy"
    await mail(house, "one")
    sends = worker(house, server(post.port))
    await sends.drain(30)
    assert house.jobs() == [("mail.send", "ready")]
    post.answers.clear()
    house.clock.at += MINUTE
    await sends.drain(30)
    assert len(post.came) == 1


async def test_a_server_that_was_away_for_a_day_is_told_everything_once(house: House) -> None:  # R50
    await a_dpo(house)
    await house.store.transact(
        lambda tx: escalations.open_escalation(
            tx, house.desk, place(house.clock.at), Escalation.HAND_OFF, "alfa", "Dua një njeri."
        )
    )
    port = free_port()
    sends = worker(house, server(port))
    for _ in range(4):  # a day, in steps
        await sends.house.do_chores()
        await sends.drain(30)
        house.clock.at += 6 * HOUR
    await mail(house, "alarm")
    with post_office(port=port) as post:
        for _ in range(4):
            house.clock.at += HOUR
            await sends.house.do_chores()
            await sends.drain(30)
        assert sorted(post.subjects) == ["Alfa: përmbledhja e ditës"] * 2 + ["Përmbledhja alarm"]
        assert len({came["Message-ID"] for came in post.came}) == 3


async def test_after_a_crash_a_mail_may_come_twice_and_is_known_by_its_id(house: House, post: PostOffice) -> None:
    await mail(house, "one")
    (job,) = await house.store.transact(
        lambda tx: jobs.claim(tx, house.desk, house.clock.at, [JobKind.MAIL_SEND], 1, LEASE)
    )
    told = server(post.port)
    await Mailer(told, house.clock).handle(job)  # taken by the server; then the process is gone
    house.clock.at += LEASE + SECOND
    await worker(house, told).drain(30)
    first, second = post.came
    assert first["Message-ID"] == second["Message-ID"]
    assert house.jobs() == [("mail.send", "done")]


async def test_a_connection_that_breaks_before_the_answer_leaves_the_mail_to_be_sent(
    house: House, post: PostOffice
) -> None:
    post.silent = True
    await mail(house, "one")
    sends = worker(house, server(post.port))
    await sends.drain(30)
    assert house.jobs() == [("mail.send", "ready")]
    post.silent = False
    house.clock.at += MINUTE
    await sends.drain(30)
    assert len({came["Message-ID"] for came in post.came}) == 1
    assert house.jobs() == [("mail.send", "done")]


async def test_starttls_is_used_before_anything_is_said(tmp_path: Path, house: House) -> None:  # R42
    certificate = self_made_certificate(tmp_path)
    with post_office(certificate=certificate, signs_in=True) as post:
        trusts = ssl.create_default_context(cafile=str(certificate))
        told = MailServer(
            host="127.0.0.1", port=post.port, security="starttls", sender="mburoja@alfa.example", user=USER,
            password=PASSWORD, trusts=trusts,
        )  # fmt: skip
        await mail(house, "one")
        await worker(house, told).drain(30)
        assert len(post.came) == 1

        for wrong, kind in (
            (MailServer(**{**vars(told), "password": "gabim"}), "mail.login"),
            (MailServer(**{**vars(told), "trusts": None}), "mail.certificate"),
            (MailServer(**{**vars(told), "security": "none", "user": ""}), "mail.sender"),
        ):
            with pytest.raises(DeliveryError) as why:
                await Mailer(wrong, house.clock).send(ZANA, "Provë", "Provë", key="k")
            assert (why.value.kind, why.value.temporary) == (kind, True)
    assert PASSWORD not in repr(told)


async def test_a_server_without_starttls_gets_nothing(house: House, post: PostOffice) -> None:
    with pytest.raises(DeliveryError) as why:
        await Mailer(server(post.port, "starttls"), house.clock).send(ZANA, "Provë", "Provë", key="k")
    assert (why.value.kind, why.value.temporary) == ("mail.server", True)
    assert (post.came, post.tried) == ([], 0)


@pytest.mark.parametrize("address", ["", "zana", "zana@alfa.example\r\nBcc: x@y.example", "a@b@c"])
async def test_what_is_no_address_is_given_up_at_once(house: House, post: PostOffice, address: str) -> None:
    with pytest.raises(DeliveryError) as why:
        await Mailer(server(post.port), house.clock).send(address, "Provë", "Provë", key="k")
    assert (why.value.kind, why.value.temporary) == ("mail.address", False)
    assert post.tried == 0


async def test_nothing_of_a_mail_is_logged(  # R32
    house: House, post: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "bot")
    caplog.set_level(logging.DEBUG, "aiosmtplib")
    post.answers[BENI] = f"550 {BENI} is unknown"
    await mail(house, "one", BENI)
    await mail(house, "two", ZANA)
    await worker(house, server(post.port)).drain(30)
    assert "mail.recipient" in caplog.text
    for personal in (BENI, ZANA, "Përmbledhja", "bosh"):
        assert personal not in caplog.text


async def test_without_a_server_mails_have_no_handler() -> None:
    assert handlers(None) == {}
