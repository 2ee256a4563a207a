-- name: add
-- Adds a job behind those of its ordering key that are not done, or may be revived; one with the same idempotency key
-- changes nothing.
INSERT INTO jobs (id, seq, kind, ordering_key, idempotency_key, payload_sealed, state, not_before, expires_at, created_at)
SELECT :id, MAX(n), :kind, :ordering_key, :idempotency_key, :payload, 'ready', :not_before, :expires_at, :now
FROM (
  SELECT CAST(:seq AS BIGINT) AS n
  UNION ALL
  SELECT COALESCE(MAX(seq), 0) + 1 FROM jobs WHERE ordering_key = :ordering_key AND state = 'ready'
  UNION ALL
  SELECT COALESCE(MAX(seq), 0) + 1 FROM jobs WHERE ordering_key = :ordering_key AND state = 'dead'
) AS places WHERE true
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: by_idempotency_key
-- The job that was added under a key before.
SELECT id FROM jobs WHERE idempotency_key = :idempotency_key;

-- name: expire
-- Ends jobs past their time that nobody works on; their payload is erased.
UPDATE jobs SET state = 'expired', payload_sealed = '', lease_token = NULL, lease_until = NULL, settled_at = :now
WHERE state = 'ready' AND expires_at <= :now AND COALESCE(lease_until, 0) <= :now;

-- name: ready
-- Jobs of one kind that are due and the first of their ordering key, which nobody works on.
SELECT id, seq, attempts, not_before FROM jobs AS head
WHERE state = 'ready' AND kind = :kind AND not_before <= :now AND COALESCE(lease_until, 0) <= :now
  AND NOT EXISTS (
    SELECT 1 FROM jobs AS earlier
    WHERE earlier.ordering_key = head.ordering_key AND earlier.state = 'ready' AND earlier.seq <= head.seq
      AND (earlier.seq < head.seq OR earlier.id < head.id)
  )
  AND NOT EXISTS (
    SELECT 1 FROM jobs AS held
    WHERE held.ordering_key = head.ordering_key AND held.lease_until > :now AND held.id <> head.id
  )
ORDER BY not_before, seq LIMIT :most;

-- name: lease
-- Leases one job and counts the attempt before it is made, so that a crash counts too.
UPDATE jobs SET lease_token = :token, lease_until = :until, attempts = attempts + 1
WHERE id = :id AND state = 'ready' AND COALESCE(lease_until, 0) <= :now
RETURNING id, kind, ordering_key, idempotency_key, payload_sealed, attempts;

-- name: settle
-- Ends a job that was done; its payload is erased (R15).
UPDATE jobs SET state = 'done', payload_sealed = '', lease_token = NULL, lease_until = NULL, error = NULL, settled_at = :now
WHERE id = :id AND state = 'ready' AND lease_token = :token;

-- name: renew
-- Lets the lease of a job under way go on.
UPDATE jobs SET lease_until = :until WHERE id = :id AND state = 'ready' AND lease_token = :token;

-- name: postpone
-- Gives a job back, to be tried again later.
UPDATE jobs SET not_before = :not_before, error = :error, lease_token = NULL, lease_until = NULL
WHERE id = :id AND state = 'ready' AND lease_token = :token;

-- name: give_back
-- Gives a job back until it is its turn; the attempt was none.
UPDATE jobs SET not_before = :not_before, error = :error, attempts = attempts - 1, lease_token = NULL, lease_until = NULL
WHERE id = :id AND state = 'ready' AND lease_token = :token;

-- name: bury
-- Gives a leased job up; its payload is kept sealed until it is revived or its time is over.
UPDATE jobs SET state = 'dead', error = :error, lease_token = NULL, lease_until = NULL, settled_at = :now
WHERE id = :id AND state = 'ready' AND lease_token = :token;

-- name: bury_lost
-- Gives a job up whose every attempt ended with its worker.
UPDATE jobs SET state = 'dead', error = :error, lease_token = NULL, lease_until = NULL, settled_at = :now
WHERE id = :id AND state = 'ready' AND COALESCE(lease_until, 0) <= :now;

-- name: dead
-- Jobs that were given up, the oldest first.
SELECT id, kind, attempts, error, created_at, settled_at FROM jobs WHERE state = 'dead' ORDER BY settled_at, seq;

-- name: revive
-- Tries a job that was given up once more, from the first attempt, if its time is not over.
UPDATE jobs SET state = 'ready', attempts = 0, not_before = :now, settled_at = NULL
WHERE id = :id AND state = 'dead' AND payload_sealed <> '' AND (expires_at IS NULL OR expires_at > :now);

-- name: waiting
-- How many jobs are not done yet.
SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'ready';

-- name: given_up
-- How many jobs were given up.
SELECT COUNT(*) AS jobs FROM jobs WHERE state = 'dead';
