"""What acts, requests, states and consents are called in front of a customer; knows no step of the dialogue."""

from bot.dialogue.events import CaseState, ConsentState
from bot.dialogue.facts import Facts
from bot.dialogue.state import Act
from bot.policy.actions import Action

REQUESTS = (
    Action.DSAR_ACCESS,
    Action.DSAR_RECTIFICATION,
    Action.DSAR_ERASURE,
    Action.DSAR_RESTRICTION,
    Action.DSAR_PORTABILITY,
    Action.DSAR_OBJECTION,
    Action.HUMAN_REVIEW,
    Action.COMPLAINT,
    Action.CONTACT_DPO,
)


def request_name(facts: Facts, action: Action) -> str:
    """Return what a request is called, as a noun."""
    _ = facts.house.translate
    names = {
        Action.WITHDRAW_MARKETING: _("Stopping the advertising"),
        Action.OBJECT_STATISTICS: _("Objection to statistics and analysis"),
        Action.DSAR_ACCESS: _("Copy of the data"),
        Action.DSAR_RECTIFICATION: _("Correction of data"),
        Action.DSAR_ERASURE: _("Erasure of data"),
        Action.DSAR_RESTRICTION: _("Restriction of the use of data"),
        Action.DSAR_PORTABILITY: _("Data in a file that can be carried elsewhere"),
        Action.DSAR_OBJECTION: _("Objection to a processing"),
        Action.HUMAN_REVIEW: _("Review of an automated decision by a person"),
        Action.COMPLAINT: _("Complaint"),
        Action.CONTACT_DPO: _("Question to the data protection officer"),
    }
    return names[action]


def request_button(facts: Facts, action: Action) -> str:
    """Return a request's name as it fits onto a button of a phone."""
    if action is Action.OBJECT_STATISTICS:
        return facts.say("Object to statistics and analysis")
    if action is Action.CONTACT_DPO:
        return facts.say("Question to the officer")
    return request_name(facts, action)


def act_button(facts: Facts, act: Act) -> str:
    """Return what a button says that begins an act."""
    _ = facts.house.translate
    labels = {Act.OBJECT: _("Object to statistics and analysis"), Act.WITHDRAW: _("Withdraw a consent")}
    return labels[act] if act in labels else act_name(facts, act, None)


def act_name(facts: Facts, act: Act, action: Action | None) -> str:
    """Return what an act under way is called, as a noun."""
    _ = facts.house.translate
    if act is Act.REQUEST and action:
        return request_name(facts, action)
    names = {
        Act.SEE_CONSENTS: _("Your consents"),
        Act.WITHDRAW: _("Withdrawal of consent"),
        Act.GRANT: _("Giving consent"),
        Act.STOP: _("Stopping the advertising"),
        Act.OBJECT: _("Objection to statistics and analysis"),
        Act.LIFT: _("Taking the objection back"),
        Act.REQUEST: _("A request"),
        Act.SEE_CASES: _("Your requests"),
        Act.TAKE_BACK: _("Taking a request back"),
    }
    return names[act]


def case_state(facts: Facts, state: CaseState) -> str:
    """Return where a request stands."""
    _ = facts.house.translate
    names = {
        CaseState.RECEIVED: _("received"),
        CaseState.IN_PROGRESS: _("in progress"),
        CaseState.WAITING: _("waiting for your answer"),
        CaseState.EXTENDED: _("extended"),
        CaseState.ANSWERED: _("answered"),
        CaseState.PARTLY: _("answered in part"),
        CaseState.REFUSED: _("refused"),
        CaseState.WITHDRAWN: _("taken back by you"),
    }
    return names[state]


def consent_state(facts: Facts, state: ConsentState, since: int | None) -> str:
    """Return what is on record for a consent, with its day where that is known."""
    _ = facts.house.translate
    if state is ConsentState.UNKNOWN:
        return _("not known here")
    if state is ConsentState.NOT_GIVEN:
        return _("not given")
    if since is None:
        return _("given, the day is not known") if state is ConsentState.GIVEN else _("withdrawn")
    day = facts.date(since)
    if state is ConsentState.GIVEN:
        return facts.say("given since {day}", day=day)
    return facts.say("withdrawn on {day}", day=day)


_RECORDED = {
    "consent.withdrawn": Act.WITHDRAW,
    "consent.granted": Act.GRANT,
    "marketing.stopped": Act.STOP,
    "statistics.objected": Act.OBJECT,
    "statistics.lifted": Act.LIFT,
}


def recorded_name(facts: Facts, act: str) -> str:
    """Return what an act is called that stands on a receipt in the audit log's words."""
    return act_name(facts, _RECORDED[act], None)
