"""How the Bot API refuses: a code, a description in its own words, parameters. Knows no method."""

from collections.abc import Mapping

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
OTHER_POLL = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_SET = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class RefusedError(Exception):
    """A call that is answered with ``ok: false``."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, dict(parameters or {})

    def body(self) -> dict[str, object]:
        """Return the answer's JSON."""
        told: dict[str, object] = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            told["parameters"] = self.parameters
        return told


def bad_request(message: str) -> RefusedError:
    """Return a 400, worded as the real server words it: its own codes in capitals stay as they are."""
    if not (message[1:2] == "_" or message[1:2].isupper()):
        message = message[:1].lower() + message[1:]
    return RefusedError(400, f"Bad Request: {message}")


def forbidden(message: str) -> RefusedError:
    """Return a 403."""
    return RefusedError(403, f"Forbidden: {message}")


def too_many(seconds: int) -> RefusedError:
    """Return a 429; ``seconds`` until the next try."""
    return RefusedError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
