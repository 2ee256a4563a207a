"""One question to a directory over HTTP: tried again where that may help, bounded in time and size; knows no customer.

Nothing of a question, an answer or the token is ever logged, or stands in an error: a kind says why there is none.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)

from bot.clock import SECOND
from bot.crypto import Randomness
from bot.delivery.directory.answers import MOST_BYTES
from bot.delivery.directory.port import DirectoryError
from bot.delivery.directory.settings import DirectorySettings

CONNECTIONS = 8  # to one directory at a time
BACK_OFF = 0.2  # seconds before the second try, doubled with each; half of it is random
LONGEST_PAUSE = 2.0  # seconds between two tries: who is to wait longer is asked again by the job
LONGEST_WAIT = 60 * SECOND  # of what a directory asks for (Retry-After), so that it is asked again while a code lives
_JSON = "application/json"
_AGENT = "Mburoja-Directory/1"
_JITTER = 16**12  # Randomness.short() gives 12 hex digits
_KINDS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: "directory.token",
    HTTPStatus.FORBIDDEN: "directory.token",
    HTTPStatus.NOT_FOUND: "directory.address",
    HTTPStatus.METHOD_NOT_ALLOWED: "directory.address",
}


@dataclass(frozen=True, kw_only=True)
class _Question:
    method: str
    path: str
    body: bytes | None
    headers: Mapping[str, str]


class _AgainError(Exception):
    """A try that failed in a way that another may not; ``after`` is how long the directory asks to wait (seconds)."""

    def __init__(self, kind: str, after: float = 0.0) -> None:
        super().__init__(kind)
        self.kind, self.after = kind, after


class Caller:
    """Asks one directory. To be closed; made and used in one loop."""

    def __init__(self, settings: DirectorySettings, randomness: Randomness) -> None:
        """Take where it is. Raises OSError, ssl.SSLError where the certificates of ``ca_file`` cannot be read."""
        self._settings, self._randomness = settings, randomness
        self._session = ClientSession(
            connector=TCPConnector(
                limit=CONNECTIONS, ssl=ssl.create_default_context(cafile=settings.ca_file) if settings.ca_file else True
            ),
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=settings.timeout),
            trust_env=False,
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._session.close()

    async def get(self, path: str) -> bytes:
        """Return what a path holds. Raises DirectoryError."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: bytes) -> bytes:
        """Return what is answered to a look-up, which changes nothing there. Raises DirectoryError."""
        return await self._ask("POST", path, body)

    async def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        """Ask, and ask again; the id of the request stays the same."""
        headers = {
            "Accept": _JSON,
            "Accept-Encoding": "identity",
            "Authorization": f"Bearer {self._settings.token.get_secret_value()}",
            "User-Agent": _AGENT,
            "X-Request-Id": self._randomness.token(),
            **({"Content-Type": _JSON} if body is not None else {}),
        }
        question = _Question(method=method, path=path, body=body, headers=headers)
        tries = 0
        while True:
            tries += 1
            try:
                return await self._once(question)
            except _AgainError as error:
                kind, after = error.kind, error.after
            pause = max(self._back_off(tries), after)
            if tries >= self._settings.tries or pause > LONGEST_PAUSE:
                raise DirectoryError(kind, wait=min(int(after * SECOND), LONGEST_WAIT) or None)
            await asyncio.sleep(pause)

    def _back_off(self, tries: int) -> float:
        longest = float(BACK_OFF * 2 ** (tries - 1))
        return longest / 2 + longest / 2 * int(self._randomness.short(), 16) / _JITTER

    async def _once(self, question: _Question) -> bytes:
        url = f"{self._settings.url}{question.path}"
        try:
            async with self._session.request(
                question.method, url, data=question.body, headers=question.headers, allow_redirects=False
            ) as answer:
                return await _taken(answer)
        except TimeoutError:
            raise _AgainError("directory.slow") from None
        except (ClientConnectorCertificateError, ClientSSLError):
            raise DirectoryError("directory.certificate") from None
        except ClientConnectorError:
            raise _AgainError("directory.unreachable") from None
        except (ClientError, OSError, ValueError):  # broken off, or no HTTP
            raise _AgainError("directory.broken") from None


async def _taken(answer: ClientResponse) -> bytes:
    """Return the body of an answer that is one. Raises DirectoryError, _AgainError."""
    if answer.status != HTTPStatus.OK:
        _refuse(answer)
    if answer.content_type != _JSON:
        raise DirectoryError("directory.no_json")
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise DirectoryError("directory.encoded")  # what was not asked for could be a thousand times as large
    if (answer.content_length or 0) > MOST_BYTES:
        raise DirectoryError("directory.large")
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > MOST_BYTES:
            raise DirectoryError("directory.large")
    return bytes(body)


def _refuse(answer: ClientResponse) -> None:
    """Raise what a status means."""
    status = answer.status
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise _AgainError("directory.busy", _after(answer))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _AgainError("directory.failing", _after(answer))
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise DirectoryError("directory.redirect")
    raise DirectoryError(_KINDS.get(status, "directory.refused") if status >= 400 else "directory.form")


def _after(answer: ClientResponse) -> float:
    """Return the seconds that a directory asks to wait; 0 where it says none that can be read."""
    told = answer.headers.get("Retry-After", "").strip()
    return float(told) if told.isascii() and told.isdigit() and len(told) < 9 else 0.0
