-- What an erasure left, to be erased when its time is over.

-- name: last
-- The highest position of a case, 0 where nothing was kept yet.
SELECT COALESCE(MAX(position), 0) AS position FROM kept_parts WHERE reference = :reference;

-- name: add
-- Keeps one part.
INSERT INTO kept_parts (reference, position, company, body_sealed, clause, due_on)
VALUES (:reference, :position, :company, :body_sealed, :clause, :due_on);

-- name: of_case
-- What a case left, in its order, erased by now or not.
SELECT * FROM kept_parts WHERE reference = :reference ORDER BY position;

-- name: done
-- A part was erased, once.
UPDATE kept_parts SET done_at = :now, done_by = :who
WHERE reference = :reference AND position = :position AND done_at IS NULL;

-- name: erase
-- What stood there of a part that was erased (R45).
UPDATE kept_parts SET body_sealed = '' WHERE reference = :reference AND position = :position;
