"""What the console calls kinds, states, channels, flags, events, entries and acts; knows no page and no table.

Keys are the values of the enums that are stored. One that has no words yet is shown as it stands.
"""

import functools
from collections.abc import Mapping

from bot.console.pages import say


def kind(action: str) -> str:
    """Return what a kind of request (``Action``) is called."""
    return _kinds().get(action, action)


def state(state: str) -> str:
    """Return where a request stands (``CaseState``)."""
    return _states().get(state, state)


def channel(channel: str) -> str:
    """Return by which channel something came."""
    return _channels().get(channel, channel)


def identity(identity: str) -> str:
    """Return what is known of who filed a request (``Identity``)."""
    return _identities().get(identity, identity)


def second_proof(proof: str) -> str:
    """Return how it was checked a second time who somebody is (``SecondProof``)."""
    return _second_proofs().get(proof, proof)


def proof(identity_: str, second: str | None) -> str:
    """Return the level of proof: what the filing proved, and the second proof where there is one (R17)."""
    first = identity(identity_)
    return say("{first}, checked again: {second}").format(first=first, second=second_proof(second)) if second else first


def flag(flag: str) -> str:
    """Return what a flag (``Flag``) says."""
    return _flags().get(flag, flag)


def event_kind(kind: str) -> str:
    """Return what an event (``EventKind``) tells of."""
    return _events().get(kind, kind)


def escalation_kind(kind: str) -> str:
    """Return why a person must look (``Escalation``)."""
    return _escalations().get(kind, kind)


def entry_kind(kind: str) -> str:
    """Return what an entry of a time line tells of (``NoteKind``, and what the back office writes)."""
    return _entries().get(kind, kind)


def act_name(act: str) -> str:
    """Return what an act of the audit log (``Act``) is called."""
    return _acts().get(act, act)


def kinds() -> Mapping[str, str]:
    """Return the words of every kind of request, to choose from."""
    return _kinds()


def states() -> Mapping[str, str]:
    """Return the words of every state of a request."""
    return _states()


def channels() -> Mapping[str, str]:
    """Return the words of every channel."""
    return _channels()


def flags() -> Mapping[str, str]:
    """Return the words of every flag."""
    return _flags()


@functools.cache
def _kinds() -> Mapping[str, str]:
    return {
        "withdraw_marketing": say("Stop of advertising"),
        "object_statistics": say("Objection to statistics"),
        "dsar_access": say("Access to data"),
        "dsar_rectification": say("Correction of data"),
        "dsar_erasure": say("Erasure of data"),
        "dsar_restriction": say("Restriction of use"),
        "dsar_objection": say("Objection"),
        "dsar_portability": say("Carrying of data elsewhere"),
        "human_review": say("Review by a person"),
        "contact_dpo": say("Question to the DPO"),
        "complaint": say("Complaint"),
    }


@functools.cache
def _states() -> Mapping[str, str]:
    return {
        "received": say("received, not taken yet"),
        "in_progress": say("being worked on"),
        "waiting": say("waits for the customer"),
        "extended": say("extended"),
        "answered": say("answered"),
        "partly": say("answered in part"),
        "refused": say("refused"),
        "withdrawn": say("taken back by the customer"),
    }


@functools.cache
def _channels() -> Mapping[str, str]:
    return {
        "web": say("chat on the website"),
        "telegram": say("Telegram"),
        "terminal": say("terminal"),
        "email": say("e-mail"),
        "shop": say("shop"),
        "post": say("post"),
        "answer": say("page of the answer"),
        "office": say("back office"),
        "api": say("program of the company"),
        "house": say("Mburoja itself"),
    }


@functools.cache
def _identities() -> Mapping[str, str]:
    return {
        "proven": say("identity proven"),
        "shared": say("by a number that several share"),
        "pending": say("identity pending"),
    }


@functools.cache
def _second_proofs() -> Mapping[str, str]:
    return {
        "contract_facts": say("facts of the contract"),
        "email_on_file": say("e-mail on file"),
        "shop": say("in person in the shop"),
        "call_back": say("call to the number on file"),
    }


@functools.cache
def _flags() -> Mapping[str, str]:
    return {
        "other_person": say("for somebody else"),
        "firm": say("for a firm"),
        "identity_pending": say("identity pending"),
        "shared_number": say("number that several share"),
        "relationship_ended": say("no customer any more"),
        "no_signature": say("without electronic signature"),
        "erasure_limited": say("a part may have to be kept"),
        "second_access_this_year": say("second access request of the year"),
        "sim_changed": say("SIM changed lately"),
        "ads_after_withdrawal": say("advertising after the withdrawal"),
    }


@functools.cache
def _events() -> Mapping[str, str]:
    return {
        "consent.withdrawn": say("Withdrawal of consent"),
        "consent.granted": say("Consent given"),
        "marketing.stopped": say("Advertising to be stopped"),
        "statistics.restricted": say("Statistics to be restricted"),
        "statistics.lifted": say("Restriction of statistics lifted"),
        "request.filed": say("New request"),
        "request.joined": say("Asked for again"),
        "request.changed": say("Request changed"),
        "request.taken_back": say("Request taken back"),
        "escalation.opened": say("For a person"),
        "notice.to_send": say("Notice to be sent by hand"),
        "alarm.raised": say("Alarm"),
    }


