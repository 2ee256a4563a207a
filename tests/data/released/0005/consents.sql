-- name: hold
-- Locks a subject, changing nothing, so that sequence numbers are given one after the other (R59).
UPDATE subjects SET updated_at = updated_at WHERE id = :subject RETURNING company;

-- name: restricted
-- Whether statistics are restricted for a subject of a company (R41).
SELECT statistics_restricted FROM subjects WHERE id = :subject AND company = :company;

-- name: held
-- What holds for a subject: of each purpose the row with the highest number (R59).
SELECT c.purpose, c.seq, c.state, c.since, c.at FROM consents c
WHERE c.subject = :subject
  AND c.seq = (SELECT MAX(n.seq) FROM consents n WHERE n.subject = c.subject AND n.purpose = c.purpose)
ORDER BY c.purpose;

-- name: add
-- Puts a statement on record under the next number of its subject and purpose (R59).
INSERT INTO consents (subject, purpose, seq, state, since, at, source, reference)
VALUES (:subject, :purpose,
  (SELECT COALESCE(MAX(n.seq), 0) + 1 FROM consents n WHERE n.subject = :subject AND n.purpose = :purpose),
  :state, :since, :at, :source, :reference)
RETURNING seq;
