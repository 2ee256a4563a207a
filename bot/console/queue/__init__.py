"""The queue: what is late, what is new, who is at it; live."""
