-- Requests of data subjects and their time lines.

-- name: add
-- Files a request; its due date is stored here, once (R33).
INSERT INTO requests (
  reference, company, kind, state, proof, subject, conversation, channel, body_sealed, address_sealed, flags,
  received_at, due_on, due_rule
) VALUES (
  :reference, :company, :kind, 'received', :proof, :subject, :conversation, :channel, :body_sealed, :address_sealed, :flags,
  :received_at, :due_on, :due_rule
);

-- name: lock
-- Holds a request until the transaction ends, so that what is read of it next stays true.
UPDATE requests SET state = state WHERE reference = :reference;

-- name: load
-- One request.
SELECT * FROM requests WHERE reference = :reference;

-- name: of_subject
-- A customer's requests, newest first.
SELECT * FROM requests
WHERE company = :company AND subject = :subject AND erased_at IS NULL
ORDER BY received_at DESC, reference;

-- name: of_subject_here
-- A customer's requests that one conversation filed, newest first (a shared number shows no more, R55).
SELECT * FROM requests
WHERE company = :company AND subject = :subject AND conversation = :conversation AND erased_at IS NULL
ORDER BY received_at DESC, reference;

-- name: of_conversation
-- The requests that a conversation filed at a company, newest first.
SELECT * FROM requests
WHERE company = :company AND conversation = :conversation AND erased_at IS NULL
ORDER BY received_at DESC, reference;

-- name: open_in_conversation
-- What a conversation filed, at whichever company, and is still to be answered, newest first.
SELECT * FROM requests
WHERE conversation = :conversation AND state IN ('received', 'in_progress', 'waiting', 'extended')
ORDER BY received_at DESC, reference;

-- name: redirect
-- Lets the answer to a request go elsewhere.
UPDATE requests SET address_sealed = :address_sealed WHERE reference = :reference;

-- name: same_open
-- The oldest open request of a kind that its proven customer filed.
SELECT * FROM requests
WHERE company = :company AND subject = :subject AND kind = :kind AND proof = 'proven'
  AND state IN ('received', 'in_progress', 'waiting', 'extended')
ORDER BY received_at, reference
LIMIT 1;

-- name: pending_since
-- How many requests a conversation filed without proof after a time, and when the first of them (R53).
SELECT COUNT(*) AS filed, MIN(received_at) AS first_at FROM requests
WHERE conversation = :conversation AND proof = 'pending' AND received_at > :since;

-- name: filed_between
-- How many requests of a kind a customer filed in a time; those taken back do not count.
SELECT COUNT(*) AS filed FROM requests
WHERE company = :company AND subject = :subject AND kind = :kind AND state <> 'withdrawn'
  AND received_at >= :start AND received_at < :until;

-- name: set_body
-- Keeps a body that words were added to.
UPDATE requests SET body_sealed = :body_sealed WHERE reference = :reference;

-- name: resume
-- Goes on with a request that waited for its customer; its dates are moved by the pause (R34).
UPDATE requests
SET state = :state, due_on = :due_on, due_rule = :due_rule, extended_to = :extended_to, paused_ms = :paused_ms,
  paused_at = NULL
WHERE reference = :reference AND state = 'waiting';

-- name: take_back
-- Ends an open request by its customer's wish.
UPDATE requests SET state = 'withdrawn', closed_at = :now,
  paused_ms = paused_ms + COALESCE(CAST(:now AS BIGINT) - paused_at, 0), paused_at = NULL
WHERE reference = :reference AND state IN ('received', 'in_progress', 'waiting', 'extended');

-- name: open_cases
-- The queue: what must be done first stands first. A state that is named may be a closed one.
SELECT * FROM requests
WHERE (CAST(:company AS TEXT) IS NULL OR company = :company)
  AND (CAST(:kind AS TEXT) IS NULL OR kind = :kind)
  AND (state = :state OR (CAST(:state AS TEXT) IS NULL AND state IN ('received', 'in_progress', 'waiting', 'extended')))
  AND (CAST(:due_before AS TEXT) IS NULL OR COALESCE(extended_to, due_on) < :due_before)
ORDER BY COALESCE(extended_to, due_on), received_at, reference
LIMIT :most OFFSET :skip;

-- name: late
-- Everything open that is past its date, those that wait for the customer too.
SELECT * FROM requests
WHERE state IN ('received', 'in_progress', 'waiting', 'extended') AND COALESCE(extended_to, due_on) < :today
ORDER BY COALESCE(extended_to, due_on), received_at, reference;

-- name: next_event
-- The number of the next entry of a time line.
SELECT COALESCE(MAX(seq), 0) + 1 AS seq FROM request_events WHERE reference = :reference;

-- name: add_event
-- Writes an entry of a time line.
INSERT INTO request_events (reference, seq, kind, who, body_sealed, at)
VALUES (:reference, :seq, :kind, :who, :body_sealed, :at);

-- name: events
-- A time line, oldest first.
SELECT * FROM request_events WHERE reference = :reference ORDER BY seq;

-- name: told
-- What reached the customer about a request, oldest first.
SELECT id, body_sealed FROM notices WHERE reference = :reference AND delivered_at IS NOT NULL
ORDER BY delivered_at, created_at, id;

-- name: receipt
-- An act on record, whose reference may be asked for like a request's (R38).
SELECT company, act, subject, conversation, at, applied_at FROM receipts WHERE reference = :reference;

-- name: restricts
-- Whether statistics of somebody are restricted by this objection.
SELECT id FROM subjects WHERE statistics_reference = :reference AND statistics_restricted = 1;
