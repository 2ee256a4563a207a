-- What was submitted once and must not be done again (R31).

-- name: find
-- A submission that was taken before.
SELECT body_hash, status, answer_sealed FROM submissions WHERE scope = :scope AND key = :key;

-- name: add
-- Notes one, unless its key was noted before.
INSERT INTO submissions (scope, key, body_hash, status, answer_sealed, at)
VALUES (:scope, :key, :body_hash, :status, :answer_sealed, :now)
ON CONFLICT (scope, key) DO NOTHING;

-- name: keep_answer
-- The answer of one that was noted.
UPDATE submissions SET answer_sealed = :answer_sealed WHERE scope = :scope AND key = :key;
