"""The company's own programs: their tokens, what they read of the queue, what they claim and report of it."""
