"""Composing what a customer is told: templates, rules, preview, sending."""
