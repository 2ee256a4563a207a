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
SELECT seq, id, at, body, previous, hash, act, company, reference, who FROM audit WHERE seq > :after ORDER BY seq LIMIT :most;

-- name: count_unsealed
-- How many entries wait for the sealer.
SELECT COUNT(*) AS entries FROM audit WHERE seq IS NULL;

-- name: unindexed
-- Entries that were written before there were columns to search by, the oldest first.
SELECT id, body FROM audit WHERE act IS NULL ORDER BY at LIMIT :most;

-- name: index
-- Fills the columns that an old entry is searched by.
UPDATE audit SET act = :act, company = :company, reference = :reference, who = :who WHERE id = :id AND act IS NULL;

-- name: search
-- A page of the log at a company, the newest first, older than the entry (:at, :id).
SELECT id, at, body, seq, previous, hash FROM audit
WHERE company = :company AND at >= :since AND at < :until AND (at < :at OR (at = :at AND id < :id))
  AND (CAST(:act AS TEXT) IS NULL OR act = :act) AND (CAST(:who AS TEXT) IS NULL OR who = :who)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: search_nowhere
-- The same for entries that belong to no company: accounts, retention.
SELECT id, at, body, seq, previous, hash FROM audit
WHERE company IS NULL AND act IS NOT NULL AND at >= :since AND at < :until AND (at < :at OR (at = :at AND id < :id))
  AND (CAST(:act AS TEXT) IS NULL OR act = :act) AND (CAST(:who AS TEXT) IS NULL OR who = :who)
ORDER BY at DESC, id DESC LIMIT :most;

-- name: of_reference
-- Everything that was logged under a reference number, the oldest first.
SELECT id, at, body, seq, previous, hash, company, act, who FROM audit WHERE reference = :reference ORDER BY at, id;

-- name: last_of
-- When somebody last did something.
SELECT MAX(at) AS at FROM audit WHERE who = :who AND act = :act;

-- name: highest
-- The number of the last entry of the chain, to tell how far verifying is.
SELECT MAX(seq) AS seq FROM audit;
