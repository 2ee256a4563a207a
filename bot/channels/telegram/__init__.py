"""Telegram: what arrives becomes a turn, and what is said becomes calls of the Bot API."""
