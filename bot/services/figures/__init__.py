"""Figures of a company's cases: counted in SQL, put together without I/O; nothing personal is in any."""
