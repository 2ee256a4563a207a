"""Every figure of the console, in the order in which they are shown; reads nothing and draws nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from bot.console import words
from bot.console.figures import numbers
from bot.console.figures.drawing import Bars, Chart
from bot.console.figures.numbers import Days, Share
from bot.console.figures.shown import Shown, counted, series, share_of, shares
from bot.console.pages import say, when
from bot.dialogue.effects import Escalation
from bot.policy.actions import Action
from bot.services.casework.escalations import State
from bot.services.figures.counting import Age, Code, Figures, Outcome, Stands

_WAITING = ("consent.withdrawn", "marketing.stopped", "statistics.restricted")


def every(figures: Figures) -> tuple[Shown, ...]:
    """Return every figure."""
    return tuple(make(figures) for make in _MAKERS.values())


def one(figures: Figures, name: str) -> Shown | None:
    """Return one figure by its name, or None."""
    make = _MAKERS.get(name)
    return make(figures) if make else None


def _kinds(figures: Figures) -> Shown:
    stages: Sequence[tuple[str, frozenset[str]]] = (
        (say("still open"), frozenset({"received", "in_progress", "waiting", "extended"})),
        (words.state("answered"), frozenset({"answered"})),
        (words.state("partly"), frozenset({"partly"})),
        (words.state("refused"), frozenset({"refused"})),
        (words.state("withdrawn"), frozenset({"withdrawn"})),
    )
    kinds = [action.value for action in Action if any(kind == action.value for kind, _ in figures.received)]
    many = [
        [sum(each for (of, state), each in figures.received.items() if of == kind and state in states)
         for _, states in stages]
        for kind in kinds
    ]  # fmt: skip
    total = sum(map(sum, many))
    return counted(
        name="kinds",
        title=say("Requests by kind and state"),
        said=say("{count} requests came in this time, of {kinds} kinds.").format(
            count=numbers.count(total), kinds=numbers.count(len(kinds))
        ),
        how=say("Counted by the day on which the request came; the state is today’s."),
        head=say("Kind"),
        labels=[words.kind(kind) for kind in kinds],
        names=[name for name, _ in stages],
        many=many,
        bars=Bars.LYING_STACKED,
    )


def _months(figures: Figures) -> Shown:
    came, went = sum(each.received for each in figures.months), sum(each.closed for each in figures.months)
    short = [numbers.short_month(each.part.first) for each in figures.months]
    return counted(
        name="months",
        title=say("Received and closed by month"),
        said=say("{came} requests came, {went} were closed.").format(
            came=numbers.count(came), went=numbers.count(went)
        ),
        how=say("Closed are those that were answered, refused or taken back in the month, whenever they came."),
        head=say("Month"),
        labels=[numbers.month(each.part.first) for each in figures.months],
        names=[say("received"), say("closed")],
        many=[[each.received, each.closed] for each in figures.months],
        bars=Bars.BESIDE,
        short=short,
    )


def _days(figures: Figures) -> Shown:
    kinds = [action.value for action in Action if action.value in figures.tenths]
    spreads = {kind: spread for kind in kinds if (spread := figures.spread(kind))}
    every = figures.spread()
    columns = (say("Kind"), say("answered in all"), say("days, in the middle"), say("days, the worst"))
    rows = tuple((words.kind(kind), each.count, Days(each.median), Days(each.worst)) for kind, each in spreads.items())
    said = say("Nothing was answered in this time.")
    if every:
        said = say("Half were answered within {median} days; the longest took {worst} days.").format(
            median=numbers.days(every.median), worst=numbers.days(every.worst)
        )
    return Shown(
        name="days",
        title=say("Days to answer"),
        said=said,
        how=say(
            "From the receipt to the delivery of the answer; the time for which the clock stood still is taken off."
        ),
        columns=columns,
        rows=rows,
        sum=(say("All"), every.count, Days(every.median), Days(every.worst)) if every else (),
        chart=Chart(
            title=say("Days to answer"),
            bars=Bars.LYING,
            labels=tuple(words.kind(kind) for kind in spreads),
            series=(
                series(columns[2], [Days(each.median) for each in spreads.values()], 0),
                series(columns[3], [Days(each.worst) for each in spreads.values()], 1),
            ),
            ticks=numbers.ticks(every.worst if every else 0),
            nothing=said,
        ),
    )


def _on_time(figures: Figures) -> Shown:
    kinds = [action.value for action in Action if action.value in figures.punctual]
    every = figures.on_time()
    answered = every.on_time + every.late
    said = say("Nothing was answered in this time.")
    if answered:
        said = say("{share} were answered by their due date: {on_time} of {count}.").format(
            share=numbers.share(every.share), on_time=numbers.count(every.on_time), count=numbers.count(answered)
        )
    columns = (say("Kind"), say("on time"), say("late"), say("share on time"))
    told = [(words.kind(kind), figures.punctual[kind]) for kind in kinds]
    return Shown(
        name="on-time",
        title=say("Answered on time"),
        said=said,
        how=say("On time is what was delivered by the due date that held then, pauses and extension included."),
        columns=columns,
        rows=tuple((name, each.on_time, each.late, Share(each.share)) for name, each in told),
        sum=(say("All"), every.on_time, every.late, Share(every.share)) if answered else (),
        chart=Chart(
            title=say("Answered on time"),
            bars=Bars.LYING,
            labels=tuple(name for name, _ in told),
            series=(series(columns[3], [Share(each.share) for _, each in told], 0),),
            ticks=numbers.ticks(100, lambda percent: numbers.share(percent / 100)),
            nothing=said,
        ),
    )


def _open(figures: Figures) -> Shown:
    ages: Mapping[Age, str] = {
        Age.WEEK: say("up to 7 days"),
        Age.FORTNIGHT: say("8 to 14 days"),
        Age.MONTH: say("15 to 30 days"),
        Age.TWO_MONTHS: say("31 to 60 days"),
        Age.QUARTER: say("61 to 90 days"),
        Age.OLDER: say("more than 90 days"),
    }
    stands: Mapping[Stands, str] = {
        Stands.IN_TIME: say("in time"),
        Stands.PAUSED: say("the clock stands still"),
        Stands.LATE: say("past the due date"),
    }
    late = sum(each for (_, how), each in figures.open.items() if how is Stands.LATE)
    return counted(
        name="open",
        title=say("Open now, by age"),
        said=say("{count} requests are open now, {late} of them late.").format(
            count=numbers.count(sum(figures.open.values())), late=numbers.count(late)
        ),
        how=say("As it stands now, whatever time is chosen above."),
        head=say("Age"),
        labels=list(ages.values()),
        names=list(stands.values()),
        many=[[figures.open.get((age, how), 0) for how in stands] for age in ages],
        bars=Bars.LYING_STACKED,
        colours=(0, 4, 3),
    )


def _withdrawals(figures: Figures) -> Shown:
    waiting = [(kind, figures.waiting.get(kind)) for kind in _WAITING]
    many = [[each.count - each.late, each.late] if each else [0, 0] for _, each in waiting]
    total = sum(map(sum, many))
    oldest = min((each.oldest for _, each in waiting if each), default=None)
    said = say("Every withdrawal was acknowledged.")
    if total:
        said = say("{count} withdrawals wait to be acknowledged; the oldest came on {oldest}.").format(
            count=numbers.count(total), oldest=when(oldest)
        )
    made = counted(
        name="withdrawals",
        title=say("Withdrawals that were not acknowledged"),
        said=said,
        how=say("As it stands now. Past 24 hours an acknowledgement is late."),
        head=say("What"),
        labels=[words.event_kind(kind) for kind in _WAITING],
        names=[say("within 24 hours"), say("longer than 24 hours")],
        many=many,
        bars=Bars.LYING_STACKED,
        colours=(0, 3),
    )
    ends = [when(each.oldest) if each else "–" for _, each in waiting]
    return replace(
        made,
        columns=(*made.columns, say("oldest")),
        rows=tuple((*row, end) for row, end in zip(made.rows, ends, strict=True)),
        sum=(*made.sum, when(oldest)) if made.sum else (),
    )


def _questions(figures: Figures) -> Shown:
    outcomes: Mapping[Outcome, str] = {
        Outcome.ANSWERED: say("answered from the policy"),
        Outcome.SILENT: say("the policy does not say"),
        Outcome.HANDED_OVER: say("handed over to a person"),
        Outcome.NOT_UNDERSTOOD: say("not understood"),
    }
    total = sum(figures.questions.values())
    how = say("Counted since the console was set up, once a minute; a few may be missing where the server was killed.")
    if figures.unplaced_questions:
        named = say("{count} more named no company.").format(count=numbers.count(figures.unplaced_questions))
        how = f"{how} {named}"
    return shares(
        name="questions",
        title=say("Questions to the bot"),
        said=say("{count} questions came; {share} were answered from the policy.").format(
            count=numbers.count(total), share=numbers.share(share_of(figures.questions.get(Outcome.ANSWERED, 0), total))
        ),
        how=how,
        head=say("What came of it"),
        many={name: figures.questions.get(outcome, 0) for outcome, name in outcomes.items()},
    )


def _codes(figures: Figures) -> Shown:
    stages: Mapping[Code, str] = {
        Code.ASKED: say("asked for"),
        Code.SENT: say("sent to a number on file"),
        Code.USED: say("redeemed"),
    }
    sent, used = figures.codes.get(Code.SENT, 0), figures.codes.get(Code.USED, 0)
    said = say("No code was sent in this time.")
    if sent:
        said = say("{sent} codes were sent; {share} of them were redeemed.").format(
            sent=numbers.count(sent), share=numbers.share(used / sent)
        )
    made = counted(
        name="codes",
        title=say("Codes by SMS"),
        said=said,
        how=say("Counted since the console was set up, when a code is over. Who is no customer is sent none."),
        head=say("How far"),
        labels=list(stages.values()),
        names=[say("codes")],
        many=[[figures.codes.get(stage, 0)] for stage in stages],
        bars=Bars.LYING,
    )
    return replace(made, sum=(say("share of those sent"), share_of(used, sent)) if sent else ())


def _hand_offs(figures: Figures) -> Shown:
    states: Mapping[State, str] = {
        State.OPEN: say("still open"),
        State.CLOSED: say("seen to"),
        State.CONVERTED: say("became a request"),
    }
    kinds = [kind.value for kind in Escalation if any(of == kind.value for of, _ in figures.escalations)]
    many = [[figures.escalations.get((kind, state.value), 0) for state in states] for kind in kinds]
    return counted(
        name="hand-offs",
        title=say("Matters for a person"),
        said=say("{count} matters were put before a person.").format(count=numbers.count(sum(map(sum, many)))),
        how=say("Counted by the day on which they came."),
        head=say("Why"),
        labels=[words.escalation_kind(kind) for kind in kinds],
        names=list(states.values()),
        many=many,
        bars=Bars.LYING_STACKED,
    )


_MAKERS: Mapping[str, Callable[[Figures], Shown]] = {
    "kinds": _kinds,
    "months": _months,
    "days": _days,
    "on-time": _on_time,
    "open": _open,
    "withdrawals": _withdrawals,
    "questions": _questions,
    "codes": _codes,
    "hand-offs": _hand_offs,
}
