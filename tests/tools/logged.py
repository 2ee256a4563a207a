"""Log lines as a test looks through them for what must not stand there."""

import re

_BY_CHANCE = re.compile(r"\.\d{6}Z|\b[0-9a-f]{32}\b")  # the microseconds of a time, our own ids


def without_chance(lines: str) -> str:
    """Return log lines without the digits that are chance: now and then those of a code stand among them."""
    return _BY_CHANCE.sub("", lines)
