"""Who is who: contacts, one-time codes, proofs, the company's customers; knows no request."""
