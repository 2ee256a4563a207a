-- What the back office changes of a request; what the customer is told of takes effect in notices.sql.

-- name: take
-- Somebody sees to a request.
UPDATE requests SET taken_by = :who, state = CASE WHEN state = 'received' THEN 'in_progress' ELSE state END
WHERE reference = :reference AND closed_at IS NULL;

-- name: wait
-- A request waits for its customer.
UPDATE requests SET state = 'waiting' WHERE reference = :reference AND closed_at IS NULL;

-- name: prove
-- A second proof was checked: only which kind is kept (R17, R37).
UPDATE requests SET second_proof = :proof WHERE reference = :reference AND closed_at IS NULL;

-- name: subject_of_customer
-- The customer of a company with a customer number.
SELECT id FROM subjects WHERE company = :company AND customer_hash = :customer_hash;

-- name: requests
-- The requests of a company, or of all; in one state, or in all; due first, first.
SELECT * FROM requests
WHERE (CAST(:company AS TEXT) IS NULL OR company = :company)
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
ORDER BY COALESCE(extended_to, due_on), received_at, reference;
