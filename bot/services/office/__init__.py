"""What the back office does with cases, and how people are told of it."""
