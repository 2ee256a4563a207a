"""Lists of keys for SQL that both engines take: so many parameters at a time; knows no table."""

from collections.abc import Collection, Iterator

AT_ONCE = 50  # parameters of a statement that takes a list: :a00 to :a49, ``a`` being its letter


def portions(letter: str, keys: Collection[str]) -> Iterator[dict[str, str]]:
    """Give the parameters for keys, statement by statement; a place that is not needed is an empty text."""
    left = [*keys]
    for start in range(0, len(left), AT_ONCE):
        part = left[start : start + AT_ONCE]
        part += [""] * (AT_ONCE - len(part))
        yield {f"{letter}{at:02}": key for at, key in enumerate(part)}
