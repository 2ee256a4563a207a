"""Keeping: the store's contract, its engines, SQL and migrations; knows no rule of the dialogue."""
