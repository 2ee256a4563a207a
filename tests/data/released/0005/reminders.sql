-- What the daily digest counts and the alarms before a date look for, and which of them were told.

-- name: mark
-- Notes that something was told; nothing happens where it was before.
INSERT INTO reminders (key, at) VALUES (:key, :now) ON CONFLICT (key) DO NOTHING;

-- name: nearing
-- Open requests of a company that are due by a day and whose latest step was not told yet, the most urgent first. What
-- waits with its clock stopped comes no nearer.
SELECT r.reference, r.kind, r.state, r.taken_by, r.paused_at, COALESCE(r.extended_to, r.due_on) AS due
FROM requests AS r
WHERE r.company = :company AND r.closed_at IS NULL AND COALESCE(r.extended_to, r.due_on) <= :until
  AND r.paused_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM reminders AS m WHERE m.key =
    'alarm:' || r.reference || ':' || COALESCE(r.extended_to, r.due_on) || ':' ||
    CASE WHEN COALESCE(r.extended_to, r.due_on) <= :today THEN '0'
      WHEN COALESCE(r.extended_to, r.due_on) <= :in_three THEN '3' ELSE '7' END)
ORDER BY COALESCE(r.extended_to, r.due_on), r.received_at, r.reference
LIMIT :most;

-- name: stopped
-- Requests of a company whose date is over and whose clock is stopped: late only where they were so when it stopped.
SELECT reference, kind, state, taken_by, paused_at, COALESCE(extended_to, due_on) AS due FROM requests
WHERE company = :company AND closed_at IS NULL AND paused_at IS NOT NULL AND COALESCE(extended_to, due_on) < :today
ORDER BY COALESCE(extended_to, due_on), received_at, reference;

-- name: count_due
-- How many open requests of a company are due in a time, both days included; those whose clock is stopped aside.
SELECT COUNT(*) AS found FROM requests
WHERE company = :company AND closed_at IS NULL AND paused_at IS NULL AND COALESCE(extended_to, due_on) >= :first
  AND COALESCE(extended_to, due_on) <= :last;

-- name: count_open
-- How many requests of a company are open.
SELECT COUNT(*) AS found FROM requests WHERE company = :company AND closed_at IS NULL;

-- name: due
-- Open requests of a company that are due in a time, both days included, the most urgent first; those that wait aside.
SELECT reference, kind, state, taken_by, paused_at, COALESCE(extended_to, due_on) AS due FROM requests
WHERE company = :company AND closed_at IS NULL AND paused_at IS NULL AND COALESCE(extended_to, due_on) >= :first
  AND COALESCE(extended_to, due_on) <= :last
ORDER BY COALESCE(extended_to, due_on), received_at, reference
LIMIT :most;

-- name: count_received
-- How many requests of a company came since a time and are open.
SELECT COUNT(*) AS found FROM requests
WHERE company = :company AND received_at >= :since AND closed_at IS NULL;

-- name: received
-- Requests of a company that came since a time and are open, the newest first.
SELECT reference, kind, state, taken_by, paused_at, COALESCE(extended_to, due_on) AS due FROM requests
WHERE company = :company AND received_at >= :since AND closed_at IS NULL
ORDER BY received_at DESC, reference
LIMIT :most;

-- name: unapplied
-- Withdrawals and objections of a company that nobody has acknowledged in time (R38), the oldest first.
SELECT reference FROM events
WHERE company = :company AND acknowledged_at IS NULL AND at <= :before
  AND kind IN ('consent.withdrawn', 'marketing.stopped', 'statistics.restricted')
ORDER BY at, seq;

-- name: letters
-- Notices of a company that somebody must send by hand, the oldest first.
SELECT reference FROM events
WHERE company = :company AND acknowledged_at IS NULL AND kind = 'notice.to_send'
ORDER BY at, seq;

-- name: waiting_for_people
-- How many escalations of a company, or of none, are open, by kind.
SELECT kind, COUNT(*) AS found FROM escalations
WHERE state = 'open' AND (company = :company OR company IS NULL)
GROUP BY kind ORDER BY kind;

-- name: kept_due
-- How many parts that an erasure left are to be erased by a day; not of a request that its customer took back.
SELECT COUNT(*) AS found FROM kept_parts
WHERE company = :company AND done_at IS NULL AND due_on <= :today
  AND NOT EXISTS (SELECT 1 FROM requests WHERE requests.reference = kept_parts.reference AND requests.state = 'withdrawn');
