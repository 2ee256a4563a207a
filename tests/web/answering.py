"""An answer on the real server, and a browser on the page of its link, without the page's script."""

from collections.abc import Mapping
from typing import Any

from bot.dialogue.events import AnswerLinked
from bot.policy.actions import Action
from bot.services.casework import answer_links, case_file
from bot.services.casework.answer_files import Attachment
from bot.services.casework.cases import Body, Identity, NewCase
from bot.services.desk import OFFICE, Place
from bot.services.identity.contacts import fold_customer
from bot.services.office import backoffice, backoffice_close
from bot.services.office.backoffice import SecondProof
from bot.services.records.references import new_reference
from bot.storage.store import Tx
from tests.tools.chatting import CODE
from tests.tools.site import Browser, Site

COPY = Attachment(name="të dhënat e mia.pdf", media_type="application/pdf", content=b"%PDF-1.7 Filane")
LARGE = Attachment(name="thirrjet.csv", media_type="text/csv", content=b"kur,kush\n" * 70_000)
PHONE = "+38344000102"  # Filane's, P-2001 at Paysera
DOOR = "the customer's own conversation"


async def link(site: Site, *files: Attachment) -> str:
    """Answer a request of Filane's with files, and make a link to it; returns the token."""
    made: list[str] = []

    def work(tx: Tx) -> None:
        reference = _answered(tx, site, files or (COPY,))
        made.append(renewed_in(tx, site, reference))

    await site.change(work)
    return made[-1]


def renewed_in(tx: Tx, site: Site, reference: str) -> str:
    """Make a new link, as the case's status does; returns the token."""
    office = site.office
    place = Place(conversation=DOOR, channel="web", now=office.clock.now())
    linked = answer_links.new_link(tx, office.desk, place, reference)
    assert isinstance(linked, AnswerLinked)
    return linked.token


def _answered(tx: Tx, site: Site, files: tuple[Attachment, ...]) -> str:
    desk, now = site.office.desk, site.office.clock.now()
    customer = desk.vault.index("customer", "paysera", fold_customer("P-2001"))
    row = tx.first("customers.by_customer", company="paysera", customer_hash=customer)
    assert row
    subject, number = str(row["id"]), desk.vault.index("number", "paysera", PHONE)
    token = desk.randomness.token()
    tx.run(
        "proofs.begin",
        id=token,
        conversation=DOOR,
        company="paysera",
        subject=subject,
        number=number,
        shared=0,
        now=now,
    )
    reference = new_reference(desk.randomness)
    new = NewCase(
        company="paysera", action=Action.DSAR_ACCESS, identity=Identity.PROVEN, subject=subject, conversation=None,
        channel="web", body=Body(), reply_to="", flags=(), received_at=now,
    )  # fmt: skip
    office = Place(conversation="", channel=OFFICE, now=now)
    case_file.create(tx, desk, Place(conversation=DOOR, channel="web", now=now), reference, new)
    backoffice.prove(tx, desk, office, "zana", reference, SecondProof.SHOP)
    backoffice_close.answer(tx, desk, office, "zana", reference, files=files)
    tx.run("notices.close_request", reference=reference, state="answered", now=now)
    return reference


def codes(site: Site) -> list[str]:
    """The codes that came so far; what else came (that an answer is ready) left out."""
    return [found[0] for text in site.sms if (found := CODE.search(text))]


def sim_changed(tx: Tx, site: Site, day: str) -> None:
    """Let the SIM of Filane's number have been changed on a day, as the company's list tells it."""
    number = site.office.desk.vault.index("number", "paysera", PHONE)
    tx.run("customers.note_sim_change", company="paysera", number_hash=number, day=day)


class AnswerPage:
    """The page of one link; it keeps what the page's script keeps."""

    def __init__(self, browser: Browser, token: str) -> None:
        self.browser, self.token, self.grant = browser, token, ""
        self.csrf = ""

    async def call(self, path: str, body: Mapping[str, object], **headers: str) -> tuple[int, Any]:
        status, told, _ = await self.browser.ask(
            "POST", f"/api/answer/{path}", dict(body), **{"X-CSRF-Token": self.csrf, **headers}
        )
        return status, told

    async def open(self) -> tuple[int, Any]:
        status, told = await self.call("open", {"token": self.token})
        self.csrf = told.get("csrf", "")
        return status, told

    async def send(self) -> tuple[int, Any]:
        return await self.call("send", {"token": self.token})

    async def coded(self) -> str:
        """Ask for a code; returns the one that comes."""
        site = self.browser.site
        before = len(codes(site))
        assert (await self.send())[0] == 200
        await site.until(lambda: len(codes(site)) > before)
        return codes(site)[-1]

    async def prove(self, code: str) -> tuple[int, Any]:
        status, told = await self.call("code", {"token": self.token, "code": code})
        self.grant = told.get("grant", "")
        return status, told

    async def unlocked(self) -> Any:
        """Open, ask for a code and write it; returns what was told."""
        await self.open()
        status, told = await self.prove(await self.coded())
        assert status == 200, told
        return told

    async def download(self, file: int = 1) -> tuple[int, bytes, Mapping[str, str]]:
        """Fetch a file; returns status, body, headers."""
        headers = self.browser.headers(**{"X-CSRF-Token": self.csrf})
        body = {"token": self.token, "grant": self.grant, "file": file}
        url = f"{self.browser.site.url}/api/answer/file"
        async with self.browser.http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.read(), answer.headers
