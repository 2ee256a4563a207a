-- Up to which message a person lets the officer read the conversation that a case came from.

-- name: request
-- The case of a reference, as far as sharing goes.
SELECT conversation, company, subject, shared_to, closed_at FROM requests WHERE reference = :reference;

-- name: escalation
-- An escalation by its id, as far as sharing goes; ``request`` is what it became.
SELECT conversation, company, subject, shared_to, closed_at, reference AS request FROM escalations WHERE id = :reference;

-- name: open_here
-- What a conversation brought and is still open, and somebody was told a number for; the newest first.
SELECT reference, received_at AS at, shared_to FROM requests WHERE conversation = :conversation AND closed_at IS NULL
UNION ALL
SELECT id AS reference, at, shared_to FROM escalations
WHERE conversation = :conversation AND state = 'open' AND kind NOT IN ('unanswered', 'asked_again', 'alarm')
ORDER BY at DESC, reference;

-- name: shared_here
-- What a conversation shares itself for and can still take back: open requests, and escalations that are open or became
-- a request that is; the newest first.
SELECT reference, received_at AS at FROM requests
WHERE conversation = :conversation AND closed_at IS NULL AND shared_to IS NOT NULL
UNION ALL
SELECT e.id AS reference, e.at FROM escalations AS e LEFT JOIN requests AS r ON r.reference = e.reference
WHERE e.conversation = :conversation AND e.shared_to IS NOT NULL
  AND (e.state = 'open' OR (e.state = 'converted' AND r.closed_at IS NULL))
ORDER BY at DESC, reference;

-- name: last_seq
-- The number of a conversation's last message.
SELECT last_seq FROM conversations WHERE id = :id;

-- name: set_request
-- Sets how far the conversation of a request is shared; nothing: not at all.
UPDATE requests SET shared_to = :up_to WHERE reference = :reference;

-- name: set_escalation
-- Sets how far the conversation of an escalation is shared; nothing: not at all.
UPDATE escalations SET shared_to = :up_to WHERE id = :reference;
