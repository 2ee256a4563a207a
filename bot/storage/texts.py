"""What SQLite's TEXT or PostgreSQL's cannot hold is taken out of parameters, at the edge; knows no engine.

NUL goes, a lone surrogate becomes U+FFFD, so that both engines keep the same.
"""

import re

from bot.storage.store import Value

_SURROGATE = re.compile("[\ud800-\udfff]")


def cleaned(parameters: dict[str, Value]) -> dict[str, Value]:
    """Return parameters with texts that every engine can hold."""
    return {
        name: _SURROGATE.sub("\ufffd", value).replace("\0", "") if isinstance(value, str) else value
        for name, value in parameters.items()
    }
