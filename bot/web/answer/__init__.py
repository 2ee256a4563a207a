"""The page on which an answer is fetched by a one-time link and a fresh code (R43)."""