@functools.cache
def _escalations() -> Mapping[str, str]:
    return {
        "hand_off": say("Wants to speak with a person"),
        "unanswered": say("Question without answer"),
        "asked_again": say("Asked again, the answer did not help"),
        "locked": say("Codes are locked"),
        "unrequested_code": say("Code that was not asked for"),
        "authority": say("An authority asks"),
        "press": say("The press asks"),
        "alarm": say("Alarm"),
    }


@functools.cache
def _entries() -> Mapping[str, str]:
    return {
        "filed": say("The request was filed"),
        "joined": say("Asked for the same again"),
        "words": say("The customer said more"),
        "resumed": say("The clock goes on"),
        "redirected": say("The answer shall go elsewhere"),
        "taken_back": say("The customer took the request back"),
        "answer_fetched": say("The customer fetched the answer"),
        "notice_delivered": say("The notice was delivered"),
        "lifting_scheduled": say("The end of the restriction is set"),
        "extension_too_late": say("The extension came too late"),
        "in_force": say("It took effect"),
        "recorded": say("Entered by hand"),
        "taken": say("Taken"),
        "given_back": say("Given back to the queue"),
        "replied": say("Reply to the customer"),
        "asked": say("Question to the customer"),
        "extended": say("Extension"),
        "proven": say("Second proof recorded"),
        "noted": say("Note"),
        "advised": say("Advice of the DPO"),
        "fee_warned": say("Warning of a fee"),
        "fee_decided": say("Decision on a fee"),
        "answered": say("Answer to the customer"),
        "partly_answered": say("Answer in part"),
        "refused": say("Refusal"),
        "decided": say("Decision"),
        "shared": say("The customer shared the conversation"),
        "unlocked": say("Codes unlocked"),
        "kept_erased": say("Kept part erased"),
        "exported": say("Case exported"),
        "program_in_progress": say("A program is at work on it"),
        "program_done": say("A program did its work; a person decides"),
        "program_failed": say("A program could not do it"),
    }


@functools.cache
def _acts() -> Mapping[str, str]:
    return {
        "code.requested": say("Code asked for"),
        "code.accepted": say("Code accepted"),
        "code.locked": say("Codes locked"),
        "code.reported": say("Code reported that was not asked for"),
        "proof.ended": say("Proof of identity ended"),
        "consent.withdrawn": say("Consent withdrawn"),
        "consent.granted": say("Consent granted"),
        "consent.imported": say("Consents imported"),
        "marketing.stopped": say("Advertising stopped"),
        "marketing.resumed": say("Advertising allowed again"),
        "statistics.objected": say("Objected to statistics"),
        "statistics.lifted": say("Restriction of statistics ended"),
        "request.filed": say("Request filed"),
        "request.joined": say("Request joined to an open one"),
        "request.recorded": say("Request entered by hand"),
        "request.taken": say("Request taken"),
        "request.asked": say("Customer asked"),
        "request.paused": say("Clock stopped"),
        "request.resumed": say("Clock resumed"),
        "request.extended": say("Time extended"),
        "request.answered": say("Request answered"),
        "request.partly_answered": say("Request answered in part"),
        "request.refused": say("Request refused"),
        "request.taken_back": say("Request withdrawn by the customer"),
        "request.decided": say("Request decided"),
        "request.proven": say("Identity checked a second time"),
        "request.noted": say("Note written"),
        "request.redirected": say("Answer redirected"),
        "answer.attached": say("Answer attached"),
        "answer.linked": say("Link to the answer made"),
        "answer.unlocked": say("Answer unlocked with a code"),
        "answer.fetched": say("Answer fetched"),
        "notice.sent": say("Notice sent"),
        "notice.delivered": say("Notice delivered"),
        "event.acknowledged": say("Acknowledged by the back office"),
        "escalation.opened": say("Put before a person"),
        "escalation.closed": say("Seen to by a person"),
        "escalation.converted": say("Hand-off made a request"),
        "customers.imported": say("Customers imported"),
        "conversation.forgotten": say("Conversation forgotten"),
        "retention.erased": say("Erased when its time was over"),
        "customer.unlocked": say("Customer unlocked"),
        "transcript.shared": say("Conversation shared"),
        "case.viewed": say("Case viewed"),
        "case.exported": say("Case exported as a file"),
        "case.advised": say("DPO's advice recorded"),
        "claim.taken_over": say("Work taken over"),
        "kept.erased": say("Kept part was erased"),
        "staff.added": say("Account added"),
        "staff.changed": say("Account changed"),
        "staff.disabled": say("Account disabled"),
        "staff.enrolled": say("Authenticator set up"),
        "staff.signed_in": say("Signed in"),
        "staff.signed_out": say("Signed out"),
        "staff.refused": say("Sign-in refused"),
        "staff.locked": say("Account locked"),
        "staff.unlocked": say("Account unlocked"),
        "staff.recovered": say("Recovery code used"),
        "question.seen_to": say("Question seen to"),
        "answer.approved": say("Answer approved"),
        "answer.switched_off": say("Answer switched off"),
        "answer.switched_on": say("Answer switched on"),
        "access.given": say("Access given to a program"),
        "access.revoked": say("Access taken from a program"),
        "secret.replaced": say("Secret of the database replaced"),
        "webhook.added": say("Webhook added"),
        "webhook.changed": say("Webhook changed"),
        "webhook.disabled": say("Webhook disabled"),
        "audit.viewed": say("Audit log viewed"),
        "audit.exported": say("Audit log exported"),
    }
