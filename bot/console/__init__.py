"""The console of the DPO and the back office, and the API of the company's own programs; faces of the services."""
