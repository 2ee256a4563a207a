"""Calls of Telegram's Bot API: as they wait in the outbox, and how they are made."""
