"""Telegram's side of the server."""
