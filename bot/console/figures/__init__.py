"""The page of figures: drawn on the server, each with its table and CSV."""
