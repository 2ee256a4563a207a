-- What the page of one case shows beside the case itself, and what is done from it alone.

-- name: viewed
-- Whether somebody opened a case after a time: opening it again soon is not logged again.
SELECT id FROM audit
WHERE reference = :reference AND act = 'case.viewed' AND who = :who AND at > :since
LIMIT 1;

-- name: conversation
-- The conversation in which a case was filed, unless it was forgotten.
SELECT channel, state, last_at, blocked_at FROM conversations WHERE id = :id AND address_sealed <> '';

-- name: receipts_of_subject
-- What a customer did to their consents, and whether it was applied (R38), newest first.
SELECT reference, act, channel, at, applied_at FROM receipts WHERE subject = :subject
ORDER BY at DESC, reference LIMIT :most;

-- name: receipts_of_conversation
-- The same of what one conversation did at a company, whoever it was.
SELECT reference, act, channel, at, applied_at FROM receipts
WHERE conversation = :conversation AND company = :company
ORDER BY at DESC, reference LIMIT :most;

-- name: restriction
-- Whether statistics of a customer are restricted, and by which objection (R41).
SELECT statistics_restricted, statistics_reference FROM subjects WHERE id = :subject;

-- name: locked_until
-- Until when codes to a contact or a number are locked (R5).
SELECT locked_until FROM failures WHERE key_hash = :key AND locked_until > :now;

-- name: links
-- The links to an answer that were made: whether one holds, or was used up.
SELECT expires_at, spent_at FROM answer_links WHERE reference = :reference ORDER BY expires_at DESC;

-- name: assign
-- Gives an open case to somebody, or (NULL) back to the queue.
UPDATE requests SET taken_by = :to, state = CASE WHEN state = 'received' THEN 'in_progress' ELSE state END
WHERE reference = :reference AND closed_at IS NULL;
