"""What the law and the requirements let the back office do to a case, act by act; changes nothing itself.

Every refusal is a NotAllowedError of one sentence: which rule, and what is allowed instead.
"""

import enum
import re
from collections.abc import Callable, Mapping

from bot.dialogue.effects import Flag
from bot.errors import NotAllowedError
from bot.nlu.fold import fold
from bot.policy.actions import Action
from bot.services.casework import case_file
from bot.services.casework.cases import Identity, Stored
from bot.services.desk import Desk, Place
from bot.services.identity import customers, sim
from bot.services.identity.contacts import fold_customer
from bot.services.office import notices, personal_numbers
from bot.services.office.notice_effects import may_extend
from bot.services.office.notices import Notice, NoticeKind
from bot.services.office.personal_numbers import PersonalNumber
from bot.storage.store import Tx

RELEASING = frozenset({Action.DSAR_ACCESS, Action.DSAR_PORTABILITY})  # their answers carry personal data (R17, R43)
# A code of a shared number is enough for these (R55); nobody has to prove who they are for the last three.
_CODE_SUFFICES = frozenset({Action.OBJECT_STATISTICS, Action.DSAR_OBJECTION})
_NO_PROOF = frozenset({Action.WITHDRAW_MARKETING, Action.CONTACT_DPO, Action.COMPLAINT})
_CLOSING = frozenset({NoticeKind.REFUSAL, NoticeKind.PARTLY, NoticeKind.ANSWER, NoticeKind.DECISION})
_ADVERTISING = re.compile(r"\b(?:reklam|marketing|promo|ofert)")
_NOTHING_ELSE = re.compile(
    r"(?:(?:(?:reklam|marketing|promo|ofert)\w*|te|e|kunder|ndaj|per|dhe|gjitha|krejt)(?:\s|$))+"
)
_SIGNATURE = re.compile(r"\b(?:nenshkr|firmos|e-?sign|signature)")
_ID_COPY = re.compile(r"\b(?:leternjoftim|pasaport|kart\w* (?:te |e )?identitet|patent\w* shofer)")


class Ground(enum.StrEnum):
    """Why a request is refused. The last one is never enough: Paysera's 31 asks for a signature, the law does not."""

    UNFOUNDED = "unfounded"
    EXCESSIVE = "excessive"
    IDENTITY = "identity"
    OTHERS = "others_rights"
    DUTY_TO_KEEP = "duty_to_keep"
    NOT_APPLICABLE = "not_applicable"
    OTHER = "other"
    SIGNATURE = "signature"


def known(tx: Tx, desk: Desk, reference: str) -> Stored:
    """Return a case, held until the transaction ends. Raises NotAllowedError where there is none, or no file any more.

    What was written to a file that was erased would never be erased (R45).
    """
    stored = case_file.locked(tx, desk, reference)
    if stored is None:
        raise NotAllowedError(
            "There is no request {reference}; `mburoja requests list` shows those there are.", reference=reference
        )
    if stored.erased_at is not None:
        raise NotAllowedError(
            "R45: the file of request {reference} was erased when its time was over; enter what came as a new request.",
            reference=reference,
        )
    return stored


def open_case(tx: Tx, desk: Desk, reference: str, act: str) -> Stored:
    """Return a case that is still to be answered, held. Raises NotAllowedError."""
    stored = known(tx, desk, reference)
    must_be_open(stored, act)
    return stored


def must_be_open(stored: Stored, act: str) -> None:
    """Refuse an act on a case that was closed."""
    if not stored.is_open:
        raise NotAllowedError(
            "{act}: request {reference} is closed ({state}), and what was told stands; "
            "only `reply`, `words` and `note` are possible, or a new request.",
            act=act,
            reference=stored.reference,
            state=stored.state.value,
        )


def undecided(tx: Tx, desk: Desk, reference: str, act: str) -> Stored:
    """Return an open case that no notice on its way is about to close. Raises NotAllowedError."""
    stored = open_case(tx, desk, reference, act)
    must_be_undecided(tx, desk, stored, act)
    return stored


def must_be_undecided(tx: Tx, desk: Desk, stored: Stored, act: str) -> None:
    """Refuse an act on a case that a notice on its way is about to close."""
    if any(notice.kind in _CLOSING for notice in undelivered(tx, desk, stored.reference)):
        raise NotAllowedError(
            "{act}: the notice that closes request {reference} is on its way and takes effect when it is delivered "
            "(R58); only `reply`, `words` and `note` are possible meanwhile.",
            act=act,
            reference=stored.reference,
        )


