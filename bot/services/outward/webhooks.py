"""Webhooks of a company: kept, and every new event of theirs made a job for each (R30); knows no HTTP.

What a webhook could not be told stays open in the queue, where programs and people find it. Address and secrets are
sealed. Times are milliseconds UTC.
"""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.clock import DAY
from bot.dialogue.effects import Escalation
from bot.errors import NotAllowedError
from bot.services import jobs
from bot.services.casework import escalations
from bot.services.desk import Desk, Place
from bot.services.jobs import JobKind
from bot.services.records import audit, events
from bot.services.records.audit import Act
from bot.services.records.events import EventKind
from bot.services.retention import HOUSE
from bot.storage.store import Row, Tx

OLD_SECRET = DAY  # R30: while a secret is rotated both sign
GONE = "410"  # why one was disabled: its receiver answered that it is gone for good
BY_HAND = "by hand"
_SECRET_PREFIX = "whsec_"  # noqa: S105  how Standard Webhooks writes secrets
_CURSOR = "webhooks"
_BATCH = 200  # events in one transaction
_LONGEST_URL = 2_000


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """Where events are posted to. No ``kinds``: all. ``secrets`` sign, the newest first, as ``whsec_…``."""

    id: str
    company: str
    url: str
    kinds: frozenset[EventKind]
    secrets: tuple[str, ...]
    created_at: int
    disabled_at: int | None
    disabled_why: str


def add(tx: Tx, desk: Desk, place: Place, who: str, url: str, company: str, kinds: Iterable[EventKind] = ()) -> Webhook:
    """Post a company's events to an address from now on. Raises NotAllowedError for what is none."""
    if company not in desk.companies:
        raise NotAllowedError("There is no company {company}.", company=company)
    _must_be_an_address(url)
    identity = desk.randomness.token()
    tx.run(
        "webhooks.add",
        id=identity, company=company, url_sealed=desk.vault.seal("webhooks", url, f"{identity}:url"),
        kinds=json.dumps(sorted(set(kinds))), secret_sealed=_new_secret(desk, identity),
        from_seq=events.last_seq(tx), now=place.now,
    )  # fmt: skip
    made = _loaded(tx, desk, place.now, identity)
    _log(tx, desk, place, Act.WEBHOOK_ADDED, who, made)
    return made


def load(tx: Tx, desk: Desk, now: int, identity: str) -> Webhook | None:
    """Return a webhook, or None where there is no such one."""
    row = tx.first("webhooks.load", id=identity)
    return _webhook(desk, now, row) if row else None


def every(tx: Tx, desk: Desk, now: int, company: str | None = None) -> tuple[Webhook, ...]:
    """Return every webhook of a company, or (None) of all, the oldest first."""
    return tuple(_webhook(desk, now, row) for row in tx.all("webhooks.every", company=company))


def rotate(tx: Tx, desk: Desk, place: Place, who: str, identity: str) -> Webhook:
    """Give a webhook a new secret; the old one signs too for a day. Raises NotAllowedError."""
    _known(tx, desk, place.now, identity)
    tx.run(
        "webhooks.rotate",
        id=identity, old_until=place.now + OLD_SECRET, secret_sealed=_new_secret(desk, identity),
    )  # fmt: skip
    rotated = _loaded(tx, desk, place.now, identity)
    _log(tx, desk, place, Act.WEBHOOK_CHANGED, who, rotated, what="secret")
    return rotated


def disable(tx: Tx, desk: Desk, place: Place, who: str, identity: str, why: str = BY_HAND) -> bool:
    """Post nothing more to a webhook; tell whether anything was until now. Raises NotAllowedError."""
    found = _known(tx, desk, place.now, identity)
    if not tx.run("webhooks.disable", id=identity, now=place.now, why=why):
        return False
    _log(tx, desk, place, Act.WEBHOOK_DISABLED, who, found, why=why)
    return True


def enable(tx: Tx, desk: Desk, place: Place, who: str, identity: str) -> bool:
    """Post to a webhook again, what comes from now on; tell whether it was disabled. Raises NotAllowedError."""
    found = _known(tx, desk, place.now, identity)
    if not tx.run("webhooks.enable", id=identity, from_seq=events.last_seq(tx)):
        return False
    _log(tx, desk, place, Act.WEBHOOK_CHANGED, who, found, what="enabled")
    return True


def fan_out(tx: Tx, desk: Desk, now: int) -> int:
    """Make jobs of the events that no webhook was told of yet; return how many events were looked at.

    The cursor moves in the transaction of the jobs, and the order of numbers is the order of commits: each event makes
    one job for each webhook that wants it, and none is missed.
    """
    row = tx.first("webhooks.cursor", name=_CURSOR)
    cursor, last = int(row["value"]) if row else 0, events.last_seq(tx)
    # Before the webhooks: one that is added meanwhile misses nothing that comes after it.
    coming = tx.all("webhooks.events_after", after=cursor, most=_BATCH)
    hooks = tx.all("webhooks.posted_to")
    if not hooks:
        if last > cursor:
            tx.run("webhooks.move_cursor", name=_CURSOR, value=last)
        return 0
    for event in coming:
        for hook in hooks:
            if _wants(hook, event):
                _add_job(tx, desk, now, hook["id"], event)
    if coming:
        tx.run("webhooks.move_cursor", name=_CURSOR, value=coming[-1]["seq"])
    return len(coming)


