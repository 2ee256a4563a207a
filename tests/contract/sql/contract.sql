-- name: add
-- Adds a row; one of that name may be there only once.
INSERT INTO counters (name, value) VALUES (:name, :value);

-- name: raise
-- Raises a value by one.
INSERT INTO counters (name, value) VALUES (:name, 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1
RETURNING value;

-- name: raise_all
-- Raises every value by one.
UPDATE counters SET value = value + 1;

-- name: read
-- Reads a row.
SELECT name, value FROM counters WHERE name = :name;

-- name: read_all
-- Reads every row in the order of the values.
SELECT name, value FROM counters ORDER BY value, name;

-- name: count
-- Counts the rows.
SELECT COUNT(*) AS count FROM counters;

-- name: keep
-- Keeps a text.
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, 0);

-- name: kept
-- Reads a text.
SELECT holder FROM leases WHERE name = :name;
