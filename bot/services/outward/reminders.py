"""The daily digest and the alarms before a date, as jobs that send mail; knows no SMTP.

Both go out from one hour of the day in Kosovo. The digest comes once each working day, to whoever decides or advises
(DPO and decider). An alarm comes when 7, 3 and 0 days are left, to them and to whoever took the request; from 0 on to
their deputies as well. Where the program did not run on the day itself, the most urgent step is told once, and those
that it passed over never. Steps belong to the date: one that was extended or moved by a pause (R34) has its own. While
the clock stands still the date comes no nearer; what was late before is late all the same. What one person is told at a
time stands in one mail.

Who is away until a day (``Account.away_until``) has their mails go to the deputy too, if the deputy may see the queue.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.clock import DAY, HOUR, moment
from bot.dialogue.effects import Escalation
from bot.dialogue.events import CaseState
from bot.policy.actions import Action
from bot.services import jobs
from bot.services.casework.deadlines import ZONE, is_working_day, local_day, start_of
from bot.services.desk import Desk
from bot.services.jobs import JobKind
from bot.services.outward import mail_texts
from bot.services.outward.mail_texts import MOST_LISTED, Line, Listed, Mail, Numbers, Picture
from bot.services.staff import accounts
from bot.services.staff.accounts import Account
from bot.services.staff.roles import Permission, Role
from bot.storage.store import Row, Tx

STEPS = (7, 3, 0)  # days left at which it is told (d)
DIGEST_LIVES = 3 * DAY  # one that could not be sent for so long says nothing that a newer one does not
_WEEK = 7  # days
_MOST_ALARMS = 500  # requests told of in one transaction
_BEGINNING = dt.date(2000, 1, 1)
_TOLD_ALL = frozenset({Role.DPO, Role.DECIDER})
_QUESTIONS = frozenset({Escalation.UNANSWERED, Escalation.ASKED_AGAIN})


@dataclass(frozen=True, kw_only=True)
class Mailing:
    """From which hour of the day in Kosovo mails go out, and where our pages are."""

    hour: int
    public_url: str

    @property
    def queue(self) -> str:
        """The address of the queue."""
        return f"{self.public_url}/console/queue"


def remind(tx: Tx, desk: Desk, now: int, mailing: Mailing) -> int:
    """Add the mails that are due and were not added before; return how many."""
    if moment(now).astimezone(ZONE).hour < mailing.hour:
        return 0
    staff = {account.id: account for account in accounts.every(tx, desk) if account.disabled_at is None}
    count = 0
    for company in sorted(desk.companies):
        office = _Office(desk=desk, company=company, staff=staff, mailing=mailing, now=now)
        count += office.alarms(tx) + office.digests(tx)
    return count


def step(left: int) -> int | None:
    """Return the step that a request has come to with so many days left (negative: late); None before the first."""
    reached = [each for each in STEPS if left <= each]
    return min(reached) if reached else None


@dataclass(frozen=True, kw_only=True)
class _Office:
    """A company with its people, at one time."""

    desk: Desk
    company: str
    staff: Mapping[str, Account]
    mailing: Mailing
    now: int

    @property
    def _today(self) -> dt.date:
        return local_day(self.now)

    @property
    def _name(self) -> str:
        return self.desk.companies[self.company].name

    def alarms(self, tx: Tx) -> int:
        """Add the alarms of what came nearer to its date; return how many mails they are."""
        people = tuple(self._people())
        told: dict[str, _Told] = {}
        for row in self._nearing(tx) if any(each.email for each in people) else ():
            line = _line(row, self._today)
            reached = step(line.left)
            mine = [each for each in people if self._is_head(each) or each.login == row["taken_by"]]
            readers = self._readers(mine, deputies=reached == 0)
            for passed in STEPS if readers else ():  # those before it, too: a clock set back tells nothing twice
                if reached is not None and passed >= reached:
                    tx.run("reminders.mark", key=f"alarm:{line.reference}:{line.due}:{passed}", now=self.now)
            for account, names in readers.items():
                told.setdefault(account, _Told(lines=[], instead_of=set())).add(line, names)
        for account, known in told.items():
            mail = mail_texts.alarm(self._name, known.lines, self.mailing.queue, sorted(known.instead_of))
            steps = "".join(f"{line.reference}{line.due}{step(line.left)}" for line in known.lines)
            named = hashlib.sha256(steps.encode()).hexdigest()[:32]
            self._add(tx, self.staff[account], mail, f"alarm:{self.company}:{self.staff[account].login}:{named}", None)
        return len(told)

    def digests(self, tx: Tx) -> int:
        """Add the digests of the day that were not added yet; return how many."""
        if not is_working_day(self._today):
            return 0
        picture, count = None, 0
        heads = [each for each in self._people() if self._is_head(each)]
        for account, names in self._readers(heads, deputies=False).items():
            key = f"digest:{self.company}:{self.staff[account].login}:{self._today}"
            if not tx.run("reminders.mark", key=key, now=self.now):
                continue
            picture = picture or self._picture(tx)
            if picture.is_quiet and not _begins_week(self._today):
                continue
            mail = mail_texts.digest(self._name, picture, self.mailing.queue, sorted(names))
            self._add(tx, self.staff[account], mail, key, self.now + DIGEST_LIVES)
            count += 1
        return count

    def _people(self) -> Iterable[Account]:
        return (each for each in self.staff.values() if each.may(Permission.WORK, self.company, self.desk))

    def _is_head(self, account: Account) -> bool:
        return account.roles[self.company] in _TOLD_ALL

    def _readers(self, told: Sequence[Account], *, deputies: bool) -> dict[str, set[str]]:
        """Return who reads a mail, by id, with the names of those instead of whom; who has no address is left out.

        ``deputies``: of those who are there, too.
        """
        readers: dict[str, set[str]] = {each.id: set() for each in told if each.email}
        own = frozenset(readers)
        for each in told:
            away = each.away_until is not None and self._today <= each.away_until
            deputy = self.staff.get(each.deputy or "") if away or deputies else None
            if deputy is None or not deputy.email or not deputy.may(Permission.QUEUE, self.company, self.desk):
                continue
            if deputy.id not in own or away:
                readers.setdefault(deputy.id, set()).add(each.name or each.login)
        return readers

    def _nearing(self, tx: Tx) -> list[Row]:
        return tx.all(
            "reminders.nearing",
            company=self.company,
            today=self._today.isoformat(),
            in_three=(self._today + dt.timedelta(days=STEPS[1])).isoformat(),
            until=(self._today + dt.timedelta(days=STEPS[0])).isoformat(),
            most=_MOST_ALARMS,
        )

    def _picture(self, tx: Tx) -> Picture:
        today, day = self._today, dt.timedelta(days=1)
        # From the hour of the digest before: what comes while today's waits is told twice rather than never.
        since = start_of(_working_day_before(today)) + self.mailing.hour * HOUR
        before = self.now - self.desk.limits.unacknowledged
        people = {
            Escalation(row["kind"]): int(row["found"])
            for row in tx.all("reminders.waiting_for_people", company=self.company)
        }
        received = tx.first("reminders.count_received", company=self.company, since=since)
        rows = tx.all("reminders.received", company=self.company, since=since, most=MOST_LISTED)
        kept = tx.first("reminders.kept_due", company=self.company, today=today.isoformat())
        return Picture(
            late=self._late(tx),
            today=self._due(tx, today, today),
            week=self._due(tx, today + day, today + _WEEK * day),
            new=Listed(count=_found(received), lines=tuple(_line(row, today) for row in rows)),
            unapplied=_numbers(tx.all("reminders.unapplied", company=self.company, before=before)),
            letters=_numbers(tx.all("reminders.letters", company=self.company)),
            kept=_found(kept),
            people=sum(count for kind, count in people.items() if kind not in _QUESTIONS),
            questions=sum(count for kind, count in people.items() if kind in _QUESTIONS),
            open=_found(tx.first("reminders.count_open", company=self.company)),
        )

    def _late(self, tx: Tx) -> Listed:
        running = self._due(tx, _BEGINNING, self._today - dt.timedelta(days=1))
        stopped = [line for row in self._stopped(tx) if (line := _line(row, self._today)).left < 0]
        lines = sorted([*running.lines, *stopped], key=lambda line: line.due)
        return Listed(count=running.count + len(stopped), lines=tuple(lines[:MOST_LISTED]))

    def _stopped(self, tx: Tx) -> list[Row]:
        return tx.all("reminders.stopped", company=self.company, today=self._today.isoformat())

    def _due(self, tx: Tx, first: dt.date, last: dt.date) -> Listed:
        rows = tx.all(
            "reminders.due", company=self.company, first=first.isoformat(), last=last.isoformat(), most=MOST_LISTED
        )
        lines = tuple(_line(row, self._today) for row in rows)
        return Listed(count=self._count(tx, first, last) if len(lines) == MOST_LISTED else len(lines), lines=lines)

    def _count(self, tx: Tx, first: dt.date, last: dt.date) -> int:
        return _found(
            tx.first("reminders.count_due", company=self.company, first=first.isoformat(), last=last.isoformat())
        )

    def _add(self, tx: Tx, to: Account, mail: Mail, key: str, expires_at: int | None) -> None:
        jobs.add(
            tx, self.desk, self.now, JobKind.MAIL_SEND,
            {"to": to.email, "subject": mail.subject, "text": mail.text, "company": self.company},
            ordering_key=f"mail:{to.id}", idempotency_key=f"mail:{key}", expires_at=expires_at,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What one person is told of in one mail."""

    lines: list[Line]
    instead_of: set[str]

    def add(self, line: Line, names: Iterable[str]) -> None:
        self.lines.append(line)
        self.instead_of.update(names)


def _line(row: Row, today: dt.date) -> Line:
    due, paused_at = dt.date.fromisoformat(row["due"]), row["paused_at"]
    until = today if paused_at is None else local_day(paused_at)  # each day that it stands still moves the date
    return Line(
        reference=row["reference"],
        action=Action(row["kind"]),
        state=CaseState(row["state"]),
        due=due,
        left=(due - until).days,
    )


def _numbers(rows: Sequence[Row]) -> Numbers:
    named = dict.fromkeys(str(row["reference"]) for row in rows if row["reference"])
    return Numbers(count=len(named), references=tuple(named)[:MOST_LISTED])


def _found(row: Row | None) -> int:
    return int(row["found"]) if row else 0


def _working_day_before(day: dt.date) -> dt.date:
    day -= dt.timedelta(days=1)
    while not is_working_day(day):
        day -= dt.timedelta(days=1)
    return day


def _begins_week(day: dt.date) -> bool:
    """Tell whether a working day is the first of its week."""
    monday = day - dt.timedelta(days=day.weekday())
    return not any(is_working_day(monday + dt.timedelta(days=n)) for n in range(day.weekday()))
