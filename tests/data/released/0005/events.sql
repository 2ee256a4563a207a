-- name: next_seq
-- The next number; the row stays locked until commit, so numbers are committed in order.
INSERT INTO counters (name, value) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
RETURNING value;

-- name: add
-- Writes an event in the transaction of its act (R48).
INSERT INTO events (seq, id, kind, company, subject, reference, body_sealed, at)
VALUES (:seq, :id, :kind, :company, :subject, :reference, :body_sealed, :at);

-- name: open
-- What is not acknowledged yet, the oldest first.
SELECT seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by
FROM events
WHERE acknowledged_at IS NULL AND (CAST(:company AS TEXT) IS NULL OR company = :company)
ORDER BY seq
LIMIT :most;

-- name: late
-- What should have been acknowledged by now (R38).
SELECT seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by
FROM events
WHERE acknowledged_at IS NULL AND at <= :before AND (CAST(:company AS TEXT) IS NULL OR company = :company)
ORDER BY seq;

-- name: page
-- A company's events above a number, in order.
SELECT seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by
FROM events
WHERE company = :company AND seq > :after AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (CAST(:open AS BIGINT) IS NULL OR :open = CASE WHEN acknowledged_at IS NULL THEN 1 ELSE 0 END)
ORDER BY seq
LIMIT :most;

-- name: load
-- One event.
SELECT seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by
FROM events
WHERE id = :id;

-- name: counter
-- The number that was given last.
SELECT value FROM counters WHERE name = :name;

-- name: of_reference
-- Everything published under one reference number.
SELECT seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by
FROM events
WHERE reference = :reference
ORDER BY seq;

-- name: acknowledge
-- The back office has taken it over; the first time and name stand.
UPDATE events SET acknowledged_at = :now, acknowledged_by = :who
WHERE id = :id AND acknowledged_at IS NULL
RETURNING seq, id, kind, company, subject, reference, body_sealed, at, acknowledged_at, acknowledged_by;

-- name: waiting
-- The kinds of events under one reference number that are still open.
SELECT kind FROM events WHERE reference = :reference AND acknowledged_at IS NULL;
