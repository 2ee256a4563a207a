"""Adds the routes of records."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
