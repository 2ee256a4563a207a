"""Why a socket is closed, in WebSocket's numbers: what the browser does next depends on it (docs/embedding.md)."""

BINARY = 1003
GONE = 1006  # without a word
TOO_BIG = 1009
RESTART = 1012  # come back, each at its own time
BROKEN = 4000  # do not come back soon
RENEWED = 4001  # come back at once, with the new cookie
FORGOTTEN = 4003  # the conversation was erased
SLOW = 4008
IDLE = 4009  # come back when the person does
TOO_MANY = 4029
NO_SESSION = 4401
CLIENT_GONE = 499  # for the log: HTTP has no word for it, and nobody reads it
