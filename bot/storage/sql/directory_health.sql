-- How companies' own directories are doing, as the workers find.

-- name: say
-- Keeps what a worker has just found.
INSERT INTO directory_health (worker, company, failing_since, found_at) VALUES (:worker, :company, :failing_since, :now)
ON CONFLICT (worker, company) DO UPDATE SET failing_since = excluded.failing_since, found_at = excluded.found_at;

-- name: forget_old
-- Forgets what says nothing any more.
DELETE FROM directory_health WHERE found_at <= :before;

-- name: leave
-- Forgets what a worker said.
DELETE FROM directory_health WHERE worker = :worker;

-- name: failing
-- The companies whose directory fails for every worker that speaks of it.
SELECT company FROM directory_health WHERE found_at > :after
GROUP BY company HAVING COUNT(*) = COUNT(failing_since) ORDER BY company;
