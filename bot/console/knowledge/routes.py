"""Adds the routes of knowledge."""

from aiohttp import web


def add_routes(app: web.Application) -> None:
    """Add them."""
