-- name: hold
-- Locks a subject of a company, changing nothing, and tells what is restricted.
UPDATE subjects SET statistics_restricted = statistics_restricted
WHERE id = :subject AND company = :company
RETURNING statistics_restricted, statistics_reference;

-- name: restrict
-- Sets the flag, and nothing else but by which objection (R41).
UPDATE subjects SET statistics_restricted = 1, statistics_reference = :reference
WHERE id = :subject AND company = :company;

-- name: lift
-- The customer wishes it lifted (R41).
UPDATE subjects SET statistics_restricted = 0, statistics_reference = NULL
WHERE id = :subject AND company = :company;

-- name: lift_by_reference
-- The DPO's decision on one objection takes effect (R41); the receipt leads to its subject.
UPDATE subjects SET statistics_restricted = 0, statistics_reference = NULL
WHERE id = (SELECT r.subject FROM receipts r WHERE r.reference = :reference)
  AND statistics_reference = :reference AND statistics_restricted = 1
RETURNING id, company;
