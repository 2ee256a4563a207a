"""Adds the routes of letters."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
