"""Tokens of the company's own programs: made, found by their HMAC, revoked; knows no HTTP.

A token is shown once, when it is made; kept is its HMAC only. It opens one company, for its scopes. Times are
milliseconds UTC.
"""

import enum
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.clock import MINUTE
from bot.errors import NotAllowedError
from bot.services.desk import Desk, Place
from bot.services.one_by_one import one_by_one
from bot.services.records import audit
from bot.services.records.audit import Act
from bot.storage.store import Row, Tx

PREFIX = "mbu_"  # so that a token that leaked is known for one
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_TOKEN = re.compile(rf"{PREFIX}[0-9a-f]{{64}}")
_TOUCH_EACH = MINUTE


class Scope(enum.StrEnum):
    """What a token lets a program do."""

    REQUESTS_READ = "requests:read"  # rows and dates, no words and no contacts
    REQUESTS_WORK = "requests:work"  # claim and report; what the work needs to know
    EVENTS_READ = "events:read"
    EVENTS_ACKNOWLEDGE = "events:acknowledge"


@dataclass(frozen=True, kw_only=True)
class Token:
    """A program's access, without the token itself."""

    id: str
    name: str
    company: str
    scopes: frozenset[Scope]
    created_at: int
    expires_at: int | None
    last_at: int | None
    revoked_at: int | None

    @property
    def who(self) -> str:
        """The name under which the program's acts are recorded; no account's login has a colon."""
        return f"api:{self.name}"

    def holds(self, now: int) -> bool:
        """Tell whether it opens anything at a time."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def add(  # noqa: PLR0913, PLR0917  these are a token's parts
    tx: Tx,
    desk: Desk,
    place: Place,
    who: str,
    name: str,
    company: str,
    scopes: Iterable[Scope],
    expires_at: int | None = None,
) -> str:
    """Make a token and return it (256 bits); it cannot be shown again. Raises NotAllowedError."""
    given = sorted(set(scopes))
    if not _NAME.fullmatch(name):
        raise NotAllowedError("A program's name is made of a–z, 0–9, dot, hyphen and underscore, 40 at most.")
    if company not in desk.companies:
        raise NotAllowedError("There is no company {company}.", company=company)
    if not given:
        raise NotAllowedError("A token without a scope opens nothing; name at least one.")
    if expires_at is not None and expires_at <= place.now:
        raise NotAllowedError("The token would be over already; name a day to come.")
    one_by_one(tx, place.now, f"programs of {company}")
    if any(token.name == name and token.holds(place.now) for token in every(tx, company)):
        raise NotAllowedError("{name} has a token already; revoke it first, or take another name.", name=name)
    identity, token = desk.randomness.token(), f"{PREFIX}{desk.randomness.token()}{desk.randomness.token()}"
    tx.run(
        "tokens.add",
        id=identity, name=name, company=company, scopes=json.dumps(given), token_hash=_hash(desk, token),
        now=place.now, expires_at=expires_at,
    )  # fmt: skip
    _log(tx, desk, place, Act.ACCESS_GIVEN, who, name, company, identity, " ".join(given))
    return token


def find(tx: Tx, desk: Desk, now: int, token: str) -> Token | None:
    """Return the access that a token opens, or None where it opens none (any more)."""
    if not _TOKEN.fullmatch(token):
        return None
    row = tx.first("tokens.find", token_hash=_hash(desk, token))
    found = _token(row) if row else None
    return found if found and found.holds(now) and found.company in desk.companies else None


def wants_use(token: Token, now: int) -> bool:
    """Tell whether ``use`` has anything to write."""
    return token.last_at is None or now - token.last_at >= _TOUCH_EACH


def use(tx: Tx, now: int, token: Token) -> None:
    """Note that a token is in use."""
    tx.run("tokens.use", id=token.id, now=now)


def every(tx: Tx, company: str | None = None) -> tuple[Token, ...]:
    """Return every token, those that are over too, by their age; of one company, or (None) of all."""
    return tuple(_token(row) for row in tx.all("tokens.every", company=company))


def revoke(tx: Tx, desk: Desk, place: Place, who: str, identity: str) -> bool:
    """Let a token (its id) open nothing from now on; tell whether it opened anything until now."""
    row = tx.first("tokens.revoke", id=identity, now=place.now)
    if row is None:
        return False
    _log(tx, desk, place, Act.ACCESS_REVOKED, who, row["name"], row["company"], identity)
    return True


def _log(  # noqa: PLR0913, PLR0917  what is logged of it
    tx: Tx, desk: Desk, place: Place, act: Act, who: str, name: str, company: str, identity: str, scopes: str = ""
) -> None:
    facts: dict[str, str | int] = {"who": who, "program": name, "token": identity}
    audit.write(tx, desk, place, act, company=company, details=facts | ({"scopes": scopes} if scopes else {}))


def _hash(desk: Desk, token: str) -> str:
    return desk.vault.index("api_token", token)


def _token(row: Row) -> Token:
    return Token(
        id=row["id"],
        name=row["name"],
        company=row["company"],
        scopes=frozenset(Scope(scope) for scope in json.loads(row["scopes"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_at=row["last_at"],
        revoked_at=row["revoked_at"],
    )
