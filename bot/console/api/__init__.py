"""The API of the company's own programs: REST under /api/v1, outgoing webhooks; a face of the services."""
