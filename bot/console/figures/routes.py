"""Adds the routes of figures."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
