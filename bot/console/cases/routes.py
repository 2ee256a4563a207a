"""Adds the routes of cases."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
