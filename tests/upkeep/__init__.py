"""Keeping a database."""
