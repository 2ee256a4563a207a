"""Keeping a database: copying it to the other engine, backing it up, restoring it."""
