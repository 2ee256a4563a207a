"""What must stay: the audit log, receipts, reference numbers, events for the back office."""
