-- What a company's own programs read, claim and report of the queue.

-- name: open_page
-- Open cases behind a position, what is due first standing first; `report` is the last that a program said of each.
SELECT requests.*, (
    SELECT kind FROM request_events
    WHERE request_events.reference = requests.reference
      AND kind IN ('program_in_progress', 'program_done', 'program_failed')
    ORDER BY seq DESC LIMIT 1
  ) AS report
FROM requests
WHERE company = :company AND closed_at IS NULL
  AND (COALESCE(extended_to, due_on), received_at, reference) > (:after_day, :after_at, :after_reference)
  AND (CAST(:state AS TEXT) IS NULL OR state = :state)
  AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:taken_by AS TEXT) IS NULL OR taken_by = :taken_by)
  AND (CAST(:due_before AS TEXT) IS NULL OR COALESCE(extended_to, due_on) < :due_before)
  AND (
    CAST(:late AS BIGINT) IS NULL
    OR :late = CASE WHEN paused_at IS NULL AND COALESCE(extended_to, due_on) < :today THEN 1 ELSE 0 END
  )
  AND (
    CAST(:reported AS BIGINT) IS NULL
    OR :reported = CASE WHEN EXISTS (
      SELECT 1 FROM request_events
      WHERE request_events.reference = requests.reference AND kind IN ('program_done', 'program_failed')
    ) THEN 1 ELSE 0 END
  )
ORDER BY COALESCE(extended_to, due_on), received_at, reference
LIMIT :most;

-- name: closed_page
-- Closed cases behind a position, in the order in which they were closed.
SELECT requests.*, (
    SELECT kind FROM request_events
    WHERE request_events.reference = requests.reference
      AND kind IN ('program_in_progress', 'program_done', 'program_failed')
    ORDER BY seq DESC LIMIT 1
  ) AS report
FROM requests
WHERE company = :company AND closed_at IS NOT NULL
  AND (closed_at, reference) > (:after_at, :after_reference)
  AND state = :state
  AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:taken_by AS TEXT) IS NULL OR taken_by = :taken_by)
  AND (CAST(:due_before AS TEXT) IS NULL OR COALESCE(extended_to, due_on) < :due_before)
  AND (
    CAST(:reported AS BIGINT) IS NULL
    OR :reported = CASE WHEN EXISTS (
      SELECT 1 FROM request_events
      WHERE request_events.reference = requests.reference AND kind IN ('program_done', 'program_failed')
    ) THEN 1 ELSE 0 END
  )
ORDER BY closed_at, reference
LIMIT :most;

-- name: report
-- What a program said of a case last.
SELECT kind FROM request_events
WHERE reference = :reference AND kind IN ('program_in_progress', 'program_done', 'program_failed')
ORDER BY seq DESC LIMIT 1;

-- name: take
-- Claims a case that nobody has.
INSERT INTO claims (reference, holder, lease_hash, since, until) VALUES (:reference, :holder, :lease_hash, :now, :until)
ON CONFLICT (reference) DO UPDATE SET
  holder = excluded.holder, lease_hash = excluded.lease_hash, since = excluded.since, until = excluded.until
WHERE claims.until <= :now;

-- name: renew
-- Lets a lease that holds go on.
UPDATE claims SET until = :until WHERE reference = :reference AND lease_hash = :lease_hash AND until > :now;

-- name: release
-- Gives a case back whose lease holds.
DELETE FROM claims WHERE reference = :reference AND lease_hash = :lease_hash AND until > :now;
