"""Puts a meaning into words: the answer, its quotes, what else might be asked; knows no channel.

``_`` is the catalogue's look-up (gettext); what is said about a clause comes from the company's answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.dialogue.reply import Block, Choice, Choices, Paragraph, Quote, Reply
from bot.dialogue.switches import Switches
from bot.nlu.foreign import Language
from bot.nlu.intents import Action, Kind
from bot.nlu.understand import MOST_CHOICES, Meaning
from bot.policy.company import Company, Edition

Translate = Callable[[str], str]


class Composer:
    """Composes replies in one language."""

    def __init__(self, _: Translate, switches: Switches | None = None) -> None:
        """Take the catalogue's look-up, and what is switched off at run time (None: nothing)."""
        self._ = _
        self._switches = switches or Switches()

    def meaning(self, meaning: Meaning, company: Company, edition: Edition) -> Reply:
        """Return the reply to a meaning about one company."""
        if meaning.action:
            return self._action(meaning, company, edition)
        topics = meaning.topics
        if meaning.card and not topics and meaning.card.id in company.acts:
            topics = (company.acts[meaning.card.id],)
        return self._topics(replace(meaning, topics=topics), company, edition)

    def topic(self, topic: str, company: Company, edition: Edition) -> Reply:
        """Return the answer to a topic that was picked from choices."""
        return self._topics(Meaning(kind=Kind.ANSWER, topics=(topic,), score=1.0), company, edition)

    def answered(self, topics: Sequence[str], company: Company, edition: Edition) -> tuple[str, ...]:
        """Return the topics that have an answer which is not switched off."""
        return tuple(t for t in topics if t in edition.answers and self._switches.tells(company, t))

    def _topics(self, meaning: Meaning, company: Company, edition: Edition) -> Reply:
        topics = self.answered(meaning.topics, company, edition)
        if topics:
            return self._answer(meaning, topics, company, edition)
        if meaning.topics:
            return self._switched_off(meaning, company)
        return self._without_topic(meaning, company, edition)

    def _answer(self, meaning: Meaning, topics: tuple[str, ...], company: Company, edition: Edition) -> Reply:
        answers = [edition.answers[t] for t in topics]
        blocks: list[Block] = [Paragraph(text=a.says) for a in answers]
        blocks += self._agency(topics, company)
        blocks += _quotes(topics, company, edition)
        blocks += self._more(meaning.near, topics, company, edition)
        return Reply(
            kind=Kind.SILENT if all(a.silent for a in answers) else Kind.ANSWER,
            company=company.id,
            action=None,
            blocks=tuple(blocks),
            topics=topics,
            score=meaning.score,
        )

    def _agency(self, topics: Sequence[str], company: Company) -> list[Block]:
        """Name the authority as it is called today, where an answer speaks of it (R44)."""
        agency = company.agency
        if not agency or not agency.topics.intersection(topics):
            return []
        said = self._("Today this authority is called {name}.").format(name=agency.name)
        if not agency.confirmed:
            said += " " + self._("(This name is not from the policy and is yet to be confirmed.)")
        return [Paragraph(text=said)]

    def _more(self, near: Sequence[str], topics: Sequence[str], company: Company, edition: Edition) -> list[Block]:
        """Offer what else might have been meant, else what is asked next; three at most."""
        offered = [t for t in self.answered(near, company, edition) if t not in topics]
        prompt = self._("Or did you want to know:")
        if not offered:
            offered = [t for topic in topics for t in self.answered(edition.answers[topic].then, company, edition)]
            prompt = self._("You may also ask:")
        picked = list(dict.fromkeys(t for t in offered if t not in topics))
        items = tuple(Choice(label=edition.answers[t].label, value=f"{company.id}/{t}") for t in picked[:MOST_CHOICES])
        return [Choices(prompt=prompt, items=items)] if items else []

    def _action(self, meaning: Meaning, company: Company, edition: Edition) -> Reply:
        action = meaning.action or Action.CONTACT_DPO
        understood = self._("I understood: {act}, at {company}. Nothing has been done yet.")
        says = understood.format(act=self._act(action), company=company.name)
        blocks: list[Block] = [Paragraph(text=says)]
        topics = self.answered((company.acts.get(action, ""),), company, edition)
        blocks += [Paragraph(text=edition.answers[topic].says) for topic in topics]
        blocks.append(Paragraph(text=company.contact))
        blocks += _quotes(topics, company, edition)
        return Reply(
            kind=Kind.ACTION,
            company=company.id,
            action=action,
            blocks=tuple(blocks),
            topics=topics,
            score=meaning.score,
        )

    def _act(self, action: Action) -> str:
        _ = self._
        names = {
            Action.WITHDRAW_MARKETING: _("you want the advertising stopped"),
            Action.OBJECT_STATISTICS: _("you object to your data being used for statistics and analysis"),
            Action.DSAR_ACCESS: _("you ask for a copy of your data"),
            Action.DSAR_RECTIFICATION: _("you ask for your data to be corrected"),
            Action.DSAR_ERASURE: _("you ask for your data to be erased"),
            Action.DSAR_RESTRICTION: _("you ask for the use of your data to be restricted"),
            Action.DSAR_OBJECTION: _("you object to your data being processed"),
            Action.DSAR_PORTABILITY: _("you ask for your data in a file that can be carried elsewhere"),
            Action.HUMAN_REVIEW: _("you ask for a person to review an automated decision"),
            Action.CONTACT_DPO: _("you want to reach the data protection officer"),
            Action.COMPLAINT: _("you want to make a complaint"),
        }
        return names[action]

    def _switched_off(self, meaning: Meaning, company: Company) -> Reply:
        said = self._("I may not answer this at the moment. A person answers it:")
        return Reply(
            kind=Kind.HANDOFF,
            company=company.id,
            action=None,
            blocks=(Paragraph(text=said), Paragraph(text=company.contact)),
            score=meaning.score,
        )

    def _without_topic(self, meaning: Meaning, company: Company, edition: Edition) -> Reply:
        says = meaning.card.says if meaning.card else ""
        blocks: list[Block] = [Paragraph(text=says or self._("I found nothing about this in the policy."))]
        if meaning.kind is Kind.HANDOFF:
            blocks.append(Paragraph(text=company.contact))
        if meaning.kind is Kind.OUTOFSCOPE and not meaning.card:
            blocks += self._more(meaning.near, (), company, edition)
        return Reply(kind=meaning.kind, company=company.id, action=None, blocks=tuple(blocks), score=meaning.score)

    def which_company(self, companies: Sequence[Company]) -> Reply:
        """Ask which company is meant."""
        question = self._("Which company do you mean? Each has its own policy, and I keep them apart.")
        items = tuple(Choice(label=c.name, value=c.id) for c in companies)
        blocks: list[Block] = [Paragraph(text=question)]
        if items:
            blocks.append(Choices(prompt=self._("Choose:"), items=items))
        return Reply(kind=Kind.CLARIFY, company=None, action=None, blocks=tuple(blocks))

    def shared(self, meaning: Meaning, companies: Sequence[Company]) -> Reply:
        """Reply to small talk, hand-off or an off-topic message where no company is known."""
        says = meaning.card.says if meaning.card else ""
        blocks: list[Block] = [Paragraph(text=says or self._("I found nothing about this in the policy."))]
        if meaning.kind is Kind.HANDOFF:
            blocks += [Paragraph(text=f"{c.name}: {c.contact}") for c in companies]
        return Reply(kind=meaning.kind, company=None, action=None, blocks=tuple(blocks), score=meaning.score)

    def foreign(self, language: Language, companies: Sequence[Company]) -> Reply:
        """Answer a message in another language with its one line."""
        blocks = [Paragraph(text=language.says)]
        if language.with_contact:
            blocks += [Paragraph(text=f"{c.name}: {c.contact}") for c in companies]
        company = companies[0].id if len(companies) == 1 else None
        return Reply(kind=Kind.OUTOFSCOPE, company=company, action=None, blocks=tuple(blocks))

    def empty(self, company: str | None) -> Reply:
        """Answer a message without a readable word."""
        said = self._("I could not read a question there. Please write what you want to know about your data.")
        return Reply(kind=Kind.CLARIFY, company=company, action=None, blocks=(Paragraph(text=said),))

    def too_long(self, company: str | None, most: int) -> Reply:
        """Answer a message above the limit."""
        said = self._("The message is too long for me. Please ask in at most {most} characters.")
        return Reply(kind=Kind.CLARIFY, company=company, action=None, blocks=(Paragraph(text=said.format(most=most)),))


def _quotes(topics: tuple[str, ...], company: Company, edition: Edition) -> list[Block]:
    return [Quote(passage=p, source=f"{company.name} · {p.label}") for p in edition.cited(topics)]
