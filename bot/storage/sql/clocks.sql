-- The clock of the machine that holds the database.

-- name: database
-- When this transaction began, as that clock has it: ISO 8601, UTC where it names no zone.
SELECT CAST(CURRENT_TIMESTAMP AS TEXT) AS told;
