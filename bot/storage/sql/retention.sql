-- Erasing what is past its time (R45), in batches of at most :most. A row that another table still refers to
-- stays without anything personal in it.
--
-- A row may be used again while its erasing waits for it. PostgreSQL then looks once more at the conditions on the row
-- itself, and at nothing that was read elsewhere: so what a batch was chosen by is asked of the row again.

-- name: messages
-- Transcripts.
DELETE FROM messages WHERE (conversation, seq) IN (
  SELECT conversation, seq FROM messages WHERE at <= :before ORDER BY at LIMIT :most
);

-- name: inbox
-- Ids of messages that were taken; a channel does not deliver one again that late.
DELETE FROM inbox WHERE (conversation, message_id) IN (
  SELECT conversation, message_id FROM inbox WHERE at <= :before ORDER BY at LIMIT :most
);

-- name: idle_conversations
-- Conversations that were idle too long and still hold something. An address stays while a case may need it (R58),
-- or while something that was written to the person lately waits to be read.
SELECT c.id FROM conversations AS c
WHERE c.proven = :proven AND c.last_at <= :before AND (
  c.form_sealed IS NOT NULL
  OR EXISTS (SELECT 1 FROM messages AS m WHERE m.conversation = c.id AND m.at <= :before)
  OR EXISTS (SELECT 1 FROM inbox AS i WHERE i.conversation = c.id)
  OR (c.address_sealed <> ''
    AND NOT EXISTS (SELECT 1 FROM requests AS r WHERE r.conversation = c.id AND r.closed_at IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM requests AS r JOIN notices AS n ON n.reference = r.reference
      WHERE r.conversation = c.id AND n.delivered_at IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM receipts AS p JOIN notices AS n ON n.reference = p.reference
      WHERE p.conversation = c.id AND n.delivered_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM escalations AS e WHERE e.conversation = c.id AND e.state = 'open')
    AND NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.conversation = c.id AND m.at > :before))
)
ORDER BY c.last_at LIMIT :most;

-- name: hold_conversation
-- Holds an idle conversation, so that what is looked at next is as it stays; who came back meanwhile keeps all.
UPDATE conversations SET last_at = last_at WHERE id = :id AND last_at <= :before;

-- name: delete_conversation
-- A conversation that nothing refers to and that holds nothing fresh.
DELETE FROM conversations WHERE id = :id AND last_at <= :before
  AND NOT EXISTS (SELECT 1 FROM requests AS r WHERE r.conversation = :id)
  AND NOT EXISTS (SELECT 1 FROM receipts AS p WHERE p.conversation = :id)
  AND NOT EXISTS (SELECT 1 FROM escalations AS e WHERE e.conversation = :id)
  AND NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.conversation = :id AND m.at > :before);

-- name: empty_conversation
-- What was under way in a conversation that something refers to.
UPDATE conversations SET form_sealed = NULL WHERE id = :id AND last_at <= :before;

-- name: forget_address
-- Who a conversation was with, where no case needs it; whoever comes back begins a new one.
UPDATE conversations SET address_sealed = '', address_hash = 'erased:' || id
WHERE id = :id
  AND NOT EXISTS (SELECT 1 FROM requests AS r WHERE r.conversation = :id AND r.closed_at IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM requests AS r JOIN notices AS n ON n.reference = r.reference
    WHERE r.conversation = :id AND n.delivered_at IS NULL)
  AND NOT EXISTS (
    SELECT 1 FROM receipts AS p JOIN notices AS n ON n.reference = p.reference
    WHERE p.conversation = :id AND n.delivered_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM escalations AS e WHERE e.conversation = :id AND e.state = 'open')
  AND NOT EXISTS (SELECT 1 FROM messages AS m WHERE m.conversation = :id AND m.at > :before);

-- name: delete_bare
-- A conversation that was only kept for what referred to it, once nothing does.
DELETE FROM conversations WHERE id = :id AND address_sealed = ''
  AND NOT EXISTS (SELECT 1 FROM requests AS r WHERE r.conversation = :id)
  AND NOT EXISTS (SELECT 1 FROM receipts AS p WHERE p.conversation = :id)
  AND NOT EXISTS (SELECT 1 FROM escalations AS e WHERE e.conversation = :id);

-- name: messages_of
-- The transcript of one conversation, but for what was written to an idle one lately.
DELETE FROM messages WHERE conversation = :id AND at <= :before;

-- name: inbox_of
-- The ids of one conversation's messages.
DELETE FROM inbox WHERE conversation = :id;

-- name: proofs_of
-- Who one conversation had proven to be.
DELETE FROM proofs WHERE conversation = :id;

-- name: challenge_subjects
-- Whom codes were for.
DELETE FROM challenge_subjects WHERE (challenge, subject) IN (
  SELECT s.challenge, s.subject FROM challenge_subjects AS s LEFT JOIN challenges AS c ON c.id = s.challenge
  WHERE c.id IS NULL LIMIT :most
);

-- name: challenges
-- Codes.
DELETE FROM challenges WHERE id IN (SELECT id FROM challenges WHERE created_at <= :before ORDER BY created_at LIMIT :most);

-- name: sendings
-- Codes asked for; no cap looks back further than a day (R8).
DELETE FROM sendings WHERE (scope, key_hash, at, challenge) IN (
  SELECT scope, key_hash, at, challenge FROM sendings WHERE at <= :before LIMIT :most
);

-- name: failures
-- Wrong codes in a row; a lock is kept to its end (R5).
DELETE FROM failures WHERE key_hash IN (
  SELECT key_hash FROM failures WHERE updated_at <= :before AND COALESCE(locked_until, 0) <= :now LIMIT :most
) AND updated_at <= :before;

