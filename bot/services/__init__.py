"""What is done on an open transaction: codes, consents, objections, requests, audit; knows no channel."""
