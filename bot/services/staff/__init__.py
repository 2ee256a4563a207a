"""Accounts of the company's own people: who they are, what they may do, how they sign in (R27)."""
