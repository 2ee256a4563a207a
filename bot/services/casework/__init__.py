"""Requests and escalations: filed, followed, with their dates; knows no channel."""
