"""The web's conversations: what a browser's session says becomes a turn; knows no socket, no cookie and no frame.

A session's id is the address of its conversation. Everything here runs in the caller's transaction.
"""

from dataclasses import dataclass, replace

from bot.channels.turn import Incoming, Standing, Taken, Turns
from bot.services import conversations
from bot.services.casework import requests
from bot.services.casework.cases import Stored
from bot.services.desk import Desk
from bot.services.identity import sessions
from bot.services.identity.sessions import Session
from bot.storage.store import Tx

CHANNEL = "web"
_OPENING = "opening"  # the id of the turn that greets
_FORGETTING = "forgetting"


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """What came of a message; ``ticket``: its session's token must be replaced, for somebody was proven (R19)."""

    taken: Taken
    ticket: str | None = None


class WebTurns:
    """Takes the turns of browsers' sessions. One for the whole process."""

    def __init__(self, turns: Turns, desk: Desk) -> None:
        """Take the tools."""
        self._turns, self._desk = turns, desk

    def open(self, tx: Tx, now: int, session: Session) -> Taken:
        """Greet whoever opened the chat, once."""
        return self._turns.take(tx, now, _incoming(session, _OPENING))

    def take(
        self, tx: Tx, now: int, session: Session, identity: str, *, text: str | None = None, choice: str | None = None
    ) -> Spoken:
        """Take a message under its own id. Whoever asks to be forgotten is: session, transcript and all."""
        taken = self._turns.take(tx, now, _incoming(session, f"m:{identity}", text, choice))
        if taken.forgot:
            self._erase(tx, session, taken.conversation)
        ticket = sessions.ticket(tx, self._desk, now, session.id) if taken.proved else None
        return Spoken(taken=taken, ticket=ticket)

    def forget(self, tx: Tx, now: int, session: Session) -> Taken:
        """End the session and erase its conversation; what was ordered stays, pseudonymous (R45).

        For who was told before how the replies to come will reach them (``open_cases``).
        """
        taken = self._turns.take(tx, now, replace(_incoming(session, _FORGETTING), leaves=True))
        self._erase(tx, session, taken.conversation)
        return taken

    def standing(self, tx: Tx, session: Session) -> Standing | None:
        """Return where a session's conversation stands; None where it has none yet."""
        return self._turns.standing(tx, CHANNEL, session.id)

    def open_cases(self, tx: Tx, session: Session) -> list[Stored]:
        """Return the requests filed in a session's conversation that are still open: their replies are to come."""
        standing = self.standing(tx, session)
        if standing is None:
            return []
        return requests.open_of_conversation(tx, self._desk, session.company, standing.conversation)

    def _erase(self, tx: Tx, session: Session, conversation: str) -> None:
        conversations.forget(tx, conversation)
        sessions.end(tx, session.id)


def _incoming(session: Session, identity: str, text: str | None = None, choice: str | None = None) -> Incoming:
    return Incoming(channel=CHANNEL, address=session.id, id=identity, text=text, choice=choice, company=session.company)
