"""Reads the data folders, checks them, and keeps what was compiled from them."""
