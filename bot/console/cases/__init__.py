"""One case, one escalation, one letter that came another way: seen whole, and acted on."""
