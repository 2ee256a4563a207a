-- name: write
-- Logs an act, unsealed (R39).
INSERT INTO audit (id, at, body, act, company, reference, who)
VALUES (:id, :at, :body, :act, :company, :reference, :who);

-- name: unsealed
-- The oldest entries that are not in the chain yet.
SELECT id, at, body FROM audit WHERE seq IS NULL ORDER BY at, id LIMIT :most;

-- name: head
-- The last entry of the chain.
SELECT seq, hash FROM audit WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1;

-- name: seal
-- Puts one entry at the end of the chain.
UPDATE audit SET seq = :seq, previous = :previous, hash = :hash WHERE id = :id AND seq IS NULL;

-- name: page
-- A stretch of the chain, for verifying.
SELECT seq, id, at, body, previous, hash FROM audit WHERE seq > :after ORDER BY seq LIMIT :most;

-- name: count_unsealed
-- How many entries wait for the sealer.
SELECT COUNT(*) AS entries FROM audit WHERE seq IS NULL;
