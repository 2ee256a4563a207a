"""A company's lists of customers and consents: read, checked row by row, taken up."""
