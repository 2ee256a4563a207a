"""Sending SMS: the port, the gateways, and how they are doing."""
