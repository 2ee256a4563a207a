"""What a customer can ask to be done; knows no words for it and no company."""

import enum


class Action(enum.StrEnum):
    """What a customer can ask to be done (the contract's words)."""

    WITHDRAW_MARKETING = "withdraw_marketing"
    OBJECT_STATISTICS = "object_statistics"
    DSAR_ACCESS = "dsar_access"
    DSAR_RECTIFICATION = "dsar_rectification"
    DSAR_ERASURE = "dsar_erasure"
    DSAR_RESTRICTION = "dsar_restriction"
    DSAR_OBJECTION = "dsar_objection"
    DSAR_PORTABILITY = "dsar_portability"
    HUMAN_REVIEW = "human_review"
    CONTACT_DPO = "contact_dpo"
    COMPLAINT = "complaint"
