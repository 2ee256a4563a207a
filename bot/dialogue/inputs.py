"""The inputs that the table of transitions knows: everything that can happen to a conversation; decides nothing."""

import enum

from bot.dialogue.events import (
    AccountProven,
    ActDone,
    ActRefused,
    AnswerLinked,
    AnswerWithheld,
    CaseLocated,
    CasesRead,
    CodeAccepted,
    CodeDead,
    CodeRefused,
    CodeUnderWay,
    CodeWrong,
    ConsentsRead,
    ConversationShared,
    ConversationUnshared,
    Escalated,
    Filed,
    Noted,
    NothingSame,
    NothingToShare,
    OpenCasesFound,
    ProofMissing,
    Redirected,
    ReferenceWrong,
    SameFound,
    TakenBack,
)


class Input(enum.StrEnum):
    """What can happen to a conversation."""

    ARRIVED = "arrived"
    QUESTION = "question"  # a text that is answered: a question, small talk, something unknown
    WISH = "wish"  # a text or a button that wants something done
    WHOSE = "whose"  # a text about somebody else's data
    TEXT = "text"  # a text that the state asked for
    PICK = "pick"  # a choice that the state offered
    TOPIC = "topic"  # a choice of something to read
    COMPANY = "company"  # a choice of a company
    YES = "yes"
    NO = "no"
    ALL = "all"
    SKIP = "skip"
    CANCEL = "cancel"
    BACK = "back"
    MENU = "menu"
    NEW_CODE = "new_code"
    NO_CODE = "no_code"
    OTHER_NUMBER = "other_number"
    PRIVACY = "privacy"
    FORGET = "forget"
    ASK = "ask"  # wants to ask, and has not yet
    BOT = "bot"
    SHARE = "share"  # the officer shall read the conversation
    UNSHARE = "unshare"  # and no longer
    UNKNOWN = "unknown"  # written as a command, and none
    STALE = "stale"
    STAFF = "staff"
    BROUGHT = "brought"  # something that is no text
    LEFT = "left"  # the person wants to be forgotten and knows what that means
    # What came of an effect:
    CODE_UNDER_WAY = "code_under_way"
    CODE_REFUSED = "code_refused"
    CODE_ACCEPTED = "code_accepted"
    CODE_WRONG = "code_wrong"
    CODE_DEAD = "code_dead"
    ACCOUNT_PROVEN = "account_proven"
    PROOF_MISSING = "proof_missing"
    CONSENTS_READ = "consents_read"
    ACT_DONE = "act_done"
    ACT_REFUSED = "act_refused"
    CASES_READ = "cases_read"
    CASE_LOCATED = "case_located"
    REFERENCE_WRONG = "reference_wrong"
    SAME_FOUND = "same_found"
    NOTHING_SAME = "nothing_same"
    FILED = "filed"
    TAKEN_BACK = "taken_back"
    ANSWER_LINKED = "answer_linked"
    ANSWER_WITHHELD = "answer_withheld"
    ESCALATED = "escalated"
    OPEN_CASES_FOUND = "open_cases_found"
    REDIRECTED = "redirected"
    SHARED = "shared"
    UNSHARED = "unshared"
    NOT_SHARED = "not_shared"
    NOTED = "noted"


# Cards of intents that the dialogue takes in its own way.
KEEP_INTENT = "keep_data"  # "no, leave everything as it is"
WHOSE_INTENT = "other_person"
WISHES = frozenset(
    {
        "grant_marketing", "human", "request_status", "take_back_request", "ads_after_withdrawal", "unrequested_code",
        "press", "authority",
    }
)  # fmt: skip
RESULTS: dict[type, Input] = {
    CodeUnderWay: Input.CODE_UNDER_WAY,
    CodeRefused: Input.CODE_REFUSED,
    CodeAccepted: Input.CODE_ACCEPTED,
    CodeWrong: Input.CODE_WRONG,
    CodeDead: Input.CODE_DEAD,
    AccountProven: Input.ACCOUNT_PROVEN,
    ProofMissing: Input.PROOF_MISSING,
    ConsentsRead: Input.CONSENTS_READ,
    ActDone: Input.ACT_DONE,
    ActRefused: Input.ACT_REFUSED,
    CasesRead: Input.CASES_READ,
    CaseLocated: Input.CASE_LOCATED,
    ReferenceWrong: Input.REFERENCE_WRONG,
    SameFound: Input.SAME_FOUND,
    NothingSame: Input.NOTHING_SAME,
    Filed: Input.FILED,
    TakenBack: Input.TAKEN_BACK,
    AnswerLinked: Input.ANSWER_LINKED,
    AnswerWithheld: Input.ANSWER_WITHHELD,
    Escalated: Input.ESCALATED,
    OpenCasesFound: Input.OPEN_CASES_FOUND,
    Redirected: Input.REDIRECTED,
    ConversationShared: Input.SHARED,
    ConversationUnshared: Input.UNSHARED,
    NothingToShare: Input.NOT_SHARED,
    Noted: Input.NOTED,
}
