"""The lines of the queue as they are read: words beside every mark, and where each leads; knows no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.console import due, words
from bot.console.door import HOME
from bot.console.pages import day, say, when
from bot.services.office.worklist_items import Item, Tone, What

_MARKS = {Tone.LATE: "late", Tone.SOON: "soon", Tone.NEAR: "near", Tone.FINE: "fine"}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line in words. ``mark`` is the tone of ``time``; ``notes`` stand below the state.

    ``takes`` is where the form goes that takes the request; empty: there is nothing to take. ``seen`` is its edition.
    """

    key: str
    item: Item
    href: str
    name: str
    what: str
    company: str
    time: str
    mark: str
    date: str
    target: bool
    state: str
    notes: Sequence[str]
    who: Sequence[str]
    came: str
    channel: str
    proof: str
    flags: Sequence[str]
    takes: str
    seen: int


def line(item: Item, company: str, *, takes: bool, seen: int, me: str) -> Line:
    """Return a line. ``company`` is its name, ``takes``: whoever looks may take it, ``me`` is their login."""
    return Line(
        key=item.key,
        item=item,
        href=address(item),
        name=item.reference or say("without a number"),
        what=_what(item),
        company=company,
        time=due.words(item.days, late=item.late),
        mark="quiet" if item.paused_since is not None and not item.late else _MARKS[item.tone],
        date=when(item.due_at) if item.due_at is not None else day(item.due),
        target=not item.confirmed,
        state=_state(item),
        notes=_notes(item),
        who=_who(item, me),
        came=due.came(item.received_at, item.channel),
        channel=words.channel(item.channel) if item.channel else "",
        proof=words.proof(item.identity, item.second_proof) if item.identity else "",
        flags=[words.flag(flag) for flag in item.flags if flag != "identity_pending"],  # its proof says that
        takes=f"{HOME}/cases/{item.reference}/take" if takes and item.what is What.REQUEST and item.is_new else "",
        seen=seen,
    )


def address(item: Item) -> str:
    """Return where a line leads."""
    match item.what:
        case What.PERSON:
            return f"{HOME}/escalations/{item.reference}"
        case What.WITHDRAWAL | What.ALARM:
            return f"{HOME}/events/{item.event}"
        case _:
            return f"{HOME}/cases/{item.reference}"


def _what(item: Item) -> str:
    match item.what:
        case What.REQUEST:
            return words.kind(item.kind)
        case What.PERSON:
            return words.escalation_kind(item.kind)
        case What.KEPT:
            return say("Kept part, to be erased")
        case _:
            return words.event_kind(item.kind)


def _state(item: Item) -> str:
    match item.what:
        case What.REQUEST:
            return words.state(item.state or "")
        case What.PERSON:
            return say("for a person")
        case What.WITHDRAWAL:
            return say("not applied yet")
        case What.NOTICE:
            return say("not sent yet")
        case What.ALARM:
            return say("not seen to yet")
        case What.KEPT:
            return say("its time to be kept is over")


def _notes(item: Item) -> list[str]:
    notes = []
    if item.paused_since is not None:
        notes.append(say("the clock stands still since {day}").format(day=when(item.paused_since)))
    if item.waits_long:
        notes.append(say("waits for too long"))
    return notes


def _who(item: Item, me: str) -> list[str]:
    said = []
    if item.taken_by:
        said.append(say("yours") if item.taken_by == me else say("{who} has it").format(who=item.taken_by))
    elif item.what is What.REQUEST:
        said.append(say("nobody has it"))
    if item.claimed_by and item.claimed_by != me:
        said.append(say("{who} is at work on it").format(who=item.claimed_by))
    return said