def gone(tx: Tx, desk: Desk, now: int, identity: str) -> None:
    """Disable a webhook whose receiver says that it is gone for good (R30), and tell people."""
    place = Place(conversation="", channel=HOUSE, now=now)
    found = load(tx, desk, now, identity)
    if found and disable(tx, desk, place, HOUSE, identity, GONE):
        words = f"Marrësi i ngjarjeve {identity} tha se s’është më (410) dhe u ndal. Shihni: mburoja webhooks list."
        _alarm(tx, desk, place, found, "webhook_gone", words)


def given_up(tx: Tx, desk: Desk, now: int, identity: str, error_kind: str) -> None:
    """Tell people that a webhook could not be reached in all its tries; at most once a day of each.

    The alarm is an event too, which the same webhook may want: without the bound each failure would make two more.
    """
    place = Place(conversation="", channel=HOUSE, now=now)
    found = load(tx, desk, now, identity)
    if found is None or not tx.run("webhooks.alarmed", key=f"webhook:{identity}:{now // DAY}", now=now):
        return
    words = (
        f"Marrësi i ngjarjeve {identity} nuk u arrit ({error_kind}). Ngjarjet presin te radha dhe te API-ja. "
        "Shihni: mburoja webhooks list."
    )
    _alarm(tx, desk, place, found, "webhook_unreachable", words)


def _alarm(tx: Tx, desk: Desk, place: Place, hook: Webhook, alarm: str, words: str) -> None:
    reference = escalations.open_escalation(tx, desk, place, Escalation.ALARM, hook.company, words)
    events.publish(
        tx, desk, place.now, EventKind.ALARM_RAISED, company=hook.company, reference=reference,
        body={"alarm": alarm, "webhook": hook.id},
    )  # fmt: skip


def _wants(hook: Row, event: Row) -> bool:
    if hook["company"] != event["company"] or event["seq"] <= hook["from_seq"]:
        return False
    kinds = json.loads(hook["kinds"])
    return not kinds or event["kind"] in kinds


def _add_job(tx: Tx, desk: Desk, now: int, hook: str, event: Row) -> None:
    key = f"webhook:{hook}:{event['id']}"  # a key of its own: one that fails holds up nothing else
    payload: dict[str, str | int | None] = {"webhook": hook, "event": event["id"], "company": event["company"]}
    jobs.add(tx, desk, now, JobKind.WEBHOOK_SEND, payload, ordering_key=key, idempotency_key=key)


def _must_be_an_address(url: str) -> None:
    """Refuse what cannot be posted to; where it leads is looked at each time it is connected to."""
    fits = len(url) <= _LONGEST_URL and url.isascii() and url.isprintable() and " " not in url
    try:
        parts = urlsplit(url)
        fits = fits and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        fits = fits and "@" not in parts.netloc and not parts.fragment
    except ValueError:
        fits = False
    if not fits:
        raise NotAllowedError("That is no address to post to; give one such as https://www.shembull.example/mburoja.")


def _new_secret(desk: Desk, identity: str) -> str:
    raw = bytes.fromhex(desk.randomness.token() + desk.randomness.token())
    return desk.vault.seal("webhooks", _SECRET_PREFIX + base64.b64encode(raw).decode(), f"{identity}:secret")


def _known(tx: Tx, desk: Desk, now: int, identity: str) -> Webhook:
    found = load(tx, desk, now, identity)
    if found is None:
        raise NotAllowedError("There is no webhook {id}; `mburoja webhooks list` shows those there are.", id=identity)
    return found


def _loaded(tx: Tx, desk: Desk, now: int, identity: str) -> Webhook:
    found = load(tx, desk, now, identity)
    if found is None:
        raise KeyError(identity)
    return found


def _log(tx: Tx, desk: Desk, place: Place, act: Act, who: str, hook: Webhook, **facts: str) -> None:
    audit.write(tx, desk, place, act, company=hook.company, details={"who": who, "webhook": hook.id, **facts})


def _webhook(desk: Desk, now: int, row: Row) -> Webhook:
    identity = row["id"]
    sealed = [row["secret_sealed"]]
    if row["old_until"] is not None and now < row["old_until"]:
        sealed.append(row["old_secret_sealed"])
    return Webhook(
        id=identity,
        company=row["company"],
        url=desk.vault.open("webhooks", row["url_sealed"], f"{identity}:url"),
        kinds=frozenset(EventKind(kind) for kind in json.loads(row["kinds"])),
        secrets=tuple(desk.vault.open("webhooks", one, f"{identity}:secret") for one in sealed),
        created_at=row["created_at"],
        disabled_at=row["disabled_at"],
        disabled_why=row["disabled_why"] or "",
    )