-- name: proofs
-- Proofs that ended.
DELETE FROM proofs WHERE id IN (SELECT id FROM proofs WHERE ended_at <= :before LIMIT :most);

-- name: updates
-- The ids of updates that were ended; what they said is erased when they are.
DELETE FROM updates WHERE (bot, update_id) IN (
  SELECT bot, update_id FROM updates
  WHERE state IN ('done', 'unreadable', 'failed') AND received_at <= :before LIMIT :most
);

-- name: unanswered_updates
-- What came to a bot that was taken out of the settings before it was handled: nobody will (R45).
DELETE FROM updates WHERE (bot, update_id) IN (
  SELECT bot, update_id FROM updates WHERE state = 'ready' AND received_at <= :before LIMIT :most
) AND state = 'ready';

-- name: finished_jobs
-- Jobs that were done or expired; not_before, which is never later, is what the index has.
DELETE FROM jobs WHERE id IN (
  SELECT id FROM jobs
  WHERE state IN ('done', 'expired') AND not_before <= :before AND settled_at <= :before LIMIT :most
);

-- name: dead_jobs
-- Jobs that were given up and that nobody revived.
DELETE FROM jobs WHERE id IN (
  SELECT id FROM jobs WHERE state = 'dead' AND settled_at <= :before LIMIT :most
) AND state = 'dead';

-- name: dead_payloads
-- What jobs that were given up carried, once their time is over (a code, R15).
UPDATE jobs SET payload_sealed = '' WHERE id IN (
  SELECT id FROM jobs WHERE state = 'dead' AND expires_at <= :now AND payload_sealed <> '' LIMIT :most
) AND state = 'dead';

-- name: closed_cases
-- Cases whose file's time is over.
SELECT reference, conversation FROM requests WHERE closed_at <= :before AND erased_at IS NULL ORDER BY closed_at LIMIT :most;

-- name: erase_case
-- A case's content and its ties to a person; what kind it was and how it ended stays, pseudonymous.
UPDATE requests SET body_sealed = '', address_sealed = NULL, conversation = NULL, erased_at = :now
WHERE reference = :reference AND erased_at IS NULL;

-- name: erase_time_line
-- What was said in a case; that something was done, and when, stays.
UPDATE request_events SET body_sealed = '' WHERE reference = :reference;

-- name: erase_kept
-- What a case left and nobody has to erase any more; what still waits to be erased stays readable until then.
UPDATE kept_parts SET body_sealed = ''
WHERE reference = :reference AND (
  done_at IS NOT NULL
  OR EXISTS (SELECT 1 FROM requests AS r WHERE r.reference = kept_parts.reference AND r.state = 'withdrawn'));

-- name: delete_notices
-- What the person was told in a case.
DELETE FROM notices WHERE reference = :reference;

-- name: receipts_notices
-- The same about an objection that stands as a receipt only.
DELETE FROM notices WHERE id IN (
  SELECT n.id FROM notices AS n LEFT JOIN requests AS r ON r.reference = n.reference
  WHERE r.reference IS NULL AND n.created_at <= :before AND n.delivered_at <= :before LIMIT :most
);

-- name: receipts_time_line
-- What was said about an objection that stands as a receipt only.
UPDATE request_events SET body_sealed = '' WHERE (reference, seq) IN (
  SELECT e.reference, e.seq FROM request_events AS e LEFT JOIN requests AS r ON r.reference = e.reference
  WHERE r.reference IS NULL AND e.at <= :before AND e.body_sealed <> '' LIMIT :most
);

-- name: closed_escalations
-- Escalations whose time is over.
SELECT id, conversation FROM escalations
WHERE state IN ('closed', 'converted') AND closed_at <= :before AND body_sealed <> '' ORDER BY closed_at LIMIT :most;

-- name: old_questions
-- Questions without an answer that nobody has looked at in all that time; whoever asked was promised nothing.
SELECT id, conversation FROM escalations
WHERE state = 'open' AND kind IN ('unanswered', 'asked_again') AND at <= :before ORDER BY at LIMIT :most;

-- name: erase_escalation
-- What was put before a person; that it was, and how it ended, stays.
UPDATE escalations SET body_sealed = '', conversation = NULL WHERE id = :id;

-- name: events
-- What the back office took note of; that it did, and when, is in the audit and on the receipts.
DELETE FROM events WHERE seq IN (
  SELECT seq FROM events WHERE acknowledged_at <= :before ORDER BY seq LIMIT :most
);

-- name: staff_sessions
-- Sessions of the console that are over (R20).
DELETE FROM staff_sessions WHERE id IN (
  SELECT id FROM staff_sessions WHERE created_at <= :before ORDER BY created_at LIMIT :most
);

-- name: submissions
-- What was submitted long ago.
DELETE FROM submissions WHERE (scope, key) IN (
  SELECT scope, key FROM submissions WHERE at <= :before ORDER BY at LIMIT :most
);

-- name: claims
-- Claims that are over.
DELETE FROM claims WHERE reference IN (SELECT reference FROM claims WHERE until <= :now LIMIT :most) AND until <= :now;

-- name: reminders
-- Notes of reminders that went out long ago.
DELETE FROM reminders WHERE key IN (SELECT key FROM reminders WHERE at <= :before ORDER BY at LIMIT :most);

-- name: left_staff
-- Accounts that were disabled long ago and still say who it was.
SELECT id FROM staff WHERE disabled_at <= :before AND name_sealed <> '' LIMIT :most;

-- name: erase_staff
-- Who an account was, and how they signed in; its login stays, for it stands in the audit as who acted.
UPDATE staff SET name_sealed = '', email_sealed = NULL, password_hash = '', totp_sealed = NULL, totp_confirmed_at = NULL
WHERE id = :id AND disabled_at <= :before;
