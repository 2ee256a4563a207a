"""Mburoja ("the shield"): a conversational privacy assistant in Albanian."""

__version__ = "0.1.0"
