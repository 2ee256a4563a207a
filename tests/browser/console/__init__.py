"""The console in a real browser: the officer's day, by hand and by keyboard alone."""
