"""Looking customers up: the port, our own list, and a company's own directory over HTTP."""
