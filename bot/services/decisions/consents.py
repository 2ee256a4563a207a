"""Consents: what holds, withdrawing, giving again, and what the company's own lists say; knows no wording.

What a customer says here is taken whatever is on record, and always takes the next number. A list that is
imported only adds what is newer (R59).
"""

from bot.dialogue.effects import Grant, ReadConsents, Withdraw
from bot.dialogue.events import ActDone, Consent, ConsentsRead, ConsentState, ProofMissing
from bot.services.decisions import consent_rows, suppressions
from bot.services.decisions.consent_rows import NOTHING, Change, Held
from bot.services.desk import OFFICE, Desk, Place
from bot.services.identity import proofs
from bot.services.records import audit, receipts
from bot.services.records.audit import Act
from bot.services.records.receipts import EventType, Evidence
from bot.storage.store import Tx


def read(tx: Tx, desk: Desk, place: Place, effect: ReadConsents) -> ConsentsRead | ProofMissing:
    """Return every purpose of the company in its catalogue's order, UNKNOWN where nothing is on record."""
    if proofs.live(tx, place.conversation, effect.company, effect.subject) is None:
        return ProofMissing(company=effect.company)
    held = consent_rows.held(tx, effect.subject)
    subject = tx.first("consents.restricted", subject=effect.subject, company=effect.company)
    return ConsentsRead(
        consents=tuple(
            Consent(purpose=purpose.id, state=holds.state, since=holds.since)
            for purpose in desk.companies[effect.company].rights.purposes
            for holds in (held.get(purpose.id, NOTHING),)
        ),
        statistics_restricted=subject is not None and subject["statistics_restricted"] == 1,
    )


def withdraw(tx: Tx, desk: Desk, place: Place, effect: Withdraw) -> ActDone | ProofMissing:
    """Withdraw consents, whatever is on record, under one reference (R38). Any live proof will do (R55).

    Raises KeyError for a purpose that the company does not have, ValueError where none is named.
    """
    if proofs.live(tx, place.conversation, effect.company, effect.subject) is None:
        return ProofMissing(company=effect.company)
    return enter_withdrawal(tx, desk, place, effect)


def enter_withdrawal(tx: Tx, desk: Desk, place: Place, effect: Withdraw) -> ActDone:
    """Put a withdrawal on record, whoever proved it and however it came. Raises as ``withdraw`` does."""
    change = _wish(desk, effect, ConsentState.WITHDRAWN)
    before = _held_now(tx, change)
    reference = _issue(tx, desk, place, change, before, Act.CONSENT_WITHDRAWN)
    consent_rows.put_withdrawals(tx, desk, place, change, reference)
    return _done(place, change, before, reference)


def grant(tx: Tx, desk: Desk, place: Place, effect: Grant) -> ActDone | ProofMissing:
    """Give consents again, under one reference; stopped marketing to the subject's numbers resumes with it (R54).

    A proof that several people share, or of a relationship that has ended, is not enough (R55). Raises as
    ``withdraw`` does.
    """
    proof = proofs.live(tx, place.conversation, effect.company, effect.subject)
    if proof is None or proof.shared:
        return ProofMissing(company=effect.company)
    change = _wish(desk, effect, ConsentState.GIVEN)
    before = _held_now(tx, change)
    reference = _issue(tx, desk, place, change, before, Act.CONSENT_GRANTED)
    resumed: tuple[str, ...] = ()
    if any(purpose.marketing for purpose in change.purposes):
        resumed = suppressions.resume(tx, desk, place, effect.company, effect.subject, reference)
    consent_rows.put_grants(tx, desk, place, change, reference, resumed)
    return _done(place, change, before, reference)


def record_imported(  # noqa: PLR0913, PLR0917  these are an imported row's parts
    tx: Tx,
    desk: Desk,
    now: int,
    subject: str,
    purpose: str,
    state: ConsentState,
    since: int | None,
    source: str,
) -> bool:
    """Take what the company's list says of one consent if it is newer than what holds; tell if that changed (R59).

    ``since`` (ms UTC) must be later than what holds. Without a time a list is newer only than another without a
    time, or than nothing; a time that is still to come is not believed. A later time for the same state is
    kept, so that nothing older beats it, but changes nothing: False. UNKNOWN says nothing: False.
    """
    company = consent_rows.hold(tx, subject)
    current = consent_rows.held(tx, subject).get(purpose)
    if state is ConsentState.UNKNOWN or not _is_newer(since, current, now):
        return False
    changed = current is None or current.state is not state
    if not changed and since is None:
        return False
    tx.first(
        "consents.add",
        subject=subject,
        purpose=purpose,
        state=state,
        since=since,
        at=now,
        source=source,
        reference=None,
    )
    if changed:
        place = Place(conversation="", channel=OFFICE, now=now)
        details = {"purpose": purpose, "state": state.value, "source": source}
        audit.write(tx, desk, place, Act.CONSENT_IMPORTED, company=company, subject=subject, details=details)
    return changed


def _is_newer(since: int | None, current: Held | None, now: int) -> bool:
    if since is None:
        return current is None or current.since is None
    return since <= now and (current is None or since > current.known)


def _wish(desk: Desk, effect: Withdraw | Grant, state: ConsentState) -> Change:
    purposes = consent_rows.purposes_of(desk, effect.company, effect.purposes)
    if not purposes:
        raise ValueError("a consent act names no purpose")
    return Change(company=effect.company, subject=effect.subject, purposes=purposes, state=state, shown=effect.shown)


def _held_now(tx: Tx, change: Change) -> dict[str, Held]:
    consent_rows.hold(tx, change.subject)
    return dict(consent_rows.held(tx, change.subject))


def _issue(tx: Tx, desk: Desk, place: Place, change: Change, before: dict[str, Held], act: Act) -> str:
    given = change.state is ConsentState.GIVEN
    evidence = Evidence(
        principal=change.subject,
        event_type=EventType.GIVEN if given else EventType.WITHDRAWN,
        purposes=consent_rows.recorded(change.purposes, before),
        shown=change.shown,
    )
    return receipts.issue(tx, desk, place, act=act, company=change.company, subject=change.subject, evidence=evidence)


def _done(place: Place, change: Change, before: dict[str, Held], reference: str) -> ActDone:
    already = change.held_before(before)
    return ActDone(reference=reference, company=change.company, at=place.now, already=already)
