"""What a step may know beside the conversation itself: the time, the companies, how things are worded.

Given by the turn; nothing here is read from a clock or a file. Dates and times are written as people in Kosovo
read them (Babel, sq_XK, Europe/Belgrade).
"""

import datetime as dt
import functools
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field

from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.lists import format_list

from bot.clock import DAY, HOUR, moment
from bot.dialogue.compose import Composer, Translate
from bot.dialogue.reply import Quote
from bot.dialogue.trouble import Trouble
from bot.limits import Limits
from bot.nlu.commands import Commands
from bot.nlu.companies import CompanyNames
from bot.policy.company import Company, Edition

_ZONE = zoneinfo.ZoneInfo("Europe/Belgrade")
_LOCALE = "sq_XK"


@dataclass(frozen=True, kw_only=True)
class House:
    """What stays the same from turn to turn. ``names`` finds companies in a text.

    ``public_url`` is where our pages are ("https://…", no slash at its end); None where there is no server. ``trouble``
    tells at each turn whether codes cannot be sent.
    """

    companies: Mapping[str, Company]
    composer: Composer
    commands: Commands
    names: CompanyNames
    limits: Limits
    translate: Translate
    public_url: str | None = None
    trouble: Trouble = field(default_factory=Trouble)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What one step is given: the house, the time (ms UTC), and the number of the turn.

    ``lapsed``: nothing was heard for so long that proven identity has ended (R20). ``carrier`` is who else carries the
    messages of this channel ("Telegram"), None where nobody does.
    """

    house: House
    now: int
    turn: int
    lapsed: bool = False
    carrier: str | None = None

    def say(self, message: str, **values: object) -> str:
        """Return a message of the catalogue with its values filled in."""
        translated = self.house.translate(message)
        return translated.format(**values) if values else translated

    def company(self, identity: str) -> Company:
        """Return a company."""
        return self.house.companies[identity]

    def edition(self, identity: str) -> Edition:
        """Return the edition of a company's policy that is in force now."""
        return self.company(identity).on(moment(self.now).date())

    def quotes(self, company: str, clauses: tuple[str, ...]) -> list[Quote]:
        """Return clauses as quotes, within the limits of one reply."""
        text = self.edition(company).text
        name = self.company(company).name
        known = [text.passage(clause) for clause in clauses if clause in text]
        return [Quote(passage=passage, source=f"{name} · {passage.label}") for passage in known]

    def listed(self, names: list[str]) -> str:
        """Return names as a list in words: "a, b dhe c"."""
        return format_list(names, style="standard", locale=_LOCALE)

    def clock(self, at: int) -> str:
        """Return a time of day: "10:05"."""
        return format_time(_local(at), "HH:mm", locale=_LOCALE)

    def date(self, at: int) -> str:
        """Return a day: "5 mars 2026"."""
        return format_date(_local(at).date(), "d MMMM y", locale=_LOCALE)

    def day(self, day: dt.date) -> str:
        """Return a day: "5 mars 2026"."""
        return format_date(day, "d MMMM y", locale=_LOCALE)

    def stamp(self, at: int) -> str:
        """Return a day and time: "5 mars 2026, 10:05"."""
        return format_datetime(_local(at), "d MMMM y, HH:mm", locale=_LOCALE)

    def span(self, milliseconds: int) -> str:
        """Return a length of time in words: "5 minuta", "30 ditë"."""
        return _span(milliseconds)


@functools.lru_cache(maxsize=64)  # a handful of limits, asked for again and again
def _span(milliseconds: int) -> str:
    length = dt.timedelta(milliseconds=milliseconds)
    if milliseconds >= 2 * DAY:
        return format_timedelta(length, granularity="day", threshold=1000, locale=_LOCALE)
    if milliseconds >= 2 * HOUR:
        return format_timedelta(length, granularity="hour", threshold=1000, locale=_LOCALE)
    return format_timedelta(length, granularity="minute", threshold=1000, locale=_LOCALE)


def _local(at: int) -> dt.datetime:
    return moment(at).astimezone(_ZONE)
