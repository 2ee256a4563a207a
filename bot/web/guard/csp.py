"""Content security policies (R25), and the nonce of the answer under way; knows no page."""

from collections.abc import Sequence

from aiohttp import web

NONCE = web.RequestKey("nonce", str)  # stands in every request before its handler runs

NOTHING = "default-src 'none'; base-uri 'none'; object-src 'none'; form-action 'none'; frame-ancestors 'none'"


def content_security_policy(nonce: str, *, frame_ancestors: Sequence[str] = ()) -> str:
    """Return the policy of a page with scripts and styles of ours; ``frame_ancestors`` may frame it (nobody)."""
    own = f"'self' 'nonce-{nonce}'"
    ancestors = " ".join(frame_ancestors) or "'none'"
    return (
        f"default-src 'none'; script-src {own}; style-src {own}; img-src 'self' data:; connect-src 'self'; "
        f"font-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors {ancestors}"
    )


def style_only(nonce: str) -> str:
    """Return the policy of a page that has one style of its own, and nothing else."""
    return f"{NOTHING}; style-src 'nonce-{nonce}'"
