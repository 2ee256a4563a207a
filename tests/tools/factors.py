"""Passwords and authenticators of made-up accounts, with hashes that cost next to nothing."""

from bot.services.staff.passwords import Cost

CHEAP = Cost(memory=8, times=1, lanes=1)  # what argon2 takes at least
PASSWORD = "katër male e një lumë"  # noqa: S105  for tests only
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  for tests only


def wrong(code: str) -> str:
    """Return another code of six digits."""
    return f"{(int(code) + 500_000) % 1_000_000:06d}"
