-- name: add
-- Keeps the sealed record of an act (R39).
INSERT INTO receipts (reference, act, company, subject, conversation, channel, record_sealed, at)
VALUES (:reference, :act, :company, :subject, :conversation, :channel, :record_sealed, :at);

-- name: read
-- One receipt, and when it was applied.
SELECT record_sealed, applied_at FROM receipts WHERE reference = :reference;

-- name: hold
-- Locks a receipt, changing nothing.
UPDATE receipts SET applied_at = applied_at WHERE reference = :reference;

-- name: applied
-- The back office has done what the act asked of it; the first time stands (R38).
UPDATE receipts SET applied_at = :now WHERE reference = :reference AND applied_at IS NULL;
