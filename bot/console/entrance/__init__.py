"""Signing in with both factors, signing out, the list of sessions, one's own account (R27)."""
