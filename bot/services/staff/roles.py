"""What an account may do: roles, permissions, and which has which; knows no table and no page.

The DPO must not both advise and decide where the law keeps these apart (GDPR 38(6)): a company's setting says which it
is, ``Decides.CONTROLLER`` leaves deciding to a decider and gives the DPO an advice on record instead.
"""

import enum
from collections.abc import Mapping
from types import MappingProxyType

from bot.policy.company import Decides


class Role(enum.StrEnum):
    """What an account is at a company."""

    DPO = "dpo"
    DECIDER = "decider"
    CLERK = "clerk"
    READER = "reader"


class Permission(enum.StrEnum):
    """What may be done; every page and every act of the console needs one."""

    FIGURES = "figures"  # counts and times, nothing of a person
    QUEUE = "queue"  # the queue and the cases with what stands in them
    WORK = "work"  # take, claim, ask, reply, note, prove, enter what came, acknowledge, close an escalation
    DECIDE = "decide"  # answer, answer partly, refuse, extend, fee, decide an objection
    ADVISE = "advise"  # the DPO's advice to whoever decides
    KNOWLEDGE = "knowledge"  # what the bot could not answer, its answers and their approval
    AUDIT = "audit"  # the log of acts, a case as a file for the agency


_ALWAYS: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.READER: frozenset({Permission.FIGURES}),
        Role.CLERK: frozenset({Permission.FIGURES, Permission.QUEUE, Permission.WORK}),
        Role.DECIDER: frozenset({Permission.FIGURES, Permission.QUEUE, Permission.WORK, Permission.DECIDE}),
        Role.DPO: frozenset(set(Permission) - {Permission.DECIDE}),
    }
)


def may(role: Role, permission: Permission, decides: Decides) -> bool:
    """Tell whether a role has a permission at a company where ``decides`` decides."""
    if role is Role.DPO and permission is Permission.DECIDE:
        return decides is Decides.DPO
    return permission in _ALWAYS[role]
