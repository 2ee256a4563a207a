-- name: add
-- Adds a text.
INSERT INTO leases (name, holder, until) VALUES (:name, :holder, 0);

-- name: names
-- Reads the names.
SELECT name FROM leases ORDER BY name;

-- name: let_nothing_grow
-- Makes the database as full as a full disk.
PRAGMA max_page_count = 1;

-- name: let_it_grow
-- Makes room again.
PRAGMA max_page_count = 1000000;

-- name: waste
-- Writes more than a few pages.
INSERT INTO leases (name, holder, until)
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 2000)
SELECT CAST(:name AS TEXT) || n, 'a text of some length, so that it takes its place', 0 FROM numbers;

-- name: mode
-- Reads the journal mode.
PRAGMA journal_mode;

-- name: fsync
-- Reads how often SQLite waits for the disk (2: at every commit).
PRAGMA synchronous;

-- name: foreign_keys
-- Reads whether foreign keys are checked.
PRAGMA foreign_keys;
