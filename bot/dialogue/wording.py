"""The limits of one message; the words themselves stand in the catalogue."""

LONGEST_MESSAGE = 2000  # characters
