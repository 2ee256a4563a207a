"""A house with customers, where codes are asked for, looked up, sent and typed, without workers or channels."""

import json
from collections.abc import Mapping
from dataclasses import replace

from bot.clock import MINUTE
from bot.dialogue.effects import OpenChallenge, RedeemCode, ReportCode, UseAccount
from bot.dialogue.events import (
    AccountProven,
    CodeAccepted,
    CodeDead,
    CodeRefused,
    CodeUnderWay,
    CodeWrong,
    ProofMissing,
)
from bot.limits import Limits
from bot.services import jobs
from bot.services.desk import Desk
from bot.services.identity import customers, otp, proofs
from bot.services.identity.contacts import fold_customer
from bot.services.jobs import JobKind
from bot.storage.store import Row, Tx, Value
from tests.tools.desks import NOW, made_up_desk, memory_tx, place
from tests.tools.engines import tables_of

NUMBER = "+38344000101"
NOBODY = "+38344000199"
FOREIGN = "+491701234567"
Payload = Mapping[str, str | int | None]


class House:
    """One database and one desk; every step takes the time, the conversation and the company it happens in."""

    def __init__(self, desk: Desk | None = None, tx: Tx | None = None) -> None:
        self.desk = desk or made_up_desk()
        self.tx = tx or memory_tx()

    def customer(
        self,
        customer_number: str = "A-1001",
        *numbers: str,
        name: str = "Filan Fisteku",
        company: str = "alfa",
        relationship: str = "active",
        line: str = "personal",
        sim_changed_on: str | None = None,
    ) -> str:
        """Take a customer up and return the subject; without numbers, the one is ``NUMBER``."""
        vault, subject = self.desk.vault, f"{company}:{customer_number}"
        self.tx.run(
            "customers.add",
            id=subject,
            company=company,
            customer_hash=vault.index("customer", company, fold_customer(customer_number)),
            customer_sealed=vault.seal("subjects", customer_number, f"{subject}:customer"),
            name_sealed=vault.seal("subjects", name, f"{subject}:name"),
            relationship=relationship,
            line=line,
            now=NOW,
        )
        for position, number in enumerate(numbers or (NUMBER,)):
            number_hash = self.number_hash(number, company)
            sealed = vault.seal("numbers", number, f"{subject}:{number_hash}")
            self.tx.run(
                "customers.add_number",
                subject=subject,
                company=company,
                number_hash=number_hash,
                number_sealed=sealed,
                position=position,
            )
            if sim_changed_on:
                self.tx.run("customers.note_sim_change", company=company, number_hash=number_hash, day=sim_changed_on)
        return subject

    def number_hash(self, number: str = NUMBER, company: str = "alfa") -> str:
        return self.desk.vault.index("number", company, number)

    def ask(
        self, typed: str = NUMBER, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
    ) -> CodeUnderWay | CodeRefused:
        return otp.open_challenge(
            self.tx, self.desk, place(now, conversation), OpenChallenge(company=company, typed=typed)
        )

    def look_up(self, now: int = NOW) -> list[Payload]:
        """Do the look-ups that are due, as the worker does, and return what they carried."""
        done = []
        for job in jobs.claim(self.tx, self.desk, now, [JobKind.DIRECTORY_LOOKUP], 100, 1000):
            company, kind, value = (str(job.payload[key]) for key in ("company", "kind", "value"))
            found = customers.find(self.tx, self.desk, company, kind, value)
            otp.resolve(self.tx, self.desk, now, str(job.payload["challenge"]), str(job.payload["code"]), found)
            jobs.settle(self.tx, now, job.id, job.lease_token)
            done.append(job.payload)
        return done

    def sms(self, now: int = NOW) -> list[Payload]:
        """Take the SMS that are due and return them."""
        taken = jobs.claim(self.tx, self.desk, now, [JobKind.SMS_SEND], 100, 1000)
        for job in taken:
            jobs.settle(self.tx, now, job.id, job.lease_token)
        return [job.payload for job in taken]

    def code(
        self, typed: str = NUMBER, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
    ) -> tuple[str, str]:
        """Ask and have it looked up; return the challenge and its code, sent or not."""
        under_way = self.ask(typed, now=now, conversation=conversation, company=company)
        assert isinstance(under_way, CodeUnderWay), under_way
        (payload,) = (p for p in self.look_up(now) if p["challenge"] == under_way.challenge)
        return under_way.challenge, str(payload["code"])

    def redeem(
        self, challenge: str, typed: str, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
    ) -> CodeAccepted | CodeWrong | CodeDead | CodeRefused:
        effect = RedeemCode(company=company, challenge=challenge, typed=typed)
        return otp.redeem(self.tx, self.desk, place(now, conversation), effect)

    def use(
        self, challenge: str, subject: str, *, now: int = NOW, conversation: str = "c1", company: str = "alfa"
    ) -> AccountProven | ProofMissing:
        effect = UseAccount(company=company, challenge=challenge, subject=subject)
        return proofs.use_account(self.tx, self.desk, place(now, conversation), effect)

    def report(self, typed: str, *, conversation: str = "c1", company: str | None = "alfa") -> str:
        """Say that a code came that nobody asked for; return the reference."""
        effect = ReportCode(company=company, typed=typed)
        return otp.report(self.tx, self.desk, place(conversation=conversation), effect).reference

    def lock(self, typed: str = NUMBER, now: int = NOW) -> int:
        """Type wrong codes until the contact is locked; return the time then."""
        for turn in range(3):
            at = now + turn * MINUTE
            challenge, code = self.code(typed, now=at)
            answers = [self.redeem(challenge, wrong(code), now=at) for _ in range(5)]
        assert isinstance(answers[-1], CodeRefused), answers
        return at

    def acts(self) -> list[str]:
        """What was logged, in the order of time."""
        rows = tables_of(self.tx).query("SELECT body FROM audit ORDER BY at, id")
        return [json.loads(row["body"])["act"] for row in rows]

    def everything(self) -> str:
        """Every value of every table, as text."""
        return tables_of(self.tx).everything()


def house_with_foreign(*codes: str, limits: Limits | None = None) -> House:
    """A house whose company "alfa" lists these calling codes."""
    desk = made_up_desk(limits=limits)
    alfa = desk.companies["alfa"]
    alfa = replace(alfa, rights=replace(alfa.rights, foreign=codes))
    return House(replace(desk, companies={**desk.companies, "alfa": alfa}))


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"


class Recording(Tx):
    """Another transaction, and the names of the statements that were run on it, in their order."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.names: list[str] = []

    def all(self, statement: str, /, **parameters: Value) -> list[Row]:
        self.names.append(statement)
        return self._tx.all(statement, **parameters)

    def first(self, statement: str, /, **parameters: Value) -> Row | None:
        self.names.append(statement)
        return self._tx.first(statement, **parameters)

    def run(self, statement: str, /, **parameters: Value) -> int:
        self.names.append(statement)
        return self._tx.run(statement, **parameters)