def undelivered(tx: Tx, desk: Desk, reference: str) -> list[Notice]:
    """Return the notices of a case that have not reached the person yet."""
    return [notice for notice in notices.of_case(tx, desk, reference) if notice.delivered_at is None]


def said(act: str, what: str, text: str) -> str:
    """Return a text that must be there, trimmed. Raises NotAllowedError."""
    if not text.strip():
        raise NotAllowedError(
            "{act}: {what} must be given, for the customer is told; nothing was sent.", act=act, what=what
        )
    return text.strip()


def carries_nothing_personal(tx: Tx, desk: Desk, stored: Stored, text: str) -> None:
    """Refuse a text with a number of a person in it, on file or not (R43); what was found is never named."""
    if stored.subject is not None and _on_file(tx, desk, stored.subject, text):
        raise NotAllowedError(
            "R43: a notice may be read in a chat, so it carries no personal data; leave the number out. "
            "Data go by the one-time link."
        )
    found = personal_numbers.find(text, desk.companies[stored.company].contact)
    if found:
        raise _NUMBERS[found]()


def _on_file(tx: Tx, desk: Desk, subject: str, text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    numbers = [re.sub(r"\D", "", number)[-8:] for number in customers.numbers_of(tx, desk, subject)]
    customer = fold_customer(customers.customer_number_of(tx, desk, subject))
    words = {fold_customer(word) for word in re.split(r"[\s,;:()]+", text)}
    return any(number and number in digits for number in numbers) or customer in words - {""}


_NUMBERS: Mapping[PersonalNumber, Callable[[], NotAllowedError]] = {
    PersonalNumber.PHONE: lambda: NotAllowedError(
        "R43: there is a phone number in the text, and a notice may be read in a chat; leave it out. "
        "Data go by the one-time link."
    ),
    PersonalNumber.PERSONAL: lambda: NotAllowedError(
        "R43: there is a number of ten digits in the text, as personal numbers are, and a notice may be read in a "
        "chat; leave it out. Data go by the one-time link."
    ),
    PersonalNumber.IBAN: lambda: NotAllowedError(
        "R43: there is an IBAN in the text, and a notice may be read in a chat; leave it out. "
        "Data go by the one-time link."
    ),
    PersonalNumber.CARD: lambda: NotAllowedError(
        "R43: there is the number of a card in the text, and a notice may be read in a chat; leave it out. "
        "Data go by the one-time link."
    ),
    PersonalNumber.LONG: lambda: NotAllowedError(
        "R43: there is a long number in the text, as of an account, and a notice may be read in a chat; leave it out. "
        "Data go by the one-time link."
    ),
}


def asks_for_no_copy(stored: Stored, text: str) -> None:
    """Refuse to ask a proven customer for an identity document (R37)."""
    if stored.identity is Identity.PROVEN and _ID_COPY.search(fold(text)):
        raise NotAllowedError(
            "R37: a proven customer is never asked for an identity document; record a second proof instead "
            "(`proof`: contract_facts, email_on_file, shop, call_back)."
        )


def is_about_marketing(stored: Stored) -> bool:
    """Tell whether a case is a withdrawal from, or an objection to, marketing and nothing else (R40)."""
    if stored.action is Action.WITHDRAW_MARKETING or Flag.ADS_AFTER_WITHDRAWAL in stored.flags:
        return True
    against = fold(stored.body.fields.get("against", ""))
    said = bool(_ADVERTISING.search(against) and _NOTHING_ELSE.fullmatch(against))
    return stored.action is Action.DSAR_OBJECTION and said


def mentions_marketing(stored: Stored) -> bool:
    """Tell whether an objection speaks of advertising, among other things perhaps."""
    if is_about_marketing(stored):
        return True
    texts = [*stored.body.fields.values(), *(words.text for words in stored.body.words)]
    return stored.action is Action.DSAR_OBJECTION and any(_ADVERTISING.search(fold(text)) for text in texts)


def not_marketing(stored: Stored, act: str) -> None:
    """Refuse an act that would deny somebody the end of marketing (R40)."""
    if is_about_marketing(stored):
        raise NotAllowedError(
            "{act}: R40: nobody can be refused the end of marketing; stop it, and tell so with `answer`.", act=act
        )


def may_refuse(stored: Stored, ground: Ground, reasons: str) -> None:
    """Refuse the refusals that are not allowed (R35, R40, R41). Raises NotAllowedError."""
    not_marketing(stored, "refuse")
    if mentions_marketing(stored):
        raise NotAllowedError(
            "refuse: R40: the objection speaks of advertising too, which must end; `partly` tells what is not done."
        )
    if stored.action in _CODE_SUFFICES:
        raise NotAllowedError(
            "refuse: R41: an objection is decided on recorded grounds; use `decide --reject` with compelling_grounds "
            "or legal_claims."
        )
    if ground is Ground.SIGNATURE or (ground in {Ground.OTHER, Ground.IDENTITY} and _SIGNATURE.search(fold(reasons))):
        raise NotAllowedError(
            "refuse: a missing signature alone is no ground for refusing; check who it is in another way (`proof`, "
            "`ask --about identity`), or give the ground that there is."
        )


def may_pause(desk: Desk, now: int, stored: Stored) -> None:
    """Refuse to stop a clock whose first month is over (R34)."""
    if not may_extend(desk, now, stored):
        raise NotAllowedError(
            "ask: R34: the clock may stop only inside the first month, which is over; ask with `--about other`, and "
            "the clock runs on."
        )


def may_release(tx: Tx, desk: Desk, place: Place, stored: Stored, act: str) -> None:
    """Refuse an answer before it is sure enough who gets it (R13, R17, R55). Raises NotAllowedError."""
    if needs_second_proof(stored) and stored.second_proof is None:
        raise NotAllowedError(
            "{act}: R17: a code may start a request, it never releases the answer; record a second proof first "
            "(`proof`: contract_facts, email_on_file, shop, call_back).",
            act=act,
        )
    if stored.action in RELEASING and stored.subject and sim.changed_lately(tx, desk, place.now, stored.subject):
        raise NotAllowedError(
            "{act}: R13: the SIM of a number on file was changed too short a time ago; answer when the quiet time "
            "is over.",
            act=act,
        )


def fits_its_way(act: str, stored: Stored, *, files: int, by_link: bool) -> None:
    """Refuse an answer whose files do not fit the way it takes (R43). Raises NotAllowedError."""
    if stored.action not in RELEASING:
        if files:
            raise NotAllowedError(
                "{act}: R43: only answers to access and portability have files; leave `--file` out, write the text.",
                act=act,
            )
    elif by_link and not files:
        raise NotAllowedError(
            "{act}: R43: the customer fetches this answer by a one-time link and a code; attach it with `--file`.",
            act=act,
        )
    elif files and not by_link:
        raise NotAllowedError(
            "{act}: R43: no number of the customer's own gets a code, so nobody could fetch the file; leave `--file` "
            "out, and send the answer to the address when the event `notice.to_send` comes.",
            act=act,
        )


def needs_second_proof(stored: Stored) -> bool:
    """Tell whether an answer waits for a second proof (R17), or for the first (R53, R55)."""
    if stored.action in RELEASING:
        return True
    if stored.action in _NO_PROOF or is_about_marketing(stored) or stored.identity is Identity.PROVEN:
        return False
    return not (stored.identity is Identity.SHARED and stored.action in _CODE_SUFFICES)


def clause(desk: Desk, stored: Stored, now: int, act: str, identity: str) -> str:
    """Return how a customer reads the name of a clause of the policy in force. Raises NotAllowedError for none."""
    text = desk.edition(stored.company, now).text
    if identity not in text:
        raise NotAllowedError(
            "{act}: {clause} is no clause of the policy of {company}; name the clause that the decision rests on.",
            act=act,
            clause=identity or "an empty id",
            company=stored.company,
        )
    label = text.passage(identity).label
    return f"pika {label}" if label[:1].isdigit() else label


def policy_facts(desk: Desk, stored: Stored, now: int, *clauses: str) -> dict[str, str | int]:
    """Return what the audit keeps of the clauses that a decision rests on, and of the text they stand in (R39)."""
    version = desk.edition(stored.company, now).text.version
    return {"clauses": " ".join(clauses), "policy": version.id, "policy_sha256": version.sha256}
