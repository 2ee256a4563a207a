-- What the DPO decided of answers.

-- name: load
-- The decision on one answer.
SELECT * FROM answer_reviews WHERE company = :company AND topic = :topic;

-- name: of_company
-- Those of a company.
SELECT * FROM answer_reviews WHERE company = :company ORDER BY topic;

-- name: off
-- What is not to be told, at every company.
SELECT company, topic FROM answer_reviews WHERE decision = 'off';

-- name: keep
-- Takes the place of the decision before it.
INSERT INTO answer_reviews (company, topic, digest, decision, who, at)
VALUES (:company, :topic, :digest, :decision, :who, :now)
ON CONFLICT (company, topic) DO UPDATE SET
  digest = excluded.digest, decision = excluded.decision, who = excluded.who, at = excluded.at;

-- name: forget
-- Leaves an answer as its file has it.
DELETE FROM answer_reviews WHERE company = :company AND topic = :topic;
