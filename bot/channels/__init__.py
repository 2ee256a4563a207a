"""The edges: each turns what arrived into a question, and renders the reply in its own way."""
