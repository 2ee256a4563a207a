"""The demonstration's own site: the fictional shops, the customers and their phones; no part of a real server."""
