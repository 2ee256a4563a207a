"""Several `mburoja serve` on one PostgreSQL."""
