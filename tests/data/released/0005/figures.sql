-- Figures of a company's cases: counts only. What a row of requests says of days is in whole tenths of 24 hours.

-- name: received
-- Requests that came in a time, by kind and state.
SELECT kind, state, COUNT(*) AS requests FROM requests
WHERE company = :company AND received_at >= :since AND received_at < :until
GROUP BY kind, state;

-- name: count_received
-- How many came in a time.
SELECT COUNT(*) AS requests FROM requests
WHERE company = :company AND received_at >= :since AND received_at < :until;

-- name: closed
-- Requests that were closed on one day, by kind, state, and whether that was after their due date.
SELECT kind, state, CASE WHEN COALESCE(extended_to, due_on) < :day THEN 1 ELSE 0 END AS late, COUNT(*) AS requests
FROM requests
WHERE company = :company AND closed_at >= :since AND closed_at < :until
GROUP BY kind, state, late;

-- name: days
-- How long those took that were answered in a time, their pauses taken off; those taken back do not count.
SELECT kind, (closed_at - received_at - paused_ms) / 8640000 AS tenths, COUNT(*) AS requests FROM requests
WHERE company = :company AND closed_at >= :since AND closed_at < :until AND state <> 'withdrawn'
GROUP BY kind, tenths;

-- name: open
-- What is open now: how old (1 to 6, by the moments :a, the latest, to :e), and how it stands: in time, late, or with a
-- clock that stands still.
SELECT CASE WHEN received_at >= :a THEN 1 WHEN received_at >= :b THEN 2 WHEN received_at >= :c THEN 3
    WHEN received_at >= :d THEN 4 WHEN received_at >= :e THEN 5 ELSE 6 END AS age,
  CASE WHEN paused_at IS NOT NULL THEN 'paused' WHEN COALESCE(extended_to, due_on) < :today THEN 'late'
    ELSE 'in_time' END AS stands,
  COUNT(*) AS requests
FROM requests
WHERE company = :company AND closed_at IS NULL
GROUP BY age, stands;

-- name: waiting
-- Withdrawals and objections that the company has not acknowledged yet.
SELECT kind, COUNT(*) AS events, COUNT(CASE WHEN at <= :before THEN 1 END) AS late, MIN(at) AS oldest FROM events
WHERE company = :company AND acknowledged_at IS NULL
  AND kind IN ('consent.withdrawn', 'marketing.stopped', 'statistics.restricted')
GROUP BY kind;

-- name: escalations
-- What was put before a person in a time, by kind and by what became of it.
SELECT kind, state, COUNT(*) AS escalations FROM escalations
WHERE company = :company AND at >= :since AND at < :until
GROUP BY kind, state;

-- name: newest
-- The number of the newest event: as long as it stays, figures that were made may be shown again.
SELECT MAX(seq) AS seq FROM events;

-- name: counted
-- What was counted of a thing at a company, day by day.
SELECT name, value FROM counters WHERE name >= :first AND name <= :last;

-- name: count
-- Counts more of a thing on a day.
INSERT INTO counters (name, value) VALUES (:name, :more)
ON CONFLICT (name) DO UPDATE SET value = counters.value + CAST(:more AS BIGINT);

-- name: mark
-- Up to when something was counted; set for the next time.
INSERT INTO counters (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: marked
-- Up to when something was counted.
SELECT value FROM counters WHERE name = :name;

-- name: codes_over
-- Codes that were asked for in a time that is over: how many, how many were sent, how many of those were used.
SELECT COUNT(*) AS asked, COUNT(sent_at) AS sent,
  COUNT(CASE WHEN sent_at IS NOT NULL AND state = 'used' THEN 1 END) AS used
FROM challenges WHERE company = :company AND created_at >= :since AND created_at < :until;
