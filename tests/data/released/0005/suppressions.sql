-- name: add
-- Suppresses a contact, unproven (R54).
INSERT INTO suppressions (id, company, contact_hash, contact_sealed, proven, reference, at)
VALUES (:id, :company, :contact_hash, :contact_sealed, 0, :reference, :at);

-- name: made_here
-- Whether this same conversation has suppressed the contact before; what others did is not told (R11, R54).
SELECT s.reference FROM suppressions s JOIN receipts r ON r.reference = s.reference
WHERE s.company = :company AND s.contact_hash = :contact_hash AND s.lifted_at IS NULL
  AND r.conversation = :conversation
ORDER BY s.at
LIMIT 1;

-- name: made_today
-- How many contacts a conversation has suppressed at a company since a time, and when the first of them.
SELECT COUNT(*) AS count, MIN(at) AS first FROM receipts
WHERE subject IS NULL AND at > :since AND conversation = :conversation AND company = :company AND act = :act;

-- name: lift
-- A proven grant reverses what was stopped without proof (R54).
UPDATE suppressions SET lifted_at = :now, lifted_by = :by
WHERE company = :company AND contact_hash = :contact_hash AND proven = 0 AND lifted_at IS NULL
RETURNING reference;
