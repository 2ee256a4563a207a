"""Adds the routes of api."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
