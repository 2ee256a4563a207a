"""What can be begun here is offered with the answer that tells how it is done; what a yes to that begins. Pure."""

from collections.abc import Iterator

from bot.dialogue.asking import Blocks, choices
from bot.dialogue.facts import Facts
from bot.dialogue.naming import act_button, request_button
from bot.dialogue.reply import Reply
from bot.dialogue.state import Act, Form, Offer, State
from bot.nlu.intents import ASKED
from bot.policy.actions import Action
from bot.policy.company import Company

_AT_ONCE = {Action.WITHDRAW_MARKETING: Act.WITHDRAW, Action.OBJECT_STATISTICS: Act.OBJECT}  # no request, nobody decides


def acts_offered(reply: Reply, beside: Action | None, facts: Facts) -> Blocks:
    """Return the choice of what an answer tells of and this conversation can begin; nothing where there is none.

    ``beside`` is what was ordered in the same message: it is offered first, and not done unasked.
    """
    company = facts.company(reply.company) if reply.company else None
    explained = list(_explained(reply, company)) if company and reply.kind in ASKED else []
    acts = list(dict.fromkeys([*([beside] if beside else []), *explained[:1]]))
    items = [_button(facts, act, named=act is beside) for act in acts]
    if company and not explained and reply.kind in ASKED:
        items += _withdrawal_of_one(reply, company, facts)
    if not items:
        return []
    at_once = not acts or acts[0] in _AT_ONCE
    return [choices(facts.say("I can do it here:") if at_once else facts.say("You can make the request here:"), items)]


def offered_act(form: Form, turn: int, seq: int) -> Offer | None:
    """Return the one act that was offered with the answer to the last question, in the reply ``seq``; None elsewhere.

    ``turn`` is the present one. Where two acts were offered a yes says nothing; and to what stands in other replies
    (a request that could be taken back, a consent that was left alone) it may be no more than "I see".
    """
    if form.state is not State.OPEN or form.asked is None or form.asked.turn != turn - 1:
        return None
    acts = {offer.value: offer for offer in form.offers if offer.seq == seq and offer.value.startswith("do:")}
    return next(iter(acts.values())) if len(acts) == 1 else None


def _explained(reply: Reply, company: Company) -> Iterator[Action]:
    """Give the acts that the answer explains, in the order of its topics."""
    by_topic = {company.acts[act]: act for act in Action if act in company.acts}
    for topic in reply.topics:
        if topic in by_topic:
            yield by_topic[topic]


def _button(facts: Facts, action: Action, *, named: bool) -> tuple[str, str]:
    """Return the button of an act; one that was ordered is called as it was ordered."""
    act = _AT_ONCE.get(action)
    if act is None or named:
        return request_button(facts, action), f"do:{action}"
    return act_button(facts, act), f"do:{act}"


def _withdrawal_of_one(reply: Reply, company: Company, facts: Facts) -> list[tuple[str, str]]:
    """Offer to withdraw the consent that an answer is about, if it is about one."""
    cited = {passage.clause for passage in reply.passages}
    named = [purpose for purpose in company.rights.purposes if cited.intersection(purpose.clauses)]
    return [(facts.say("Withdraw «{name}»", name=p.label), f"do:withdraw/{p.id}") for p in named if len(named) == 1]
