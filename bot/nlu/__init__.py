"""Understanding Albanian as people type it. Pure: no files, no clock, no network, no chance."""
