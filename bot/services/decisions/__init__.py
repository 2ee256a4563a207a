"""What a customer decides at once: consents, objections, the end of marketing, taking a request back."""
