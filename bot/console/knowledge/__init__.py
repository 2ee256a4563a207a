"""What the bot could not answer, its answers and their approval; ready patches for the data files."""
