"""The audit log searched, verified, exported; one case as a sealed file for the agency."""
