"""Carries out the dialogue's effects: one service for each; knows no rule of its own."""

from collections.abc import Callable
from typing import Any

from bot.dialogue import effects
from bot.dialogue.effects import Effect
from bot.dialogue.events import Event
from bot.services.casework import answer_links, escalations, filing, redirecting, requests, sharing
from bot.services.decisions import consents, objections, suppressions, taking_back
from bot.services.desk import Desk, Place
from bot.services.identity import otp, proofs
from bot.storage.store import Tx


def perform(tx: Tx, desk: Desk, place: Place, effect: Effect) -> Event:
    """Carry an effect out on the open transaction and return what came of it."""
    if isinstance(effect, effects.EndProofs):
        return proofs.end_all(tx, desk, place)
    return _SERVICES[type(effect)](tx, desk, place, effect)


# Each takes its own effect; the types are held together by tests/services/test_performing.py.
_SERVICES: dict[type, Callable[[Tx, Desk, Place, Any], Event]] = {
    effects.OpenChallenge: otp.open_challenge,
    effects.RedeemCode: otp.redeem,
    effects.UseAccount: proofs.use_account,
    effects.ReportCode: otp.report,
    effects.ReadConsents: consents.read,
    effects.Withdraw: consents.withdraw,
    effects.Grant: consents.grant,
    effects.StopMarketing: suppressions.stop_marketing,
    effects.ObjectStatistics: objections.object_statistics,
    effects.LiftStatistics: objections.lift_statistics,
    effects.FindSame: filing.find_same,
    effects.FileRequest: filing.file,
    effects.ReadCases: requests.read_cases,
    effects.LocateCase: requests.locate,
    effects.LinkAnswer: answer_links.link_answer,
    effects.TakeBack: taking_back.take_back,
    effects.AddToCase: requests.add_words,
    effects.Escalate: escalations.escalate,
    effects.FindOpenCases: redirecting.find_open,
    effects.Redirect: redirecting.redirect,
    effects.ShareConversation: sharing.share_conversation,
    effects.UnshareConversation: sharing.unshare_conversation,
}
