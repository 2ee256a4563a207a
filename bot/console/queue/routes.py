"""Adds the routes of queue."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
