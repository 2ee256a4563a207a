-- What a person must look at that is no request (yet).

-- name: add
-- Opens one.
INSERT INTO escalations (id, kind, company, conversation, subject, body_sealed, state, at)
VALUES (:id, :kind, :company, :conversation, :subject, :body_sealed, 'open', :now);

-- name: load
-- One of them.
SELECT * FROM escalations WHERE id = :id;

-- name: where
-- Which company it belongs to, and which request it became.
SELECT company, reference FROM escalations WHERE id = :id;

-- name: open
-- Those that nobody has closed, oldest first. One that names no company is everybody's.
SELECT * FROM escalations
WHERE state = 'open' AND (CAST(:company AS TEXT) IS NULL OR company = :company OR company IS NULL)
ORDER BY at, id
LIMIT :most;

-- name: hold
-- Locks one, changing nothing.
UPDATE escalations SET state = state WHERE id = :id;

-- name: open_in_conversation
-- Those that a conversation brought and that nobody has closed, newest first.
SELECT id, kind FROM escalations WHERE conversation = :conversation AND state = 'open' ORDER BY at DESC, id;

-- name: set_body
-- Keeps a body that says where the answer shall go.
UPDATE escalations SET body_sealed = :body_sealed WHERE id = :id AND state = 'open';

-- name: close
-- Closes an open one.
UPDATE escalations SET state = 'closed', closed_at = :now WHERE id = :id AND state = 'open';

-- name: convert
-- Makes an open one a request; only one who tries succeeds.
UPDATE escalations SET state = 'converted', closed_at = :now, reference = :reference, company = :company
WHERE id = :id AND state = 'open';
